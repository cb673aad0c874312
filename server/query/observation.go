package query

import (
	"bytes"
	"context"
	"slices"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Observation is one line as signed, with the server's additions.
type Observation struct {
	ID       string      `json:"id"`
	Line     string      `json:"line"`
	Raw      []byte      `json:"line_base64,omitempty"` // instead of Line, if the line is not UTF-8
	Device   string      `json:"device"`
	Stream   string      `json:"stream"`
	Seq      uint64      `json:"seq"`
	Received string      `json:"received"`
	Server   ServerFacts `json:"server"`
	Demo     bool        `json:"demo,omitempty"` // invented
}

// ServerFacts is the server's knowledge about a line beyond the line itself.
type ServerFacts struct {
	Unit       string        `json:"unit"` // of the device when the line came
	Role       string        `json:"role"`
	Status     string        `json:"status"` // created, fork, released, quarantined
	Record     string        `json:"record,omitempty"`
	OccurredAt string        `json:"occurred_at,omitempty"` // corrected time, if the device had filled it in
	Grade      string        `json:"grade,omitempty"`
	Faults     schema.Faults `json:"faults,omitempty"`
	ReleasedBy string        `json:"released_by,omitempty"`
}

// Status of a line beside wire.Created, wire.Forked and wire.Quarantined.
const statusReleased = "released"

// maxUnpackedFrame bounds the lines of one stored frame, unpacked, in bytes.
const maxUnpackedFrame = 64 << 20

const framesPerPage = 64

// Observations calls emit once with each observation that counts, although its line may be in several frames: stream
// by stream, in sequence. With all, quarantined observations are included.
func (q *Query) Observations(ctx context.Context, all bool, emit func(*Observation) error) error {
	demo := q.demo()
	return q.eachStream(ctx, func(s *store.Stream) error {
		quarantined, err := q.quarantinedOf(ctx, s.ID)
		if err != nil {
			return err
		}
		return q.eachStreamLine(ctx, s, func(f *store.Frame, id wire.ObsID, line []byte) error {
			o := newObservation(s, f, quarantined, id, line)
			if o.Server.Status == string(wire.Quarantined) && !all {
				return nil
			}
			o.Demo = demo
			return emit(o)
		})
	})
}

// demo reports whether the data are invented: the server's catalogues are then marked so.
func (q *Query) demo() bool {
	return slices.ContainsFunc(q.inForce.Load().all, func(c *catalogue.Catalogue) bool { return c.Demo })
}

// quarantinedOf reads all lines of a stream that were ever quarantined, released lines included.
func (q *Query) quarantinedOf(ctx context.Context, s wire.StreamID) (map[wire.ObsID]store.Quarantined, error) {
	out := map[wire.ObsID]store.Quarantined{}
	for _, released := range []bool{false, true} { // in this order, so that a line released meanwhile ends as released
		if err := q.readQuarantined(ctx, s, released, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (q *Query) readQuarantined(ctx context.Context, s wire.StreamID, released bool, out map[wire.ObsID]store.Quarantined) error {
	const page = 500
	var after wire.ObsID
	for {
		qs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Quarantined, error) {
			return q.cfg.Store.QuarantinedLines(ctx, s, after, released, page)
		})
		if err != nil || len(qs) == 0 {
			return err
		}
		for i := range qs {
			out[qs[i].ID] = qs[i]
		}
		after = qs[len(qs)-1].ID
	}
}

// eachStreamLine calls fn once with each line of a stream's counted frames. Frames come in the order of their first
// sequence, so a line can only come again while later frames begin before it; seen holds no more than that.
func (q *Query) eachStreamLine(ctx context.Context, s *store.Stream, fn func(*store.Frame, wire.ObsID, []byte) error) error {
	seen := map[wire.ObsID]bool{}
	var after store.FrameKey
	for {
		frames, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Frame, error) {
			return q.cfg.Store.ScanFrames(ctx, s.ID, after, framesPerPage)
		})
		if err != nil {
			return err
		}
		for i := range frames {
			f := &frames[i]
			after = f.Key
			if !f.Projected {
				continue
			}
			for id := range seen {
				if id.Seq < f.Key.First {
					delete(seen, id)
				}
			}
			if err := eachFrameLine(f, seen, fn); err != nil {
				return err
			}
		}
		if len(frames) < framesPerPage {
			return nil
		}
	}
}

func eachFrameLine(f *store.Frame, seen map[wire.ObsID]bool, fn func(*store.Frame, wire.ObsID, []byte) error) error {
	lines, err := wire.UnpackLines(f.Packed, maxUnpackedFrame)
	if err != nil {
		return err
	}
	h := f.Prev
	for i, line := range lines {
		h = wire.ChainHash(h, line)
		id := wire.NewObsID(f.Key.Stream, f.Key.First+uint64(i), h)
		if seen[id] {
			continue
		}
		seen[id] = true
		if err := fn(f, id, line); err != nil {
			return err
		}
	}
	return nil
}

func newObservation(s *store.Stream, f *store.Frame, quarantined map[wire.ObsID]store.Quarantined, id wire.ObsID, line []byte) *Observation {
	o := &Observation{
		ID: id.String(), Device: id.Device, Stream: s.ID.String(), Seq: id.Seq, Received: formatTime(f.Received),
		Server: ServerFacts{Unit: f.Unit, Role: f.Role, Status: string(wire.Created)},
	}
	if utf8.Valid(line) {
		o.Line = string(line)
	} else {
		o.Raw = line
	}
	if slices.Contains(f.Forked, id.Seq) {
		o.Server.Status = string(wire.Forked)
	}
	if h, ok := quarantined[id]; ok {
		o.Server.Status, o.Server.Faults, o.Server.ReleasedBy = string(wire.Quarantined), h.Faults, h.Released
		if h.Released != "" {
			o.Server.Status = statusReleased
		}
	}
	var l wire.Line
	if fault := wire.ParseLine(line, &l); fault == nil {
		o.Server.Record = merge.RecordOf(id, &l)
		o.Server.setGrade(s, &l)
	}
	return o
}

const occurredAt = "occurred_at"

// setGrade sets the quality of the line's occurred_at, and the corrected time if the server corrected it.
func (a *ServerFacts) setGrade(s *store.Stream, l *wire.Line) {
	if slices.Contains(l.Auto, occurredAt) {
		ms, grade := clock.Correct(l.Clock, bootOf(s.Boots, l.Clock.Boot))
		a.OccurredAt, a.Grade = formatTime(ms), string(grade)
		return
	}
	if bytes.Contains(l.Fields, []byte(`"`+occurredAt+`"`)) {
		a.Grade = string(clock.Typed)
	}
}

func bootOf(boots []clock.Boot, id string) clock.Boot {
	for _, b := range boots {
		if b.ID == id {
			return b
		}
	}
	return clock.Boot{ID: id}
}
