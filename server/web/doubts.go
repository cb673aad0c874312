package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"roadbook/schema"
	"roadbook/server/doubts"
	"roadbook/server/query"
)

const (
	doubtsPath = "/doubts"
	doubtsRows = 50 // records on a page
)

// doubtsData is the list of records with doubts.
type doubtsData struct {
	Numbers  doubtNumbers
	Rows     []doubtRow
	Code     string // only of this doubt; "": all
	Name     string // of Code
	N        int64  // number of records with Code
	Open     bool   // only what HQ has not looked at
	Kinds    []*schema.Doubt
	Units    []query.Unit
	NextPage string
	NotFirst bool // this is not the first page
}

// doubtRow is a record with its doubts of one code.
type doubtRow struct {
	doubts.Record
	KindLabel, UnitName, Name string
	Summary                   schema.Text
	Said                      []saidDoubt
}

// saidDoubt is a doubt's text, cut where the text names the other record, so that a link can stand there.
type saidDoubt struct {
	doubts.Doubt
	Before, After string
	OtherUnit     string // name or code; "" unless the doubt names another record
}

// doubtNumbers are the numbers of records by doubt, and how far they go.
type doubtNumbers struct {
	Uncounted, Check []doubtNumber
	Note             string // a word's name, "" when all is done
	Until            string // RFC 3339; "" unless observations wait
	Done, Of         int64  // records of a pass under way
}

// doubtNumber is the number of records with one doubt.
type doubtNumber struct {
	Code, Name, Href string
	N                int64
	Chosen           bool
}

func (w *Web) doubts(v *pageRequest) (page, error) {
	ask, err := query.ReadDoubtsQuestion(w.cfg.Schema, v.c.Query("code"), v.c.Query("open"), v.c.Query("after"))
	if err != nil {
		return page{}, err
	}
	if v.ask.Unit, _, err = w.cfg.Query.Selection(v.ctx, v.ask.Unit, ""); err != nil {
		return page{}, err
	}
	ask.Unit, ask.Limit = v.ask.Unit, doubtsRows
	d := &doubtsData{Code: ask.Code, Open: ask.Open, Kinds: w.cfg.Schema.Doubts(), NotFirst: ask.After != ""}
	if d.Units, err = w.units(v); err != nil {
		return page{}, err
	}
	if d.Numbers, err = w.doubtNumbers(v, &ask); err != nil {
		return page{}, err
	}
	if ask.Code != "" {
		d.Name, d.N = w.doubtName(v, ask.Code), d.Numbers.of(ask.Code)
	}
	records, next, err := w.cfg.Doubts.List(v.ctx, ask)
	if err != nil {
		return page{}, err
	}
	if next != "" {
		d.NextPage = v.link(doubtsPath, "code", ask.Code, "open", d.OpenFlag(), "after", next) + "#list"
	}
	d.Rows, err = w.doubtRows(v, d.Units, records)
	return page{name: "doubts", title: v.word("doubts_title"), demo: v.catalogue.Demo, data: d}, err
}

// doubtNumbers reads the numbers of the asked unit; with Open, of what HQ has not looked at.
func (w *Web) doubtNumbers(v *pageRequest, ask *doubts.Question) (out doubtNumbers, err error) {
	s, err := w.cfg.Doubts.Status(v.ctx)
	if err != nil {
		return out, err
	}
	out.setStatus(&s, v)
	counts, err := w.cfg.Doubts.Counts(v.ctx, ask.Unit)
	if err != nil {
		return out, err
	}
	open := (&doubtsData{Open: ask.Open}).OpenFlag()
	for _, c := range counts {
		n := doubtNumber{Code: c.Code, Name: w.doubtName(v, c.Code), N: c.Open + c.Seen, Chosen: c.Code == ask.Code}
		if n.Href = v.link(doubtsPath, "code", c.Code, "open", open); ask.Open {
			n.N = c.Open
		}
		switch {
		case n.N == 0:
		case c.Severity == schema.Uncounted:
			out.Uncounted = append(out.Uncounted, n)
		default:
			out.Check = append(out.Check, n)
		}
	}
	return out, nil
}

// catchUp is how long the numbers may be behind before a page says so: usually the follower needs seconds.
const catchUp = 10 * time.Second

// setStatus tells how far the numbers go. An open page looks again while they are about to change: the state of the counts says nothing
// of doubts.
func (n *doubtNumbers) setStatus(s *doubts.Status, v *pageRequest) {
	lag := s.Lag(v.now)
	n.Done, n.Of = s.Done, s.Of
	switch {
	case s.AsOf.IsZero():
		n.Note = "doubts_never"
	case s.First:
		n.Note = "doubts_first"
	case s.Of > 0:
		n.Note = "doubts_renewal"
	case lag > catchUp:
		n.Note, n.Until = "doubts_behind", s.AsOf.Format(time.RFC3339)
	}
	if v.state != "" && (s.Of > 0 || s.Behind && lag < time.Minute) {
		v.state += ".doubts"
	}
}

// Sum adds up numbers.
func (doubtNumbers) Sum(all []doubtNumber) (n int64) {
	for i := range all {
		n += all[i].N
	}
	return n
}

// of is the number of records with a doubt.
func (n *doubtNumbers) of(code string) int64 {
	for _, c := range slices.Concat(n.Uncounted, n.Check) {
		if c.Code == code {
			return c.N
		}
	}
	return 0
}

// Some reports whether there is something to show.
func (n doubtNumbers) Some() bool { return len(n.Uncounted)+len(n.Check) > 0 || n.Note != "" }

// doubtName is a doubt's short name; a later program's doubt has only its code.
func (w *Web) doubtName(v *pageRequest, code string) string {
	if d, ok := w.cfg.Schema.Doubt(code); ok {
		return d.Name.In(v.lang)
	}
	return code
}

// doubtRows makes the rows of the list.
func (w *Web) doubtRows(v *pageRequest, units []query.Unit, records []doubts.Record) ([]doubtRow, error) {
	ids := make([]string, 0, len(records))
	for i := range records {
		ids = append(ids, records[i].ID)
	}
	summaries, err := w.cfg.Query.Summaries(v.ctx, slices.Compact(slices.Sorted(slices.Values(ids))))
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, u := range units {
		names[u.Code] = u.Name
	}
	nameOf := func(unit string) string { return cmp.Or(names[unit], unit) }
	out := make([]doubtRow, len(records))
	for i, r := range records {
		out[i] = doubtRow{
			Record: r, KindLabel: w.kindLabel(v, r.Kind), UnitName: nameOf(r.Unit), Name: w.doubtName(v, r.Doubts[0].Code), Summary: summaries[r.ID],
		}
		for _, d := range r.Doubts {
			s := saidDoubt{Doubt: d, Before: d.Text.In(v.lang), OtherUnit: nameOf(d.Unit)}
			if d.Other != "" {
				s.Before, s.After, _ = strings.Cut(s.Before, d.Other)
			}
			out[i].Said = append(out[i].Said, s)
		}
	}
	return out, nil
}

// Chosen reports whether the list is of one doubt, or of what HQ has not looked at.
func (d *doubtsData) Chosen() bool { return d.Code != "" || d.Open }

// OpenFlag is the parameter open of links to the same list.
func (d *doubtsData) OpenFlag() string {
	if d.Open {
		return "1"
	}
	return ""
}

// Lists reports whether a unit is among the units to choose from.
func (d *doubtsData) Lists(unit string) bool {
	return unit == "" || slices.ContainsFunc(d.Units, func(u query.Unit) bool { return u.Code == unit })
}
