package query

import (
	"math/big"
	"regexp"
	"strconv"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// Budget is a project's money: amounts in 元 with two places, the plan in cumulative % of the total at the last
// checkpoint on or before the day.
type Budget struct {
	Project   string  `json:"project"`
	Name      string  `json:"name"`
	Unit      string  `json:"unit"`
	Total     string  `json:"total"`
	Fiscal    string  `json:"fiscal"`
	Other     *string `json:"other"`
	Adjusted  *string `json:"adjusted"`   // 全年预算数 in force on the day; null: never adjusted, the total holds
	CarryOver *string `json:"carry_over"` // 上年结转; null: the ledger names none
	Plan      string  `json:"plan"`
	Spent     *string `json:"spent"` // 1 January to the day; null: no expenditure was delivered, see Reason

	// ExecutedPercent is spent ÷ (adjusted, else total) in %, four places; null if Spent is null.
	ExecutedPercent *string      `json:"executed_percent"`
	Light           Light        `json:"light"`  // executed ÷ planned: under 60 % red, under 80 % yellow, else green
	Reason          string       `json:"reason"` // "" if spending and a positive budget are known; else no_data, to_revise or, without a budget to divide by, not_computable
	Note            *schema.Text `json:"note,omitempty"`

	CarriedFrom int `json:"carried_from,omitempty"` // year of total, fiscal, other and plan, until HQ revises the project: no light
}

// ToRevise is the reason of a budget without an execution: the only amount is another year's.
const ToRevise = "to_revise"

// spentMeasure is the measure of a project's spending, in fen.
const spentMeasure = "expenditure:"

var overBudget = schema.Text{ZH: "支出已超过预算", EN: "more was spent than the budget"}

// budgets lists the projects' money at the end of a day, with the plan. The figures are always the whole project's,
// also in an answer about one unit: the field knows no budget by unit.
func budgets(cat *catalogue.Catalogue, l *ledger, at clock.Day, all tally.Totals) []Budget {
	out := make([]Budget, 0, len(cat.Projects))
	for _, p := range cat.Projects {
		b := Budget{
			Project: p.Code, Name: p.Name, Unit: p.Unit,
			Total: p.Budget.Total, Fiscal: p.Budget.Fiscal, Other: p.Budget.Other,
			Plan: planAt(cat.PlanPoints, p.Plan, at), Light: Grey, CarriedFrom: p.CarriedFrom,
		}
		b.setExecution(l.budgetAt(p.Code, at), all.Sum(spentMeasure+p.Code, at.YearStart(), at))
		out = append(out, b)
	}
	return out
}

// setExecution fills in the adjusted budget of the ledger and the spending. A sum of 0 becomes "no data": the store
// keeps no sums of 0, and no data is not 0.
func (b *Budget) setExecution(adjusted *budgetEntry, fen int64) {
	total, _ := new(big.Rat).SetString(b.Total)
	if adjusted != nil {
		b.Adjusted = new(yuan(adjusted.adjusted))
		if adjusted.carried != nil {
			b.CarryOver = new(yuan(*adjusted.carried))
		}
		total = big.NewRat(adjusted.adjusted, fenInYuan)
	}
	if fen == 0 {
		b.Reason = tally.NoData
		return
	}
	b.Spent = new(yuan(fen))
	if b.CarriedFrom != 0 && adjusted == nil {
		b.Reason = ToRevise
		return
	}
	spent := big.NewRat(fen, fenInYuan)
	if total == nil || spent.Cmp(total) > 0 {
		b.Note = &overBudget
	}
	if total == nil || total.Sign() <= 0 {
		b.Reason = tally.NotComputable
		return
	}
	executed := spent.Quo(spent, total)
	executed.Mul(executed, big.NewRat(100, 1))
	b.ExecutedPercent = new(tally.Decimal(executed))
	if planned, ok := new(big.Rat).SetString(b.Plan); ok && b.CarriedFrom == 0 {
		b.Light = planLight(executed, planned)
	}
}

const fenInYuan = 100

// yuan writes fen as 元 with two places.
func yuan(fen int64) string { return big.NewRat(fen, fenInYuan).FloatString(2) }

var monthEnd = regexp.MustCompile(`^(\d{1,2})月底$`)

// planAt returns the plan's cumulative % at the last checkpoint on or before the day; "0" before the first.
// Checkpoints are month ends, in the source's words: 10月底 is 31 October.
func planAt(points, plan []string, at clock.Day) string {
	percent := "0"
	for i, point := range points {
		m := monthEnd.FindStringSubmatch(point)
		if m == nil || i >= len(plan) {
			continue
		}
		month, err := strconv.Atoi(m[1])
		if err != nil || month > 12 {
			continue
		}
		if lastDayOfMonth(at.Year(), time.Month(month)) <= at {
			percent = plan[i]
		}
	}
	return percent
}

func lastDayOfMonth(year int, month time.Month) clock.Day {
	d := clock.Date(year, month, 28)
	for !d.IsMonthEnd() {
		d = d.AddDays(1)
	}
	return d
}
