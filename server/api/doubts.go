package api

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/doubts"
	"roadbook/server/query"
	"roadbook/sync/clock"
)

// doubtsPage is the answer of /v1/doubts.
type doubtsPage struct {
	AsOf    string          `json:"as_of"`             // every observation counted before is taken into account; "": nothing yet
	Note    schema.Text     `json:"note"`              // how old the answer may be
	Under   *doubtsProgress `json:"renewal,omitempty"` // all records are being evaluated anew
	Counts  []doubts.Count  `json:"counts"`            // of the unit asked about, of all codes
	Records []doubts.Record `json:"records"`
	Next    string          `json:"next,omitempty"`
}

type doubtsProgress struct {
	Done int64 `json:"done"`
	Of   int64 `json:"of"`
}

// The notes of /v1/doubts.
var (
	doubtsNote = schema.Text{
		ZH: "存疑在登记之后几秒内算出；as_of 之前计入的登记都已考虑",
		EN: "doubts are computed a few seconds after the records; all observations counted before as_of are taken into account",
	}
	doubtsNone = schema.Text{
		ZH: "存疑还在首次计算，名单尚不完整",
		EN: "doubts are being computed for the first time: the list is incomplete",
	}
)

const (
	doubtsLimit     = 100
	mostDoubtsLimit = 500
)

// listDoubts pages through the records with doubts.
func (a *API) listDoubts(c *fiber.Ctx, _ *auth.Principal) error {
	ask, err := query.ReadDoubtsQuestion(a.cfg.Doubts.Schema, c.Query("code"), c.Query("open"), c.Query("after"))
	if err != nil {
		return err
	}
	ask.Unit, ask.Limit = c.Query("unit"), doubtsLimit
	if text := c.Query("limit"); text != "" {
		if ask.Limit, err = strconv.Atoi(text); err != nil || ask.Limit < 1 || ask.Limit > mostDoubtsLimit {
			return badRequest("limit 应在 1 到 500 之间", "limit lies between 1 and 500")
		}
	}
	return a.read(c, func(ctx context.Context) (any, error) {
		var err error
		if ask.Unit, _, err = a.cfg.Query.Selection(ctx, ask.Unit, ""); err != nil {
			return nil, err
		}
		return a.doubtsPage(ctx, ask)
	})
}

func (a *API) doubtsPage(ctx context.Context, ask doubts.Question) (*doubtsPage, error) {
	s, err := a.cfg.Doubts.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := &doubtsPage{Note: doubtsNote, Counts: []doubts.Count{}, Records: []doubts.Record{}}
	if !s.AsOf.IsZero() {
		out.AsOf = s.AsOf.In(clock.Shanghai).Format(time.RFC3339)
	}
	if s.First || s.AsOf.IsZero() {
		out.Note = doubtsNone
	}
	if s.Of > 0 {
		out.Under = &doubtsProgress{s.Done, s.Of}
	}
	counts, err := a.cfg.Doubts.Counts(ctx, ask.Unit)
	if err != nil {
		return nil, err
	}
	out.Counts = append(out.Counts, counts...)
	records, next, err := a.cfg.Doubts.List(ctx, ask)
	out.Records, out.Next = append(out.Records, records...), next
	return out, err
}

// doubtMetrics reports the open doubts and the follower's lag, on each scrape.
type doubtMetrics struct{ a *API }

var (
	doubtsDesc = prometheus.NewDesc("roadbook_doubts", "Records with a doubt at which HQ has not looked.", []string{"code", "severity"}, nil)
	lagDesc    = prometheus.NewDesc("roadbook_doubts_lag_seconds", "Age of the first observation of which the doubts are not yet computed; 0: none.", nil, nil)
	passDesc   = prometheus.NewDesc("roadbook_doubts_renewal", "Records done in an evaluation of all records, and all records; 0 and 0: none is under way.", []string{"what"}, nil)
)

// Describe names the metrics of Collect.
func (m *doubtMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{doubtsDesc, lagDesc, passDesc} {
		ch <- d
	}
}

// Collect sends the current values.
func (m *doubtMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := m.a.within(readyTime)
	defer cancel()
	s, err := m.a.cfg.Doubts.Status(ctx)
	var counts []doubts.Count
	if err == nil {
		counts, err = m.a.cfg.Doubts.Counts(ctx, "")
	}
	if err != nil {
		m.a.cfg.Log.Warn("the doubts could not be read", "err", err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, c := range counts {
		gauge(doubtsDesc, float64(c.Open), c.Code, string(c.Severity))
	}
	gauge(lagDesc, s.Lag(m.a.cfg.Now()).Seconds())
	gauge(passDesc, float64(s.Done), "done")
	gauge(passDesc, float64(s.Of), "of")
}
