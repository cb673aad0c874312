package api

import "github.com/prometheus/client_golang/prometheus"

// loadMetrics reports the number of connections and the state of the pull queue, on each scrape.
type loadMetrics struct{ a *API }

var (
	connsDesc = prometheus.NewDesc("roadbook_connections",
		"Connections that are open: of known devices and users, of strangers.", []string{"kind"}, nil)
	connsMostDesc = prometheus.NewDesc("roadbook_connections_most",
		"Bounds of connections: all, strangers, strangers of one address.", []string{"kind"}, nil)
	connsClosedDesc = prometheus.NewDesc("roadbook_connections_closed_total",
		"Connections that waited and were closed to make room, by the bound.", []string{"bound"}, nil)
	pullBytesDesc   = prometheus.NewDesc("roadbook_pull_bytes", "Bytes of pulls being made and of their answers on the way.", nil, nil)
	pullWaitingDesc = prometheus.NewDesc("roadbook_pull_waiting",
		"Devices that wait for their turn to pull, and that were turned away with their place kept.", []string{"how"}, nil)
)

// Describe names the metrics of Collect.
func (m *loadMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connsDesc, connsMostDesc, connsClosedDesc, pullBytesDesc, pullWaitingDesc} {
		ch <- d
	}
}

// Collect sends the current values.
func (m *loadMetrics) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	b, t := m.a.conns, &m.a.pulls
	b.mu.Lock()
	gauge(connsDesc, int64(b.open[known]), "known")
	gauge(connsDesc, int64(b.open[stranger]), "stranger")
	for why, n := range b.evicted {
		ch <- prometheus.MustNewConstMetric(connsClosedDesc, prometheus.CounterValue, float64(n), why)
	}
	b.mu.Unlock()
	gauge(connsMostDesc, int64(b.maxConns), "all")
	gauge(connsMostDesc, int64(b.maxStrangers), "stranger")
	gauge(connsMostDesc, int64(b.maxPerAddress), "address")
	t.mu.Lock()
	defer t.mu.Unlock()
	gauge(pullBytesDesc, t.used)
	gauge(pullWaitingDesc, int64(len(t.waiting)), "in line")
	gauge(pullWaitingDesc, int64(len(t.tickets)), "turned away")
}
