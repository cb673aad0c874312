package merge

import (
	"slices"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Fold computes a record's view from its state. The result is a pure function of the set of observations:
//
//   - Fields are merged by register (Kind.Registers). An observation is replaced in a register if another observation
//     *that writes the same register* names it as seen. A replaced value never wins again, even if the replacing
//     observation is replaced in turn. Among the remaining observations the greatest stamp wins the whole register (Stamp.Compare);
//     the rest are Conflicts if their values differ.
//   - void and restore write a register of their own; link and separate write another.
//   - Items are folded in the same way, each from its own observations.
//   - An observation has effect only if its sender may speak about the record (setEffects).
//
// "Seen" cannot form a cycle, because an id contains a hash of the ids it names. The view may share memory with the
// state; neither is ever changed in place.
func Fold(record string, s *State, sch *schema.Schema) View { return FoldSound(record, s, sch, false) }

// FoldSound is Fold. sound: if the state is a create alone, its values are known to have no fault
// (schema.Kind.CheckState): to ask again would be half the work for most records that arrive.
func FoldSound(record string, s *State, sch *schema.Schema, sound bool) View {
	if len(s.Obs) == 1 {
		if v, ok := foldFresh(record, &s.Obs[0], sch, sound); ok {
			return v
		}
	}
	return fold(record, s.Obs, sch)
}

// foldFresh folds a record that consists of its own create alone, as nearly every record does on arrival. The result
// must equal the result of fold; a property test compares both.
func foldFresh(record string, o *Obs, sch *schema.Schema, sound bool) (View, bool) {
	if o.Act != wire.Create || !isRecord(o.ID, record) || len(o.Share) > 0 || !o.Fields.Has("unit") {
		return View{}, false
	}
	k, ok := sch.Kind(o.Kind)
	if !ok || k.ItemOf != "" || !allSetAndKnown(o.Fields, k) {
		return View{}, false
	}
	v := View{Record: record, Kind: k.Name, Fields: o.Fields, Least: o.Stamp(), Last: k.WinnerLast, FromHQ: o.Sender.HQ()}
	v.setPlace(o.Grade)
	v.setShared(k)
	if !sound {
		v.Faults = k.CheckState(v.Fields)
	}
	v.Group = v.naturalGroup(k)
	return v, true
}

// allSetAndKnown reports whether values can stand in a view unchanged: all set, all fields of the kind.
func allSetAndKnown(vs schema.Values, k *schema.Kind) bool {
	for i := range vs {
		if vs[i].Value.IsZero() || !hasField(k, vs[i].Name) {
			return false
		}
	}
	return true
}

func hasField(k *schema.Kind, name string) bool {
	f, ok := k.Field(name)
	return ok && f.Name == name // an alias does not count as a name
}

// fold handles the general case.
func fold(record string, obs []Obs, sch *schema.Schema) View {
	v := View{Record: record}
	f := folding{obs: v.setEffects(obs, sch), sch: sch}
	f.seen = seenSets(f.obs)
	own, items, strays := f.groupBySubject(record)
	v.Ignored = f.idsAt(strays)
	r := f.resolve(own)
	v.Fields, v.Conflicts, v.Void, v.VoidReason = r.fields, r.conflicts, r.void, r.reason
	v.Ignored = append(v.Ignored, r.ignored...)
	v.Kind, v.Faults = f.checkSubject(own, r.fields)
	v.Least = f.leastStamp(own)
	v.Last = v.Kind != "" && own.kind != nil && own.kind.WinnerLast
	v.setPlace(r.grade)
	if v.Kind != "" && own.kind != nil {
		v.setShared(own.kind)
	}
	var conflicts []Conflict
	v.Group, conflicts = f.resolveGroup(own, record)
	v.Conflicts = append(v.Conflicts, conflicts...)
	if v.Group == "" {
		v.Group = v.naturalGroup(own.kind)
	}
	for _, t := range items {
		item, ignored := f.foldItem(t, v.Kind)
		v.Items = append(v.Items, item)
		v.Ignored = append(v.Ignored, ignored...)
	}
	slices.SortFunc(v.Ignored, wire.ObsID.Compare)
	v.FromHQ = own.create >= 0 && f.obs[own.create].Sender.HQ()
	v.addReviews(f.obs)
	return v
}

// setPlace sets the record's unit, day and grade from its fields.
func (v *View) setPlace(grade clock.Grade) {
	if unit, ok := v.Fields.Get("unit"); ok {
		v.Unit = unit.S
	}
	if at, ok := v.Fields.Get(occurredAt); ok {
		v.Day, v.Grade = clock.DayOf(at.I), grade
	}
}

// setShared sets the values that the record shares with its group.
func (v *View) setShared(k *schema.Kind) {
	if len(k.Shared) > 0 {
		v.Shared = appendValues(nil, v.Fields, k.Shared)
	}
}

// naturalGroup is the group of a record without an act of HQ: the group of its natural key, or the record alone.
func (v *View) naturalGroup(k *schema.Kind) string {
	if v.Kind != "" && k != nil && v.Day != 0 {
		if key, ok := k.NaturalKey(v.Fields, int32(v.Day)); ok {
			return key
		}
	}
	return v.Record
}
