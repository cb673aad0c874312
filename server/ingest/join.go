package ingest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// join adds the frame's observations to their records, and collects the groups and places to evaluate anew. It returns
// the ids of the records, changed or not.
func (p *projection) join(ctx context.Context) ([]string, error) {
	ids := make([]string, len(p.deltas))
	for i, d := range p.deltas {
		ids[i] = d.id
	}
	pending := p.deltas
	for len(pending) > 0 {
		lost, err := p.joinOnce(ctx, pending)
		if err != nil {
			return nil, err
		}
		pending = lost
	}
	return ids, nil
}

// joinOnce tries each delta once and returns the deltas whose record another process changed in between.
func (p *projection) joinOnce(ctx context.Context, deltas []*recordDelta) ([]*recordDelta, error) {
	recs, err := p.readRecords(ctx, deltas)
	if err != nil {
		return nil, err
	}
	var changed []store.Record
	var owners []*recordDelta
	for i, d := range deltas {
		if p.joinDelta(&recs[i], d) {
			changed = append(changed, recs[i])
			owners = append(owners, d)
		} else if p.mustRecount(&recs[i]) {
			p.addForRecount(&recs[i])
		}
	}
	if err := p.placeRecords(ctx, changed); err != nil {
		return nil, err
	}
	lost, err := p.s.ReplaceRecords(ctx, changed)
	if err != nil {
		return nil, err
	}
	return p.keepStored(changed, owners, lost), nil
}

// mustRecount: an unchanged record is counted, since another process may have stopped between its change and its count.
// Of a frame derived anew only a record on its way needs this: a Rebuild counts all records afterwards.
func (p *projection) mustRecount(rec *store.Record) bool {
	if p.anew {
		return len(rec.Departed) > 0
	}
	return !p.in.cfg.Without.Off(store.RecountUnchanged)
}

// readRecords reads the deltas' records. On the first call for a new frame, records created by the frame are assumed
// absent and not read. If the assumption is wrong, the compare-and-set fails and the next call reads the record.
func (p *projection) readRecords(ctx context.Context, deltas []*recordDelta) ([]store.Record, error) {
	recs := make([]store.Record, len(deltas))
	var ids []string
	var at []int
	for i, d := range deltas {
		recs[i].ID = d.id
		if !p.justCommitted || d.view == nil {
			ids, at = append(ids, d.id), append(at, i)
		}
	}
	p.justCommitted = false
	if len(ids) == 0 {
		return recs, nil
	}
	stored, err := p.s.Records(ctx, ids)
	for n := range stored {
		recs[at[n]] = stored[n]
	}
	return recs, err
}

// joinDelta joins the delta's observations into the record and reports whether the record changed.
func (p *projection) joinDelta(rec *store.Record, d *recordDelta) bool {
	if rec.Rev == 0 {
		if d.view == nil {
			p.in.foldNew(d)
		}
		rec.State, rec.View = merge.State{Obs: d.obs}, d.view
		d.counted = d.view
		p.noteEffects(rec, d)
		return true
	}
	changed := p.beginAnew(rec)
	for _, o := range d.obs {
		added, evicted := rec.State.Join(d.id, o)
		if added || p.anew && rec.State.Replace(o) {
			changed = true
		}
		if evicted != nil {
			p.note(rec, evicted.ID, newFault(CodeRecordFull, ""))
		}
	}
	if changed {
		rec.View = nil
	}
	p.noteEffects(rec, d)
	if changed || p.anew {
		v := p.in.view(rec)
		d.counted = v
		changed = changed || v.Group != rec.Group || !samePlace(placeOf(v), rec.Place)
	}
	return changed
}

// beginAnew empties a state in a form of before. The observations lack parts that today's rules need, such as
// senders, so no budget could be held among them; the log's frames bring the observations again.
func (p *projection) beginAnew(rec *store.Record) bool {
	if !p.refold || !rec.State.Older {
		return false
	}
	rec.State = merge.State{}
	return true
}

// samePlace compares two places, apart from the bucket.
func samePlace(a, b store.Place) bool { return a.Unit == b.Unit && a.Day == b.Day && a.Kind == b.Kind }

// placeRecords sets the place and group of the changed records, and notes the places and groups they departed.
func (p *projection) placeRecords(ctx context.Context, recs []store.Record) error {
	var movers []int
	var wanted []store.Place
	for i := range recs {
		want := placeOf(recs[i].View)
		if !samePlace(want, recs[i].Place) {
			movers = append(movers, i)
			wanted = append(wanted, want)
		}
	}
	chosen, err := p.chooseBuckets(ctx, wanted)
	if err != nil {
		return err
	}
	from := make([]store.Place, len(recs)) // zero: did not move
	for n, i := range movers {
		from[i], recs[i].Place = recs[i].Place, chosen[n]
	}
	for i := range recs {
		p.noteDeparture(&recs[i], from[i])
	}
	return nil
}

// chooseBuckets chooses buckets for the places other than zero.
func (p *projection) chooseBuckets(ctx context.Context, wanted []store.Place) ([]store.Place, error) {
	var ask []store.Place
	for _, w := range wanted {
		if !w.IsZero() {
			ask = append(ask, w)
		}
	}
	if len(ask) == 0 {
		return wanted, nil
	}
	got, err := p.s.BucketsFor(ctx, ask)
	if err != nil {
		return nil, err
	}
	out := make([]store.Place, len(wanted))
	for i, w := range wanted {
		if !w.IsZero() {
			out[i], got = got[0], got[1:]
		}
	}
	return out, nil
}

// noteDeparture sets the record's group and adds the previous place and group to Departed.
func (p *projection) noteDeparture(rec *store.Record, from store.Place) {
	old := ""
	if group := rec.View.Group; group != rec.Group {
		old, rec.Group = rec.Group, group
	}
	if from.IsZero() && old == "" {
		return
	}
	rec.Departed = append(slices.Clip(rec.Departed), store.Departed{Place: from, Group: old, Frame: p.key})
}

// keepStored collects the groups and places of the stored records, and returns the deltas not stored.
func (p *projection) keepStored(recs []store.Record, owners []*recordDelta, lost []int) []*recordDelta {
	var again []*recordDelta
	for i := range recs {
		if slices.Contains(lost, i) {
			again = append(again, owners[i])
			continue
		}
		p.addForRecount(&recs[i])
	}
	return again
}

// addForRecount adds the record's place and group, and the departed ones.
func (p *projection) addForRecount(rec *store.Record) {
	p.places.add(rec.Place)
	p.groups.add(rec.Group)
	for _, l := range rec.Departed {
		p.places.add(l.Place)
		p.groups.add(l.Group)
		p.departed = p.departed || l.Frame == p.key
	}
}

// placeOf is the place of a view, without a bucket yet: none while unit, day or kind is unknown.
func placeOf(v *merge.View) store.Place {
	if v.Kind == "" || v.Unit == "" || v.Day == 0 {
		return store.Place{}
	}
	return store.Place{Unit: v.Unit, Day: v.Day, Kind: v.Kind}
}

func sortedPlaces(s set[store.Place]) []store.Place {
	out := make([]store.Place, 0, len(s))
	for p := range s {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b store.Place) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Day, b.Day),
			strings.Compare(a.Kind, b.Kind), cmp.Compare(a.Bucket, b.Bucket))
	})
	return out
}
