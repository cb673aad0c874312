package query

import (
	"roadbook/schema"
	"roadbook/schema/catalogue"
)

// Lint is a doubt about how a row is worded. It warns and changes nothing.
type Lint struct {
	Code string      `json:"code"`
	Text schema.Text `json:"text"`
}

// Companion is a quantity that belongs beside a row. It has no operator, so no verdict and no light.
type Companion struct {
	ID          string      `json:"id"`
	Label       schema.Text `json:"label"`
	Value       *string     `json:"value"`
	Numerator   *string     `json:"numerator"`
	Denominator *string     `json:"denominator"`
	Unit        string      `json:"unit"`
	TargetRaw   string      `json:"target_raw"`
	Reason      *string     `json:"reason"`
}

// kindsOf are the kinds of observation that feed a formula, none for none.
func kindsOf(cat *catalogue.Catalogue, f *catalogue.Formula) []string {
	kinds := []string{}
	if f == nil {
		return kinds
	}
	for _, terms := range [][]catalogue.Term{f.Numerator, f.Denominator} {
		for _, t := range terms {
			kinds = append(kinds, cat.KindsOf(t.Measure)...)
		}
	}
	return kinds
}
