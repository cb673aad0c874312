package catalogue

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	decimal = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	money   = regexp.MustCompile(`^(0|[1-9][0-9]{0,12})\.[0-9]{2}$`) // up to 10^13 元: sums stay within int64
)

func (l *loader) checkDecimal(s string, form *regexp.Regexp, path []any) bool {
	if form.MatchString(s) {
		return true
	}
	l.fail(FaultNumber, "数字格式不对："+s, "not a number of the right form: “"+s+"”", path...)
	return false
}

// cents converts an amount with two places.
func cents(s string) int64 {
	n, err := strconv.ParseInt(strings.Replace(s, ".", "", 1), 10, 64)
	if err != nil {
		return 0 // already reported as bad_number
	}
	return n
}

func (l *loader) checkBudget(b Budget, path []any) {
	sum := cents(b.Fiscal)
	ok := l.checkDecimal(b.Total, money, childPath(path, "total")) && l.checkDecimal(b.Fiscal, money, childPath(path, "fiscal"))
	if b.Other != nil {
		ok = l.checkDecimal(*b.Other, money, childPath(path, "other")) && ok
		sum += cents(*b.Other)
	}
	if ok && sum != cents(b.Total) {
		l.fail(FaultSum, "财政资金与其他资金之和不等于总额", "fiscal and other do not add up to the total", childPath(path, "total")...)
	}
}

func (l *loader) checkBudgetTotal(c *Catalogue, total string) {
	path := []any{"department", "budget_total"}
	if !l.checkDecimal(total, money, path) {
		return
	}
	var sum int64
	for _, p := range c.Projects {
		sum += cents(p.Budget.Total)
	}
	if sum != cents(total) {
		l.fail(FaultSum, "各项目预算之和不等于总额", "the projects do not add up to the total", path...)
	}
}

// checkPlan: a cumulative percentage for each checkpoint, never falling, 100 at the end.
func (l *loader) checkPlan(c *Catalogue, plan []string, path []any) {
	ok := len(plan) == len(c.PlanPoints) && len(plan) > 0
	last := int64(0)
	for i, p := range plan {
		if !l.checkDecimal(p, money, childPath(path, i)) {
			return
		}
		ok = ok && cents(p) >= last
		last = cents(p)
	}
	if !ok || last != 100_00 {
		l.fail(FaultPlan, "计划进度须与时点一一对应、逐点不减、以 100.00 结束",
			"a plan has one value a checkpoint, never falls and ends at 100.00", path...)
	}
}

var operators = []string{"≥", "≤", ">", "<"}

func (l *loader) checkTarget(t Target, path []any) {
	l.required(t.Raw != "" && t.Unit != "", "raw, unit", path...)
	l.checkDecimal(t.Value, decimal, childPath(path, "value"))
	if t.Op != "" {
		l.checkOperator(t.Op, childPath(path, "op"))
	}
}

func (l *loader) checkOperator(op string, path []any) {
	if !slices.Contains(operators, op) {
		l.fail(FaultOperator, "没有这个比较符："+op, "there is no operator “"+op+"”", path...)
	}
}

func (l *loader) checkIntent(i Intent, path []any) {
	l.required(i.By != "" && i.At != "", "by, at", path...)
	if i.Direction != "up" && i.Direction != "down" {
		l.fail(FaultFormula, "方向须为 up 或 down", "the direction is up or down", childPath(path, "direction")...)
	}
	l.checkOperator(i.Op, childPath(path, "op"))
	l.checkDecimal(i.Value, decimal, childPath(path, "value"))
}
