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

// moneyTotal is the sum over the projects, in 元. Spent is "" unless every project's spending is known, Year unless every
// project's budget of the year is: an amount of another year, to be revised, is none.
type moneyTotal struct {
	Total, Year, Spent, Executed string
	ToRevise                     bool // Total holds amounts of another year
}

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
	total, year, spent, known, own := new(big.Rat), new(big.Rat), new(big.Rat), len(rows) > 0, true
	for _, r := range rows {
		addDecimal(total, r.Total)
		t.ToRevise = t.ToRevise || r.CarriedFrom != 0
		own = own && (r.CarriedFrom == 0 || r.Adjusted != nil)
		if r.Adjusted != nil {
			addDecimal(year, *r.Adjusted)
		} else {
			addDecimal(year, r.Total)
		}
		if known = known && r.Spent != nil; known {
			addDecimal(spent, *r.Spent)
		}
	}
	t.Total = total.FloatString(2)
	if known {
		t.Spent = spent.FloatString(2)
	}
	if !own {
		return t
	}
	t.Year = year.FloatString(2)
	if known && year.Sign() > 0 {
		t.Executed = trimmed(new(big.Rat).Mul(new(big.Rat).Quo(spent, year), big.NewRat(100, 1)), 4)
	}
	return t
}

func addDecimal(to *big.Rat, decimal string) {
	if r, ok := new(big.Rat).SetString(decimal); ok {
		to.Add(to, r)
	}
}
