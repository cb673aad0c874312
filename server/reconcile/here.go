package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// reader reads the records here.
type reader struct {
	store   store.Reader
	schema  *schema.Schema
	kind    *schema.Kind
	rules   *rules
	counter *tally.Counter
	scope   Scope
	units   map[string]string // names of units, each once in memory
}

// refuse makes the refusal of a comparison, for a command and for the API.
func refuse(zh, en string) *wire.Error {
	e := wire.Refuse(wire.CodeBadRequest, "")
	e.Message.ZH += "：" + zh
	e.Message.EN += ": " + en
	return e
}

// ofYear reads the records of the year: all units'. Records taken back by the undo of an import are left out: they are as good as
// never made.
func (r *reader) ofYear(ctx context.Context, most int) (out []Entry, err error) {
	from, to := yearOf(r.scope.Year)
	err = r.scan(ctx, store.RecordQuery{Kind: r.kind.Name, From: from, To: to}, func(e *Entry) error {
		e.prepare(r.kind)
		if out = append(out, *e); len(out) > most {
			return refuse(fmt.Sprintf("此处该年的记录超过 %d 条，一次核对不了", most), fmt.Sprintf("there are more than %d records of the year here, too many for one comparison", most))
		}
		return nil
	})
	return out, err
}

// outside reads the records of other years, and the quarantined lines, of which a number or plate is one of the rows'.
func (r *reader) outside(ctx context.Context, rows []*Entry) (out []Entry, err error) {
	names := 0
	for _, t := range rows {
		names += len(r.rules.lookup(t))
	}
	wanted := make([]uint64, 0, names) // hashes of names: equal hashes of two names only cost memory
	for _, t := range rows {
		for _, name := range r.rules.lookup(t) {
			wanted = append(wanted, hashOf(name))
		}
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	keep := func(e *Entry) error {
		e.prepare(r.kind)
		for _, name := range r.rules.index(e) {
			if _, ok := slices.BinarySearch(wanted, hashOf(name)); ok && len(out) < mostOutside {
				out = append(out, *e)
				return nil
			}
		}
		return nil
	}
	from, to := yearOf(r.scope.Year)
	for _, ask := range []store.RecordQuery{{Kind: r.kind.Name, To: from.AddDays(-1)}, {Kind: r.kind.Name, From: to.AddDays(1)}} {
		if err := r.scan(ctx, ask, keep); err != nil {
			return nil, err
		}
	}
	return out, r.quarantined(ctx, keep)
}

// mostOutside bounds the records of other years in memory.
const mostOutside = 50_000

// page is the number of records read at once.
const page = 1000

// scan calls keep with the selected records, page by page.
func (r *reader) scan(ctx context.Context, ask store.RecordQuery, keep func(*Entry) error) error {
	ask.Limit = page
	for {
		recs, err := r.store.ScanRecords(ctx, ask)
		if err != nil {
			return err
		}
		views := make([]merge.View, len(recs))
		names := map[string]bool{}
		for i := range recs {
			views[i] = merge.Fold(recs[i].ID, &recs[i].State, r.schema)
			names[views[i].Group] = true
		}
		groups, err := r.groups(ctx, names)
		if err != nil {
			return err
		}
		for i := range views {
			v := &views[i]
			if v.Kind != r.kind.Name || v.Void && strings.HasPrefix(v.VoidReason, undone) {
				continue
			}
			e := r.entry(v, groups[v.Group])
			if err := keep(&e); err != nil {
				return err
			}
		}
		if len(recs) < page {
			return nil
		}
		ask.After = recs[len(recs)-1].ID
	}
}

// undone begins the void reason of an undone import (server/imports).
const undone = "撤销导入 "

// groups reads the stored groups of a page.
func (r *reader) groups(ctx context.Context, names map[string]bool) (map[string][]merge.Member, error) {
	stored, err := r.store.GroupsNamed(ctx, slices.Sorted(maps.Keys(names))...)
	out := make(map[string][]merge.Member, len(stored))
	for i := range stored {
		out[stored[i].Name] = stored[i].Members
	}
	return out, err
}

// entry is a record in comparable form.
func (r *reader) entry(v *merge.View, group []merge.Member) Entry {
	e := Entry{Record: v.Record, Unit: r.unit(v.Unit), Day: v.Day, Fields: comparableFields(v.Fields), At: momentOf(v.Fields)}
	switch winner, _ := merge.Winner(group, v.Kind); {
	case v.Void:
		e.Standing = Void
		e.Why = &schema.Text{ZH: "此处已作废：" + v.VoidReason, EN: "void here: " + v.VoidReason}
	case !v.Complete():
		e.Standing = Incomplete
		e.Why = &schema.Text{ZH: "此处不完整", EN: "incomplete here"}
		if len(v.Faults) > 0 {
			e.Why.ZH += "：" + v.Faults[0].Message.ZH
			e.Why.EN += ": " + v.Faults[0].Message.EN
		}
	case !merge.Counts(v, group):
		e.Standing = Duplicate
		e.Why = &schema.Text{ZH: "此处计的是 " + winner, EN: "counted here is " + winner}
	case !r.scope.in(v.Day):
		e.Standing = OtherYear
		e.Why = &schema.Text{ZH: "此处记在 " + v.Day.String(), EN: "dated " + v.Day.String() + " here"}
	case r.scope.Unit != "" && v.Unit != r.scope.Unit:
		e.Standing = OtherUnit
		e.Why = &schema.Text{ZH: "此处单位 " + v.Unit, EN: "unit " + v.Unit + " here"}
	default:
		e.Amount = r.amount(v, group)
	}
	return e
}

func (r *reader) unit(name string) string {
	if _, known := r.units[name]; !known {
		r.units[name] = strings.Clone(name)
	}
	return r.units[name]
}

// amount is what a record adds to the measure of its kind in the year.
func (r *reader) amount(v *merge.View, group []merge.Member) (n int64) {
	for _, c := range tally.Contributions(r.counter, v, group) {
		if r.isMeasure(c.Measure) && r.scope.in(c.Day) {
			n += c.Amount
		}
	}
	return n
}

func (r *reader) isMeasure(name string) bool {
	return name == r.rules.measure || strings.HasPrefix(name, r.rules.measure+":")
}

func momentOf(fields schema.Values) int64 {
	v, _ := fields.Get("occurred_at")
	return v.I
}

// total is the year's total as the figures have it.
func (r *reader) total(ctx context.Context) (n int64, err error) {
	from, to := yearOf(r.scope.Year)
	sums, err := r.store.Sums(ctx, store.SumQuery{Measures: []string{r.rules.measure}, Unit: r.scope.Unit, From: from, To: to})
	for _, s := range sums {
		n += s.Amount
	}
	return n, err
}

// dayOf is the Shanghai day of a moment, 0 for none.
func dayOf(at int64) clock.Day {
	if at == 0 {
		return 0
	}
	return clock.DayOf(at)
}
