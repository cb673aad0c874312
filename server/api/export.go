package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/query"
	"roadbook/server/store"
)

// exportObservations streams every counting observation once, as NDJSON; with ?all=1 the quarantined ones too.
func (a *API) exportObservations(c *fiber.Ctx, who *auth.Principal) error {
	all, err := query.Flag("all", c.Query("all"))
	if err != nil {
		return err
	}
	return a.export(c, who, func(ctx context.Context, w *json.Encoder) error {
		return a.cfg.Query.Observations(ctx, all, func(o *query.Observation) error { return w.Encode(o) })
	})
}

// exportRecords streams every record as NDJSON; ?unit= and ?kind= select, ?near=1 adds the records near each.
func (a *API) exportRecords(c *fiber.Ctx, who *auth.Principal) error {
	near, err := query.Flag("near", c.Query("near"))
	if err != nil {
		return err
	}
	ctx, cancel := a.within(a.cfg.ReadTime)
	defer cancel()
	unit, kind, err := a.cfg.Query.Selection(ctx, schema.CleanName(c.Query("unit")), c.Query("kind"))
	if err != nil {
		return err
	}
	ask := store.RecordQuery{Unit: unit, Kind: kind}
	return a.export(c, who, func(ctx context.Context, w *json.Encoder) error {
		return a.cfg.Query.Records(ctx, ask, near, func(r *query.Record) error { return w.Encode(r) })
	})
}

// export runs write in the background, through a pipe, so that write never runs ahead of the reader. If write fails,
// the connection is cut instead of ended, so that half an export never passes as whole.
func (a *API) export(c *fiber.Ctx, who *auth.Principal, write func(context.Context, *json.Encoder) error) error {
	leave, err := a.reads.enter()
	if err != nil {
		return err
	}
	a.cfg.Log.Info("export", "request", requestID(c), "user", who.User, "path", c.Path(), "from", c.IP())
	id := requestID(c)
	r, w := io.Pipe()
	go func() {
		defer leave()
		ctx, cancel := a.within(a.cfg.WriteTime)
		defer cancel()
		buf := bufio.NewWriterSize(w, 64<<10)
		enc := json.NewEncoder(buf)
		enc.SetEscapeHTML(false)
		err := write(ctx, enc)
		if err == nil {
			err = buf.Flush()
		}
		if err != nil {
			a.cfg.Log.Warn("export cut off", "request", id, "err", err)
		}
		_ = w.CloseWithError(err) // nil ends the export
	}()
	c.Set(fiber.HeaderContentType, "application/x-ndjson; charset=utf-8")
	c.Context().Response.SetBodyStream(r, -1)
	return nil
}
