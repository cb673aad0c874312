package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/command"
)

// The JSON of catalogue show.
type (
	shownCatalogue struct {
		Name       string         `json:"name"`
		Year       int            `json:"year"`
		Digest     string         `json:"digest"`
		Demo       bool           `json:"demo"`
		Department string         `json:"department"`
		Budget     string         `json:"budget"`
		PlanPoints []string       `json:"plan_points"`
		Projects   []shownProject `json:"projects"`
		Rows       []shownRow     `json:"rows"` // the department's
	}
	shownProject struct {
		No     int        `json:"no"`
		Code   string     `json:"code"`
		Name   string     `json:"name"`
		Unit   string     `json:"unit"`
		Budget string     `json:"budget"`
		Plan   []string   `json:"plan"`
		Rows   []shownRow `json:"rows"`

		CarriedFrom int `json:"carried_from,omitempty"` // year of budget and plan, to be revised
	}
	shownRow struct {
		ID         string      `json:"id"`
		L1         string      `json:"l1,omitempty"`
		L2         string      `json:"l2,omitempty"`
		Name       string      `json:"name"`
		Target     string      `json:"target"`
		Op         string      `json:"op"`
		Value      string      `json:"value"`
		Unit       string      `json:"unit"`
		Formula    schema.Text `json:"formula"` // in words; empty: no formula
		Companions []string    `json:"companions,omitempty"`
		Lints      []string    `json:"lints,omitempty"` // codes

		CarriedFrom int `json:"carried_from,omitempty"` // year of the target, to be revised
	}
)

// Run shows a catalogue.
func (ask *catalogueShowCmd) Run(ctx context.Context, p *command.Program) error {
	return withCatalogues(ctx, p, func(s *catalogueSet) error { return ask.show(p, s) })
}

func (ask *catalogueShowCmd) show(p *command.Program, s *catalogueSet) error {
	var c *catalogue.Catalogue
	var err error
	if ask.What != "" {
		c, err = s.find(ask.What)
	} else {
		c, err = s.forYear(ask.Year)
	}
	if err != nil {
		return err
	}
	out := show(c)
	if p.JSON {
		return json.NewEncoder(p.Out).Encode(out)
	}
	return printCatalogue(p, out)
}

func show(c *catalogue.Catalogue) *shownCatalogue {
	out := &shownCatalogue{
		Name: c.Name(), Year: c.Year, Digest: c.Digest, Demo: c.Demo, Department: c.Department.Name,
		Budget: c.Department.BudgetTotal, PlanPoints: c.PlanPoints, Rows: showRows(c, c.Department.Targets),
	}
	for _, pr := range c.Projects {
		out.Projects = append(out.Projects, shownProject{pr.No, pr.Code, pr.Name, pr.Unit, pr.Budget.Total, pr.Plan, showRows(c, pr.Rows), pr.CarriedFrom})
	}
	return out
}

func showRows(c *catalogue.Catalogue, rows []*catalogue.Indicator) (out []shownRow) {
	for _, i := range rows {
		r := shownRow{
			ID: i.ID, L1: i.L1, L2: i.L2, Name: i.Name, Target: i.Target.Raw, Op: i.Target.Op, Value: i.Target.Value,
			Unit: i.Target.Unit, Formula: i.Explain(c), CarriedFrom: i.CarriedFrom,
		}
		for _, co := range i.Companions {
			r.Companions = append(r.Companions, co.ID)
		}
		for _, f := range c.LintOf(i.ID) {
			if !slices.Contains(r.Lints, f.Code) {
				r.Lints = append(r.Lints, f.Code)
			}
		}
		out = append(out, r)
	}
	return out
}

func printCatalogue(p *command.Program, c *shownCatalogue) error {
	fmt.Fprintf(p.Out, "%s  %d 年 · year %d  %s%s\n预算 · budget  %s 元\n", c.Name, c.Year, c.Year, c.Department,
		command.Either(c.Demo, "  演示数据 · demo data", ""), c.Budget)
	for _, pr := range c.Projects {
		fmt.Fprintf(p.Out, "\n项目 · project %d  %s  %s\n  预算 · budget  %s 元；计划 · plan ", pr.No, pr.Code, pr.Name, pr.Budget)
		for i, at := range pr.Plan {
			fmt.Fprintf(p.Out, " %s %s%%", c.PlanPoints[i], at)
		}
		fmt.Fprintln(p.Out, carriedMark(pr.CarriedFrom))
		printRows(p, pr.Rows)
	}
	fmt.Fprintln(p.Out, "\n部门 · department")
	printRows(p, c.Rows)
	_, err := fmt.Fprintln(p.Out, "\nSHA-256", c.Digest)
	return err
}

func printRows(p *command.Program, rows []shownRow) {
	for _, r := range rows {
		fmt.Fprintf(p.Out, "  %s  %s%s\n", r.ID, r.Name, carriedMark(r.CarriedFrom))
		if !strings.Contains(r.Name, r.Target) {
			fmt.Fprintf(p.Out, "      目标 · target  %s\n", r.Target)
		}
		if r.Formula.ZH == "" {
			fmt.Fprintln(p.Out, "      没有算法 · no formula")
		} else {
			fmt.Fprintf(p.Out, "      算法 · formula  %s\n                      %s\n", r.Formula.ZH, r.Formula.EN)
		}
		if len(r.Companions) > 0 {
			fmt.Fprintf(p.Out, "      伴随值 · companions  %s\n", strings.Join(r.Companions, ", "))
		}
		if len(r.Lints) > 0 {
			fmt.Fprintf(p.Out, "      疑点 · doubts  %s\n", strings.Join(r.Lints, ", "))
		}
	}
}

// carriedMark marks what was carried over from a year; "" for 0.
func carriedMark(from int) string {
	if from == 0 {
		return ""
	}
	return fmt.Sprintf("  待核定，沿用自 %d · carried over from %d, to be revised", from, from)
}
