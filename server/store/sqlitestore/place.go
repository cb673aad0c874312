package sqlitestore

import (
	"fmt"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// A place is packed into 62 bits, unit first, so that a unit's days of one kind lie side by side:
// unit (29) kind (6) day (27). So is the key of a total: measure (14) unit (20) day (27).
const (
	dayBits  = 27
	kindBits = 6
	unitBits = 20

	maxKinds    = 1<<kindBits - 1
	maxUnits    = 1<<unitBits - 1
	maxMeasures = 1<<14 - 1
)

func packPlace(unit, kind int64, day clock.Day) int64 {
	return unit<<(kindBits+dayBits) | kind<<dayBits | int64(day)&(1<<dayBits-1)
}

func unpackPlace(p int64) (unit, kind int64, day clock.Day) {
	return p >> (kindBits + dayBits), p >> dayBits & maxKinds, clock.Day(p & (1<<dayBits - 1))
}

func totalKey(measure, unit int64, day clock.Day) int64 {
	return measure<<(unitBits+dayBits) | unit<<dayBits | int64(day)&(1<<dayBits-1)
}

func splitTotal(k int64) (measureUnit int64, day clock.Day) {
	return k >> dayBits, clock.Day(k & (1<<dayBits - 1))
}

// place reads a packed place.
func (s *Store) place(p int64) store.Place {
	unit, kind, day := unpackPlace(p)
	return store.Place{Unit: s.units.text(unit), Kind: s.kinds.text(kind), Day: day}
}

// packedPlace packs a place and numbers its names where they are new. For the writer.
func (s *Store) packedPlace(p store.Place) (int64, error) {
	unit, kind := s.units.number(p.Unit), s.kinds.number(p.Kind)
	if unit > maxUnits || kind > maxKinds {
		return 0, fmt.Errorf("sqlitestore: more than %d units or %d kinds", maxUnits, maxKinds)
	}
	return packPlace(unit, kind, p.Day), nil
}
