package query

import (
	"context"
	"errors"
	"strconv"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// QuarantinedLine is a quarantined line, for HQ.
type QuarantinedLine struct {
	ID         string        `json:"id"`
	Unit       string        `json:"unit"`
	Received   string        `json:"received"`
	Faults     schema.Faults `json:"faults"`
	ReleasedBy string        `json:"released_by,omitempty"`
	Line       string        `json:"line"`
	Raw        []byte        `json:"line_base64,omitempty"` // instead of Line, if the line is not UTF-8
}

// QuarantinedPage is a page of quarantined lines by id; Next, when not "", asks for the next page.
type QuarantinedPage struct {
	Quarantined []QuarantinedLine `json:"quarantined"`
	Next        string            `json:"next,omitempty"`
}

// QuarantinedQuestion selects quarantined lines, in the words of the request; Released selects the released lines
// instead.
type QuarantinedQuestion struct {
	Stream, After, Limit string
	Released             bool
}

const quarantinedPageSize = 100

// Quarantined pages through the quarantined lines. Refusals are *wire.Error.
func (q *Query) Quarantined(ctx context.Context, ask QuarantinedQuestion) (*QuarantinedPage, error) {
	stream, after, limit, err := ask.parse()
	if err != nil {
		return nil, err
	}
	qs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Quarantined, error) {
		return q.cfg.Store.QuarantinedLines(ctx, stream, after, ask.Released, limit)
	})
	if err != nil {
		return nil, err
	}
	page := &QuarantinedPage{Quarantined: []QuarantinedLine{}}
	for i := range qs {
		if ask.Released && qs[i].Released == "" {
			continue
		}
		h, err := q.quarantinedLine(ctx, &qs[i])
		if err != nil {
			return nil, err
		}
		page.Quarantined = append(page.Quarantined, h)
	}
	if len(qs) == limit {
		page.Next = qs[limit-1].ID.String()
	}
	return page, nil
}

func (ask *QuarantinedQuestion) parse() (stream wire.StreamID, after wire.ObsID, limit int, err error) {
	if ask.Stream != "" {
		if stream, err = wire.ParseStream(ask.Stream); err != nil {
			return stream, after, 0, badRequest("stream 应为“设备.纪元”", "stream is device.epoch")
		}
	}
	if ask.After != "" {
		if after, err = wire.ParseObsID(ask.After); err != nil {
			return stream, after, 0, badRequest("after 应为登记的编号", "after is the id of an observation")
		}
	}
	limit = quarantinedPageSize
	if ask.Limit != "" {
		if limit, err = strconv.Atoi(ask.Limit); err != nil || limit < 1 || limit > 500 {
			return stream, after, 0, badRequest("limit 应在 1 到 500 之间", "limit lies between 1 and 500")
		}
	}
	return stream, after, limit, nil
}

func (q *Query) quarantinedLine(ctx context.Context, h *store.Quarantined) (QuarantinedLine, error) {
	out := QuarantinedLine{
		ID: h.ID.String(), Unit: h.Unit, Received: formatTime(h.Received), Faults: h.Faults, ReleasedBy: h.Released,
	}
	f, err := withTimeout(ctx, q, func(ctx context.Context) (store.Frame, error) { return q.cfg.Store.FrameWith(ctx, h.ID) })
	if errors.Is(err, store.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	return out, eachFrameLine(&f, map[wire.ObsID]bool{}, func(f *store.Frame, id wire.ObsID, line []byte) error {
		if id == h.ID {
			o := newObservation(&store.Stream{ID: f.Key.Stream}, f, nil, id, line)
			out.Line, out.Raw = o.Line, o.Raw
		}
		return nil
	})
}
