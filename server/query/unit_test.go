package query

import (
	"testing"

	"roadbook/schema"
	"roadbook/schema/catalogue"
)

// The units of measure of a row's numerator and denominator, in the source's own words.
func TestUnitsOfRows(t *testing.T) {
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string][2]string{
		"P1-1": {"起", "起"},
		"P1-2": {"毫秒", "起"},
		"P3-1": {"米·分", "米·分"},
		"P3-3": {"起", "起"},
		"P3-4": {"处·天", "处·天"},
		"P4-1": {"米·班次", "米·班次"},
		"P5-1": {"副", ""},
	} {
		ind, ok := all[0].Indicator(id)
		if !ok {
			t.Fatalf("no row %s", id)
		}
		got := [2]string{ind.Formula.NumeratorUnit(all[0]), ind.Formula.DenominatorUnit(all[0])}
		if got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}
