package merge

import (
	"slices"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// folding is a single run of fold over the observations of a record.
type folding struct {
	obs  []Obs
	seen []bits // by position: positions of the observations that this observation has seen; nil = none
	sch  *schema.Schema
}

// resolved is the merged result of all observations of a subject.
type resolved struct {
	fields    schema.Values
	conflicts []Conflict
	ignored   []wire.ObsID // amendments of another kind
	void      bool
	reason    string
	grade     clock.Grade
}

func (f *folding) resolve(t subject) (r resolved) {
	if t.kind != nil {
		f.resolveFields(t, &r)
	}
	f.resolveVoid(t, &r)
	return r
}

// resolveFields picks a winner for each register of the kind among the observations that mention the register.
func (f *folding) resolveFields(t subject, r *resolved) {
	writers := make([][]int, len(t.kind.Registers))
	for _, i := range t.positions {
		o := &f.obs[i]
		if o.Act != wire.Create && o.Act != wire.Amend {
			continue
		}
		if o.Kind != t.kind.Name {
			r.ignored = append(r.ignored, o.ID)
			continue
		}
		addWriter(writers, t.kind, o.Fields, i)
	}
	for reg, names := range t.kind.Registers {
		winner, losers := f.pickWinner(writers[reg])
		if winner < 0 {
			continue
		}
		w := &f.obs[winner]
		r.fields = appendValues(r.fields, w.Fields, names)
		if slices.Contains(names, occurredAt) {
			r.grade = w.Grade
		}
		for _, i := range losers {
			if !sameRegister(w.Fields, f.obs[i].Fields, names) {
				r.conflicts = append(r.conflicts, Conflict{names, selectValues(f.obs[i].Fields, names), f.obs[i].ID})
			}
		}
	}
	r.fields.Sort()
}

// addWriter adds observation i to each register that fields mentions.
func addWriter(writers [][]int, k *schema.Kind, fields schema.Values, i int) {
	for n := range fields {
		field, ok := k.Field(fields[n].Name)
		if !ok || field.Name != fields[n].Name {
			continue
		}
		w := &writers[field.Register]
		if len(*w) == 0 || (*w)[len(*w)-1] != i {
			*w = append(*w, i)
		}
	}
}

// pickWinner returns the winner among the writers of a register (-1: no writers) and the other writers that are not
// replaced.
func (f *folding) pickWinner(writers []int) (winner int, losers []int) {
	winner = -1
	if len(writers) == 1 {
		return writers[0], nil
	}
	dead := newBits(len(f.obs))
	for _, i := range writers {
		dead.add(f.seen[i])
	}
	for _, i := range writers {
		if dead.has(i) {
			continue
		}
		if winner >= 0 && f.obs[i].Stamp().Compare(f.obs[winner].Stamp()) < 0 {
			losers = append(losers, i)
			continue
		}
		if winner >= 0 {
			losers = append(losers, winner)
		}
		winner = i
	}
	slices.Sort(losers) // by id, in the order of the observations
	return winner, losers
}

// resolveVoid picks the winner of the register that void and restore write.
func (f *folding) resolveVoid(t subject, r *resolved) {
	winner, losers := f.pickWinner(f.positionsOfActs(t, wire.Void, wire.Restore))
	if winner < 0 {
		return
	}
	r.void = f.obs[winner].Act == wire.Void
	if r.void {
		r.reason = f.obs[winner].Reason
	}
	for _, i := range losers {
		if void := f.obs[i].Act == wire.Void; void != r.void {
			value := schema.Value{Type: schema.TypeBool}
			if void {
				value.I = 1
			}
			r.conflicts = append(r.conflicts, registerConflict(RegisterVoid, value, f.obs[i].ID))
		}
	}
}

// resolveGroup picks the winner of the register that link and separate write; "" if nobody has written the register.
func (f *folding) resolveGroup(t subject, record string) (name string, conflicts []Conflict) {
	winner, losers := f.pickWinner(f.positionsOfActs(t, wire.Link, wire.Separate))
	if winner < 0 {
		return "", nil
	}
	w := &f.obs[winner]
	name = groupNamed(w, record)
	for _, i := range losers {
		if f.obs[i].Act == wire.Separate && w.Act == wire.Separate {
			continue
		}
		if other := groupNamed(&f.obs[i], record); other != name {
			value := schema.Value{Type: schema.TypeText, S: other}
			conflicts = append(conflicts, registerConflict(RegisterGroup, value, f.obs[i].ID))
		}
	}
	return name, conflicts
}

// groupNamed is the group that a link or a separation names. A separated record stands in a group named by the separation:
// the record's own id may name the group of the records that it was linked with.
func groupNamed(o *Obs, record string) string {
	if o.Act == wire.Separate {
		return aloneSince + o.ID.String()
	}
	group := schema.CleanName(o.Group) // as a natural key: a link may name the key of before the table
	if group == "" {
		return record
	}
	return group
}

// aloneSince begins the name of a separated record's group. No kind has this name.
const aloneSince = "alone|"

// positionsOfActs lists the observations of a subject that have act a or b.
func (f *folding) positionsOfActs(t subject, a, b wire.Act) (at []int) {
	for _, i := range t.positions {
		if act := f.obs[i].Act; act == a || act == b {
			at = append(at, i)
		}
	}
	return at
}

func registerConflict(register string, v schema.Value, by wire.ObsID) Conflict {
	return Conflict{[]string{register}, schema.Values{{Name: register, Value: v}}, by}
}

// appendValues appends the named values that are set.
func appendValues(to, from schema.Values, names []string) schema.Values {
	for _, name := range names {
		if v, ok := from.Get(name); ok {
			to = append(to, schema.Named{Name: name, Value: v})
		}
	}
	return to
}

// selectValues returns an observation's values in a register, cleared values included.
func selectValues(from schema.Values, names []string) (out schema.Values) {
	for i := range from {
		if slices.Contains(names, from[i].Name) {
			out = append(out, from[i])
		}
	}
	return out
}

// sameRegister compares two observations in a register; cleared and absent are equal.
func sameRegister(a, b schema.Values, names []string) bool {
	for _, name := range names {
		x, _ := a.Get(name)
		y, _ := b.Get(name)
		if x != y {
			return false
		}
	}
	return true
}
