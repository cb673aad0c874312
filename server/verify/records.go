package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

const recordPage = 500

// checkRecords compares every stored record with the recount, and the recount with the stored records. Records are read
// after the frames: all lines of a marked frame must be in them.
func (r *run) checkRecords(ctx context.Context) error {
	strange := map[string]bool{} // records unknown to the log
	for after := ""; ; {
		recs, err := r.Store.ScanRecords(ctx, store.RecordQuery{After: after, Limit: recordPage})
		if err != nil {
			return err
		}
		for i := range recs {
			after = recs[i].ID
			known, before := r.records.markStored(after)
			if before || strange[after] {
				r.emit(finding(Doubled, "record "+after, "该记录存了两份", "it is stored twice"))
			}
			if !known {
				strange[after] = true
			}
			r.summary.Records++
			if err := r.checkRecord(ctx, &recs[i]); err != nil {
				return err
			}
		}
		r.Progress("records", r.summary.Records, max(r.total.Records, r.summary.Records))
		if len(recs) == 0 {
			break
		}
	}
	for id, own := range r.records {
		if own.stored || strange[id] { // observations of lost frames were joined since
			continue
		}
		if _, err := r.Store.Record(ctx, id); errors.Is(err, store.ErrNotFound) {
			r.emit(finding(Lost, "record "+id, "日志中有该记录，数据库中没有", "the log speaks of it and it is not there"))
		} else if err != nil {
			return err
		}
	}
	return nil
}

// checkRecord compares one record with its observations in the frames.
func (r *run) checkRecord(ctx context.Context, rec *store.Record) error {
	place := "record " + rec.ID
	own, err := r.records.state(rec.ID)
	if err != nil {
		return err
	}
	orphans := 0
	for i := range rec.State.Obs {
		o := &rec.State.Obs[i]
		if line := findObs(&own, o.ID); line != nil {
			if !sameObs(line, o, rec.ID) {
				r.emit(finding(Altered, place, "所存的 %v 与帧中的行不符", "what is stored of %v is not what its line says", o.ID))
			}
			continue
		}
		ok, err := r.isExplained(ctx, rec.ID, o)
		if err != nil {
			return err
		}
		if !ok {
			orphans++
		}
	}
	if orphans > 0 {
		r.emit(finding(Orphaned, place, "%d 条登记没有任何帧支持", "%d of its observations stand in no frame that counts", orphans))
		return nil // the place of such a record proves nothing
	}
	return r.checkState(ctx, rec, place)
}

// isExplained reports whether an observation missing from the recount is there rightly: its frame is lost (already
// reported), is pending, or came after the frames were read.
func (r *run) isExplained(ctx context.Context, record string, o *merge.Obs) (bool, error) {
	if r.isExcused(o.ID) {
		return true, r.records.join(record, *o)
	}
	for _, w := range r.pending {
		for i := range w.lines {
			if s := &w.lines[i]; s.ID == o.ID && !s.Quarantined || s.Released != nil && s.Released.ID == o.ID {
				return true, nil
			}
		}
	}
	if r.quarantined[o.ID] {
		return r.releasedSince(ctx, o.ID)
	}
	return r.cameLater(ctx, o.ID)
}

// releasedSince reports whether a quarantined line was released by a line unknown to the recount, or by a lost line.
func (r *run) releasedSince(ctx context.Context, id wire.ObsID) (bool, error) {
	by, err := r.releasingLine(ctx, id)
	if err != nil || by.IsZero() {
		return false, err
	}
	if r.isExcused(by) {
		return true, nil
	}
	return r.cameLater(ctx, by)
}

// releasingLine is the line releasing a quarantined line, according to the store.
func (r *run) releasingLine(ctx context.Context, id wire.ObsID) (wire.ObsID, error) {
	for q, err := range store.AllQuarantined(ctx, r.Store, id.Stream(), true) {
		if err != nil {
			return wire.ObsID{}, err
		}
		if q.ID == id {
			by, _ := wire.ParseObsID(q.Released) // an invalid id releases nothing
			return by, nil
		}
	}
	return wire.ObsID{}, nil
}

// checkState checks the record's completeness, its place and its group.
func (r *run) checkState(ctx context.Context, rec *store.Record, place string) error {
	missing, err := r.missingCount(rec)
	if err != nil {
		return err
	}
	if missing > 0 { // the page may have been read before a late frame joined its last observation
		again, err := r.Store.Record(ctx, rec.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if missing, err = r.missingCount(&again); err != nil {
			return err
		}
		if missing > 0 {
			r.emit(finding(Stale, place, "缺少 %d 条已计入的登记", "%d observations that frames say of it are not in it", missing))
			return nil
		}
	}
	v := merge.Fold(rec.ID, &rec.State, r.Schema)
	r.noteEffects(&v)
	var want store.Place
	if v.Kind != "" && v.Unit != "" && v.Day != 0 {
		want = store.Place{Unit: v.Unit, Day: v.Day, Kind: v.Kind}
	}
	at := rec.Place
	at.Bucket = 0
	switch {
	case at != want:
		r.emit(finding(Stale, place, "汇总位置为 %s，应为 %s", "it is summed at %s, its place is %s", placeText(at), placeText(want)))
	case rec.Group != v.Group:
		r.emit(finding(Stale, place, "归组为 %q，应为 %q", "it stands in group %q, its group is %q", rec.Group, v.Group))
	default:
		for _, l := range rec.Departed {
			if r.processed[l.Frame] {
				r.emit(finding(Stale, place, "已离开的位置尚未重新汇总", "a place that it left was never counted anew"))
				break
			}
		}
	}
	return nil
}

// missingCount is the number of the log's observations missing from the record, apart from those beyond its budgets.
func (r *run) missingCount(rec *store.Record) (n int, err error) {
	own, err := r.records.state(rec.ID)
	for i := range own.Obs {
		if rec.State.Has(own.Obs[i].ID) {
			continue
		}
		with := merge.State{Obs: slices.Clone(rec.State.Obs)}
		if _, evicted := with.Join(rec.ID, own.Obs[i]); evicted == nil || evicted.ID != own.Obs[i].ID {
			n++
		}
	}
	return n, err
}

func placeText(p store.Place) string { return fmt.Sprintf("%s %d %s", p.Unit, p.Day, p.Kind) }

func findObs(s *merge.State, id wire.ObsID) *merge.Obs {
	for i := range s.Obs {
		if s.Obs[i].ID == id {
			return &s.Obs[i]
		}
	}
	return nil
}

// sameObs compares two observations by their stored form.
func sameObs(a, b *merge.Obs, record string) bool {
	encode := func(o *merge.Obs) []byte { return merge.AppendEncode(nil, &merge.State{Obs: []merge.Obs{*o}}, record) }
	return bytes.Equal(encode(a), encode(b))
}
