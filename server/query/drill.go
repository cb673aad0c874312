package query

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
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
	drillPage, drillMost = 100, 500
	drillLook            = 20_000 // records looked at for one page: it may hold fewer than were asked for, even none
)

// Drill takes a figure apart. Refusals are *wire.Error.
func (q *Query) Drill(ctx context.Context, ask DrillQuestion) (*Drill, error) {
	cat, at, err := q.parse(Question{ask.Year, ask.At, ask.Unit})
	if err != nil {
		return nil, err
	}
	if ask.Limit == 0 {
		ask.Limit = drillPage
	}
	if ask.Limit < 1 || ask.Limit > drillMost {
		return nil, refuse("limit 应在 1 到 500 之间", "limit lies between 1 and 500")
	}
	s, err := q.census(ctx)
	if err != nil {
		return nil, err
	}
	if err := q.knownUnit(ctx, s, ask.Unit); err != nil {
		return nil, err
	}
	out := &Drill{At: at.String(), Unit: ask.Unit, Records: []DrillRecord{}}
	totals := q.totals(ctx, ask.Unit)
	if err := q.takeApart(ctx, cat, at, s, &ask, totals, out); err != nil {
		return nil, err
	}
	if totals.err != nil {
		return nil, totals.err
	}
	d := drilling{q: q, cat: cat, at: at, ledger: s.ledger, ask: ask, out: out}
	return out, d.page(ctx)
}

// takeApart finds what was asked about and its terms.
func (q *Query) takeApart(
	ctx context.Context, cat *catalogue.Catalogue, at clock.Day, s *census, ask *DrillQuestion, totals *totals, out *Drill,
) error {
	year := clock.YearTo(at)
	switch {
	case ask.Row != "":
		ind, co := find(cat, ask.Row)
		if ind == nil {
			return refuse("没有指标 "+ask.Row, "there is no row "+ask.Row)
		}
		reports, err := q.unreported(ctx, s.ledger, at, ask.Unit)
		if err != nil {
			return err
		}
		figure := tally.Evaluate(ind, at, totals)
		row := rowOf(cat, ind, figure)
		row.accompany(cat, ind, at, totals)
		row.report(cat, ind, reports, s.missing(at, ask.Unit))
		out.Row = &row
		if co != nil {
			figure = tally.Compute(co.Formula, at, totals)
			out.Companion = new(companionOf(cat, co, figure))
		}
		out.Terms = termsOf(cat, figure.Terms, totals)
	case ask.Measure != "":
		sum := tally.Term{Measure: ask.Measure, From: year.From, To: year.To}
		out.Terms = termsOf(cat, []tally.Term{sum}, totals)
		out.Terms[0].Amount = out.Terms[0].Added
	default:
		return refuse("需要 row 或 measure", "row or measure is missing")
	}
	if _, ok := cat.MeasureOf(ask.Measure); !ok && ask.Measure != "" {
		return refuse("没有计量项 "+ask.Measure, "there is no measure "+ask.Measure)
	}
	return nil
}

// find looks for a row or a companion; of a companion ind is the row that it belongs to.
func find(cat *catalogue.Catalogue, id string) (ind *catalogue.Indicator, co *catalogue.Companion) {
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

func termsOf(cat *catalogue.Catalogue, terms []tally.Term, totals tally.Totals) []Term {
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

// drilling is a walk through the records that may add to the terms: kind by kind, each by id.
type drilling struct {
	q      *Query
	cat    *catalogue.Catalogue
	at     clock.Day
	ledger *ledger
	ask    DrillQuestion
	out    *Drill
	taken  int // records on the page
	looked int // records that were looked at
}

// page fills a page from where the cursor stands.
func (d *drilling) page(ctx context.Context) error {
	kinds := d.kinds()
	kind, after, ok := readDrillCursor(d.ask.After)
	begin := slices.Index(kinds, kind)
	if d.ask.After != "" && (!ok || begin < 0) {
		return refuse("after 不是本问题的续页标记", "after is no cursor of this question")
	}
	for _, kind := range kinds[max(begin, 0):] {
		ask := d.window(kind)
		ask.Unit, ask.Kind, ask.After = d.ask.Unit, kind, after
		after = ""
		err := d.q.scan(ctx, ask, func(r *store.Record) (bool, error) {
			if d.taken >= d.ask.Limit || d.looked >= drillLook {
				d.out.Next = drillCursor(kind, ask.After)
				return false, nil
			}
			ask.After = r.ID
			d.looked++
			return true, d.add(ctx, r)
		})
		if err != nil || d.out.Next != "" {
			return err
		}
	}
	return nil
}

// wanted reports whether the records of a term were asked for.
func (d *drilling) wanted(t *Term) bool {
	m := d.ask.Measure
	return m == "" || m == t.Measure || strings.HasPrefix(t.Measure, m+":") || strings.HasPrefix(m, t.Measure+":")
}

// kinds are those whose records may add to the terms, sorted. A baseline may stand for any of them.
func (d *drilling) kinds() []string {
	kinds := []string{catalogue.Baseline}
	for i := range d.out.Terms {
		if !d.wanted(&d.out.Terms[i]) {
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

// window is from when to when records of a kind may add to the terms; open where one may count on another day
// than its own.
func (d *drilling) window(kind string) (ask store.RecordQuery) {
	if kind == catalogue.Baseline {
		return ask
	}
	first := true
	for i := range d.out.Terms {
		t := &d.out.Terms[i]
		m, ok := d.cat.MeasureOf(t.Measure)
		if !ok || !d.wanted(t) {
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

// add tells what one record adds.
func (d *drilling) add(ctx context.Context, r *store.Record) error {
	v := merge.Fold(r.ID, &r.State, d.q.cfg.Schema)
	if v.Void || !v.Complete() {
		return nil
	}
	if catalogue.Vars(v.Kind) == nil && !d.touches(d.q.cfg.Counter.Count(&v, v.Items)) {
		return nil // it would add the same if it counts for its event: no need to look who else is in it
	}
	group, err := d.q.groupOf(ctx, &v)
	if err != nil {
		return err
	}
	before, summary := len(d.out.Records), d.q.summary(&v)
	for _, c := range tally.Contributions(d.q.cfg.Counter, &v, group) {
		for i := range d.out.Terms {
			if d.adds(&c, &d.out.Terms[i]) {
				d.out.Records = append(d.out.Records, DrillRecord{
					Record: v.Record, Kind: v.Kind, Unit: v.Unit, UnitName: d.ledger.unitName(v.Unit, d.at), Day: c.Day.String(),
					Term: i, Measure: c.Measure, Amount: c.Amount, Summary: summary.ZH, English: summary.EN,
				})
			}
		}
	}
	if len(d.out.Records) > before {
		d.taken++
	}
	return nil
}

// adds reports whether a contribution is one that was asked for.
func (d *drilling) adds(c *tally.Contribution, t *Term) bool {
	return t.covers(c) && d.wanted(t) && d.named(c.Measure)
}

func (d *drilling) touches(cs []tally.Contribution) bool {
	for i := range cs {
		for n := range d.out.Terms {
			if d.adds(&cs[i], &d.out.Terms[n]) {
				return true
			}
		}
	}
	return false
}

// named reports whether a measure was asked for: by its name, or by the name of all its dimensions.
func (d *drilling) named(measure string) bool {
	m := d.ask.Measure
	return m == "" || m == measure || strings.HasPrefix(measure, m+":")
}

// A cursor is the kind that was being read and the last record of it that was.
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
