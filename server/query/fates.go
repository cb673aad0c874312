package query

import (
	"context"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// fateCursor is a device's position in the fates of its lines. A walk goes through the lines by id: first the
// quarantined ones, then the released ones. A change behind the walk's position changes the mark, so another walk
// follows.
type fateCursor struct {
	DoneMark string `json:"t,omitempty"` // mark from before the last finished walk; while the mark stays the same, there is nothing to send
	Mark     string `json:"m,omitempty"` // of the walk under way
	Released bool   `json:"r,omitempty"` // in the second half: the released lines
	After    string `json:"a,omitempty"` // id of the last line in an answer
}

// Bounds of the fates in one answer: number of lines, and bytes of their faults after which no further fate is added.
const (
	defaultFatePage = 500
	fateBytes       = 1 << 20
)

// Fates sends a device the fates of its own lines and nothing else: a revoked device gets no other answer. Only the
// fate position of the cursor moves.
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

// addQuarantined adds lines of one half, from the walk's position on; done reports the end of that half.
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
	lines int // lines left
	room  int // bytes left
}

func (t *fateWriter) full() bool { return t.lines <= 0 || t.room <= 0 }

// add adds the current fate of one line.
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
