package report

import (
	"math/big"

	"roadbook/schema"
)

// Amounts are printed in 万元 with four places: 1 元 is 0.0001 万元, so 分 are rounded, half away from zero.
const (
	yuanPerUnit  = 10000
	amountPlaces = 4
)

// none is printed where a column does not apply.
const none = "—"

// funds is rows 5 to 9: the money, in 万元.
func (m *maker) funds() {
	m.put(Head, 5, 1, 9, 2, "项目资金\n（万元）")
	m.put(Head, 5, 3, 5, 4, "")
	for i, head := range []string{"年初预算数", "全年预算数（A）", "全年执行数（B）", "分值", "执行率（B/A）", "得分"} {
		m.put(Head, 5, 5+i, 5, 5+i, head)
	}
	f := m.sources()
	m.fund(6, "年度资金总额", f.total)
	m.execution(f.total)
	m.fund(7, "其中：当年财政拨款", f.fiscal)
	m.fund(8, "上年结转资金", f.carried)
	m.fund(9, "其他资金", f.other)
	for row := 7; row <= 9; row++ {
		m.put(Centre, row, 8, row, 8, none)
		m.put(Centre, row, 10, row, 10, none)
	}
}

// fund is a line of the money: at the year's beginning, adjusted, spent; nil where it is not known.
type fund struct{ initial, adjusted, spent *big.Rat }

// sources splits the money by where it comes from. The adjusted budget is what the ledger says, else the
// budget itself; what is neither carried over nor from elsewhere in it is this year's appropriation. What was
// spent is not recorded by source: it is told apart only where all the money is the appropriation.
func (m *maker) sources() (f struct{ total, fiscal, carried, other fund }) {
	b := &m.money
	f.total = fund{yuan(&b.Total), yuan(b.Adjusted), yuan(b.Spent)}
	f.fiscal.initial = yuan(&b.Fiscal)
	f.other.initial, f.other.adjusted = yuan(b.Other), yuan(b.Other)
	f.carried.adjusted = yuan(b.CarryOver)
	if f.total.adjusted == nil {
		f.total.adjusted = f.total.initial
	}
	if f.total.adjusted != nil {
		f.fiscal.adjusted = minus(minus(f.total.adjusted, f.carried.adjusted), f.other.adjusted)
	}
	if nothing(f.carried.adjusted) && nothing(f.other.adjusted) {
		f.fiscal.spent = f.total.spent
	}
	return f
}

func nothing(r *big.Rat) bool { return r == nil || r.Sign() == 0 }

func minus(a, b *big.Rat) *big.Rat {
	if b == nil {
		return a
	}
	return new(big.Rat).Sub(a, b)
}

// yuan reads an amount in 元; nil for none.
func yuan(text *string) *big.Rat {
	if text == nil || *text == "" {
		return nil
	}
	return decimal(*text)
}

func (m *maker) fund(row int, label string, f fund) {
	m.put(Left, row, 3, row, 4, label)
	m.amount(row, 5, f.initial)
	m.amount(row, 6, f.adjusted)
	m.amount(row, 7, f.spent)
	if rate := rateOf(f); rate != nil {
		m.number(row, 9, 9, rate.FloatString(scorePlaces), "%")
		return
	}
	m.put(Centre, row, 9, row, 9, "")
}

// amount prints an amount of 元 in 万元; an empty cell where it is not known.
func (m *maker) amount(row, col int, yuan *big.Rat) {
	if yuan == nil {
		m.put(Centre, row, col, row, col, "")
		return
	}
	m.number(row, col, col, new(big.Rat).Quo(yuan, big.NewRat(yuanPerUnit, 1)).FloatString(amountPlaces), "")
}

// rateOf is spent ÷ adjusted in %, nil where there is none.
func rateOf(f fund) *big.Rat {
	if f.spent == nil || f.adjusted == nil || f.adjusted.Sign() <= 0 {
		return nil
	}
	return share(f.spent, f.adjusted, big.NewRat(100, 1))
}

// execution is the score of row 6.
func (m *maker) execution(f fund) {
	m.number(6, 8, 8, trimZeros(m.points.execution.FloatString(scorePlaces)), "")
	reason := ""
	switch {
	case f.spent == nil:
		reason = "no_data"
	case f.adjusted == nil || f.adjusted.Sign() <= 0:
		reason = "not_computable"
	}
	if reason != "" {
		m.Score.Open++
		m.put(Centre, 6, 10, 6, 10, "未评："+reasonText(reason).ZH)
		return
	}
	points, _ := ExecutionScore(f.adjusted, f.spent, m.points.execution)
	m.score(6, 10, points, m.points.execution)
}

// score prints points and adds them to the total.
func (m *maker) score(row, col int, points, of *big.Rat) {
	m.number(row, col, col, points.FloatString(scorePlaces), "")
	m.got.Add(m.got, points)
	m.of.Add(m.of, of)
}

var reasons = map[string]schema.Text{
	"no_data":        {ZH: "无数据", EN: "no data"},
	"not_computable": {ZH: "无法计算", EN: "not computable"},
	"open":           {ZH: "待确认", EN: "open"},
	"no_operator":    {ZH: "指标值没有运算符，不能计分", EN: "the target has no operator to score by"},
}

// reasonText says why there is no value.
func reasonText(code string) schema.Text {
	if t, ok := reasons[code]; ok {
		return t
	}
	return schema.Text{ZH: code, EN: code}
}
