package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// Standing says why a record here adds nothing to the year's total; Counts says that it does, or could.
type Standing int

// The standings, those of more weight first: a row meets the first of several records.
const (
	Counts      Standing = iota
	Duplicate            // another record of the event counts
	Void                 // taken back here
	Incomplete           // lacks a field, or breaks a rule
	OtherUnit            // counts, for another unit than asked
	OtherYear            // counts, in another year
	Quarantined          // a line kept out by a check
)

// Entry is one thing in comparable form: a row of the platform's table, or a record here.
type Entry struct {
	Row       int    // there: as a spreadsheet counts
	Record    string // here
	Unit      string // "": unknown
	Day       clock.Day
	At        int64 // Unix ms; 0: unknown
	DayOnly   bool  // the hour is unknown
	Fields    schema.Values
	Amount    int64       // added to the total of its side
	Standing  Standing    // here
	Why       schema.Text // here: the reason for a standing, in words
	Cancelled bool        // there: listed and taken back

	index   int // there: place in the list as given
	key     string
	text    string // canonical: everything but row and place
	matched bool
	folds   []fold
}

// fold is a number of an entry without differences of spelling.
type fold struct{ field, text string }

// numberFields are the fields with numbers that people type.
var numberFields = []string{"document_number", "platform_number", "case_number", "plate_number"}

// fold is a number without differences of spelling, "" for none.
func (e *Entry) fold(field string) string {
	for i := range e.folds {
		if e.folds[i].field == field {
			return e.folds[i].text
		}
	}
	return ""
}

// prepare fills the parts derived from the others.
func (e *Entry) prepare(k *schema.Kind) {
	e.key, _ = k.NaturalKey(e.Fields, int32(e.Day))
	if e.Day == 0 {
		e.key = ""
	}
	e.folds = nil
	for _, name := range numberFields {
		if n := e.field(name); n != "" {
			e.folds = append(e.folds, fold{name, foldNumber(n)})
		}
	}
	e.text = e.Record + "|" + e.Unit + "|" + string(k.Encode(e.Fields))
	if e.Cancelled {
		e.text += "|cancelled"
	}
}

// order sorts entries without regard to their places in a list.
func order(a, b *Entry) int {
	return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.text, b.text), cmp.Compare(a.Row, b.Row))
}

func sorted(entries []Entry) []*Entry {
	out := make([]*Entry, len(entries))
	for i := range entries {
		out[i] = &entries[i]
	}
	slices.SortFunc(out, order)
	return out
}

// field is a field's text, "" for none.
func (e *Entry) field(name string) string {
	v, _ := e.Fields.Get(name)
	return v.S
}

// minutesApart is the time between two moments in minutes, without a sign; ok is false if an hour is unknown.
func minutesApart(a, b *Entry) (n int64, ok bool) {
	if a.DayOnly || b.DayOnly || a.At == 0 || b.At == 0 {
		return 0, false
	}
	const minute = 60_000
	d := a.At - b.At
	return max(d, -d) / minute, true
}

// daysApart is the number of days from a to b; negative if b is earlier.
func daysApart(a, b *Entry) int { return b.Day.Since(a.Day) }
