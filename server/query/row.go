package query

import "roadbook/schema"

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

// Completeness is how many of the reports that were expected have come: one a unit, kind and period (day,
// week or month) that has ended.
type Completeness struct {
	Reported int `json:"reported"`
	Expected int `json:"expected"`
}
