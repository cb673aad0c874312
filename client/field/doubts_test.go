//go:build node

package field_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"roadbook/schema"
	"roadbook/sync/doubt"
)

// Pages and the Go program raise the same doubts with the same words and the same nearest values.
func TestPagesDoubtLikeGo(t *testing.T) {
	d := drawer{drawing(t), examples(t)}
	lists := schema.NewReference(d.lists())
	questions := make([]question, 4000)
	for i := range questions {
		questions[i] = d.doubtful()
	}
	seen := map[string]int{}
	for i, a := range askNode(t, lists, questions) {
		q := &questions[i]
		want := doubtsByGo(t, q, lists)
		for _, r := range want {
			seen[r.Code]++
		}
		if got, want := fmt.Sprintf("%+v", a.Doubts), fmt.Sprintf("%+v", want); got != want {
			t.Errorf("%s %s %+v\nNode %s\nGo   %s", q.Kind, q.Draft, *q.Said, got, want)
		}
	}
	t.Logf("raised: %v", seen)
	for _, rule := range schema.Default().Doubts() {
		if rule.Of == "" && seen[rule.Code] == 0 {
			t.Errorf("no draft raises %s", rule.Code)
		}
	}
}

// doubtful is an example with a few other values, said at any distance from its time.
func (d drawer) doubtful() question {
	k := pick(d, schema.Default().Kinds()...)
	fields := maps.Clone(pick(d, d.examples[k.Name]...))
	for _, f := range k.Fields {
		switch {
		case d.IntN(3) > 0:
		case slices.Contains([]string{"segment", "project", "facility", "plan_item", "task", "unit"}, f.Name):
			fields[f.Name] = json.RawMessage(quoted(pick(d, values...)))
		case f.Name == "violation_code":
			fields[f.Name] = json.RawMessage(pick(d, `"1344"`, `"9999"`, `"1344A"`, `"8888"`, `"13440"`))
		case f.Type == schema.TypePlate, f.Type == schema.TypeCode, f.Name == "occurred_at", f.Name == "died_at", f.Imported:
			fields[f.Name] = d.good(f, fields[f.Name])
		case !f.Required:
			delete(fields, f.Name)
		}
	}
	saved := int64(1608000000000) + d.Int64N(1000*86400000) - 500*86400000 // about 2020-12-15
	record := saved - d.Int64N(20*86400000) + 10*86400000
	s := said{Saved: pick(d, saved, saved, saved, 0), Record: pick(d, record, record, 0), Imported: d.IntN(5) == 0, Lists: d.IntN(5) > 0}
	return question{Kind: k.Name, Draft: d.write(k, fields), Said: &s}
}

// values are names on and beside HQ's lists.
var values = []string{
	"G336-12", "Ｇ３３６－１２", "g336-12", "G336-13", "G336", "S204-1", "顺平段", "没有", "check-1", "window-1", "check1", "hq", "451-0401-YZN-Y5U1", "451-0401-YZN", "XH-017", "XH-18",
	"2020-01", "2020-02", "春运安保", "春运安保 第一阶段", "春运", "2020", "a|b", "🚗", "K", "İstanbul",
}

// lists are HQ's lists with days, labels, repetitions, and values that begin other values.
func (d drawer) lists() map[string][]schema.Entry {
	out := map[string][]schema.Entry{}
	for _, name := range schema.ReferenceLists {
		for range 40 {
			value := pick(d, values...) + pick(d, "", "", "", "a", "１", "——")
			if name == schema.ListTask {
				value = pick(d, values...) + "|" + pick(d, values...)
			}
			from := int32(pick(d, 0, 20200101, 20201215, 20210101))
			out[name] = append(out[name], schema.Entry{Value: value, Label: pick(d, "", value, "G336 顺平段", "第一检查站", "İ"), From: from, To: int32(pick(d, 0, 20201215, 20220101))})
		}
		if name == schema.ListFacility || name == schema.ListSegment { // no entry before 2020
			out[name] = slices.DeleteFunc(out[name], func(e schema.Entry) bool { return e.From == 0 })
		}
	}
	out[schema.ListYear] = []schema.Entry{{Value: "2020", Label: "2020", From: 20200101, To: 20210101}, {Value: "2021", From: 20210601}}
	return out
}

// doubtsByGo puts the Go program's doubts into the words of both programs.
func doubtsByGo(t *testing.T, q *question, lists *schema.Reference) []raised {
	t.Helper()
	k := kindOf(t, q.Kind)
	v, _ := k.Decode([]byte(q.Draft))
	if !q.Said.Lists {
		lists = nil
	}
	day := ""
	if at, ok := v.Get("occurred_at"); ok {
		n := schema.DayOf(at.I)
		day = fmt.Sprintf("%04d-%02d-%02d", n/10000, n/100%100, n%100)
	}
	out := []raised(nil)
	for _, found := range k.Doubts(v, schema.Said{Saved: q.Said.Saved, Record: q.Said.Record, Imported: q.Said.Imported}, lists) {
		r := raised{Code: found.Code, Severity: found.Severity, Field: found.Field, Value: found.Value}
		for _, e := range found.Near {
			r.Near = append(r.Near, struct{ Value, Label string }{e.Value, e.Label})
		}
		r.Text = (&doubt.Doubt{Rule: found.Doubt, Value: found.Value, Near: found.Near}).Text(day, nil)
		out = append(out, r)
	}
	return out
}
