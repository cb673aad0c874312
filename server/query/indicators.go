package query

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"strconv"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// Indicators is a year's table at the end of a day. Decimals are strings; null means that there is no value.
type Indicators struct {
	At           string   `json:"at"`
	Cutoff       *string  `json:"cutoff"` // RFC 3339: time of receipt of the last counted frame; null: none yet
	Catalogue    string   `json:"catalogue"`
	Year         int      `json:"year"`
	Unit         string   `json:"unit,omitempty"`
	NotDelivered int      `json:"not_reported"` // devices without contact since the end of At, or today if At has not ended
	Rows         []Row    `json:"rows"`
	Budgets      []Budget `json:"budgets"`

	Running bool         `json:"running,omitempty"`      // At has not ended
	Silent  []SilentUnit `json:"silent_units,omitempty"` // of NotDelivered

	Completeness *Completeness      `json:"completeness"`        // of the deliveries expected by At; null: none is expected
	Demo         bool               `json:"demo"`                // the catalogue is of demo data
	ToRevise     *catalogue.Carried `json:"to_revise,omitempty"` // what HQ has not revised yet; absent: nothing
}

// Row is one indicator.
type Row struct {
	ID              string            `json:"id"`
	Project         string            `json:"project"`
	Name            string            `json:"name"`
	Target          Target            `json:"target"`
	Value           *string           `json:"value"`
	Exact           *big.Rat          `json:"-"` // Value unrounded, for further calculation (scores)
	Numerator       *string           `json:"numerator"`
	Denominator     *string           `json:"denominator"`
	Base            *Share            `json:"base,omitempty"` // of a share compared with the year before: the share of the year before
	Reason          *string           `json:"reason"`
	Literal         string            `json:"literal"`
	Intent          *Intent           `json:"intent"`
	Sample          *Sample           `json:"sample,omitempty"` // of a row whose verdict takes a least number
	Provisional     bool              `json:"provisional"`
	ProvisionalBy   []string          `json:"provisional_by,omitempty"` // ByRunning, BySilent, ByReports
	L1              string            `json:"l1,omitempty"`
	L2              string            `json:"l2,omitempty"`
	L3              string            `json:"l3,omitempty"`
	Desc            string            `json:"desc,omitempty"`
	NumeratorUnit   string            `json:"numerator_unit,omitempty"`
	DenominatorUnit string            `json:"denominator_unit,omitempty"` // of a drop: the numerator's
	Beside          map[string]string `json:"beside,omitempty"`
	Note            *schema.Text      `json:"note,omitempty"`

	CarriedFrom  int           `json:"carried_from,omitempty"` // year of the target: without a verdict until HQ revises the row
	Light        Light         `json:"light"`
	Formula      *schema.Text  `json:"formula,omitempty"` // in words; absent without a defined formula
	Lints        []Lint        `json:"lints,omitempty"`
	Companions   []Companion   `json:"companions,omitempty"`
	Completeness *Completeness `json:"completeness"` // of the deliveries that feed the row; null: none is expected
	Standing
}

// Target is the literal target; Op is "" if the source gives none.
type Target struct {
	Raw   string `json:"raw"`
	Op    string `json:"op"`
	Value string `json:"value"`
	Unit  string `json:"unit"` // unit of measure
}

// Intent is the meaning of the target as HQ confirmed it, with its verdict.
type Intent struct {
	Direction string `json:"direction"`
	Op        string `json:"op"`
	Value     string `json:"value"`
	By        string `json:"by"`
	At        string `json:"at"`
	Verdict   string `json:"verdict"`
}

// ProvisionalRows counts the rows that are provisional for one reason.
func (in *Indicators) ProvisionalRows(why string) (n int) {
	for i := range in.Rows {
		if slices.Contains(in.Rows[i].ProvisionalBy, why) {
			n++
		}
	}
	return n
}

// Awaits reports whether the row is provisional for a reason of its own. A running day is said of all rows at once.
func (r *Row) Awaits() bool {
	return slices.ContainsFunc(r.ProvisionalBy, func(why string) bool { return why != ByRunning })
}

// Incomplete reports missing deliveries of the row's kinds.
func (r *Row) Incomplete() bool { return slices.Contains(r.ProvisionalBy, ByReports) }

var notBuilt = schema.Text{ZH: "尚未实现", EN: "not built yet"}

// Question selects a table, in the words of the request: only Year is required.
type Question struct{ Year, At, Unit string }

// Indicators computes the table of a year. Refusals are *wire.Error.
func (q *Query) Indicators(ctx context.Context, ask Question) (*Indicators, error) {
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
	deliveries, err := q.unitDeliveries(ctx, s.ledger, at, ask.Unit)
	if err != nil {
		return nil, err
	}
	waits := q.awaited(s, at, ask.Unit)
	out := &Indicators{
		At: at.String(), Cutoff: s.cutoff(), Catalogue: cat.Name(), Year: cat.Year, Unit: ask.Unit,
		NotDelivered: len(waits.silent), Silent: s.silentUnits(waits.silent, at), Running: waits.running, Rows: []Row{}, Completeness: sumCompleteness(deliveries, nil), Demo: cat.Demo,
	}
	if carried := cat.Carried(); !carried.None() {
		out.ToRevise = &carried
	}
	totals := q.totals(ctx, s.ledger, ask.Unit)
	all := totals
	if ask.Unit != "" {
		all = q.totals(ctx, s.ledger, "")
	}
	out.Budgets = budgets(cat, s.ledger, at, all)
	for _, ind := range cat.Indicators() {
		row := newRow(cat, ind, tally.Evaluate(ind, at, totals))
		row.addCompanions(cat, ind, at, totals)
		row.setProvisional(cat, ind, deliveries, &waits)
		out.Rows = append(out.Rows, row)
	}
	return out, errors.Join(totals.err, all.err)
}

func (q *Query) parseQuestion(ask Question) (*catalogue.Catalogue, clock.Day, error) {
	year, err := ReadYear(ask.Year)
	if err != nil {
		return nil, 0, err
	}
	cat, err := q.Catalogue(year)
	if err != nil {
		return nil, 0, err
	}
	at := clock.Date(year, 12, 31)
	if ask.At != "" {
		if at, err = ReadDay(ask.At); err != nil {
			return nil, 0, err
		}
	}
	if at.Year() != year {
		return nil, 0, badRequest("at 不在 "+ask.Year+" 年内", "at is not in "+ask.Year)
	}
	if len(ask.Unit) > 200 {
		return nil, 0, badRequest("unit 过长", "unit is too long")
	}
	return cat, at, nil
}

// ReadDay reads the parameter at, a day as people write it.
func ReadDay(at string) (clock.Day, error) {
	day, wrong := schema.ReadDay(at, schema.Present{})
	if wrong != nil {
		return 0, badRequest("at 应为日期，如 2020-12-31："+wrong.ZH, "at is a day, such as 2020-12-31: "+wrong.EN)
	}
	return clock.Day(day), nil
}

func newRow(cat *catalogue.Catalogue, ind *catalogue.Indicator, f tally.Figure) Row {
	row := Row{
		ID: ind.ID, Project: ind.Project, Name: ind.Name, L1: ind.L1, L2: ind.L2, L3: ind.L3, Desc: ind.Desc,
		Target:  Target{ind.Target.Raw, ind.Target.Op, ind.Target.Value, ind.Target.Unit},
		Literal: f.Literal, CarriedFrom: ind.CarriedFrom,
	}
	row.Light = rowLight(f.Value, row.Target, row.Literal)
	if f.Reason != "" {
		row.Reason = &f.Reason
	}
	if f.Value != nil {
		row.Value, row.Exact = new(f.Text()), f.Value
	}
	if i := ind.Intent; i != nil {
		row.Intent = &Intent{i.Direction, i.Op, i.Value, i.By, i.At, f.Intent}
	}
	if ind.Formula == nil {
		row.Note = &notBuilt
		return row
	}
	row.Numerator, row.Denominator = sidesOf(&f)
	row.NumeratorUnit, row.DenominatorUnit = ind.Formula.NumeratorUnit(cat), ind.Formula.DenominatorUnit(cat)
	row.Formula, row.Sample = new(ind.Explain(cat)), newSample(cat, ind.Formula, &f)
	row.Standing = newStanding(&f)
	if f.Base != nil {
		row.Base = &Share{strconv.FormatInt(f.Base.Numerator, 10), strconv.FormatInt(f.Base.Denominator, 10)}
	}
	for name, amount := range f.Beside {
		if row.Beside == nil {
			row.Beside = map[string]string{}
		}
		row.Beside[name] = strconv.FormatInt(amount, 10)
	}
	return row
}
