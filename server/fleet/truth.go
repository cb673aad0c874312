//go:build !newstory

package fleet

import "time"

// Truth is what really happened in a simulated year, noted beside the observations and never derived from
// them: what every total must equal in the end.
type Truth struct {
	facts []fact
}

// fact is a quantity at a moment, for a unit.
type fact struct {
	what   string
	unit   string
	at     time.Time
	amount int64
}

// What a truth counts.
const (
	PlateSets    = "plate sets"    // 副, registered
	Incidents    = "incidents"     // dispatched
	DispatchTime = "dispatch time" // ms between report and dispatch
	Accidents    = "accidents"     // all but those that the parties settled themselves
	Deaths       = "deaths"        // within 7 days
)

func (t *Truth) note(what, unit string, at time.Time, amount int64) {
	t.facts = append(t.facts, fact{what, unit, at, amount})
}

// Sum adds up what happened in [from, to); unit "" means everywhere.
func (t *Truth) Sum(what, unit string, from, to time.Time) int64 {
	var sum int64
	for _, f := range t.facts {
		if f.what == what && (unit == "" || f.unit == unit) && !f.at.Before(from) && f.at.Before(to) {
			sum += f.amount
		}
	}
	return sum
}
