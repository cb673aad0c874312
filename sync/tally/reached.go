package tally

import (
	"strings"

	"roadbook/sync/clock"
)

// NoLedger is the reason for a missing value: the ledger that the figure divides by has no row.
const NoLedger = "no_ledger" // 台账无计划

// countReached counts the items that the ledger plans, and those whose planned quantity is reached. An item's quantity is
// the sum over its things, and of a thing the quantity of the record that began last; of records of one day the largest. A
// quantity of 0 has no sum: the measure DatedBy tells of the record.
func (c *computation) countReached() {
	n, d, w := c.formula.Numerator[0].Measure, c.formula.Denominator[0].Measure, c.figure.Window
	planned := sumsByDimension(c.totals.Daily(d, w.From, w.To))
	last := lastDays(planned, c.totals.Daily(c.formula.DatedBy, w.From, w.To))
	got := quantities(planned, c.totals.Daily(n, w.From, w.To), last)
	var items, reached int64
	for item, quantity := range planned {
		if quantity <= 0 {
			continue
		}
		if items++; got[item] >= quantity {
			reached++
		}
	}
	c.figure.Numerator, c.figure.Denominator = reached, items
	c.addWholeTerm(n, w, reached, RoleNumerator)
	c.addWholeTerm(d, w, items, RoleDenominator)
	c.addWholeTerm(c.formula.DatedBy, w, int64(len(last)), RoleBeside) // the way to records that say 0
	c.noValueUnless(items > 0, NoLedger)
}

// thing is a facility that belongs to an item of the plan.
type thing struct{ item, name string }

// lastDays finds the last day of each thing of a planned item with an entry. The rows are divided by item, state and thing:
// "name:LAMPS:in_use:F1".
func lastDays(planned map[string]int64, rows []Sum) map[thing]clock.Day {
	out := map[thing]clock.Day{}
	for _, s := range rows {
		if of, ok := thingOf(planned, dimension(s.Measure)); ok {
			out[of] = max(out[of], s.Day)
		}
	}
	return out
}

// quantities adds up each planned item's things, each by the largest quantity of its last day. The rows are divided as those
// of lastDays.
func quantities(planned map[string]int64, rows []Sum, last map[thing]clock.Day) map[string]int64 {
	things := map[thing]int64{}
	for _, s := range rows {
		if of, ok := thingOf(planned, dimension(s.Measure)); ok && s.Day == last[of] {
			things[of] = max(things[of], s.Amount)
		}
	}
	out := map[string]int64{}
	for of, amount := range things {
		out[of.item] += amount
	}
	return out
}

// thingOf splits "ITEM:state:THING". A name may hold a colon: the item is the longest planned one that fits.
func thingOf(planned map[string]int64, value string) (of thing, ok bool) {
	for at := strings.LastIndexByte(value, ':'); at > 0; at = strings.LastIndexByte(value[:at], ':') {
		if _, known := planned[value[:at]]; known {
			_, name, two := strings.Cut(value[at+1:], ":")
			if two {
				return thing{value[:at], name}, true
			}
		}
	}
	return thing{}, false
}
