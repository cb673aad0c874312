package reconcile

import (
	"context"
	"errors"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Bounds of the quarantine's share: lines looked at, and the unpacked bytes of a frame.
const (
	mostHeld    = 20_000
	maxUnpacked = 64 << 20
)

// quarantined calls keep with the quarantined creates of the kind.
func (r *reader) quarantined(ctx context.Context, keep func(*Entry) error) error {
	seen := 0
	var of frameLines
	for q, err := range store.AllQuarantined(ctx, r.store, wire.StreamID{}, false) {
		if err != nil {
			return err
		}
		if seen++; seen > mostHeld {
			return nil
		}
		raw, err := of.line(ctx, r.store, q.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if e, ok := r.heldEntry(q, raw); ok {
			if err := keep(&e); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldEntry reads a quarantined line as far as its faults allow.
func (r *reader) heldEntry(q *store.Quarantined, raw []byte) (e Entry, ok bool) {
	var l wire.Line
	if wire.ParseLine(raw, &l) != nil || l.Act != wire.Create || l.Kind != r.kind.Name {
		return e, false
	}
	values, _ := r.kind.Decode(l.Fields)
	at := momentOf(values)
	unit, _ := values.Get("unit")
	e = Entry{Record: merge.RecordOf(q.ID, &l), Unit: unit.S, Day: dayOf(at), At: at, Fields: values, Standing: Quarantined}
	if e.Unit == "" {
		e.Unit = q.Unit
	}
	e.Why = &schema.Text{ZH: "此处被隔离", EN: "quarantined here"}
	if len(q.Faults) > 0 {
		e.Why.ZH += "：" + q.Faults[0].Message.ZH
		e.Why.EN += ": " + q.Faults[0].Message.EN
	}
	return e, true
}

// frameLines keeps the lines of the last frame: quarantined lines of a stream stand beside each other.
type frameLines struct {
	lines map[wire.ObsID][]byte
}

func (f *frameLines) line(ctx context.Context, s store.Reader, id wire.ObsID) ([]byte, error) {
	if raw, ok := f.lines[id]; ok {
		return raw, nil
	}
	frame, err := s.FrameWith(ctx, id)
	if err != nil {
		return nil, err
	}
	lines, err := wire.UnpackLines(frame.Packed, maxUnpacked)
	if err != nil {
		return nil, err
	}
	f.lines = make(map[wire.ObsID][]byte, len(lines))
	h := frame.Prev
	for i, raw := range lines {
		h = wire.ChainHash(h, raw)
		f.lines[wire.NewObsID(frame.Key.Stream, frame.Key.First+uint64(i), h)] = raw
	}
	if raw, ok := f.lines[id]; ok {
		return raw, nil
	}
	return nil, store.ErrNotFound
}
