package query

import (
	"context"
	"errors"
	"strconv"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Held is a quarantined line as HQ sees it.
type Held struct {
	ID         string        `json:"id"`
	Unit       string        `json:"unit"`
	Received   string        `json:"received"`
	Faults     schema.Faults `json:"faults"`
	ReleasedBy string        `json:"released_by,omitempty"`
	Line       string        `json:"line"`
	Raw        []byte        `json:"line_base64,omitempty"` // in place of Line, where that is not UTF-8
}

// HeldPage is a page of held lines by id; Next, when not "", asks for the page behind.
type HeldPage struct {
	Quarantined []Held `json:"quarantined"`
	Next        string `json:"next,omitempty"`
}

// HeldQuestion selects held lines, as it was typed; Released asks for those that were let go instead.
type HeldQuestion struct {
	Stream, After, Limit string
	Released             bool
}

const heldPage = 100

// Held pages through what is quarantined. Refusals are *wire.Error.
func (q *Query) Held(ctx context.Context, ask HeldQuestion) (*HeldPage, error) {
	stream, after, limit, err := ask.parse()
	if err != nil {
		return nil, err
	}
	qs, err := within(ctx, q, func(ctx context.Context) ([]store.Quarantined, error) {
		return q.cfg.Store.QuarantinedLines(ctx, stream, after, ask.Released, limit)
	})
	if err != nil {
		return nil, err
	}
	page := &HeldPage{Quarantined: []Held{}}
	for i := range qs {
		if ask.Released && qs[i].Released == "" {
			continue
		}
		h, err := q.heldLine(ctx, &qs[i])
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

func (ask *HeldQuestion) parse() (stream wire.StreamID, after wire.ObsID, limit int, err error) {
	if ask.Stream != "" {
		if stream, err = wire.ParseStream(ask.Stream); err != nil {
			return stream, after, 0, refuse("stream 应为“设备.纪元”", "stream is device.epoch")
		}
	}
	if ask.After != "" {
		if after, err = wire.ParseObsID(ask.After); err != nil {
			return stream, after, 0, refuse("after 应为观测编号", "after is the id of an observation")
		}
	}
	limit = heldPage
	if ask.Limit != "" {
		if limit, err = strconv.Atoi(ask.Limit); err != nil || limit < 1 || limit > 500 {
			return stream, after, 0, refuse("limit 应在 1 到 500 之间", "limit lies between 1 and 500")
		}
	}
	return stream, after, limit, nil
}

func (q *Query) heldLine(ctx context.Context, h *store.Quarantined) (Held, error) {
	out := Held{
		ID: h.ID.String(), Unit: h.Unit, Received: moment(h.Received), Faults: h.Faults, ReleasedBy: h.Released,
	}
	f, err := within(ctx, q, func(ctx context.Context) (store.Frame, error) { return q.cfg.Store.FrameWith(ctx, h.ID) })
	if errors.Is(err, store.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	return out, eachLine(&f, map[wire.ObsID]bool{}, func(f *store.Frame, id wire.ObsID, line []byte) error {
		if id == h.ID {
			o := observe(&store.Stream{ID: f.Key.Stream}, f, nil, id, line)
			out.Line, out.Raw = o.Line, o.Raw
		}
		return nil
	})
}
