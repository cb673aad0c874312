package report

import (
	"math/big"
	"slices"

	"roadbook/schema/catalogue"
	"roadbook/server/query"
)

// lintInverted is the doubt about a row whose better values fail the target.
const lintInverted = "OP_INVERTED"

// addAdvice adds the second score of a capped drop: by the target confirmed by HQ, else by the same target value as a
// minimum. Advice is for the screen; none of it is printed.
func (m *sheetBuilder) addAdvice(ind *catalogue.Indicator, value, printed, weight *big.Rat) {
	row, err := m.rowFigures(ind.ID)
	if err != nil || !capped(ind, row) {
		return
	}
	op, goal := "≥", ind.Target.Value
	if i := ind.Intent; i != nil {
		op, goal = i.Op, i.Value
	}
	a := Advice{Row: ind.ID, Name: ind.L3, Target: targetText(ind), Reading: op + goal + ind.Target.Unit}
	if c, ok := m.entries.Choices[ind.ID]; ok {
		a.Choice = &c
	}
	if printed != nil {
		a.Literal = printed.FloatString(scorePlaces)
	}
	if value != nil {
		if points, ok := Score(op, value, decimal(goal), weight); ok {
			a.Advisory = points.FloatString(scorePlaces)
		}
	}
	m.Advice = append(m.Advice, a)
}

// capped: the row is a drop, more is better, and the target says "at most".
func capped(ind *catalogue.Indicator, row *query.Row) bool {
	if !slices.Contains([]string{"≤", "<=", "<"}, ind.Target.Op) {
		return false
	}
	inverted := slices.ContainsFunc(row.Lints, func(l query.Lint) bool { return l.Code == lintInverted })
	return inverted || ind.Formula != nil && (ind.Formula.Kind == catalogue.Drop || ind.Formula.Kind == catalogue.ShareDrop)
}
