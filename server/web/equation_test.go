package web

import (
	"testing"

	"roadbook/schema/catalogue"
	"roadbook/server/query"
)

// The arithmetic as checked on paper.
func TestEquation(t *testing.T) {
	row := func(value, n, d, unit string) query.Row {
		return query.Row{Value: &value, Numerator: &n, Denominator: &d, NumeratorUnit: "毫秒", Target: query.Target{Unit: unit}}
	}
	relief := row("25", "30", "100", "%") // 40 of 100 congested a year ago, 30 of 100 now: (0.4 − 0.3) / 0.4
	relief.Base = &query.Share{Numerator: "40", Denominator: "100"}
	for _, tt := range []struct {
		kind string
		row  query.Row
		want string
	}{
		{catalogue.Ratio, row("70", "7", "10", "%"), "7 ÷ 10 × 100 % = 70 %"},
		{catalogue.Drop, row("-12.5", "-1", "8", "%"), "(8 − 9) ÷ 8 × 100 % = −12.5 %"},
		{catalogue.Mean, row("0.5", "5400000", "3", "小时"), "1.5 小时 ÷ 3 = 0.5 小时"},
		{catalogue.ShareDrop, relief, "(40 ÷ 100 − 30 ÷ 100) ÷ (40 ÷ 100) × 100 % = 25 %"},
		{catalogue.ShareDrop, row("25", "30", "100", "%"), ""},
		{catalogue.Sum, row("3000", "3000", "1", "副"), ""},
		{catalogue.Ratio, query.Row{}, ""},
	} {
		if got := (&indicatorData{Row: tt.row, Kind: tt.kind}).Equation(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.kind, got, tt.want)
		}
	}
}
