package query

import (
	"context"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// DrillQuestion asks for the parts of a figure, in the words of the request. Row or Measure must be set; with both,
// the answer has only the records of that measure. A Row is the id of a row or of a companion; a Measure alone covers
// 1 January to At.
type DrillQuestion struct {
	Year, At, Unit string
	Row, Measure   string
	After          string // Next of the page before
	Limit          int    // records on a page, each with all its contributions; 0 = 100, at most 500
}

// Drill is a figure taken apart: the terms of its formula, and a page of the records that add to the terms.
type Drill struct {
	At        string        `json:"at"`
	Unit      string        `json:"unit,omitempty"`
	Row       *Row          `json:"row,omitempty"`       // of a companion: its row
	Companion *Companion    `json:"companion,omitempty"` // if the question named a companion
	Terms     []Term        `json:"terms"`
	Records   []DrillRecord `json:"records"`
	Next      string        `json:"next,omitempty"` // cursor of the next page, "" = none; a page before the last may be short or even empty
}

// The roles of a term; the role of a measure without a row is "".
const (
	RoleNumerator   = tally.RoleNumerator
	RoleDenominator = tally.RoleDenominator
	RoleBase        = tally.RoleBase // of the year before
	RoleBeside      = tally.RoleBeside
)

// Term is one sum that a formula reads.
type Term struct {
	Measure string      `json:"measure"` // with its dimension; without one if the formula reads all of them
	Label   schema.Text `json:"label"`
	Unit    string      `json:"unit"`           // unit of measure
	From    string      `json:"from,omitempty"` // a day; absent: from the beginning
	To      string      `json:"to"`
	Amount  int64       `json:"amount,string"` // with the formula's sign: negative if the formula subtracts the term
	Role    string      `json:"role"`

	// Added is the sum over the term's records of all pages. It equals the amount except for the sign, unless the
	// formula does more than add: a level by days, the last day of each unit, different items, lengths.
	Added int64 `json:"added,string"`

	window clock.Window
}

// DrillRecord is the amount that one record adds to one term on one day.
type DrillRecord struct {
	Record   string `json:"record"`
	Kind     string `json:"kind"`
	Unit     string `json:"unit"`
	UnitName string `json:"unit_name,omitempty"`
	Day      string `json:"day"` // the day on which the amount counts
	Term     int    `json:"term"`
	Measure  string `json:"measure"`
	Amount   int64  `json:"amount,string"`
	Summary  string `json:"summary"` // the record in a few words, sensitive values masked
	English  string `json:"summary_en"`

	InBaseline *InBaseline `json:"in_baseline,omitempty"` // the amount is 0, because a baseline holds it already
}

// InBaseline is the baseline that takes the place of an entry.
type InBaseline struct {
	Unit     string `json:"unit"`
	UnitName string `json:"unit_name,omitempty"`
	From     string `json:"from"`
	To       string `json:"to"`
	NotAdded int64  `json:"not_added,string"`
}

const (
	drillDefaultLimit, drillMaxLimit = 100, 500
	drillMaxExamined                 = 20_000 // records examined for one page: the page may hold fewer than the limit, even none
)

// Drill takes a figure apart. Refusals are *wire.Error.
func (q *Query) Drill(ctx context.Context, ask DrillQuestion) (*Drill, error) {
	cat, at, err := q.parseQuestion(Question{ask.Year, ask.At, ask.Unit})
	if err != nil {
		return nil, err
	}
	if ask.Limit == 0 {
		ask.Limit = drillDefaultLimit
	}
	if ask.Limit < 1 || ask.Limit > drillMaxLimit {
		return nil, badRequest("limit 应在 1 到 500 之间", "limit lies between 1 and 500")
	}
	s, err := q.takeSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	if ask.Unit, err = q.unitCode(ctx, s, ask.Unit); err != nil {
		return nil, err
	}
	out := &Drill{At: at.String(), Unit: ask.Unit, Records: []DrillRecord{}}
	totals := q.totals(ctx, s.ledger, ask.Unit)
	if err := q.findTerms(ctx, cat, at, s, &ask, totals, out); err != nil {
		return nil, err
	}
	if totals.err != nil {
		return nil, totals.err
	}
	d := drillPager{q: q, cat: cat, at: at, ledger: s.ledger, totals: totals, ask: ask, out: out}
	return out, d.fillPage(ctx)
}

// findTerms looks up the row, companion or measure of the question, and its terms.
func (q *Query) findTerms(
	ctx context.Context, cat *catalogue.Catalogue, at clock.Day, s *snapshot, ask *DrillQuestion, totals *totals, out *Drill,
) error {
	year := clock.YearToDate(at)
	switch {
	case ask.Row != "":
		ind, co := findRow(cat, ask.Row)
		if ind == nil {
			return badRequest("没有指标 "+ask.Row, "there is no row "+ask.Row)
		}
		deliveries, err := q.unitDeliveries(ctx, s.ledger, at, ask.Unit)
		if err != nil {
			return err
		}
		figure := tally.Evaluate(ind, at, totals)
		row := newRow(cat, ind, figure)
		row.addCompanions(cat, ind, at, totals)
		waits := q.awaited(s, at, ask.Unit)
		row.setProvisional(cat, ind, deliveries, &waits)
		out.Row = &row
		if co != nil {
			figure = tally.Compute(co.Formula, at, totals)
			out.Companion = new(newCompanion(cat, ind, co, figure))
		}
		out.Terms = newTerms(cat, figure.Terms, totals)
	case ask.Measure != "":
		sum := tally.Term{Measure: ask.Measure, From: year.From, To: year.To}
		out.Terms = newTerms(cat, []tally.Term{sum}, totals)
		out.Terms[0].Amount = out.Terms[0].Added
	default:
		return badRequest("需要 row 或 measure", "row or measure is missing")
	}
	if _, ok := cat.MeasureOf(ask.Measure); !ok && ask.Measure != "" {
		return badRequest("没有统计项 "+ask.Measure, "there is no measure "+ask.Measure)
	}
	return nil
}

// findRow finds a row or a companion by its id; ind is the row itself or the companion's row.
func findRow(cat *catalogue.Catalogue, id string) (ind *catalogue.Indicator, co *catalogue.Companion) {
	if ind, ok := cat.Indicator(id); ok {
		return ind, nil
	}
	for _, ind := range cat.Indicators() {
		for _, co := range ind.Companions {
			if co.ID == id {
				return ind, co
			}
		}
	}
	return nil, nil
}

func newTerms(cat *catalogue.Catalogue, terms []tally.Term, totals tally.Totals) []Term {
	out := make([]Term, 0, len(terms))
	for _, t := range terms {
		term := Term{
			Measure: t.Measure, To: t.To.String(), Amount: t.Amount, Role: t.Role, window: clock.Window{From: t.From, To: t.To},
		}
		if t.From != 0 {
			term.From = t.From.String()
		}
		if m, ok := cat.MeasureOf(t.Measure); ok {
			term.Label, term.Unit = labelOf(m, t.Measure), m.Unit
		}
		for _, s := range totals.Daily(t.Measure, t.From, t.To) {
			term.Added += s.Amount
		}
		out = append(out, term)
	}
	return out
}

// labelOf is a measure's label and, in brackets, its dimension's.
func labelOf(m *catalogue.Measure, name string) schema.Text {
	label := m.Label
	if _, value, ok := strings.Cut(name, ":"); ok {
		of := m.Dimension(value)
		label.ZH += "（" + of.ZH + "）"
		label.EN += " (" + of.EN + ")"
	}
	return label
}

// covers reports whether a contribution belongs to the term.
func (t *Term) covers(c *tally.Contribution) bool {
	return (c.Measure == t.Measure || strings.HasPrefix(c.Measure, t.Measure+":")) && t.window.Contains(c.Day)
}
