package imports

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
)

// Codes of remarks beside those of doubts.
const (
	remarkInFile     = "same_key_in_file"
	remarkInStore    = "same_key_in_store"
	remarkReplaces   = "replaces"
	remarkVoid       = "void"
	remarkIncomplete = "incomplete"
	remarkConflict   = "corrected"
	remarkMeasure    = "unknown_measure"
	remarkUnread     = "unread_measure"
	remarkFalls      = "baseline_falls"
	remarkFells      = "baseline_fells"
)

var textVoid = schema.Text{ZH: "此登记已作废：再次导入不会恢复它", EN: "the record was voided: to import it again does not restore it"}

// remarkNames are a few words for each code beside those of doubts.
var remarkNames = map[string]schema.Text{
	remarkInFile:     {ZH: "表内重复", EN: "repeats a row of the table"},
	remarkInStore:    {ZH: "与库中登记重复", EN: "repeats a stored record"},
	remarkReplaces:   {ZH: "取代库中登记", EN: "takes the place of a stored record"},
	remarkVoid:       {ZH: "登记已作废", EN: "record is void"},
	remarkIncomplete: {ZH: "登记不完整", EN: "record is incomplete"},
	remarkConflict:   {ZH: "他人已更正", EN: "corrected by others"},
	remarkMeasure:    {ZH: "没有这个计量项", EN: "unknown measure"},
	remarkUnread:     {ZH: "没有指标使用", EN: "no indicator reads it"},
	remarkFalls:      {ZH: "基数期间重叠，不计入", EN: "overlapping baseline falls"},
	remarkFells:      {ZH: "基数期间重叠，库中的不再计入", EN: "overlapping baseline makes a stored one fall"},
}

// mostExamples bounds the examples of a code.
const mostExamples = 100

// Remark is what is to be said of rows under one code.
type Remark struct {
	Code     string          `json:"code"`
	Severity schema.Severity `json:"severity"` // uncounted: the rows miss a figure; check: a person should look
	Name     schema.Text     `json:"name"`
	Rows     int             `json:"rows"`
	Examples []Example       `json:"examples"` // the first ones
}

// Example is a case of a remark, with the first of its rows.
type Example struct {
	Rows  []int       `json:"rows"`
	Count int         `json:"count"` // of rows
	Text  schema.Text `json:"text"`
}

type remarks struct {
	by map[string]*Remark
	at map[remarkKey]int // place among the examples
}

type remarkKey struct{ code, value string }

// add notes a row. Rows of one code and value are one example.
func (m *remarks) add(code string, severity schema.Severity, value string, row int, text schema.Text) {
	r := m.by[code]
	if r == nil {
		name, ok := remarkNames[code]
		if rule, known := schema.Default().Doubt(code); !ok && known {
			name = rule.Name
		}
		r = &Remark{Code: code, Severity: severity, Name: name}
		m.by[code] = r
	}
	r.Rows++
	key := remarkKey{code, value}
	i, known := m.at[key]
	if !known {
		if len(r.Examples) == mostExamples {
			return
		}
		i = len(r.Examples)
		m.at[key] = i
		r.Examples = append(r.Examples, Example{Text: text})
	}
	e := &r.Examples[i]
	e.Count++
	at, _ := slices.BinarySearch(e.Rows, row)
	e.Rows = slices.Insert(e.Rows, at, row)
	e.Rows = e.Rows[:min(len(e.Rows), mostNamed)]
}

// list is in the order of severity, then of the number of rows.
func (m *remarks) list() []Remark {
	out := []Remark{}
	for _, code := range slices.Sorted(maps.Keys(m.by)) {
		r := m.by[code]
		slices.SortStableFunc(r.Examples, func(a, b Example) int { return cmp.Compare(a.Rows[0], b.Rows[0]) })
		out = append(out, *r)
	}
	slices.SortStableFunc(out, func(a, b Remark) int {
		return cmp.Or(-strings.Compare(string(a.Severity), string(b.Severity)), cmp.Compare(b.Rows, a.Rows))
	})
	return out
}

// At lists the first rows of an example.
func (e *Example) At() schema.Text { return (&noted{count: e.Count, rows: e.Rows}).named() }

func (f *foresight) sayRow(row int) schema.Text {
	return schema.Text{ZH: "与第 " + itoa(row) + " 行是同一件：计入的是第 " + itoa(row) + " 行", EN: "is one thing with row " + itoa(row) + ", which counts"}
}

// sayRecord names a stored record by unit and day.
func sayRecord(v *merge.View, zh, en string) schema.Text {
	if v == nil {
		return schema.Text{ZH: "计入的是另一条登记", EN: "another record counts"}
	}
	name := v.Unit + " " + v.Day.String()
	return schema.Text{ZH: zh + "库中的登记 " + name + "（" + v.Record + "）", EN: en + " the stored record " + name + " (" + v.Record + ")"}
}

// nameOf calls the other record of a doubt by its row, else by unit and day.
func (e *event) nameOf(n doubt.Neighbour) schema.Text {
	if r := e.rows[n.Record]; r != nil {
		return (&noted{count: 1, rows: []int{r.row}}).named()
	}
	if v := e.views[n.Record]; v != nil {
		return schema.Text{ZH: v.Unit + " " + v.Day.String(), EN: v.Unit + " " + v.Day.String()}
	}
	return schema.Text{ZH: n.Record, EN: n.Record}
}

// noteCounting notes what is to be said of a row that counts.
func (f *foresight) noteCounting(r *foreseen, e *event, say sayFunc) {
	v := r.after
	for _, other := range e.members {
		if stored := e.views[other.Record]; r.fresh && other.Record != v.Record && other.Eligible && other.Kind == v.Kind && e.rows[other.Record] == nil {
			say(remarkReplaces, schema.Check, v.Record, sayRecord(stored, "不再计入", "no longer counted is"))
			break
		}
	}
	if len(v.Conflicts) > 0 {
		say(remarkConflict, schema.Check, v.Record, schema.Text{ZH: "他人另有更正，两个值并存，请在登记页面核对", EN: "others corrected it meanwhile: both values are kept, check the record's page"})
	}
	if k, ok := f.im.Schema.Kind(v.Kind); ok && k.Ledger {
		f.noteUnits(v, say)
	}
	f.noteMeasure(r, e, say)
}

type sayFunc func(code string, severity schema.Severity, value string, text schema.Text)

// unitFields are the fields of lists that name units; doubts look at records of the field alone.
var unitFields = []string{"unit", "expected_unit", "parent", "of_unit"}

func (f *foresight) noteUnits(v *merge.View, say sayFunc) {
	rule, ok := f.im.Schema.Doubt("unknown_unit")
	if !ok {
		return
	}
	for _, name := range unitFields {
		value, given := v.Fields.Get(name)
		if !given || value.S == schema.HQUnit || v.Kind == "unit_entry" && name == "unit" {
			continue
		}
		if listed, some := f.ref.Listed(schema.ListUnit, value.S, int32(v.Day)); some && !listed {
			d := doubt.Doubt{Rule: rule, Value: value.S, Near: f.ref.Nearest(schema.ListUnit, value.S, int32(v.Day), 3)}
			say(rule.Code, rule.Severity, value.S, d.Text(v.Day.String(), nil))
		}
	}
}
