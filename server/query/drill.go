package query

import (
	"context"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// DrillQuestion asks what a figure is made of, as it was typed. One of Row and Measure must stand; both: only
// the records of that measure. A Row is a row's id or that of a companion; a Measure alone is looked at from
// 1 January to At.
type DrillQuestion struct {
	Year, At, Unit string
	Row, Measure   string
	After          string // Next of the page before
	Limit          int    // records on a page, each with all that it adds; 0 = 100, at most 500
}

// Drill is a figure taken apart: the terms of its formula, and a page of the records that add to them.
type Drill struct {
	At        string        `json:"at"`
	Unit      string        `json:"unit,omitempty"`
	Row       *Row          `json:"row,omitempty"`       // of a companion: the row that it belongs to
	Companion *Companion    `json:"companion,omitempty"` // where one was asked about
	Terms     []Term        `json:"terms"`
	Records   []DrillRecord `json:"records"`
	Next      string        `json:"next,omitempty"` // asks for the page behind; a page may be short, even empty, before the last
}

// The roles of a term; that of a measure looked at alone is "".
const (
	RoleNumerator   = tally.RoleNumerator
	RoleDenominator = tally.RoleDenominator
	RoleBase        = tally.RoleBase // of the year before
	RoleBeside      = tally.RoleBeside
)

// Term is one thing that a formula reads.
type Term struct {
	Measure string      `json:"measure"` // with its dimension; without one where all of them are read
	Label   schema.Text `json:"label"`
	Unit    string      `json:"unit"`
	From    string      `json:"from,omitempty"` // a day; absent: from the beginning
	To      string      `json:"to"`
	Amount  int64       `json:"amount,string"` // as the formula has it: negative where it takes it away
	Role    string      `json:"role"`

	// Added is what the records of the term add up to, all pages. It is the amount but for its sign, unless
	// the formula does more than to add: a level by days, the last day of each unit, different items, lengths.
	Added int64 `json:"added,string"`

	window clock.Window
}

// DrillRecord is what one record adds to one term on one day.
type DrillRecord struct {
	Record   string `json:"record"`
	Kind     string `json:"kind"`
	Unit     string `json:"unit"`
	UnitName string `json:"unit_name,omitempty"`
	Day      string `json:"day"` // on which it counts
	Term     int    `json:"term"`
	Measure  string `json:"measure"`
	Amount   int64  `json:"amount,string"`
	Summary  string `json:"summary"` // what it says in a few words, sensitive values masked
	English  string `json:"summary_en"`
}

const (
	drillDefaultLimit, drillMaxLimit = 100, 500
	drillMaxExamined                 = 20_000 // records looked at for one page: it may hold fewer than were asked for, even none
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
	if err := q.checkUnit(ctx, s, ask.Unit); err != nil {
		return nil, err
	}
	out := &Drill{At: at.String(), Unit: ask.Unit, Records: []DrillRecord{}}
	totals := q.totals(ctx, ask.Unit)
	if err := q.findTerms(ctx, cat, at, s, &ask, totals, out); err != nil {
		return nil, err
	}
	if totals.err != nil {
		return nil, totals.err
	}
	d := drillPager{q: q, cat: cat, at: at, ledger: s.ledger, ask: ask, out: out}
	return out, d.fillPage(ctx)
}

// findTerms finds what was asked about and its terms.
func (q *Query) findTerms(
	ctx context.Context, cat *catalogue.Catalogue, at clock.Day, s *snapshot, ask *DrillQuestion, totals *totals, out *Drill,
) error {
	year := clock.YearTo(at)
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
		row.setCompleteness(cat, ind, deliveries, s.notDelivered(at, ask.Unit))
		out.Row = &row
		if co != nil {
			figure = tally.Compute(co.Formula, at, totals)
			out.Companion = new(newCompanion(cat, co, figure))
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
		return badRequest("没有计量项 "+ask.Measure, "there is no measure "+ask.Measure)
	}
	return nil
}

// findRow looks for a row or a companion; of a companion ind is the row that it belongs to.
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

// covers reports whether a contribution is one to the term.
func (t *Term) covers(c *tally.Contribution) bool {
	return (c.Measure == t.Measure || strings.HasPrefix(c.Measure, t.Measure+":")) && t.window.Contains(c.Day)
}
