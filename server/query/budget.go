package query

import (
	"regexp"
	"strconv"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// Budget is a project's money: amounts in 元 with two places, plan in cumulative % of the total at the last
// checkpoint that has passed.
type Budget struct {
	Project   string  `json:"project"`
	Name      string  `json:"name"`
	Unit      string  `json:"unit"`
	Total     string  `json:"total"`
	Fiscal    string  `json:"fiscal"`
	Other     *string `json:"other"`
	Adjusted  *string `json:"adjusted"`   // 全年预算数 as it stood at the day; null: never adjusted, the total holds
	CarryOver *string `json:"carry_over"` // 上年结转; null: none was told
	Plan      string  `json:"plan"`
	Spent     *string `json:"spent"` // 1 January to the day; null: nothing was reported, see Reason

	// ExecutedPercent is spent ÷ (adjusted, else total) in %, four places; null where spent is.
	ExecutedPercent *string      `json:"executed_percent"`
	Light           Light        `json:"light"`  // executed ÷ planned: under 60 % red, under 80 % yellow, else green
	Reason          string       `json:"reason"` // "" where there is a figure, else no_data
	Note            *schema.Text `json:"note,omitempty"`
}

// budgets lists the projects' money with the plan as it stands at a day. What was spent is not observed yet.
func budgets(cat *catalogue.Catalogue, at clock.Day) []Budget {
	out := make([]Budget, 0, len(cat.Projects))
	for _, p := range cat.Projects {
		out = append(out, Budget{
			Project: p.Code, Name: p.Name, Unit: p.Unit,
			Total: p.Budget.Total, Fiscal: p.Budget.Fiscal, Other: p.Budget.Other,
			Plan: planAt(cat.PlanPoints, p.Plan, at), Light: Grey, Reason: "open", Note: &notBuilt,
		})
	}
	return out
}

var monthEnd = regexp.MustCompile(`^(\d{1,2})月底$`)

// planAt is the plan's cumulative % at the last checkpoint on or before the day; "0" before the first.
// Checkpoints are month ends, as the source names them: 10月底 is 31 October.
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
		if lastOf(at.Year(), time.Month(month)) <= at {
			percent = plan[i]
		}
	}
	return percent
}

func lastOf(year int, month time.Month) clock.Day {
	d := clock.Date(year, month, 28)
	for !d.IsMonthEnd() {
		d = d.AddDays(1)
	}
	return d
}
