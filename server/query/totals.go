package query

import (
	"context"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// sumReader reads sums of the units of a scope from the store. After an error, kept in err, all sums are empty.
type sumReader struct {
	ctx   context.Context //nolint:containedctx // lives as long as one question
	sums  func(context.Context, store.SumQuery) ([]tally.Sum, error)
	scope tally.Scope
	unit  string // the only unit in the scope; "" if there may be several
	err   error
}

func (r *sumReader) read(ask store.SumQuery) []tally.Sum {
	if r.err != nil {
		return nil
	}
	ask.Unit = r.unit
	sums, err := r.sums(r.ctx, ask)
	r.err = err
	return sums
}

// measureSums are a window's sums by measure.
type measureSums struct {
	window   clock.Window
	amounts  map[string]int64
	imported []string // the measures with baselines; their amounts are only what was observed, until settle
	names    []string // of the baselines' own sums
}

// byMeasure adds up a window by measure.
func (r *sumReader) byMeasure(w clock.Window) *measureSums {
	m := &measureSums{window: w, amounts: map[string]int64{}}
	if r.unit == "" && r.scope.Unit != "" { // a node with units below: which ones may change from month to month
		d := r.daily(w)
		for _, s := range d.standing.Apply("", d.rows) {
			m.amounts[s.Measure] += s.Amount
		}
		return m
	}
	for _, s := range r.read(store.SumQuery{From: w.From, To: w.To}) {
		m.amounts[s.Measure] += s.Amount
	}
	m.names, m.imported = tally.BaselinesAmong(m.amounts)
	for _, name := range m.names {
		delete(m.amounts, name)
	}
	return m
}

// standing reads the baselines that stand in a window.
func (r *sumReader) standing(m *measureSums) *tally.StandingBaselines {
	rows := r.read(store.SumQuery{From: m.window.From, To: m.window.To, Measures: m.names, ByUnit: true, ByDay: true})
	return tally.StandingIn(rows, r.scope, m.window)
}

// settle reads the measures with baselines by unit and day, and puts the baselines in their places.
func (r *sumReader) settle(m *measureSums) {
	if len(m.imported) == 0 {
		return
	}
	for _, measure := range m.imported {
		delete(m.amounts, measure)
	}
	rows := r.read(store.SumQuery{From: m.window.From, To: m.window.To, Measures: slices.Concat(m.names, m.imported), ByUnit: true, ByDay: true})
	for _, s := range tally.StandingIn(rows, r.scope, m.window).Apply("", rows) {
		m.amounts[s.Measure] += s.Amount
	}
	m.imported = nil
}

// daily reads a window by unit and day.
func (r *sumReader) daily(w clock.Window) *daily {
	rows := r.read(store.SumQuery{From: w.From, To: w.To, ByUnit: true, ByDay: true})
	return &daily{rows: rows, standing: tally.StandingIn(rows, r.scope, w), of: map[string][]tally.Sum{}}
}

// daily holds a window's sums by unit and day, the baselines that stand in it, and what counts of the measures asked for.
type daily struct {
	rows     []tally.Sum
	standing *tally.StandingBaselines
	of       map[string][]tally.Sum
}

// totals is a tally.Totals over all units, or over one unit and those below it. It reads each window from the store once as
// sums and, for formulas over days, once by unit and day.
type totals struct {
	sumReader
	sums  map[clock.Window]*measureSums
	byDay map[clock.Window]*daily
}

// totals are the sums of all units ("") or of a unit. HQ's own are asked by its name alone: with all units below HQ stands
// for the county, which is asked without a unit.
func (q *Query) totals(ctx context.Context, l *ledger, unit string) *totals {
	t := &totals{sums: map[clock.Window]*measureSums{}, byDay: map[clock.Window]*daily{}}
	t.ctx = ctx
	t.sumReader.sums = func(ctx context.Context, ask store.SumQuery) ([]tally.Sum, error) {
		return withTimeout(ctx, q, func(ctx context.Context) ([]tally.Sum, error) { return q.cfg.Store.Sums(ctx, ask) })
	}
	t.scope, t.unit = l.scopeOf(unit)
	return t
}

// Sum returns the sum of one measure over a window.
func (t *totals) Sum(measure string, from, to clock.Day) int64 {
	m := t.sumsIn(clock.Window{From: from, To: to})
	if slices.Contains(m.imported, measure) {
		t.settle(m)
	}
	return m.amounts[measure]
}

// sumsIn reads a window by measure, once.
func (t *totals) sumsIn(w clock.Window) *measureSums {
	m, ok := t.sums[w]
	if !ok {
		m = t.byMeasure(w)
		t.sums[w] = m
	}
	return m
}

// Daily returns the sums of a measure and its dimensions by unit and day. The result is shared.
func (t *totals) Daily(name string, from, to clock.Day) []tally.Sum {
	d := t.window(clock.Window{From: from, To: to})
	out, ok := d.of[name]
	if !ok {
		for _, s := range d.rows {
			if rest, ok := strings.CutPrefix(s.Measure, name); ok && (rest == "" || rest[0] == ':') {
				out = append(out, s)
			}
		}
		out = d.standing.Apply(name, out)
		d.of[name] = out
	}
	return out
}

// Ends returns the sums of a measure that dates ends, of all units read.
func (t *totals) Ends(name string, to clock.Day) (out []tally.Sum) {
	for _, s := range t.window(clock.Window{To: to}).rows {
		if rest, ok := strings.CutPrefix(s.Measure, name); ok && (rest == "" || rest[0] == ':') {
			out = append(out, s)
		}
	}
	return out
}

// window reads a window by unit and day, once.
func (t *totals) window(w clock.Window) *daily {
	d, ok := t.byDay[w]
	if !ok {
		d = t.daily(w)
		t.byDay[w] = d
	}
	return d
}

// Whole reports whether the sums are of all units.
func (t *totals) Whole() bool { return t.scope.Tree != nil && t.scope.Unit == "" }
