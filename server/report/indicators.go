package report

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema/catalogue"
	"roadbook/server/query"
)

// headRow is the row of the indicators' heads; the indicators begin in the next row.
const headRow = 12

// putIndicators puts the heads and a row for each indicator.
func (m *sheetBuilder) putIndicators() error {
	for _, h := range []struct {
		col, to int
		text    string
	}{
		{1, 1, "一级指标"}, {2, 2, "二级指标"}, {3, 4, "三级指标"}, {5, 5, "年度指标值"}, {6, 6, "实际完成值"},
		{7, 7, "分值"}, {8, 8, "得分"}, {9, lastCol, "偏差原因分析及改进措施"},
	} {
		m.putText(Head, headRow, h.col, headRow, h.to, h.text)
	}
	m.putLevels()
	for i, ind := range m.Project.Rows {
		row, err := m.rowFigures(ind.ID)
		if err != nil {
			return err
		}
		m.putIndicator(headRow+1+i, ind, row)
	}
	return nil
}

// putLevels prints the first and second levels, equal neighbours as one area; a second level never reaches beyond its
// first level.
func (m *sheetBuilder) putLevels() {
	first := func(r *catalogue.Indicator) string { return r.L1 }
	second := func(r *catalogue.Indicator) string { return r.L1 + "\x00" + r.L2 }
	for from, to := range runs(m.Project.Rows, first) {
		m.putText(Centre, headRow+1+from, 1, headRow+to, 1, m.Project.Rows[from].L1)
	}
	for from, to := range runs(m.Project.Rows, second) {
		m.putText(Centre, headRow+1+from, 2, headRow+to, 2, m.Project.Rows[from].L2)
	}
}

// runs yields the runs of rows with the same key: [from, to).
func runs(rows []*catalogue.Indicator, key func(*catalogue.Indicator) string) func(yield func(from, to int) bool) {
	return func(yield func(from, to int) bool) {
		for from := 0; from < len(rows); {
			to := from + 1
			for to < len(rows) && key(rows[to]) == key(rows[from]) {
				to++
			}
			if !yield(from, to) {
				return
			}
			from = to
		}
	}
}

func (m *sheetBuilder) rowFigures(id string) (*query.Row, error) {
	for i := range m.Figures.Rows {
		if m.Figures.Rows[i].ID == id {
			return &m.Figures.Rows[i], nil
		}
	}
	return nil, badRequest("没有指标 "+id+" 的数", "there is no figure of row "+id)
}

func (m *sheetBuilder) putIndicator(at int, ind *catalogue.Indicator, row *query.Row) {
	weight := m.points.rows[ind.ID]
	m.putText(Left, at, 3, at, 4, ind.L3)
	m.putText(Centre, at, 5, at, 5, joinLines(targetText(ind), carriedText(row.CarriedFrom)))
	m.putNumber(at, 7, 7, trimZeros(weight.FloatString(scorePlaces)), "")
	open := m.putAchieved(at, ind, row, weight)
	note := m.entries.Deviations[ind.ID]
	if open != "" {
		note = joinLines("未评："+open, note)
	}
	note = joinLines(laterSteps(row), note)
	if c, ok := m.entries.Choices[ind.ID]; ok {
		note = joinLines(note, c.text())
	}
	m.putText(Left, at, 9, at, lastCol, note)
}

// lintStopsEarly is the doubt about a mean time that ends before the last step.
const lintStopsEarly = "STOPS_EARLY"

// laterSteps prints the means to the steps that follow the end of a row's time, which stand as companions beside the row.
func laterSteps(row *query.Row) (text string) {
	if !slices.ContainsFunc(row.Lints, func(l query.Lint) bool { return l.Code == lintStopsEarly }) {
		return ""
	}
	for _, c := range row.Companions {
		value := reasonText("no_data").ZH
		switch {
		case c.Value != nil:
			value = *c.Value + " " + c.Unit
		case c.Reason != nil:
			value = reasonText(*c.Reason).ZH
		}
		text = joinLines(text, "另列："+c.Label.ZH+" "+value)
	}
	return text
}

// putAchieved prints the value and the score. It returns the reason for a missing score.
func (m *sheetBuilder) putAchieved(at int, ind *catalogue.Indicator, row *query.Row, weight *big.Rat) (open string) {
	value := row.Exact
	if value == nil && row.Value != nil { // figures without exact values, as read from a file
		value = decimal(*row.Value)
	}
	if value == nil {
		open = reasonText(reasonOf(row)).ZH
		m.putText(Centre, at, 6, at, 6, open)
	} else {
		m.putNumber(at, 6, 6, valueText(value), ind.Target.Unit)
	}
	scored := value
	if value != nil && isTooFew(row) {
		scored, open = nil, tooFewText(row)
	}
	if value != nil && row.CarriedFrom != 0 {
		scored, open = nil, reasonText(query.ToRevise).ZH
	}
	points := literalScore(ind, scored, weight)
	if row.CarriedFrom == 0 {
		m.addAdvice(ind, scored, points, weight)
	}
	switch {
	case points != nil:
		m.putScore(at, 8, points, weight)
		return ""
	case scored != nil:
		open = reasonText("no_operator").ZH
	}
	m.Score.Open++
	m.putText(Centre, at, 8, at, 8, "未评")
	return open
}

// isTooFew: the value is of too few observations for a verdict, and so for a score by formula.
func isTooFew(row *query.Row) bool { return reasonOf(row) == "too_few" }

// tooFewText says how many there are and how many it takes, and that HQ's score is still to come.
func tooFewText(row *query.Row) string {
	text := reasonText("too_few").ZH
	if s := row.Sample; s != nil {
		text += "（" + readable(s.Number, s.Unit) + "，至少须 " + readable(s.Least, s.Unit) + "）"
	}
	return text + "；得分待机关填写并说明理由"
}

// readable writes a sum in the readable unit of measure, as the pages do.
func readable(sum, unit string) string {
	n, err := strconv.ParseInt(sum, 10, 64)
	if err != nil {
		return sum
	}
	return catalogue.Readable(n, unit).ZH
}

// literalScore is the score by the literal target; nil if there is none.
func literalScore(ind *catalogue.Indicator, value, weight *big.Rat) *big.Rat {
	if value == nil {
		return nil
	}
	points, ok := Score(ind.Target.Op, value, decimal(ind.Target.Value), weight)
	if !ok {
		return nil
	}
	return points
}

// valuePlaces is how many decimals of a value are printed at most.
const valuePlaces = 4

// valueText writes a value as everywhere else: rounded to four places, zeros trimmed.
func valueText(value *big.Rat) string {
	text := trimZeros(value.FloatString(valuePlaces))
	if text == "-0" {
		return "0"
	}
	return text
}

func reasonOf(row *query.Row) string {
	if row.Reason == nil || *row.Reason == "" {
		return "no_data"
	}
	return *row.Reason
}

// targetText prints the literal target: the operator, the value and the source's unit of measure.
func targetText(ind *catalogue.Indicator) string {
	if ind.Target.Raw != "" {
		return ind.Target.Raw
	}
	return ind.Target.Op + ind.Target.Value + ind.Target.Unit
}

func joinLines(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

// text is the choice's wording on the sheet.
func (c *Choice) text() string {
	use := map[string]string{Literal: "按原文计分", Advisory: "按建议口径计分"}[c.Use]
	who := strings.Trim(c.By+"，"+c.At, "，")
	if who != "" {
		who = "（" + who + "）"
	}
	return "机关选择：" + use + who
}
