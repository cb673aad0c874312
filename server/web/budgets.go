package web

import (
	"math/big"

	"roadbook/server/query"
)

// budgetsData is the five projects' budgets, with the spending plan.
type budgetsData struct {
	*yearData
	Rows  []budgetRow
	Total moneyTotal
}

type budgetRow struct {
	No   int
	Plan []string // cumulative % at the checkpoints
	query.Budget
}

// moneyTotal is the sum over the projects, in 元. Spent is "" unless every project's spending is known.
type moneyTotal struct{ Total, Year, Spent, Executed string }

func (w *Web) budgets(v *pageRequest) (page, error) {
	l, err := w.loadYear(v, "/budgets")
	if err != nil {
		return page{}, err
	}
	d := budgetsData{yearData: l}
	for _, p := range projectsOf(v.catalogue, l.Indicators) {
		d.Rows = append(d.Rows, budgetRow{p.No, p.Plan, p.Budget})
	}
	d.Total = totalOf(d.Rows)
	return page{name: "budgets", title: v.word("budgets"), demo: l.Indicators.Demo, data: d}, nil
}

func totalOf(rows []budgetRow) (t moneyTotal) {
	total, year, spent, known := new(big.Rat), new(big.Rat), new(big.Rat), len(rows) > 0
	for _, r := range rows {
		addDecimal(total, r.Total)
		if r.Adjusted != nil {
			addDecimal(year, *r.Adjusted)
		} else {
			addDecimal(year, r.Total)
		}
		if known = known && r.Spent != nil; known {
			addDecimal(spent, *r.Spent)
		}
	}
	t.Total, t.Year = total.FloatString(2), year.FloatString(2)
	if known && year.Sign() > 0 {
		t.Spent = spent.FloatString(2)
		t.Executed = trimmed(new(big.Rat).Mul(new(big.Rat).Quo(spent, year), big.NewRat(100, 1)), 4)
	}
	return t
}

func addDecimal(to *big.Rat, decimal string) {
	if r, ok := new(big.Rat).SetString(decimal); ok {
		to.Add(to, r)
	}
}
