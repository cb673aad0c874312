package merge

import (
	"slices"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// setEffects returns the observations that have effect, in order, and notes the others. An observation has effect if its
// sender may speak about the record: HQ, a released line, or a device with a unit of the record (rightsOf). Devices of
// other units may do two things: write the fields that the kind opens to every unit, and add items that the kind opens
// to every unit, and then speak about their own. The record's unit is written by its create and by HQ alone; ingest has
// compared a create's unit with those of its device. Until the
// create arrives nobody knows whose record it is, and nothing counts: all observations are shown as if they had effect.
func (v *View) setEffects(obs []Obs, sch *schema.Schema) []Obs {
	create := createOf(obs, v.Record)
	if create < 0 || allOfOneUnit(obs, create) {
		return obs
	}
	r := rightsOf(obs, create)
	v.others = &others{}
	if len(r.units) > 1 {
		v.others.units = slices.Sorted(slices.Values(r.units))
	}
	j := judge{rights: &r, obs: obs, sch: sch}
	kept := obs
	for i := range obs {
		o := &obs[i]
		if i == create || o.Sender.Units() == nil {
			if len(v.others.foreign) > 0 {
				kept = append(kept, *o)
			}
			continue
		}
		by, has := j.judge(o)
		switch {
		case !has:
			if len(v.others.foreign) == 0 {
				kept = slices.Clone(obs[:i])
			}
			v.others.foreign = append(v.others.foreign, o.ID)
			continue
		case !by.IsZero() && by != obs[create].ID:
			v.others.admitted = append(v.others.admitted, Admitted{o.ID, by})
		}
		if len(v.others.foreign) > 0 {
			kept = append(kept, *o)
		}
	}
	return kept
}

// createOf is the position of the record's create, -1 while it has not arrived.
func createOf(obs []Obs, record string) int {
	for i := range obs {
		if obs[i].Act == wire.Create && isRecord(obs[i].ID, record) {
			return i
		}
	}
	return -1
}

// allOfOneUnit reports whether all observations have effect because nobody but HQ and devices of the create's unit speaks, and
// nobody gives or shares the record: so it is with nearly all records.
func allOfOneUnit(obs []Obs, create int) bool {
	unit, _ := obs[create].Fields.Get("unit")
	for i := range obs {
		o := &obs[i]
		switch {
		case len(o.Share) > 0, i != create && o.Item.IsZero() && o.Fields.Has("unit"):
			return false
		case i != create && o.Sender.Units() != nil && !slices.Contains(o.Sender.Units(), unit.S):
			return false
		}
	}
	return true
}

// judge decides about the observations of devices.
type judge struct {
	*rights
	obs []Obs
	sch *schema.Schema
}

// judge reports whether an observation has effect. by is the observation that gave the record to the sender's unit; zero
// if no such act was needed.
func (j *judge) judge(o *Obs) (by wire.ObsID, has bool) {
	by, ok := j.admits(o.Sender)
	switch {
	case o.Act == wire.Amend && o.Item.IsZero() && o.Fields.Has("unit"):
		return by, false
	case ok:
		return by, true
	}
	return wire.ObsID{}, j.openToAll(o) || j.speaksOfOwnItem(o)
}

// openToAll reports whether devices of every unit may make the observation.
func (j *judge) openToAll(o *Obs) bool {
	k, ok := j.sch.Kind(o.Kind)
	switch {
	case !ok:
		return false
	case o.Act == wire.Create:
		return k.AnyUnitAdds
	case o.Act != wire.Amend || !o.Item.IsZero() || len(o.Fields) == 0:
		return false
	}
	return !slices.ContainsFunc(o.Fields, func(n schema.Named) bool { return !slices.Contains(k.AnyUnit, n.Name) })
}

// speaksOfOwnItem reports whether an observation speaks about an item that a device of its own unit added, or about an
// item that has not arrived.
func (j *judge) speaksOfOwnItem(o *Obs) bool {
	if o.Item.IsZero() {
		return false
	}
	i, found := (&State{Obs: j.obs}).find(o.Item)
	if !found {
		return true
	}
	create := &j.obs[i]
	if k, ok := j.sch.Kind(create.Kind); !ok || k.ItemOf == "" || create.Act != wire.Create || create.Sender.Units() == nil {
		return false // the record itself is no item
	}
	if _, has := j.judge(create); !has {
		return false
	}
	return slices.ContainsFunc(o.Sender.Units(), func(unit string) bool { return slices.Contains(create.Sender.Units(), unit) })
}
