package query

import (
	"regexp"
	"strconv"
	"time"

	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
)

// budgets lists the projects' money with the plan as it stands at a day. What was spent is not observed yet.
func budgets(cat *catalogue.Catalogue, at clock.Day) []Budget {
	out := make([]Budget, 0, len(cat.Projects))
	for _, p := range cat.Projects {
		out = append(out, Budget{
			Project: p.Code, Name: p.Name, Unit: p.Unit,
			Total: p.Budget.Total, Fiscal: p.Budget.Fiscal, Other: p.Budget.Other,
			Plan: planAt(cat.PlanPoints, p.Plan, at), Reason: "open", Note: &notBuilt,
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
