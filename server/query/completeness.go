package query

import (
	"context"
	"slices"
	"time"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// Completeness counts the deliveries that were expected and came: at most one for each unit, kind and period (day,
// week from Monday to Sunday, or month). A period counts in the year of its last day, once that day is over, if the
// expectation was in force on it. A delivery of 0 (零报告) is a delivery.
type Completeness struct {
	Delivered int `json:"reported"`
	Expected  int `json:"expected"`
}

func (c *Completeness) isComplete() bool { return c == nil || c.Delivered >= c.Expected }

// UnitDelivery is the completeness of one unit and one kind.
type UnitDelivery struct {
	Unit      string   `json:"unit"`
	UnitName  string   `json:"unit_name,omitempty"`
	Kind      string   `json:"kind"`
	Every     string   `json:"every"` // of the last period: day, week or month
	Delivered int      `json:"reported"`
	Expected  int      `json:"expected"`
	Missing   []string `json:"missing,omitempty"` // last days of the periods without a delivery, latest first
}

// CompletenessTable lists the expected deliveries up to a day, by unit and kind.
type CompletenessTable struct {
	At           string         `json:"at"`
	Year         int            `json:"year"`
	Unit         string         `json:"unit,omitempty"`
	Completeness *Completeness  `json:"completeness"` // null: nothing is expected
	Rows         []UnitDelivery `json:"rows"`
}

// Completeness tells how many of the expected deliveries came, by unit and kind. Refusals are *wire.Error.
func (q *Query) Completeness(ctx context.Context, ask Question) (*CompletenessTable, error) {
	cat, at, err := q.parseQuestion(ask)
	if err != nil {
		return nil, err
	}
	s, err := q.takeSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	if ask.Unit, err = q.unitCode(ctx, s, ask.Unit); err != nil {
		return nil, err
	}
	rows, err := q.unitDeliveries(ctx, s.ledger, at, ask.Unit)
	if err != nil {
		return nil, err
	}
	return &CompletenessTable{At: at.String(), Year: cat.Year, Unit: ask.Unit, Completeness: sumCompleteness(rows, nil), Rows: rows}, nil
}

// sumCompleteness adds up the rows of some kinds (nil: of all); nil if nothing is expected of them.
func sumCompleteness(rows []UnitDelivery, kinds []string) *Completeness {
	var c Completeness
	for i := range rows {
		if kinds == nil || slices.Contains(kinds, rows[i].Kind) {
			c.Delivered += rows[i].Delivered
			c.Expected += rows[i].Expected
		}
	}
	if c.Expected == 0 {
		return nil
	}
	return &c
}

// period is a run of days with one expected delivery.
type period struct{ from, to clock.Day }

// unitDeliveries lists the expected deliveries of a unit ("": of all) by unit and kind, from the beginning of at's
// year up to at, and no later than yesterday.
func (q *Query) unitDeliveries(ctx context.Context, l *ledger, at clock.Day, unit string) ([]UnitDelivery, error) {
	ended := min(at, q.today().AddDays(-1))
	due := l.dueDeliveries(clock.Window{From: at.YearStart(), To: ended}, unit)
	if len(due) == 0 {
		return []UnitDelivery{}, nil
	}
	_, only := l.scopeOf(unit)
	came, err := q.deliveredDays(ctx, due, ended, only)
	if err != nil {
		return nil, err
	}
	rows := make([]UnitDelivery, 0, len(due))
	for _, d := range due {
		row := UnitDelivery{
			Unit: d.unit, UnitName: l.unitName(d.unit, at), Kind: d.kind, Every: d.every, Expected: len(d.periods),
		}
		days := came[deliveryKey{d.unit, d.kind}]
		for _, p := range d.periods {
			if i, _ := slices.BinarySearch(days, p.from); i < len(days) && days[i] <= p.to {
				row.Delivered++
				continue
			}
			row.Missing = append(row.Missing, p.to.String())
		}
		slices.Reverse(row.Missing)
		rows = append(rows, row)
	}
	return rows, nil
}

// dueDeliveries are all periods in which a unit had to deliver a kind.
type dueDeliveries struct {
	unit, kind, every string
	periods           []period
}

// dueDeliveries lists the periods with their last day in the window. It walks the days once for all entries.
func (l *ledger) dueDeliveries(w clock.Window, unit string) (out []dueDeliveries) {
	place := make([]int, len(l.expected)) // index in out of each entry's row, + 1
	scope, _ := l.scopeOf(unit)
	for i, e := range l.expected {
		if !scope.Holds(e.unit, w.To) {
			continue
		}
		if n := len(out); n == 0 || out[n-1].unit != e.unit || out[n-1].kind != e.kind {
			out = append(out, dueDeliveries{unit: e.unit, kind: e.kind})
		}
		place[i] = len(out)
		out[len(out)-1].every = e.every
	}
	for d := range w.Days() {
		ends := map[string]period{"day": {d, d}}
		if weekday(d) == time.Sunday {
			ends["week"] = period{d.AddDays(-6), d}
		}
		if d.IsMonthEnd() {
			ends["month"] = period{clock.Date(d.Year(), d.Month(), 1), d}
		}
		for i, e := range l.expected {
			p, ok := ends[e.every]
			if ok && place[i] > 0 && e.from <= d && (e.to == 0 || d < e.to) {
				out[place[i]-1].periods = append(out[place[i]-1].periods, p)
			}
		}
	}
	return slices.DeleteFunc(out, func(d dueDeliveries) bool { return len(d.periods) == 0 })
}

func weekday(d clock.Day) time.Weekday { return time.UnixMilli(d.Start()).In(clock.Shanghai).Weekday() }

type deliveryKey struct{ unit, kind string }

// deliveredMeasure is the measure of the days on which a unit delivered a kind, zero deliveries included.
const deliveredMeasure = "reported:"

// deliveredDays reads the days of the units' deliveries, sorted.
func (q *Query) deliveredDays(ctx context.Context, due []dueDeliveries, to clock.Day, only string) (map[deliveryKey][]clock.Day, error) {
	ask := store.SumQuery{Unit: only, From: to, To: to, ByUnit: true, ByDay: true}
	for _, d := range due {
		ask.From = min(ask.From, d.periods[0].from)
		if m := deliveredMeasure + d.kind; !slices.Contains(ask.Measures, m) {
			ask.Measures = append(ask.Measures, m)
		}
	}
	sums, err := withTimeout(ctx, q, func(ctx context.Context) ([]tally.Sum, error) { return q.cfg.Store.Sums(ctx, ask) })
	if err != nil {
		return nil, err
	}
	days := map[deliveryKey][]clock.Day{}
	for _, s := range sums { // by unit and day
		if s.Amount > 0 {
			key := deliveryKey{s.Unit, s.Measure[len(deliveredMeasure):]}
			days[key] = append(days[key], s.Day)
		}
	}
	return days, nil
}
