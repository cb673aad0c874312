package ingest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// join brings the frame's observations into their records, and collects the groups and places that must be
// evaluated anew. It returns the ids of the records, whether they changed or not.
func (p *projection) join(ctx context.Context) ([]string, error) {
	ids := make([]string, len(p.things))
	for i, t := range p.things {
		ids[i] = t.id
	}
	pending := p.things
	for len(pending) > 0 {
		lost, err := p.joinOnce(ctx, pending)
		if err != nil {
			return nil, err
		}
		pending = lost
	}
	return ids, nil
}

// joinOnce tries each of things once and returns those whose record someone else changed in between.
func (p *projection) joinOnce(ctx context.Context, things []*thing) ([]*thing, error) {
	recs, err := p.read(ctx, things)
	if err != nil {
		return nil, err
	}
	var changed []store.Record
	var owners []*thing
	for i, t := range things {
		if p.add(&recs[i], t) {
			changed = append(changed, recs[i])
			owners = append(owners, t)
		} else if !p.in.cfg.Without.Off(store.RecountUnchanged) {
			p.collect(&recs[i])
		}
	}
	if err := p.move(ctx, changed); err != nil {
		return nil, err
	}
	lost, err := p.s.ReplaceRecords(ctx, changed)
	if err != nil {
		return nil, err
	}
	return p.keep(changed, owners, lost), nil
}

// read reads the things' records. In a frame that was committed just now it takes for absent, once and unread,
// what the frame creates: the compare-and-set finds out where it is not so, and then it is read.
func (p *projection) read(ctx context.Context, things []*thing) ([]store.Record, error) {
	recs := make([]store.Record, len(things))
	var ids []string
	var at []int
	for i, t := range things {
		recs[i].ID = t.id
		if !p.fresh || t.view == nil {
			ids, at = append(ids, t.id), append(at, i)
		}
	}
	p.fresh = false
	if len(ids) == 0 {
		return recs, nil
	}
	stored, err := p.s.Records(ctx, ids)
	for n := range stored {
		recs[at[n]] = stored[n]
	}
	return recs, err
}

// add joins the thing's observations into the record and reports whether that changed it.
func (p *projection) add(rec *store.Record, t *thing) bool {
	if rec.Rev == 0 {
		if t.view == nil {
			p.in.foldNew(t)
		}
		rec.State, rec.View = merge.State{Obs: t.obs}, t.view
		return true
	}
	changed := false
	for _, o := range t.obs {
		added, full := rec.State.Join(o)
		changed = changed || added
		if full {
			p.overflow(rec, o)
		}
	}
	if changed {
		rec.View = nil
		p.in.view(rec)
	}
	return changed
}

// overflow notes an observation that its record had no room for: it is quarantined.
func (p *projection) overflow(rec *store.Record, o merge.Obs) {
	if p.full == nil {
		p.full = map[wire.ObsID]bool{}
	}
	if !p.full[o.ID] {
		p.full[o.ID] = true
		p.held = append(p.held, store.Quarantined{
			ID: o.ID, Unit: rec.Place.Unit, Received: p.in.cfg.Now().UnixMilli(),
			Faults: schema.Faults{fault(CodeRecordFull, "")},
		})
	}
}

// move gives the changed records their place and group, and notes what they leave.
func (p *projection) move(ctx context.Context, recs []store.Record) error {
	var movers []int
	var wanted []store.Place
	for i := range recs {
		want := placeOf(recs[i].View)
		if at := recs[i].Place; want.Unit != at.Unit || want.Day != at.Day || want.Kind != at.Kind {
			movers = append(movers, i)
			wanted = append(wanted, want)
		}
	}
	chosen, err := p.leaves(ctx, wanted)
	if err != nil {
		return err
	}
	from := make([]store.Place, len(recs)) // zero: did not move
	for n, i := range movers {
		from[i], recs[i].Place = recs[i].Place, chosen[n]
	}
	for i := range recs {
		p.leave(&recs[i], from[i])
	}
	return nil
}

// leaves chooses leaves for the places that are not zero.
func (p *projection) leaves(ctx context.Context, wanted []store.Place) ([]store.Place, error) {
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

// leave sets the record's group and adds to Left what it came from.
func (p *projection) leave(rec *store.Record, from store.Place) {
	old := ""
	if group := rec.View.Group; group != rec.Group {
		old, rec.Group = rec.Group, group
	}
	if from.IsZero() && old == "" {
		return
	}
	rec.Departed = append(slices.Clip(rec.Departed), store.Departed{Place: from, Group: old, Frame: p.key})
}

// keep collects what the stored records need evaluated, and returns the things that were not stored.
func (p *projection) keep(recs []store.Record, owners []*thing, lost []int) []*thing {
	var again []*thing
	for i := range recs {
		if slices.Contains(lost, i) {
			again = append(again, owners[i])
			continue
		}
		p.collect(&recs[i])
	}
	return again
}

// collect adds the record's place and group, and those it left.
func (p *projection) collect(rec *store.Record) {
	p.places.add(rec.Place)
	p.groups.add(rec.Group)
	for _, l := range rec.Departed {
		p.places.add(l.Place)
		p.groups.add(l.Group)
		p.left = p.left || l.Frame == p.key
	}
}

// placeOf is where a view is summed, its leaf still open: nowhere while unit, day or kind is unknown.
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
