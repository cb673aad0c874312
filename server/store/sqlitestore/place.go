package sqlitestore

import (
	"fmt"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// A place is packed into 62 bits, unit first, so that a unit's days of one kind are neighbours: unit (29) kind (6) day
// (27). The key of a total uses all 63: measure (20) unit (20) day (23: year, month, day of the month). Measures need
// many bits: a divided measure has a name for every value.
const (
	dayBits  = 27
	kindBits = 6
	unitBits = 20

	maxKinds    = 1<<kindBits - 1
	maxUnits    = 1<<unitBits - 1
	maxMeasures = 1<<20 - 1

	domBits      = 5
	monthBits    = 4
	totalDayBits = 14 + monthBits + domBits
)

func packPlace(unit, kind int64, day clock.Day) int64 {
	return unit<<(kindBits+dayBits) | kind<<dayBits | int64(day)&(1<<dayBits-1)
}

func unpackPlace(p int64) (unit, kind int64, day clock.Day) {
	return p >> (kindBits + dayBits), p >> dayBits & maxKinds, clock.Day(p & (1<<dayBits - 1))
}

func totalKey(measure, unit int64, day clock.Day) int64 {
	d := int64(day)
	packed := d/10000<<(monthBits+domBits) | d/100%100<<domBits | d%100
	return measure<<(unitBits+totalDayBits) | unit<<totalDayBits | packed
}

func splitTotal(k int64) (measureUnit int64, day clock.Day) {
	p := k & (1<<totalDayBits - 1)
	day = clock.Day(p>>(monthBits+domBits)*10000 + p>>domBits&(1<<monthBits-1)*100 + p&(1<<domBits-1))
	return k >> totalDayBits, day
}

// place unpacks a packed place.
func (s *Store) place(p int64) store.Place {
	unit, kind, day := unpackPlace(p)
	return store.Place{Unit: s.units.text(unit), Kind: s.kinds.text(kind), Day: day}
}

// packedPlace packs a place and numbers new names. For the writer.
func (s *Store) packedPlace(p store.Place) (int64, error) {
	unit, kind := s.units.number(p.Unit), s.kinds.number(p.Kind)
	if unit > maxUnits || kind > maxKinds {
		return 0, fmt.Errorf("sqlitestore: more than %d units or %d kinds", maxUnits, maxKinds)
	}
	return packPlace(unit, kind, p.Day), nil
}
