package report

import (
	"fmt"
	"math/big"

	"roadbook/schema"
	"roadbook/server/query"
)

// Amounts are printed in 万元 with four places: 1 元 is 0.0001 万元, so 分 are rounded, half away from zero.
const (
	yuanPerUnit  = 10000
	amountPlaces = 4
)

// notApplicable is printed in cells without a meaning.
const notApplicable = "—"

// putFunds puts rows 5 to 9: the money, in 万元.
func (m *sheetBuilder) putFunds() {
	m.putText(Head, 5, 1, 9, 2, "项目资金\n（万元）")
	m.putText(Head, 5, 3, 5, 4, "")
	for i, head := range []string{"年初预算数", "全年预算数（A）", "全年执行数（B）", "分值", "执行率（B/A）", "得分"} {
		m.putText(Head, 5, 5+i, 5, 5+i, head)
	}
	f := m.fundsBySource()
	m.putFund(6, "年度资金总额", f.total)
	m.putExecutionScore(f.total)
	m.putFund(7, "其中：当年财政拨款", f.fiscal)
	m.putFund(8, "上年结转资金", f.carried)
	m.putFund(9, "其他资金", f.other)
	for row := 7; row <= 9; row++ {
		m.putText(Centre, row, 8, row, 8, notApplicable)
		m.putText(Centre, row, 10, row, 10, notApplicable)
	}
}

// fund is a line of the money: at the year's beginning, adjusted, spent; nil if unknown. The amounts of another year are
// printed and never calculated with.
type fund struct {
	initial, adjusted, spent *big.Rat
	otherYear                [2]bool // of initial and adjusted
}

// fundsBySource splits the money by its source. The adjusted budget comes from the ledger, else from the budget
// itself; this year's appropriation is the adjusted budget without carry-over and other money. Spending is not
// recorded by source: it is only known by source if all the money is the appropriation.
func (m *sheetBuilder) fundsBySource() (f struct{ total, fiscal, carried, other fund }) {
	b := &m.budget
	if b.CarriedFrom != 0 {
		return m.fundsOfOtherYear()
	}
	f.total = fund{initial: parseYuan(&b.Total), adjusted: parseYuan(b.Adjusted), spent: parseYuan(b.Spent)}
	f.fiscal.initial = parseYuan(&b.Fiscal)
	f.other.initial, f.other.adjusted = parseYuan(b.Other), parseYuan(b.Other)
	f.carried.adjusted = parseYuan(b.CarryOver)
	if f.total.adjusted == nil {
		f.total.adjusted = f.total.initial
	}
	if f.total.adjusted != nil {
		f.fiscal.adjusted = subtract(subtract(f.total.adjusted, f.carried.adjusted), f.other.adjusted)
	}
	if isNilOrZero(f.carried.adjusted) && isNilOrZero(f.other.adjusted) {
		f.fiscal.spent = f.total.spent
	}
	return f
}

// fundsOfOtherYear splits the money of a project that HQ has not revised: the ledger and the spending alone are this year's.
func (m *sheetBuilder) fundsOfOtherYear() (f struct{ total, fiscal, carried, other fund }) {
	b := &m.budget
	f.total = fund{parseYuan(&b.Total), parseYuan(b.Adjusted), parseYuan(b.Spent), [2]bool{true, false}}
	if f.total.adjusted == nil {
		f.total.adjusted, f.total.otherYear[1] = f.total.initial, true
	}
	f.fiscal = fund{initial: parseYuan(&b.Fiscal), otherYear: [2]bool{true, true}}
	f.other = fund{initial: parseYuan(b.Other), otherYear: [2]bool{true, true}}
	f.carried.adjusted = parseYuan(b.CarryOver)
	return f
}

func isNilOrZero(r *big.Rat) bool { return r == nil || r.Sign() == 0 }

func subtract(a, b *big.Rat) *big.Rat {
	if b == nil {
		return a
	}
	return new(big.Rat).Sub(a, b)
}

// parseYuan reads an amount in 元; nil for none.
func parseYuan(text *string) *big.Rat {
	if text == nil || *text == "" {
		return nil
	}
	return decimal(*text)
}

func (m *sheetBuilder) putFund(row int, label string, f fund) {
	m.putText(Left, row, 3, row, 4, label)
	m.putAmount(row, 5, f.initial, f.otherYear[0])
	m.putAmount(row, 6, f.adjusted, f.otherYear[1])
	m.putAmount(row, 7, f.spent, false)
	if rate := rateOf(f); rate != nil {
		m.putNumber(row, 9, 9, rate.FloatString(scorePlaces), "%")
		return
	}
	m.putText(Centre, row, 9, row, 9, "")
}

// putAmount prints an amount of 元 in 万元; an unknown amount is an empty cell, and another year's is text with its mark, so
// that no workbook sums it up.
func (m *sheetBuilder) putAmount(row, col int, yuan *big.Rat, otherYear bool) {
	if yuan == nil {
		m.putText(Centre, row, col, row, col, "")
		return
	}
	amount := new(big.Rat).Quo(yuan, big.NewRat(yuanPerUnit, 1)).FloatString(amountPlaces)
	if otherYear {
		m.putText(Centre, row, col, row, col, joinLines(amount, carriedText(m.budget.CarriedFrom)))
		return
	}
	m.putNumber(row, col, col, amount, "")
}

// carriedText marks what was carried over from a year; "" for 0.
func carriedText(from int) string {
	if from == 0 {
		return ""
	}
	return fmt.Sprintf("（沿用%d年，待核定）", from)
}

// rateOf is spent ÷ adjusted in %, nil if either is unknown or another year's, or the budget is not positive.
func rateOf(f fund) *big.Rat {
	if f.otherYear[1] || f.spent == nil || f.adjusted == nil || f.adjusted.Sign() <= 0 {
		return nil
	}
	return proportion(f.spent, f.adjusted, big.NewRat(100, 1))
}

// putExecutionScore puts the score of row 6.
func (m *sheetBuilder) putExecutionScore(f fund) {
	m.putNumber(6, 8, 8, trimZeros(m.points.execution.FloatString(scorePlaces)), "")
	reason := ""
	switch {
	case f.spent == nil:
		reason = "no_data"
	case f.otherYear[1]:
		reason = query.ToRevise
	case f.adjusted == nil || f.adjusted.Sign() <= 0:
		reason = "not_computable"
	}
	if reason != "" {
		m.Score.Open++
		m.putText(Centre, 6, 10, 6, 10, "未评："+reasonText(reason).ZH)
		return
	}
	points, _ := ExecutionScore(f.adjusted, f.spent, m.points.execution)
	m.putScore(6, 10, points, m.points.execution)
}

// putScore prints points and adds them to the total.
func (m *sheetBuilder) putScore(row, col int, points, of *big.Rat) {
	m.putNumber(row, col, col, points.FloatString(scorePlaces), "")
	m.scored.Add(m.scored, points)
	m.scorable.Add(m.scorable, of)
}

var reasons = map[string]schema.Text{
	"no_data":        {ZH: "无数据", EN: "no data"},
	"no_ledger":      {ZH: "台账无计划", EN: "the ledger plans nothing"},
	"whole_brigade":  {ZH: "全大队口径", EN: "whole brigade only"},
	"not_computable": {ZH: "无法计算", EN: "not computable"},
	"too_few":        {ZH: "样本不足", EN: "too few observations"},
	"open":           {ZH: "待认定", EN: "open"},
	query.ToRevise:   {ZH: "沿用以前年度，待核定", EN: "carried over from an earlier year, to be revised"},
	"no_operator":    {ZH: "指标值没有运算符，不能计分", EN: "the target has no operator to score by"},
}

// reasonText tells the reason for a missing value in words.
func reasonText(code string) schema.Text {
	if t, ok := reasons[code]; ok {
		return t
	}
	return schema.Text{ZH: code, EN: code}
}
