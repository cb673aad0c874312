package merge

import (
	"cmp"
	"reflect"
	"slices"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// occurredAt is the field that gives a record its grade and the day on which the record counts.
const occurredAt = "occurred_at"

// RecordOf names the record of a line: the line's record, or the line's own id if the line begins a record.
func RecordOf(id wire.ObsID, l *wire.Line) string {
	if l.Record != "" {
		return l.Record
	}
	return id.String()
}

// FromLine reduces a line to the parts that its record keeps. v holds the line's fields as decoded by kind k (k is nil
// for acts without fields); boot is the server's fixed knowledge about the line's boot. Times filled in by the device
// (Auto) become the corrected moment; times typed by a person are never touched. FromLine is a pure function and does
// not change its arguments.
func FromLine(id wire.ObsID, l *wire.Line, k *schema.Kind, v schema.Values, boot clock.Boot) Obs {
	o := Obs{
		ID: id, HLC: l.Clock.HLC, Act: l.Act, Kind: l.Kind, Fields: v,
		Group: l.Group, Reason: l.Reason, Officer: l.Officer, Share: cleanUnits(l.Share),
	}
	if l.Act == wire.Review {
		o.Group = l.Target
	}
	if l.Item != "" {
		o.Item, _ = wire.ParseObsID(l.Item) // ingest has already refused malformed ids
	}
	o.Seen = parseSeen(l.Seen)
	if _, ok := v.Get(occurredAt); ok {
		o.Grade = clock.Typed
	}
	moment, grade := clock.Correct(l.Clock, boot)
	o.Moment = moment
	if len(l.Auto) > 0 && k != nil {
		o.correct(l, k, grade)
	}
	return o
}

// parseSeen reads ids into canonical order, each once.
func parseSeen(texts []string) []wire.ObsID {
	if len(texts) == 0 {
		return nil
	}
	ids := make([]wire.ObsID, 0, len(texts))
	for _, text := range texts {
		if id, err := wire.ParseObsID(text); err == nil {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, wire.ObsID.Compare)
	return slices.Compact(ids)
}

// cleanUnits returns the names of units in order, each once.
func cleanUnits(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return SenderOf(names...).Units()
}

// correct replaces times filled in by the device by the moment of saving, but only in fields for which the kind allows
// this (Auto).
func (o *Obs) correct(l *wire.Line, k *schema.Kind, grade clock.Grade) {
	fields := slices.Clone(o.Fields)
	for i := range fields {
		n := &fields[i]
		if n.Value.Type != schema.TypeTime || !slices.Contains(l.Auto, n.Name) {
			continue
		}
		if f, ok := k.Field(n.Name); !ok || !f.Auto {
			continue
		}
		n.Value.I = o.Moment
		if n.Name == occurredAt {
			o.Grade = grade
		}
	}
	o.Fields = fields
}

// Stamp returns the observation's position in the order of concurrent observations.
func (o *Obs) Stamp() Stamp { return Stamp{o.Moment, o.HLC, o.ID} }

// Compare orders stamps by corrected moment, then by hybrid time, then by id. The order is total and depends on the signed
// lines and the fixed boots alone.
func (s Stamp) Compare(o Stamp) int {
	if c := cmp.Or(cmp.Compare(s.Moment, o.Moment), cmp.Compare(s.HLC, o.HLC)); c != 0 {
		return c
	}
	return s.ID.Compare(o.ID)
}

// Join adds an observation to the set of the given record, or the standing of its sender to the one in the set. A record
// holds a bounded number of observations (keep); evicted is the observation that has no room, nil for none. changed is
// false if the set is as before, so a join is idempotent.
func (s *State) Join(record string, o Obs) (changed bool, evicted *Obs) {
	i, found := s.find(o.ID)
	if found {
		sender := s.Obs[i].Sender.Join(o.Sender)
		if sender.equal(s.Obs[i].Sender) {
			return false, nil
		}
		s.Obs = slices.Clone(s.Obs) // views and caches share the old one
		s.Obs[i].Sender = sender
	} else {
		s.Obs = slices.Insert(s.Obs, i, o)
	}
	s.Older = false
	if evicted = s.keep(record); evicted != nil && !found {
		return evicted.ID != o.ID, evicted
	}
	return true, evicted
}

// Replace puts an observation derived anew in the place of the one with its id, if they differ. The standing of its sender
// only grows.
func (s *State) Replace(o Obs) (replaced bool) {
	i, found := s.find(o.ID)
	if !found {
		return false
	}
	o.Sender = o.Sender.Join(s.Obs[i].Sender)
	if reflect.DeepEqual(s.Obs[i], o) {
		return false
	}
	s.Obs, s.Older = slices.Clone(s.Obs), false
	s.Obs[i] = o
	return true
}

// Has reports whether the set contains the observation.
func (s *State) Has(id wire.ObsID) bool {
	_, found := s.find(id)
	return found
}

func (s *State) find(id wire.ObsID) (int, bool) {
	return slices.BinarySearchFunc(s.Obs, id, func(o Obs, id wire.ObsID) int { return o.ID.Compare(id) })
}
