package schema

import "testing"

// Nothing was added since the first version, and an item's record is no field of a line.
func TestKnown(t *testing.T) {
	all, first := Default().Known(), Default().KnownAtFirst()
	for _, c := range []struct {
		kind, field string
		want        bool
	}{
		{"plate", "plate_number", true}, {"plate", "unit", true}, {"casualty", "died_at", true}, {"casualty", "accident", false},
		{"plate", "colour", false}, {"no_kind", "unit", false}, {"unit_entry", "code", true},
	} {
		if all.Field(c.kind, c.field) != c.want || first.Field(c.kind, c.field) != c.want {
			t.Errorf("%s.%s: %v, at first %v", c.kind, c.field, all.Field(c.kind, c.field), first.Field(c.kind, c.field))
		}
	}
	if len(all) != len(Default().Kinds()) || len(first) != len(all) {
		t.Errorf("%d kinds, %d at first", len(all), len(first))
	}
}
