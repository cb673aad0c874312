package query

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Evidence is one observation of a record with its provenance: officer, device, time of receipt, and quality of the
// device's clock.
type Evidence struct {
	Observation
	Act            wire.Act        `json:"act"`
	Item           string          `json:"item,omitempty"`
	Officer        string          `json:"officer,omitempty"`
	Saved          string          `json:"saved"`          // by the device's wall clock
	LineOccurredAt string          `json:"said,omitempty"` // occurred_at of the line; Server.OccurredAt is the corrected time
	Auto           []string        `json:"auto,omitempty"` // fields filled in by the device
	Fields         json.RawMessage `json:"fields,omitempty"`
	Reason         string          `json:"reason,omitempty"`
	Group          string          `json:"group,omitempty"`
	Share          []string        `json:"share,omitempty"` // units with which the observation shares the record
	Seen           []string        `json:"seen,omitempty"`
}

// Trail is a record with the evidence of all its observations, in the order of stamps, and with the lines about it that
// have no effect: other units' observations and quarantined lines.
type Trail struct {
	History
	Evidence    []Evidence `json:"evidence"`
	Quarantined []Evidence `json:"quarantined,omitempty"`
}

// Trail reads one record as Record does, and every line about the record. store.ErrNotFound.
func (q *Query) Trail(ctx context.Context, id string) (*Trail, error) {
	h, err := q.Record(ctx, id)
	if err != nil {
		return nil, err
	}
	t := &Trail{History: *h}
	streams, err := q.streamsOf(ctx, h.History)
	if err != nil {
		return nil, err
	}
	quarantined := map[wire.ObsID]store.Quarantined{}
	for _, s := range streams {
		of, err := q.quarantinedOf(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		maps.Copy(quarantined, of)
	}
	for i := range h.History {
		e, err := q.evidence(ctx, streams, quarantined, h.History[i].ID)
		if err != nil {
			return nil, err
		}
		e.Fields = h.History[i].Fields // corrected and masked values
		if slices.Contains(h.Foreign, e.ID) {
			t.Quarantined = append(t.Quarantined, e)
			continue
		}
		t.Evidence = append(t.Evidence, e)
	}
	others, err := q.quarantinedAbout(ctx, streams, quarantined, h)
	t.Quarantined = append(t.Quarantined, others...)
	return t, err
}

// streamsOf reads the summaries of the streams of a history's observations, by stream id as text.
func (q *Query) streamsOf(ctx context.Context, history []HistoryObservation) (map[string]*store.Stream, error) {
	want := map[wire.StreamID]bool{}
	for i := range history {
		id, err := wire.ParseObsID(history[i].ID)
		if err != nil {
			return nil, err
		}
		want[id.Stream()] = true
	}
	out := map[string]*store.Stream{}
	err := q.eachStream(ctx, func(s *store.Stream) error {
		if want[s.ID] {
			kept := *s
			out[s.ID.String()] = &kept
		}
		return nil
	})
	return out, err
}

// evidence reads one line from its frame in the log.
func (q *Query) evidence(
	ctx context.Context, streams map[string]*store.Stream, quarantined map[wire.ObsID]store.Quarantined, text string,
) (e Evidence, err error) {
	id, err := wire.ParseObsID(text)
	if err != nil {
		return e, err
	}
	f, err := withTimeout(ctx, q, func(ctx context.Context) (store.Frame, error) { return q.cfg.Store.FrameWith(ctx, id) })
	if err != nil {
		return e, err
	}
	s, ok := streams[id.Stream().String()]
	if !ok {
		s = &store.Stream{ID: id.Stream()}
	}
	err = eachFrameLine(&f, map[wire.ObsID]bool{}, func(f *store.Frame, at wire.ObsID, line []byte) error {
		if at == id {
			e = q.evidenceOf(s, f, quarantined, id, line)
		}
		return nil
	})
	return e, err
}

func (q *Query) evidenceOf(s *store.Stream, f *store.Frame, quarantined map[wire.ObsID]store.Quarantined, id wire.ObsID, raw []byte) Evidence {
	e := Evidence{Observation: *newObservation(s, f, quarantined, id, raw)}
	var l wire.Line
	if wire.ParseLine(raw, &l) != nil {
		return e
	}
	e.Act, e.Item, e.Officer, e.Auto, e.Reason, e.Group, e.Seen = l.Act, l.Item, l.Officer, l.Auto, visible(l.Reason), l.Group, l.Seen
	e.Share = l.Share
	e.Saved = formatTime(l.Clock.Wall)
	if k, ok := q.cfg.Schema.Kind(l.Kind); ok {
		values, _ := k.Decode(l.Fields) // the line's faults name values that do not decode
		e.Fields = q.fieldsJSON(l.Kind, values)
		if v, ok := values.Get(occurredAt); ok && v.Type == schema.TypeTime {
			e.LineOccurredAt = formatTime(v.I)
		}
	}
	return e
}

// quarantinedAbout reads the quarantined lines of these streams that speak about the record.
func (q *Query) quarantinedAbout(
	ctx context.Context, streams map[string]*store.Stream, quarantined map[wire.ObsID]store.Quarantined, h *History,
) (out []Evidence, err error) {
	for id, line := range quarantined {
		if line.Released != "" || slices.Contains(h.Observations, id.String()) {
			continue
		}
		e, err := q.evidence(ctx, streams, quarantined, id.String())
		if err != nil {
			return nil, err
		}
		if e.Server.Record == h.ID {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Evidence) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}
