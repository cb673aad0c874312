package merge

import (
	"slices"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// subject is the target of observations: the record itself or an item of the record.
type subject struct {
	id        wire.ObsID   // id of the item; zero for the record
	create    int          // position of the create, -1 = not arrived
	kind      *schema.Kind // nil = unknown
	positions []int        // positions of all observations of the subject, ascending
}

// groupBySubject assigns each observation to its subject. strays are creates of other records.
func (f *folding) groupBySubject(record string) (own subject, items []subject, strays []int) {
	own.create = -1
	for i := range f.obs {
		o := &f.obs[i]
		kind, _ := f.sch.Kind(o.Kind)
		isItem := kind != nil && kind.ItemOf != ""
		switch {
		case !o.Item.IsZero():
			items = addToItem(items, o.Item, i, false)
		case o.Act == wire.Create && isItem:
			items = addToItem(items, o.ID, i, true)
		case o.Act == wire.Create && !isRecord(o.ID, record):
			strays = append(strays, i)
		default:
			if o.Act == wire.Create {
				own.create = i
			}
			own.positions = append(own.positions, i)
		}
	}
	f.resolveKind(&own, false)
	for i := range items {
		f.resolveKind(&items[i], true)
	}
	return own, items, strays
}

// addToItem adds a position to the item called id. Items stay sorted by id.
func addToItem(items []subject, id wire.ObsID, at int, begins bool) []subject {
	i, found := slices.BinarySearchFunc(items, id, func(t subject, id wire.ObsID) int { return t.id.Compare(id) })
	if !found {
		items = slices.Insert(items, i, subject{id: id, create: -1})
	}
	items[i].positions = append(items[i].positions, at)
	if begins {
		items[i].create = at
	}
	return items
}

// resolveKind sets the kind of a subject to the kind of its create. Before the create has arrived, the kind of the
// first amendment is used, so that the fields can be shown.
func (f *folding) resolveKind(t *subject, item bool) {
	if t.create >= 0 {
		t.kind, _ = f.sch.Kind(f.obs[t.create].Kind)
		return
	}
	for _, i := range t.positions {
		k, ok := f.sch.Kind(f.obs[i].Kind)
		if ok && f.obs[i].Act == wire.Amend && (k.ItemOf != "") == item {
			t.kind = k
			return
		}
	}
}

// checkSubject returns a subject's kind and faults.
func (f *folding) checkSubject(t subject, fields schema.Values) (kind string, faults schema.Faults) {
	switch {
	case t.create < 0:
		return "", schema.Faults{noCreateFault()}
	case t.kind == nil:
		name := f.obs[t.create].Kind
		return name, schema.Faults{unknownKindFault(name)}
	default:
		return t.kind.Name, t.kind.CheckState(fields)
	}
}

// foldItem folds an item. record is the kind of the item's record ("" = not known yet).
func (f *folding) foldItem(t subject, record string) (Item, []wire.ObsID) {
	r := f.resolve(t)
	item := Item{ID: t.id, Fields: r.fields, Conflicts: r.conflicts, Void: r.void, Obs: f.idsAt(t.positions)}
	item.Kind, item.Faults = f.checkSubject(t, r.fields)
	if t.create >= 0 && t.kind != nil && record != "" && t.kind.ItemOf != record {
		item.Faults = append(item.Faults, itemKindFault(t.kind.Name, record))
	}
	return item, r.ignored
}

// leastStamp returns the stamp of the subject's create, or the smallest stamp while the create is missing.
func (f *folding) leastStamp(t subject) (least Stamp) {
	if t.create >= 0 {
		return f.obs[t.create].Stamp()
	}
	for n, i := range t.positions {
		if s := f.obs[i].Stamp(); n == 0 || s.Compare(least) < 0 {
			least = s
		}
	}
	return least
}

func (f *folding) idsAt(at []int) []wire.ObsID {
	if len(at) == 0 {
		return nil
	}
	ids := make([]wire.ObsID, len(at))
	for n, i := range at {
		ids[n] = f.obs[i].ID
	}
	return ids
}
