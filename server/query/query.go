// Package query answers questions: indicators, records, observations, quarantined lines, and the news for one device.
// It reads through the store's contract and never writes.
//
// Promises: answers follow from the data alone; figures are exact and written as decimals; streamed answers never sit
// in memory as a whole. Refusals of parameters are *wire.Error, in Chinese and English; store.ErrNotFound passes
// through.
package query

import (
	"context"
	"sync/atomic"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/doubts"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// DeliveringDevice is a device with a duty to deliver: enrolled and not revoked.
type DeliveringDevice struct {
	ID, Unit string
	Role     string // officer, clerk, hq; "" = not known
	Seen     int64  // Unix ms, last contact without a new frame; 0 = none since enrollment
}

// Config holds the parts that a Query needs.
type Config struct {
	Store             store.Reader
	Schema            *schema.Schema
	Catalogues        []*catalogue.Catalogue
	Counter           *tally.Counter // of the counting catalogue versions; SetCatalogues replaces both
	DeliveringDevices func(context.Context) ([]DeliveringDevice, error)
	Timeout           time.Duration // of one call of the store; 0 = 10 s

	Doubts *doubts.Reader // nil: no follower; doubts then know the records near on other days alone

	ReferenceAge time.Duration // how old reference data may be; 0: read for each question

	// Now is the present: deliveries are only expected of days in the past. nil: of every day.
	Now func() time.Time
}

// Query answers questions. It is safe for many goroutines.
type Query struct {
	cfg        Config
	inForce    atomic.Pointer[inForce]
	snapshots  snapshots
	references references
	common     map[string]bool // fields common to all kinds
}

// New makes a Query.
func New(cfg Config) *Query {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	q := &Query{cfg: cfg}
	q.SetCatalogues(cfg.Catalogues, cfg.Counter)
	if cfg.Schema != nil {
		q.common = commonFields(cfg.Schema)
	}
	return q
}

// today is the present day; without a clock, the last representable one.
func (q *Query) today() clock.Day {
	if q.cfg.Now == nil {
		return 9999_12_31
	}
	return clock.DayOf(q.cfg.Now().UnixMilli())
}

// withTimeout runs one call of the store under its own deadline.
func withTimeout[T any](ctx context.Context, q *Query, call func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.Timeout)
	defer cancel()
	return call(ctx)
}

// eachStream calls fn with every stream's summary.
func (q *Query) eachStream(ctx context.Context, fn func(*store.Stream) error) error {
	read := func(after wire.StreamID) ([]store.Stream, error) {
		return withTimeout(ctx, q, func(ctx context.Context) ([]store.Stream, error) { return q.cfg.Store.Streams(ctx, after, 1000) })
	}
	for s, err := range store.Walk(wire.StreamID{}, func(s *store.Stream) wire.StreamID { return s.ID }, read) {
		if err != nil {
			return err
		}
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// formatTime writes Unix ms for people and programs: RFC 3339 at Shanghai, with milliseconds if there are any.
func formatTime(ms int64) string {
	return time.UnixMilli(ms).In(clock.Shanghai).Format(time.RFC3339Nano)
}

// badRequest is wire.Refuse(bad_request) with a detail in both languages.
func badRequest(zh, en string) *wire.Error {
	e := wire.Refuse(wire.CodeBadRequest, "")
	e.Message.ZH += "：" + zh
	e.Message.EN += ": " + en
	return e
}
