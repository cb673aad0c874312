package reconcile

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// Standing says why a record here adds nothing to the year's total; Counts says that it does, or could.
type Standing int8

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

// Entry is one thing in comparable form: a row of the platform's table, or a record here. 160,000 are in memory at once, so fields are
// packed before a comparison.
type Entry struct {
	Row       int    // there: as a spreadsheet counts
	Record    string // here
	Unit      string // "": unknown
	At        int64  // Unix ms; 0: unknown
	Fields    schema.Values
	Amount    int64        // added to the total of its side
	Why       *schema.Text // here: the reason for a standing, in words
	Day       clock.Day
	Standing  Standing // here
	DayOnly   bool     // the hour is unknown
	Cancelled bool     // there: listed and taken back

	matched bool
	index   int32 // there: place in the table
	kind    *schema.Kind
	packed  packed // of Fields, which are nil then
	key     digest // of the natural key, zero for none
}

// digest of a text stands for the text.
type digest [16]byte

func digestOf(parts ...string) (d digest) {
	sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
	copy(d[:], sum[:])
	return d
}

// numberFields are the fields with numbers that people type.
var numberFields = []string{"document_number", "platform_number", "case_number", "plate_number"}

// prepare fills the parts derived from the others, once.
func (e *Entry) prepare(k *schema.Kind) {
	if e.kind != nil {
		return
	}
	if key, ok := k.NaturalKey(e.Fields, int32(e.Day)); ok && e.Day != 0 {
		e.key = digestOf(key)
	}
	e.kind, e.packed, e.Fields = k, pack(k, e.Fields), nil
}

// compareText compares all of two entries but row and place.
func compareText(a, b *Entry) int {
	cancelled := func(e *Entry) int {
		if e.Cancelled {
			return 1
		}
		return 0
	}
	return cmp.Or(strings.Compare(a.Record, b.Record), strings.Compare(a.Unit, b.Unit), strings.Compare(string(a.packed), string(b.packed)), cancelled(a)-cancelled(b))
}

// order sorts entries without regard to their places in a list.
func order(a, b *Entry) int {
	return cmp.Or(cmp.Compare(a.At, b.At), compareText(a, b), cmp.Compare(a.Row, b.Row))
}

func sorted(entries []Entry) []*Entry {
	out := make([]*Entry, len(entries))
	for i := range entries {
		out[i] = &entries[i]
	}
	slices.SortFunc(out, order)
	return out
}

// value is the value of a field, the zero value for none.
func (e *Entry) value(name string) schema.Value { return e.packed.value(e.kind, name) }

// field is a field's text, "" for none.
func (e *Entry) field(name string) string { return e.value(name).S }

// fold is a number without differences of spelling, "" for none.
func (e *Entry) fold(name string) string {
	if text, ok := e.packed.fold(e.kind, name); ok {
		return text
	}
	return e.field(name)
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
