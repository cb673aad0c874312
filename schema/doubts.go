package schema

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Severity tells how much a doubt costs.
type Severity string

// The severities.
const (
	Uncounted Severity = "uncounted" // the record, or the part meant, is missing in a figure
	Check     Severity = "check"     // the record counts; a person should look
)

// Doubt is a sign that a record will not reach the figure that it was meant for, or that a person should look again. A doubt
// never refuses and never changes a sum: schema/data/doubts.yaml.
type Doubt struct {
	Code     string
	Name     Text // a few words for lists and totals
	Severity Severity
	Field    string // "": the whole record
	Text     Text   // with {value}, {near}, {record}, {unit}, {day}
	Of       string // "group", "near" or "equal": computed from other records, by sync/doubt; "": by the conditions below

	notIn         *lookup
	before, after int64 // ms between occurred_at and the moment of saving; 0: no condition
	when          string
}

// lookup asks whether values stand in a list of the reference data or in a table of codes.
type lookup struct {
	list   string
	table  *CodeTable
	by     []string
	always bool
}

// kindDoubt is a doubt as compiled for a kind.
type kindDoubt struct {
	*Doubt
	when *Condition
}

// Said is the setting in which values were said.
type Said struct {
	Saved    int64 // corrected moment of saving, Unix ms
	Imported bool  // by HQ, as are values with a field reserved for imports: rows of old tables are far from their saving and right
	Record   int64 // of an item: its record's occurred_at, Unix ms; 0: unknown, and of records
}

// Raised is a doubt about values. Value is the value at the doubt's field.
type Raised struct {
	*Doubt
	Value string
	Near  []Entry // the nearest known values, the nearest first
}

// Doubts returns the doubts of the program, in the order of the file.
func (s *Schema) Doubts() []*Doubt { return s.doubts }

// Doubt returns a doubt by its code.
func (s *Schema) Doubt(code string) (*Doubt, bool) {
	i := slices.IndexFunc(s.doubts, func(d *Doubt) bool { return d.Code == code })
	if i < 0 {
		return nil, false
	}
	return s.doubts[i], true
}

// AsksClock reports whether the doubt compares occurred_at with the moment of saving.
func (d *Doubt) AsksClock() bool { return d.before != 0 || d.after != 0 }

// AsksLists reports whether the doubt looks a value up in a list of the reference data.
func (d *Doubt) AsksLists() bool { return d.notIn != nil && d.notIn.table == nil }

// HasDoubt reports whether a doubt concerns the kind.
func (k *Kind) HasDoubt(code string) bool {
	return slices.ContainsFunc(k.doubts, func(d kindDoubt) bool { return d.Code == code })
}

// Doubts evaluates the doubts of a record or item alone and of reference data. A nil ref raises no doubt of reference data.
// The answer depends on the arguments alone.
func (k *Kind) Doubts(v Values, said Said, ref *Reference) (out []Raised) {
	at, dated := v.Get("occurred_at")
	var day int32
	if dated {
		day = DayOf(at.I)
	}
	for i := range k.doubts {
		d := &k.doubts[i]
		if d.Of != "" || !d.far(at, said) || d.exempt(k, v, said) {
			continue
		}
		value, missing := d.missing(v, day, ref)
		if !missing || !d.holds(v, said) {
			continue
		}
		r := Raised{Doubt: d.Doubt, Value: value}
		if d.notIn == nil {
			r.Value = d.valueAt(v)
		} else if d.notIn.table == nil {
			r.Near = ref.Nearest(d.notIn.list, value, day, mostNearest)
		}
		out = append(out, r)
	}
	return out
}

// valueAt is the value at the doubt's field as a line writes it. The time of a record itself is left out: every doubt about it names
// the day.
func (d *Doubt) valueAt(v Values) string {
	at, ok := v.Get(d.Field)
	if !ok || d.Field == "occurred_at" {
		return ""
	}
	return strings.Trim(string(AppendJSON(nil, at)), `"`)
}

// mostNearest bounds the known values that a doubt names.
const mostNearest = 3

// far reports whether the distance of occurred_at from the moment of saving raises the doubt.
func (d *Doubt) far(at Value, said Said) bool {
	if d.before == 0 && d.after == 0 {
		return true
	}
	if at.IsZero() || said.Saved == 0 {
		return false
	}
	return d.before > 0 && said.Saved-at.I > d.before || d.after > 0 && at.I-said.Saved > d.after
}

// exempt reports whether the values were imported, and the doubt is about the distance from their saving.
func (d *Doubt) exempt(k *Kind, v Values, said Said) bool {
	imported := func(f *Field) bool { return f.Imported && v.Has(f.Name) }
	return (d.before > 0 || d.after > 0) && (said.Imported || slices.ContainsFunc(k.Fields, imported))
}

// missing looks the values up. Without a lookup the doubt does not depend on a list.
func (d *Doubt) missing(v Values, day int32, ref *Reference) (value string, missing bool) {
	l := d.notIn
	if l == nil {
		return "", true
	}
	if l.list == ListYear && len(l.by) == 1 && l.by[0] == yearOfRecord && ref.hasYear(day/10000) {
		return "", false
	}
	value, ok := l.value(v, day)
	if !ok {
		return "", false
	}
	if l.table != nil {
		return value, !l.table.Lists(value)
	}
	listed, some := ref.Listed(l.list, value, day)
	return value, ref != nil && !listed && (some || l.always)
}

// value joins the values to look up; ok is false if one is missing.
func (l *lookup) value(v Values, day int32) (value string, ok bool) {
	if day == 0 {
		return "", false
	}
	if len(l.by) == 1 {
		if l.by[0] == yearOfRecord {
			return strconv.Itoa(int(day / 10000)), true
		}
		one, ok := v.Get(l.by[0])
		return one.S, ok
	}
	parts := make([]string, len(l.by))
	for i, name := range l.by {
		if name == yearOfRecord {
			parts[i] = strconv.Itoa(int(day / 10000))
			continue
		}
		one, ok := v.Get(name)
		if !ok {
			return "", false
		}
		parts[i] = one.S
	}
	return strings.Join(parts, "|"), true
}

// yearOfRecord stands for the year of occurred_at among the values to look up.
const yearOfRecord = "year"

// Variables of conditions besides the fields.
const (
	varSaved  = "saved_at"
	varRecord = "record_at"
)

func (d *kindDoubt) holds(v Values, said Said) bool {
	if d.when == nil {
		return true
	}
	vars := make(Values, 0, 2)
	if said.Record != 0 {
		vars = append(vars, Named{varRecord, Value{Type: TypeTime, I: said.Record}})
	}
	if said.Saved != 0 {
		vars = append(vars, Named{varSaved, Value{Type: TypeTime, I: said.Saved}})
	}
	holds, known := d.when.Bool(v, vars)
	return holds && known
}

const dayInMs = int64(24 * time.Hour / time.Millisecond)

// DayOf is the day in Asia/Shanghai of a time (Unix ms) as yyyymmdd; 0 beyond all times that a field takes.
func DayOf(ms int64) int32 {
	day, _ := dayOf(ms)
	return int32(day)
}
