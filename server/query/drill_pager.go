package query

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema/catalogue"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// drillPager walks through the records that may add to the terms: kind by kind, each by id.
type drillPager struct {
	q        *Query
	cat      *catalogue.Catalogue
	at       clock.Day
	ledger   *ledger
	totals   *totals
	ask      DrillQuestion
	out      *Drill
	added    int // records on the page
	examined int // records read so far
}

// fillPage fills a page, beginning at the cursor.
func (d *drillPager) fillPage(ctx context.Context) error {
	kinds := d.kinds()
	kind, after, ok := readDrillCursor(d.ask.After)
	begin := slices.Index(kinds, kind)
	if d.ask.After != "" && (!ok || begin < 0) {
		return badRequest("after 不是本次查询的翻页标记", "after is no cursor of this question")
	}
	for _, kind := range kinds[max(begin, 0):] {
		ask := d.recordQuery(kind)
		ask.Unit, ask.Kind, ask.After = d.totals.unit, kind, after
		after = ""
		err := d.q.scanRecords(ctx, ask, func(r *store.Record) (bool, error) {
			if d.added >= d.ask.Limit || d.examined >= drillMaxExamined {
				d.out.Next = drillCursor(kind, ask.After)
				return false, nil
			}
			ask.After = r.ID
			d.examined++
			return true, d.addRecord(ctx, r)
		})
		if err != nil || d.out.Next != "" {
			return err
		}
	}
	return nil
}

// wantsTerm reports whether the question asks for the records of a term.
func (d *drillPager) wantsTerm(t *Term) bool {
	m := d.ask.Measure
	return m == "" || m == t.Measure || strings.HasPrefix(t.Measure, m+":") || strings.HasPrefix(m, t.Measure+":")
}

// kinds are the kinds of the records that may add to the terms, sorted. A baseline may add to any term.
func (d *drillPager) kinds() []string {
	kinds := []string{catalogue.Baseline}
	for i := range d.out.Terms {
		if !d.wantsTerm(&d.out.Terms[i]) {
			continue
		}
		if m, ok := d.cat.MeasureOf(d.out.Terms[i].Measure); ok {
			for _, p := range m.Parts {
				kinds = append(kinds, p.Kind)
			}
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// recordQuery selects the days on which records of a kind may add to the terms; the query is open if a record may
// count on another day than its own.
func (d *drillPager) recordQuery(kind string) (ask store.RecordQuery) {
	if kind == catalogue.Baseline {
		return ask
	}
	first := true
	for i := range d.out.Terms {
		t := &d.out.Terms[i]
		m, ok := d.cat.MeasureOf(t.Measure)
		if !ok || !d.wantsTerm(t) {
			continue
		}
		for _, p := range m.Parts {
			switch {
			case p.Kind != kind:
				continue
			case p.At != "":
				return store.RecordQuery{}
			case first:
				ask.From, ask.To, first = t.window.From, t.window.To, false
			}
			ask.From, ask.To = min(ask.From, t.window.From), max(ask.To, t.window.To)
		}
	}
	return ask
}

// addRecord adds a record's contributions to the page.
func (d *drillPager) addRecord(ctx context.Context, r *store.Record) error {
	v := merge.Fold(r.ID, &r.State, d.q.cfg.Schema)
	if v.Void || !v.Complete() {
		return nil
	}
	if !d.needsGroup(v.Kind) && !d.wantsAny(&v) {
		return nil // the record would add the same as winner of its event: no need to read its group
	}
	group, err := d.q.groupMembers(ctx, &v)
	if err != nil {
		return err
	}
	before, summary := len(d.out.Records), d.q.summary(&v)
	for _, p := range partsOf(v.Unit, tally.Contributions(d.q.counter(), &v, group)) {
		for i := range d.out.Terms {
			if !d.wantsPart(&p, &d.out.Terms[i]) {
				continue
			}
			d.out.Records = append(d.out.Records, DrillRecord{
				Record: v.Record, Kind: v.Kind, Unit: v.Unit, UnitName: d.ledger.unitName(v.Unit, d.at), Day: p.Day.String(),
				Term: i, Measure: p.Measure, Amount: p.Amount, Summary: summary.ZH, English: summary.EN,
			})
			d.takeReplaced(&d.out.Records[len(d.out.Records)-1], &p, d.out.Terms[i].window)
		}
	}
	if len(d.out.Records) > before {
		d.added++
	}
	return nil
}

// drillPart is what one record adds to a measure: a baseline appears under the measure that the baseline is of.
type drillPart struct {
	tally.Contribution
	unit     string
	baseline *tally.Baseline
}

func partsOf(unit string, cs []tally.Contribution) (parts []drillPart) {
	if b, ok := tally.BaselineOf(unit, cs); ok {
		return []drillPart{{tally.Contribution{Day: b.To, Measure: b.Measure, Amount: b.Number}, unit, &b}}
	}
	for _, c := range cs {
		parts = append(parts, drillPart{c, unit, nil})
	}
	return parts
}

// takeReplaced takes the amount out of an entry that a baseline replaces: the entry is shown and adds nothing.
func (d *drillPager) takeReplaced(r *DrillRecord, p *drillPart, w clock.Window) {
	if r.InBaseline = d.ledger.holder(p, d.totals.window(w).standing); r.InBaseline != nil {
		r.Amount = 0
	}
}

// needsGroup reports whether other records of the event may change what a record of the kind adds: by their items, or by
// values that they lend.
func (d *drillPager) needsGroup(kind string) bool {
	k, ok := d.q.cfg.Schema.Kind(kind)
	return catalogue.ExtraVars(kind) != nil || ok && len(k.Shared) > 0
}

// wantsPart reports whether a part belongs to the term and the question asks for it.
func (d *drillPager) wantsPart(p *drillPart, t *Term) bool {
	return t.covers(&p.Contribution) && d.wantsTerm(t) && d.wantsMeasure(p.Measure) && d.totals.scope.Holds(p.unit, p.Day)
}

func (d *drillPager) wantsAny(v *merge.View) bool {
	for _, p := range partsOf(v.Unit, d.q.counter().Count(v)) {
		for n := range d.out.Terms {
			if d.wantsPart(&p, &d.out.Terms[n]) {
				return true
			}
		}
	}
	return false
}

// wantsMeasure reports whether the question names a measure: by its full name, or by the name without dimension.
func (d *drillPager) wantsMeasure(measure string) bool {
	m := d.ask.Measure
	return m == "" || m == measure || strings.HasPrefix(measure, m+":")
}

// A cursor holds the kind in progress and the last record read of that kind.
func drillCursor(kind, record string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(len(kind)) + ":" + kind + record))
}

func readDrillCursor(text string) (kind, record string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", "", false
	}
	length, rest, ok := strings.Cut(string(raw), ":")
	n, err := strconv.Atoi(length)
	if !ok || err != nil || n < 0 || n > len(rest) {
		return "", "", false
	}
	return rest[:n], rest[n:], true
}
