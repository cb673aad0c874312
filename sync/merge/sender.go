package merge

import (
	"slices"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// Sender is the standing of an observation's sender: the union over all frames and releases that brought the
// observation, so it only grows. The server decides by it, in the fold, whose records the observation may change.
//
// The zero Sender may speak about every record: HQ released the observation, or its frame is older than this rule. A Sender
// is never changed and takes one word, for nearly all records have a single observation.
type Sender struct{ of *standing }

type standing struct {
	hq    bool
	units []string // sorted; nil: may speak about every record
}

// FromHQ is the sender of a frame of HQ or of an import.
func FromHQ() Sender { return Sender{&standing{hq: true}} }

// HQ reports whether a frame of HQ or of an import brought the observation.
func (s Sender) HQ() bool { return s.of != nil && s.of.hq }

// Units are all units that the device had been given when its frames were committed, sorted; nil: the observation may
// speak about every record.
func (s Sender) Units() []string {
	if s.of == nil {
		return nil
	}
	return s.of.units
}

// SenderOf is the sender of a device's frame. units are all units that the device was ever given, in any order.
func SenderOf(units ...string) Sender {
	names := make([]string, len(units))
	for i, unit := range units {
		names[i] = schema.CleanName(unit)
	}
	slices.Sort(names)
	return Sender{&standing{units: slices.Compact(names)}}
}

// Join returns the union of both standings.
func (s Sender) Join(o Sender) Sender {
	if s.equal(o) {
		return s
	}
	union := standing{hq: s.HQ() || o.HQ()}
	if s.Units() != nil && o.Units() != nil {
		union.units = slices.Concat(s.Units(), o.Units())
		slices.Sort(union.units)
		union.units = slices.Compact(union.units)
	}
	if union.units == nil && !union.hq {
		return Sender{}
	}
	return Sender{&union}
}

func (s Sender) equal(o Sender) bool {
	return s.of == o.of || s.HQ() == o.HQ() && (s.Units() == nil) == (o.Units() == nil) && slices.Equal(s.Units(), o.Units())
}

// rights are the units of a record, and the observations that have effect.
type rights struct {
	units  []string     // whose devices may speak about the record; the create's unit first
	grants []wire.ObsID // by unit: the observation that gave the unit the record
}

// admits returns the observation that gave the record to a unit of the sender; ok is false if none did. The create's
// unit comes first.
func (r *rights) admits(s Sender) (by wire.ObsID, ok bool) {
	if s.Units() == nil {
		return wire.ObsID{}, true
	}
	for i, unit := range r.units {
		if slices.Contains(s.Units(), unit) {
			return r.grants[i], true
		}
	}
	return wire.ObsID{}, false
}

func (r *rights) give(unit string, by wire.ObsID) (isNew bool) {
	if unit == "" || slices.Contains(r.units, unit) {
		return false
	}
	r.units, r.grants = append(r.units, unit), append(r.grants, by)
	return true
}

// rightsOf finds the units of a record: of the create, of every act of HQ that gave the record a unit, and of every share
// by an observation that has effect. Shares are followed until nothing new is shared, so the order of the observations
// does not matter.
func rightsOf(obs []Obs, create int) (r rights) {
	c := &obs[create]
	if unit, known := c.Fields.Get("unit"); known {
		r.give(unit.S, c.ID)
	} else {
		for _, unit := range c.Sender.Units() {
			r.give(unit, c.ID)
		}
	}
	shares := false
	for i := range obs {
		o := &obs[i]
		shares = shares || len(o.Share) > 0
		if unit, said := o.Fields.Get("unit"); said && o.Sender.Units() == nil && o.Item.IsZero() && o.Act == wire.Amend {
			r.give(unit.S, o.ID)
		}
	}
	for again := shares; again; {
		again = false
		for i := range obs {
			if _, may := r.admits(obs[i].Sender); !may {
				continue
			}
			for _, unit := range obs[i].Share {
				again = r.give(unit, obs[i].ID) || again
			}
		}
	}
	return r
}
