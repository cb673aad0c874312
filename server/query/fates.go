package query

import (
	"context"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// fateCursor is how far a device was told what became of its lines. They are walked through by their ids, first what is
// held, then what was let go. What changes behind a walk's position makes another mark, and so another walk.
type fateCursor struct {
	DoneMark string `json:"t,omitempty"` // mark that stood before the last walk that came to its end: nothing since, nothing to tell
	Mark     string `json:"m,omitempty"` // of the walk under way
	Released bool   `json:"r,omitempty"` // its half
	After    string `json:"a,omitempty"` // its last line told of
}

// What bounds the fates of one answer: lines, and bytes of their faults behind which no further one is told.
const (
	defaultFatePage = 500
	fateBytes       = 1 << 20
)

// Fates tells a device what became of its own lines and nothing else: all that one hears that was revoked. Of the cursor
// only that moves.
func (p *Puller) Fates(ctx context.Context, device, unit string, q *wire.Pull) (*wire.Pulled, error) {
	cursor, _ := p.readCursor(q.Cursor, unit)
	out := &wire.Pulled{}
	err := p.addFates(ctx, out, device, &cursor.Fates)
	out.Cursor = cursor.String()
	return out, err
}

// addFates adds the next page of the walk to out.
func (p *Puller) addFates(ctx context.Context, out *wire.Pulled, device string, w *fateCursor) error {
	if w.Mark == "" {
		mark, err := p.Store.QuarantineVersion(ctx, device)
		if err != nil || mark == w.DoneMark {
			return err
		}
		w.Mark = mark
	}
	t := fateWriter{out: out, room: fateBytes, lines: p.fatesPerAnswer()}
	for _, released := range []bool{false, true} {
		if w.Released && !released {
			continue
		}
		w.Released = released
		done, err := p.addQuarantined(ctx, &t, device, w)
		if err != nil || !done {
			out.More = out.More || !done
			return err
		}
		w.After = ""
	}
	*w = fateCursor{DoneMark: w.Mark}
	return nil
}

func (p *Puller) fatesPerAnswer() int {
	if p.FatePage > 0 {
		return p.FatePage
	}
	return defaultFatePage
}

// addQuarantined tells of one half, from the walk's position on; done says that it came to the half's end.
func (p *Puller) addQuarantined(ctx context.Context, t *fateWriter, device string, w *fateCursor) (done bool, err error) {
	after, _ := wire.ParseObsID(w.After) // none: from the beginning
	for t.lines > 0 {
		ask := t.lines
		quarantined, err := p.Store.QuarantinedLines(ctx, wire.StreamID{Device: device}, after, w.Released, ask)
		if err != nil {
			return false, err
		}
		for i := range quarantined {
			if t.full() {
				return false, nil
			}
			t.add(&quarantined[i], w.Released)
			after = quarantined[i].ID
			w.After = after.String()
		}
		if len(quarantined) < ask {
			return true, nil
		}
	}
	return false, nil
}

// fateWriter fills an answer with fates.
type fateWriter struct {
	out   *wire.Pulled
	lines int // still to be told
	room  int // bytes
}

func (t *fateWriter) full() bool { return t.lines <= 0 || t.room <= 0 }

// add tells of one line as it stands.
func (t *fateWriter) add(h *store.Quarantined, released bool) {
	f := wire.Fate{ID: h.ID.String(), Status: "quarantined", Faults: h.Faults}
	if h.Released != "" {
		f = wire.Fate{ID: h.ID.String(), Status: statusReleased}
	} else if released {
		return
	}
	const perLine = 100 // the id, the names
	t.lines, t.room = t.lines-1, t.room-perLine
	for i := range f.Faults {
		t.room -= perLine + len(f.Faults[i].Field) + len(f.Faults[i].Message.ZH) + len(f.Faults[i].Message.EN)
	}
	t.out.Fates = append(t.out.Fates, f)
}
