package catalogue

import (
	"math/big"
	"strings"

	"roadbook/schema"
)

// Scale converts sums of a unit of measure for reading.
type Scale struct {
	Per  int64       // so many are one of Name
	Name schema.Text // of the readable unit of measure
}

// scales lists the units of measure used for exact addition but not for reading.
var scales = map[string]Scale{
	"毫秒":   {3_600_000, schema.Text{ZH: "小时", EN: "h"}},
	"分":    {100, schema.Text{ZH: "元", EN: "yuan"}},
	"米":    {1000, schema.Text{ZH: "公里", EN: "km"}},
	"米·分":  {60_000, schema.Text{ZH: "公里·小时", EN: "km·h"}},
	"米·天":  {1000, schema.Text{ZH: "公里·天", EN: "km·days"}},
	"米·班次": {1000, schema.Text{ZH: "公里·班次", EN: "km·shifts"}},
	"万分之一": {100, schema.Text{ZH: "%", EN: "%"}},
}

// unitsEN are the English units of measure; unlisted units are shown as in the catalogue.
var unitsEN = map[string]string{
	"起": "", "人": "persons", "副": "sets", "本": "", "个": "", "项": "", "份": "", "件": "", "条": "", "台": "",
	"小时": "h", "%": "%", "元": "yuan", "天": "days", "辆": "vehicles", "次": "", "处": "", "班次": "shifts", "处·天": "facility-days",
}

// UnitName is a unit of measure in both languages, not converted.
func UnitName(unit string) schema.Text {
	if en, ok := unitsEN[unit]; ok {
		return schema.Text{ZH: unit, EN: en}
	}
	return schema.Text{ZH: unit, EN: unit}
}

// ScaleOf tells how sums of a unit of measure are read.
func ScaleOf(unit string) Scale {
	if s, ok := scales[unit]; ok {
		return s
	}
	return Scale{1, UnitName(unit)}
}

// NumeratorUnit is the unit of measure of a formula's numerator: the counted things, and their weight.
func (f *Formula) NumeratorUnit(c *Catalogue) string { return f.unitOf(c, f.Numerator) }

// DenominatorUnit is the unit of measure of a formula's denominator, of a drop that of its base; "" for a sum.
func (f *Formula) DenominatorUnit(c *Catalogue) string {
	if f.Kind == Drop {
		return f.NumeratorUnit(c)
	}
	return f.unitOf(c, f.Denominator)
}

func (f *Formula) unitOf(c *Catalogue, terms []Term) string {
	if f.Kind == Coverage {
		return "米·班次"
	}
	if len(terms) == 0 {
		return ""
	}
	if f.Aggregate == AggregateReached {
		return "项"
	}
	m, ok := c.MeasureOf(terms[0].Measure)
	if !ok {
		return ""
	}
	if f.CountsDays() {
		return m.Unit + "·天"
	}
	return m.Unit
}

// Readable writes a sum in a readable unit of measure: 90000 米·分 is 1.5 公里·小时.
func Readable(n int64, unit string) schema.Text {
	s := ScaleOf(unit)
	number := big.NewRat(n, s.Per).FloatString(4)
	number = strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
	return schema.Text{ZH: strings.TrimSpace(number + " " + s.Name.ZH), EN: strings.TrimSpace(number + " " + s.Name.EN)}
}
