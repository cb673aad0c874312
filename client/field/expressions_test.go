//go:build node

package field_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"roadbook/schema"
)

// Drawn conditions over fields with and without values have the same answer in pages and in the Go program: true, false, unknown,
// or no result.
func TestPagesEvaluateLikeGo(t *testing.T) {
	d := drawer{drawing(t), examples(t)}
	var questions []question
	var want, sources []string
	seen := map[string]int{}
	for len(questions) < 6000 {
		k := pick(d, kindOf(t, "accident"), kindOf(t, "enforcement"), kindOf(t, "congestion"), kindOf(t, "count"), kindOf(t, "casualty"))
		e := expressions{d, k}
		source := e.yesNo(4)
		c, err := schema.Default().Compile(k.Name, source, schema.TypeBool)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		tree, err := c.Tree()
		if err != nil {
			t.Fatal(err)
		}
		draft := e.draft()
		v, _ := k.Decode([]byte(draft))
		answer := "none"
		if yes, ok := c.Bool(v, nil); ok {
			answer = strconv.FormatBool(yes)
		}
		seen[answer]++
		questions, want, sources = append(questions, question{Kind: k.Name, Draft: draft, Tree: tree}), append(want, answer), append(sources, source)
	}
	for i, a := range askNode(t, nil, questions) {
		got := a.Answer
		if got == "unknown" || got == "failed" {
			got = "none"
		}
		if got != want[i] {
			t.Errorf("%s %s\nNode %s, Go %s", sources[i], questions[i].Draft, a.Answer, want[i])
		}
	}
	t.Logf("answers: %v", seen)
	if seen["true"] < 500 || seen["false"] < 500 || seen["none"] < 500 {
		t.Errorf("answers are lopsided: %v", seen)
	}
}

// expressions draws well-typed CEL over the fields of a kind.
type expressions struct {
	drawer
	kind *schema.Kind
}

// draft is an example of the kind without some of its fields.
func (e expressions) draft() string {
	fields := maps.Clone(pick(e.drawer, e.examples[e.kind.Name]...))
	for _, f := range e.kind.Fields {
		switch e.IntN(3) {
		case 0:
			delete(fields, f.Name)
		case 1:
			fields[f.Name] = e.good(f, fields[f.Name])
		}
	}
	out, err := json.Marshal(fields)
	if err != nil {
		panic(err) // texts and numbers have a form
	}
	return string(out)
}

func (e expressions) field(types ...schema.Type) (name string, ok bool) {
	var names []string
	for _, f := range e.kind.Fields {
		for _, t := range types {
			if f.Type == t {
				names = append(names, f.Name)
			}
		}
	}
	if len(names) == 0 {
		return "", false
	}
	return pick(e.drawer, names...), true
}

var texts = []schema.Type{schema.TypeText, schema.TypeCode, schema.TypePlate, schema.TypeRecord, schema.TypeDecimal}

func (e expressions) yesNo(depth int) string {
	next := depth - 1
	if depth == 0 {
		if name, ok := e.field(schema.TypeBool); ok && e.IntN(2) == 0 {
			return name
		}
		return pick(e.drawer, "true", "false")
	}
	compare := pick(e.drawer, "<", "<=", ">", ">=", "==", "!=")
	switch e.IntN(12) {
	case 0, 1:
		return "(" + e.yesNo(next) + " && " + e.yesNo(next) + ")"
	case 2, 3:
		return "(" + e.yesNo(next) + " || " + e.yesNo(next) + ")"
	case 4:
		return "!" + "(" + e.yesNo(next) + ")"
	case 5:
		return "(" + e.text(next) + " " + compare + " " + e.text(next) + ")"
	case 6:
		return "known(" + pick(e.drawer, e.number(next), e.text(next), e.yesNo(next)) + ")"
	case 7:
		return "default(" + e.yesNo(next) + ", " + e.yesNo(next) + ")"
	case 8:
		return pick(e.drawer, "plateFits("+e.text(next)+", "+e.text(next)+")", "plateKnown("+e.text(next)+")", `listed("violation_code", `+e.text(next)+")", "listed("+e.text(next)+", "+e.text(next)+")")
	case 9:
		return "(" + e.text(next) + " in " + e.list(next) + ")"
	case 10:
		return "(" + e.list(next) + pick(e.drawer, " == ", " != ") + e.list(next) + ")"
	}
	return "(" + e.number(next) + " " + compare + " " + e.number(next) + ")"
}

func (e expressions) number(depth int) string {
	next := depth - 1
	if depth == 0 || e.IntN(4) == 0 {
		if name, ok := e.field(schema.TypeInt, schema.TypeTime, schema.TypeDay); ok && e.IntN(3) > 0 {
			return name
		}
		return pick(e.drawer, "0", "1", "-1", "3", "7", "1000", "20201215", "1608000000000", "-62135596800000", "253402271999999", "253402272000000", "9007199254740991", "-9007199254740991")
	}
	switch e.IntN(8) {
	case 0:
		return "dayOf(" + e.number(next) + ")"
	case 1:
		return "yearOf(" + e.number(next) + ")"
	case 2:
		return pick(e.drawer, "milli("+e.text(next)+")", "scaled("+e.text(next)+", "+e.number(next)+")")
	case 3:
		return "default(" + e.number(next) + ", " + e.number(next) + ")"
	case 4:
		return "-(" + e.number(next) + ")"
	case 5:
		return "(" + e.yesNo(next) + " ? " + e.number(next) + " : " + e.number(next) + ")"
	case 6:
		return "size(" + pick(e.drawer, e.text(next), e.list(next)) + ")"
	}
	return "(" + e.number(next) + pick(e.drawer, " + ", " - ", " * ", " / ", " % ") + e.number(next) + ")"
}

func (e expressions) text(depth int) string {
	if depth > 0 && e.IntN(4) == 0 {
		return "(" + e.text(depth-1) + " + " + e.text(depth-1) + ")"
	}
	if name, ok := e.field(texts...); ok && e.IntN(3) > 0 {
		return name
	}
	return quoted(pick(e.drawer, "", "a", "injury", "fatal", "02", "52", "冀F8K2M6", "1344", "1344A", "1344é", "1", "-0.50", "9223372036854775.807", "9223372036854775.808", "0.0001", "\uffff", "🚗", "plate_type", "kind"))
}

func (e expressions) list(depth int) string {
	if name, ok := e.field(schema.TypeList); ok && e.IntN(2) == 0 {
		return name
	}
	items := make([]string, 1+e.IntN(3))
	for i := range items {
		items[i] = e.text(max(depth-1, 0))
	}
	return fmt.Sprintf("[%s]", strings.Join(items, ", "))
}
