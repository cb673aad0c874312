package catalogue

import (
	"strconv"
	"strings"

	"roadbook/schema"
)

// Explain describes the indicator's computation in words, from the formula's data alone: “当年立案并侦破的逃逸案件 ÷ 逃逸案件 ×
// 100%，1月1日至截止日；按侦破时间、立案时间”. Empty for a row without a formula.
func (i *Indicator) Explain(c *Catalogue) schema.Text {
	if i.Formula == nil {
		return schema.Text{}
	}
	return i.Formula.Explain(c)
}

// Explain describes the computation of a companion in words.
func (co *Companion) Explain(c *Catalogue) schema.Text { return co.Formula.Explain(c) }

// Explain describes the formula in words, with the labels of the catalogue's measures.
func (f *Formula) Explain(c *Catalogue) schema.Text {
	w := f.explainQuotient(f.explainSide(c, f.Numerator), f.explainSide(c, f.Denominator))
	if f.Divisor > 1 {
		w = appendText(w, " ÷ "+strconv.FormatInt(f.Divisor, 10), "")
	}
	if f.Divisor == msAnHour {
		w = appendText(w, "（毫秒折合小时）", " (milliseconds to hours)")
	}
	if f.Percent {
		w = appendText(w, " × 100%", "")
	}
	w = concat(w, f.explainNote(), f.explainWindow())
	if dates := f.explainDates(c); dates.ZH != "" {
		w = concat(w, schema.Text{ZH: "，按", EN: ", by "}, dates)
	}
	if len(f.Needs) > 0 {
		w = concat(w, schema.Text{ZH: "；须有", EN: "; needs "}, f.joinLabels(c, f.Needs))
	}
	if f.Least > 1 {
		least := Readable(f.Least, f.DenominatorUnit(c))
		w = appendText(w, "；不足 "+least.ZH+"不作判定", "; no verdict under "+least.EN)
	}
	return w
}

const msAnHour = 3_600_000

// explainNote stands between the quotient and the window and explains how to read the quotient.
func (f *Formula) explainNote() schema.Text {
	if f.Aggregate == AggregateStates {
		return schema.Text{
			ZH: "（同一设施每日只算一种状态：当日有效的状态中最晚开始的；同日开始的按固定次序）；",
			EN: " (each in one state a day: of those that hold, the one that began last; of one day, by a fixed order); ",
		}
	}
	if f.Kind == Coverage {
		return schema.Text{
			ZH: "（里程以当日为准，同一班次同一路段只计一次）；",
			EN: " (each as long as it was that day, and once a shift); ",
		}
	}
	return schema.Text{ZH: "；", EN: "; "}
}

// explainQuotient describes the quotient of numerator n and denominator d.
func (f *Formula) explainQuotient(n, d schema.Text) schema.Text {
	switch f.Kind {
	case Sum:
		return n
	case Drop:
		return schema.Text{
			ZH: "（上年同期" + n.ZH + " − 本期" + n.ZH + "）÷ 上年同期" + n.ZH,
			EN: "(" + n.EN + " a year before − " + n.EN + ") ÷ " + n.EN + " a year before",
		}
	case ShareDrop:
		return schema.Text{
			ZH: "占比 = " + n.ZH + " ÷ " + d.ZH + "；（上年同期占比 − 本期占比）÷ 上年同期占比",
			EN: "share = " + n.EN + " ÷ " + d.EN + "; (share a year before − share) ÷ share a year before",
		}
	case Coverage:
		shifts := strconv.FormatInt(f.Shifts, 10)
		return schema.Text{
			ZH: "各班次巡逻过的" + d.ZH + "之和 ÷（每日 " + shifts + " 班 × 各日" + d.ZH + "之和）",
			EN: d.EN + " patrolled, over all shifts ÷ (" + shifts + " shifts a day × " + d.EN + " of each day)",
		}
	default:
		if f.Aggregate == AggregateReached {
			return schema.Text{
				ZH: n.ZH + "达到" + d.ZH + "的项数 ÷ 有" + d.ZH + "的项数",
				EN: "items whose " + n.EN + " reaches the " + d.EN + " ÷ items with a " + d.EN,
			}
		}
		return schema.Text{ZH: n.ZH + " ÷ " + d.ZH, EN: n.EN + " ÷ " + d.EN}
	}
}

// explainSide describes a numerator or denominator: its terms with their signs, in brackets if there are several.
func (f *Formula) explainSide(c *Catalogue, terms []Term) (w schema.Text) {
	for i, t := range terms {
		name := f.explainTerm(c, t)
		switch {
		case t.Minus:
			w = concat(w, schema.Text{ZH: " − ", EN: " − "}, name)
		case i > 0:
			w = concat(w, schema.Text{ZH: " + ", EN: " + "}, name)
		default:
			w = name
		}
	}
	if len(terms) > 1 {
		w = schema.Text{ZH: "（" + w.ZH + "）", EN: "(" + w.EN + ")"}
	}
	return w
}

func (f *Formula) explainTerm(c *Catalogue, t Term) schema.Text {
	w := c.Label(t.Measure)
	switch {
	case t.Before:
		return schema.Text{ZH: "上年末累计" + w.ZH, EN: w.EN + " before the year"}
	case f.CountsDays():
		return schema.Text{ZH: w.ZH + "的天数之和", EN: "days of " + w.EN}
	case f.Aggregate == AggregateLatest:
		return schema.Text{ZH: "各单位最近一次" + w.ZH, EN: "each unit's latest " + w.EN}
	case f.Aggregate == AggregateDistinct:
		return schema.Text{ZH: w.ZH + "（每项计一次）", EN: w.EN + " (each once)"}
	}
	return w
}

func (f *Formula) explainWindow() schema.Text {
	switch f.Window {
	case Stock:
		return schema.Text{ZH: "截至截止日", EN: "as it stands on the day"}
	case YoY:
		return schema.Text{ZH: "1月1日至截止日与上年同期相比", EN: "1 January to the day, against the same days a year before"}
	default:
		return schema.Text{ZH: "1月1日至截止日", EN: "1 January to the day"}
	}
}

// explainDates names the days on which the records of the measures count, each once. For a measure with several parts
// the first part decides.
func (f *Formula) explainDates(c *Catalogue) (w schema.Text) {
	for _, terms := range [][]Term{f.Numerator, f.Denominator} {
		for _, t := range terms {
			m, ok := c.MeasureOf(t.Measure)
			if !ok || len(m.Parts) == 0 || m.Parts[0].Dated.ZH == "" || strings.Contains(w.ZH, m.Parts[0].Dated.ZH) {
				continue
			}
			if w.ZH != "" {
				w = concat(w, schema.Text{ZH: "、", EN: " and "}, m.Parts[0].Dated)
			} else {
				w = m.Parts[0].Dated
			}
		}
	}
	return w
}

func (f *Formula) joinLabels(c *Catalogue, measures []string) (w schema.Text) {
	for i, name := range measures {
		if i > 0 {
			w = appendText(w, "、", ", ")
		}
		w = concat(w, schema.Text{}, c.Label(name))
	}
	return w
}

// Label is the label of a measure, with its dimension in brackets: a code by its label, a project by its number.
func (c *Catalogue) Label(name string) schema.Text {
	m, ok := c.MeasureOf(name)
	if !ok {
		return schema.Text{ZH: name, EN: name}
	}
	_, value, divided := strings.Cut(name, ":")
	if !divided {
		return m.Label
	}
	of := m.Dimension(value)
	for _, p := range c.Projects {
		if p.Code == value {
			no := strconv.Itoa(p.No)
			of = schema.Text{ZH: "项目" + no, EN: "project " + no}
		}
	}
	return schema.Text{ZH: m.Label.ZH + "（" + of.ZH + "）", EN: m.Label.EN + " (" + of.EN + ")"}
}

func concat(a, between, b schema.Text) schema.Text {
	return schema.Text{ZH: a.ZH + between.ZH + b.ZH, EN: a.EN + between.EN + b.EN}
}

// appendText appends zh and en to w; an empty en stands for zh.
func appendText(w schema.Text, zh, en string) schema.Text {
	if en == "" {
		en = zh
	}
	return schema.Text{ZH: w.ZH + zh, EN: w.EN + en}
}
