package query

import (
	"cmp"
	"context"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// The kinds of ledger entries behind answers. Answers read records, not sums: names are no numbers, and a sum cannot
// distinguish an amount of 0 from none.
const (
	kindBudget      = "budget"
	kindExpectation = "expectation"
	kindUnit        = "unit_entry"
)

// ledger is the part of HQ's imported lists behind answers: only records that count. Entries of one name are sorted
// by the first day of their validity; an entry holds until the next begins.
type ledger struct {
	budgets  map[string][]budgetEntry // by project
	expected []expectation
	units    map[string][]unitEntry // by code
	tree     *tally.Tree
}

type budgetEntry struct {
	from     clock.Day
	adjusted int64  // fen
	carried  *int64 // fen; nil = the entry names none
}

// expectation: the unit has to deliver the kind every day, week or month, from a day until another, exclusive.
type expectation struct {
	unit, kind, every string
	from, to          clock.Day // to 0 = open
}

type unitEntry struct {
	name, parent string
	from, to     clock.Day
}

func newLedger() *ledger {
	return &ledger{budgets: map[string][]budgetEntry{}, units: map[string][]unitEntry{}, tree: tally.NewTree(nil)}
}

func (q *Query) readLedger(ctx context.Context) (*ledger, error) {
	l := newLedger()
	for _, of := range []struct {
		kind string
		add  func(*merge.View)
	}{{kindBudget, l.addBudget}, {kindExpectation, l.addExpectation}, {kindUnit, l.addUnit}} {
		if err := q.eachCountingRecord(ctx, of.kind, of.add); err != nil {
			return nil, err
		}
	}
	l.sortEntries()
	return l, nil
}

// eachCountingRecord calls fn with each record of a ledger kind that counts for its event, in the order of creation.
func (q *Query) eachCountingRecord(ctx context.Context, kind string, fn func(*merge.View)) error {
	return q.eachStandingRecord(ctx, kind, func(v *merge.View, counts bool) {
		if counts {
			fn(v)
		}
	})
}

// eachStandingRecord calls fn with each complete record of a kind that is not void, in the order of creation.
func (q *Query) eachStandingRecord(ctx context.Context, kind string, fn func(v *merge.View, counts bool)) error {
	if _, ok := q.cfg.Schema.Kind(kind); !ok {
		return nil
	}
	var views []*merge.View
	groups := map[string][]merge.Member{}
	err := q.scanRecords(ctx, store.RecordQuery{Kind: kind}, func(r *store.Record) (bool, error) {
		v := merge.Fold(r.ID, &r.State, q.cfg.Schema)
		groups[v.Group] = append(groups[v.Group], v.Member())
		views = append(views, &v)
		return true, nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(views, func(a, b *merge.View) int { return a.Least.Compare(b.Least) })
	for _, v := range views {
		if v.Complete() && !v.Void {
			fn(v, merge.Counts(v, groups[v.Group]))
		}
	}
	return nil
}

// scanRecords calls fn with the selected records, by id, until fn returns false.
func (q *Query) scanRecords(ctx context.Context, ask store.RecordQuery, fn func(*store.Record) (bool, error)) error {
	const page = 500
	ask.Limit = page
	for {
		recs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) { return q.cfg.Store.ScanRecords(ctx, ask) })
		if err != nil {
			return err
		}
		for i := range recs {
			if more, err := fn(&recs[i]); err != nil || !more {
				return err
			}
		}
		if len(recs) < page {
			return nil
		}
		ask.After = recs[page-1].ID
	}
}

func (l *ledger) addBudget(v *merge.View) {
	e := budgetEntry{from: v.Day, adjusted: intOf(v.Fields, "adjusted_fen")}
	if carried, ok := v.Fields.Get("carry_over_fen"); ok {
		e.carried = &carried.I
	}
	project := textOf(v.Fields, "project")
	l.budgets[project] = append(l.budgets[project], e)
}

func (l *ledger) addExpectation(v *merge.View) {
	l.expected = append(l.expected, expectation{
		unit: textOf(v.Fields, "expected_unit"), kind: textOf(v.Fields, "expected_kind"), every: textOf(v.Fields, "every"),
		from: dayOf(v.Fields, "from_day"), to: dayOf(v.Fields, "to_day"),
	})
}

func (l *ledger) addUnit(v *merge.View) {
	code := textOf(v.Fields, "code")
	l.units[code] = append(l.units[code], unitEntry{
		name: textOf(v.Fields, "name"), parent: textOf(v.Fields, "parent"), from: dayOf(v.Fields, "from_day"), to: dayOf(v.Fields, "to_day"),
	})
}

// scopeOf is the scope of an answer about a unit ("": about all); only is the unit if none stands below it.
func (l *ledger) scopeOf(unit string) (scope tally.Scope, only string) {
	switch {
	case unit == "":
		return tally.Scope{Tree: l.tree}, ""
	case unit == schema.HQUnit || !l.tree.HasBelow(unit):
		return tally.Alone(unit), unit
	}
	return tally.Scope{Tree: l.tree, Unit: unit}, ""
}

// growTree makes the unit tree of the entries.
func (l *ledger) growTree() {
	var branches []tally.Branch
	for code, es := range l.units {
		for _, e := range es {
			branches = append(branches, tally.Branch{Unit: code, Parent: e.parent, From: e.from})
		}
	}
	l.tree = tally.NewTree(branches)
}

// sortEntries sorts the entries, and ends each expectation on the day on which the next one of its unit and kind
// begins.
func (l *ledger) sortEntries() {
	defer l.growTree()
	for _, es := range l.budgets {
		slices.SortStableFunc(es, func(a, b budgetEntry) int { return cmp.Compare(a.from, b.from) })
	}
	for _, es := range l.units {
		slices.SortStableFunc(es, func(a, b unitEntry) int { return cmp.Compare(a.from, b.from) })
	}
	slices.SortStableFunc(l.expected, func(a, b expectation) int {
		return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.kind, b.kind), cmp.Compare(a.from, b.from))
	})
	for i := 1; i < len(l.expected); i++ {
		a, b := &l.expected[i-1], &l.expected[i]
		if a.unit == b.unit && a.kind == b.kind && (a.to == 0 || a.to > b.from) {
			a.to = b.from
		}
	}
}

// budgetAt is the entry in force at the end of a day, or nil.
func (l *ledger) budgetAt(project string, at clock.Day) (found *budgetEntry) {
	es := l.budgets[project]
	for i := range es {
		if es[i].from <= at {
			found = &es[i]
		}
	}
	return found
}

// unitName is the name in the unit's last entry begun by the day, else in its first entry, else "".
func (l *ledger) unitName(code string, at clock.Day) (name string) {
	for i, e := range l.units[code] {
		if i == 0 || e.from <= at {
			name = e.name
		}
	}
	return name
}

func textOf(vs schema.Values, name string) string {
	v, _ := vs.Get(name)
	return v.S
}

func intOf(vs schema.Values, name string) int64 {
	v, _ := vs.Get(name)
	return v.I
}

func dayOf(vs schema.Values, name string) clock.Day { return clock.Day(intOf(vs, name)) }
