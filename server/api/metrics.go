package api

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"roadbook/server/auth"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// meter holds the Prometheus metrics. Labels are routes and codes, never names of people or devices.
type meter struct {
	registry *prometheus.Registry
	handler  fiber.Handler
	requests *prometheus.HistogramVec
	lines    *prometheus.CounterVec
}

func newMeter(a *API) *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "roadbook_request_seconds", Help: "Time to answer, by route and status.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 12),
		}, []string{"method", "route", "status"}),
		lines: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "roadbook_lines_total", Help: "Observations that arrived, by what became of them.",
		}, []string{"status"}),
	}
	m.registry.MustRegister(m.requests, m.lines, collectors.NewGoCollector(), &storeSizes{a}, &loadMetrics{a}, &doubtMetrics{a},
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "roadbook_syncs_in_flight", Help: "Syncs being answered now.",
		}, func() float64 { return float64(len(a.syncs)) }))
	if a.cfg.Sweeping != nil {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "roadbook_sweeping", Help: "1 at the one server that finishes what crashes left behind.",
		}, func() float64 { return map[bool]float64{true: 1}[a.cfg.Sweeping()] }))
	}
	m.handler = adaptor.HTTPHandler(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return m
}

func (a *API) metrics(c *fiber.Ctx, _ *auth.Principal) error { return a.meter.handler(c) }

func (m *meter) request(c *fiber.Ctx, took time.Duration) {
	path := c.Route().Path
	status := c.Response().StatusCode()
	if path == "/" && c.Path() != "/" { // no route matched: a client can invent any path
		path = "other"
	}
	m.requests.WithLabelValues(c.Method(), path, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *meter) results(rs []wire.Result) {
	for _, r := range rs {
		m.lines.WithLabelValues(string(r.Status)).Add(float64(r.Last - r.First + 1))
	}
}

// storeSizes reports the sizes of the store, on each scrape.
type storeSizes struct{ a *API }

var (
	sizeDesc = prometheus.NewDesc("roadbook_stored", "What the store holds.", []string{"what"}, nil)
)

func (s *storeSizes) Describe(ch chan<- *prometheus.Desc) { ch <- sizeDesc }

func (s *storeSizes) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := s.a.within(readyTime)
	defer cancel()
	n, err := s.a.cfg.Store.Counts(ctx)
	if err != nil {
		s.a.cfg.Log.Warn("the store's sizes could not be read", "err", err)
		return
	}
	for what, v := range sizes(n) {
		ch <- prometheus.MustNewConstMetric(sizeDesc, prometheus.GaugeValue, float64(v), what)
	}
}

func sizes(n store.Counts) map[string]int64 {
	return map[string]int64{
		"frames": n.Frames, "observations": n.Observations, "records": n.Records,
		"quarantined": n.Quarantined, "unprojected": n.Unprojected,
	}
}
