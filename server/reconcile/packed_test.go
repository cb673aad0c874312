package reconcile

import (
	"strings"
	"testing"

	"roadbook/schema"
)

// What is packed comes out as it was; a number comes out folded too, and what is missing or cleared as nothing.
func TestPackedValues(t *testing.T) {
	kind, _ := schema.Default().Kind("accident")
	values := schema.Values{
		{Name: "case_number", Value: schema.Value{Type: schema.TypeText, S: "122-2020-OO1"}},
		{Name: "dead", Value: schema.Value{Type: schema.TypeInt, I: 1 << 40}},
		{Name: "injured", Value: schema.Value{}},
		{Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: -62135596800000}},
		{Name: "platform_number", Value: schema.Value{Type: schema.TypeText, S: "130636202000001"}},
		{Name: "vehicles", Value: schema.Value{Type: schema.TypeList, S: `["` + strings.Repeat("冀F00001", 30) + `"]`}},
	}
	e := Entry{Fields: values}
	e.prepare(kind)
	for _, v := range values {
		if got := e.value(v.Name); got != v.Value {
			t.Errorf("%s is %v, want %v", v.Name, got, v.Value)
		}
	}
	for name, want := range map[string]string{"case_number": "1222020001", "platform_number": "130636202000001", "document_number": "", "injured": ""} {
		if got := e.fold(name); got != want {
			t.Errorf("the fold of %s is %q, want %q", name, got, want)
		}
	}
}
