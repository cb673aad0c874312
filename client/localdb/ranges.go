package localdb

import (
	"cmp"
	"slices"

	"roadbook/sync/wire"
)

// ranges compares what the server holds of the stream with what this disk has.
func (db *DB) ranges(ans *wire.Answer, sent *wire.Request, a *Applied) error {
	last, err := db.get(metaServerEpoch)
	if err != nil {
		return err
	}
	restored := last != "" && last != ans.ServerEpoch
	if restored {
		// What it holds of other streams is not known: they are offered again whole, and answered "exists".
		if err := db.reoffer("key >> 32 NOT IN (SELECT id FROM streams WHERE epoch = ?)", a, sent.Stream.Epoch); err != nil {
			return err
		}
	}
	st, found, err := db.streamByEpoch(sent.Stream.Epoch)
	if err != nil || !found {
		return err
	}
	var sure []wire.Range // ranges that certainly are this disk's lines
	for _, r := range ans.Ranges {
		own, err := db.isOwn(&st, &r)
		if err != nil {
			return err
		}
		if own {
			sure = append(sure, r)
			continue
		}
		a.Forked = true
		if err := db.closeStream(&st); err != nil {
			return err
		}
	}
	if !restored {
		sure = ans.Ranges // in a fork, other lines at the same places: these were acknowledged one by one
	}
	return db.reofferGaps(&st, sure, sent.Frame, a)
}

// isOwn reports whether the hashes at the range's ends are those of this disk.
func (db *DB) isOwn(st *stream, r *wire.Range) (bool, error) {
	if r.First == 0 || r.Last > st.seq {
		return false, nil // it knows more than this disk
	}
	prev, found, err := db.hashAt(st, r.First-1)
	if err != nil || !found || prev != r.Prev {
		return false, err
	}
	head, found, err := db.hashAt(st, r.Last)
	return found && head == r.Head, err
}

// reofferGaps makes the stream's delivered lines wait again that no range covers, but for those that this
// very answer acknowledged.
func (db *DB) reofferGaps(st *stream, ranges []wire.Range, sent *wire.Frame, a *Applied) error {
	covered := make([]span, 0, len(ranges)+1)
	for _, r := range ranges {
		covered = append(covered, span{r.First, r.Last})
	}
	if sent != nil {
		covered = append(covered, span{sent.First, sent.Last()})
	}
	for _, gap := range gaps(covered, st.seq) {
		if err := db.reoffer("key BETWEEN ? AND ?", a, keyOf(st.id, gap.first), keyOf(st.id, gap.last)); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) reoffer(where string, a *Applied, args ...any) error {
	err := db.exec("UPDATE lines SET status = '', faults = NULL WHERE status <> '' AND "+where, args...)
	a.Reoffered += int(db.conn.Changes())
	return err
}

// span is a run of sequences, both ends in it.
type span struct{ first, last uint64 }

// gaps are the runs of 1..last that no span covers.
func gaps(covered []span, last uint64) []span {
	slices.SortFunc(covered, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	var out []span
	next := uint64(1)
	for _, s := range covered {
		if s.first > next && next <= last {
			out = append(out, span{next, min(s.first-1, last)})
		}
		next = max(next, s.last+1)
	}
	if next <= last {
		out = append(out, span{next, last})
	}
	return out
}
