package query

import (
	"cmp"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// pulledPage is one page of a pull: lines of the unit's records, and the existence of others.
type pulledPage struct {
	out     *wire.Pulled
	unit    string
	full    bool // the device has nothing yet
	records map[string]*pulledRecord
}

// pulledRecord is a record in a page.
type pulledRecord struct {
	elsewhere wire.Elsewhere
	has       bool         // the unit has the record
	left      bool         // the unit had the record, and HQ has given it to another
	acts      []wire.ObsID // the create, and HQ's acts about the record's unit
	released  bool         // HQ released an observation about the record's unit
	told      bool
}

// add notes a record, and reports whether the unit has it.
func (w *pulledPage) add(rec *store.Record, v *merge.View) (has bool) {
	r := &pulledRecord{elsewhere: wire.Elsewhere{Record: rec.ID, Unit: v.Unit, Group: v.Group}}
	r.has = v.Unit == w.unit || sharedWith(rec, v, w.unit)
	r.left = !r.has && slices.Contains(v.Units(), w.unit)
	if r.left {
		r.findActs(rec)
	}
	w.records[rec.ID] = r
	return r.has
}

// sharedWith reports whether an observation that has effect shares the record with the unit.
func sharedWith(rec *store.Record, v *merge.View, unit string) bool {
	return slices.Contains(v.Units(), unit) && slices.ContainsFunc(rec.State.Obs, func(o merge.Obs) bool {
		return slices.Contains(o.Share, unit) && !slices.Contains(v.Foreign(), o.ID)
	})
}

func (r *pulledRecord) findActs(rec *store.Record) {
	for _, o := range rec.State.Obs {
		switch {
		case o.ID.String() == rec.ID:
			r.acts = append(r.acts, o.ID)
		case o.Item.IsZero() && o.Sender.Units() == nil && o.Fields.Has("unit"):
			r.acts = append(r.acts, o.ID)
			r.released = r.released || !o.Sender.HQ()
		}
	}
}

// tellGone tells the records gone from the unit, each once in a page, with the entry of HQ's act: so a device reading on
// is told once. A device with nothing yet gets its own lines of such records, and gone beside them.
func (w *pulledPage) tellGone(e *store.FeedEntry) {
	for _, id := range e.Touched {
		r := w.records[id]
		if r == nil || !r.left || r.told || !w.full && !r.movedBy(e) {
			continue
		}
		r.told = true
		w.out.Gone = append(w.out.Gone, wire.Elsewhere{Record: id, Unit: r.elsewhere.Unit})
	}
}

// movedBy reports whether a frame brought an act about the record's unit. The frame of a release does not hold the
// released observation.
func (r *pulledRecord) movedBy(e *store.FeedEntry) bool {
	return r.released || slices.ContainsFunc(r.acts, func(id wire.ObsID) bool {
		return id.Stream() == e.Key.Stream && e.Key.First <= id.Seq && id.Seq <= e.Key.Last
	})
}

// tellLinked tells the existence of other units' records of one event with a record of the unit. The records touched by a
// frame include all members of their groups.
func (w *pulledPage) tellLinked() {
	groups := map[string]bool{}
	for _, r := range w.records {
		groups[r.elsewhere.Group] = groups[r.elsewhere.Group] || r.has
	}
	for _, r := range w.records {
		if !r.has && r.elsewhere.Group != "" && groups[r.elsewhere.Group] {
			w.out.Linked = append(w.out.Linked, r.elsewhere)
		}
	}
	slices.SortFunc(w.out.Linked, func(a, b wire.Elsewhere) int { return cmp.Compare(a.Record, b.Record) })
}
