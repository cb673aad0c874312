package catalogue

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema"
)

// Attestation is the kind by which HQ attests a value that no measure gives.
const Attestation = "attestation"

// noOperator is a code that companions can have as well as rows.
const noOperator = "NO_OPERATOR"

// lintRule derives a doubt and its subject. place is the row's key that the finding is placed at.
type lintRule struct {
	code, place string
	applies     func(c *Catalogue, i *Indicator) (it schema.Text, holds bool)
}

var lintRules = []lintRule{
	{"OP_INVERTED", "target", func(_ *Catalogue, i *Indicator) (schema.Text, bool) {
		return verbatim(i.Target.Raw), i.isDrop() && (i.Target.Op == "≤" || i.Target.Op == "<")
	}},
	{"OP_STRICT", "target", func(_ *Catalogue, i *Indicator) (schema.Text, bool) {
		return verbatim(i.Target.Raw), i.Target.Op == "<" || i.Target.Op == ">"
	}},
	{noOperator, "target", func(_ *Catalogue, i *Indicator) (schema.Text, bool) {
		return verbatim(i.Target.Raw), i.Target.Op == ""
	}},
	{"COMPOSITE", "companions", composite},
	{"SAME_NAME", "l3", sameName},
	{"SAME_FIGURE", "l3", sameFigure},
	{"STOPS_EARLY", "formula", stopsEarly},
	{"DENOM_EXTERNAL", "formula", needsImport},
	{"GOAL_CONFLICT", "formula", goalConflict},
	{"NOT_COMPUTABLE", "formula", func(c *Catalogue, i *Indicator) (schema.Text, bool) {
		return schema.Text{}, i.Formula == nil || slices.Contains(c.kindsOfTerms(i.Formula.Numerator), Attestation)
	}},
	{"COUNT_OR_RATE", "desc", func(_ *Catalogue, i *Indicator) (schema.Text, bool) {
		word := countWord.FindString(i.Desc)
		return verbatim(word), word != "" && i.Target.Unit == "%"
	}},
}

// countWord matches words in descriptions that stand for a number of items.
var countWord = regexp.MustCompile(`项数|件数|次数|起数|处数|台数|辆数`)

func verbatim(s string) schema.Text { return schema.Text{ZH: s, EN: s} }

// isDrop reports whether the value is a drop: the larger, the better.
func (i *Indicator) isDrop() bool {
	return i.Formula != nil && (i.Formula.Kind == Drop || i.Formula.Kind == ShareDrop)
}

// composite: companions with a target of their own are parts of the row's target.
func composite(_ *Catalogue, i *Indicator) (schema.Text, bool) {
	n := 0
	for _, co := range i.Companions {
		if co.Target != nil {
			n++
		}
	}
	return verbatim(strconv.Itoa(n + 1)), n > 0
}

var bracketed = regexp.MustCompile(`[（(][^（）()]*[）)]$`)

// plainName is the row's name without the unit of measure in brackets.
func plainName(i *Indicator) string { return bracketed.ReplaceAllString(i.L3, "") }

// sameName: other rows of the name have another formula.
func sameName(c *Catalogue, i *Indicator) (schema.Text, bool) {
	return c.namesakes(i, func(j *Indicator) bool { return !i.Formula.sameFigure(j.Formula) })
}

// sameFigure: other rows of the name have the same formula, and so the same figure.
func sameFigure(c *Catalogue, i *Indicator) (schema.Text, bool) {
	return c.namesakes(i, func(j *Indicator) bool { return i.Formula.sameFigure(j.Formula) })
}

func (c *Catalogue) namesakes(i *Indicator, which func(*Indicator) bool) (schema.Text, bool) {
	var others []string
	for _, j := range c.indicators {
		if j != i && i.L3 != "" && plainName(j) == plainName(i) && which(j) {
			others = append(others, j.ID)
		}
	}
	return joinIDs(others), len(others) > 0
}

// sameFigure reports whether two formulas compute the same value; measures shown beside it make no difference. Without
// a formula nothing is known to be the same.
func (f *Formula) sameFigure(g *Formula) bool {
	if f == nil || g == nil {
		return false
	}
	a, b := *f, *g
	a.Beside, b.Beside = nil, nil
	return reflect.DeepEqual(a, b)
}

func joinIDs(ids []string) schema.Text {
	return schema.Text{ZH: strings.Join(ids, "、"), EN: strings.Join(ids, ", ")}
}

// needsImport: the value depends on counts that only an import brings. Ledgers are left out, because they are plans.
func needsImport(c *Catalogue, i *Indicator) (schema.Text, bool) {
	var labels schema.Text
	if i.Formula == nil {
		return labels, false
	}
	for _, t := range slices.Concat(i.Formula.Numerator, i.Formula.Denominator) {
		m, ok := c.MeasureOf(t.Measure)
		if ok && slices.ContainsFunc(m.Parts, func(p *Part) bool { return p.importedOnly }) {
			return m.Label, true
		}
	}
	return labels, false
}

// goalConflict: a row wants more records of a kind, another row wants fewer.
func goalConflict(c *Catalogue, i *Indicator) (schema.Text, bool) {
	var others []string
	for _, j := range c.indicators {
		if intersect(c.wantsMore(i), c.wantsFewer(j)) || intersect(c.wantsMore(j), c.wantsFewer(i)) {
			others = append(others, j.ID)
		}
	}
	return joinIDs(others), len(others) > 0
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// wantsMore returns the kinds of which every further record raises a value that should be high.
func (c *Catalogue) wantsMore(i *Indicator) (kinds []string) {
	f := i.Formula
	if f == nil || (f.Kind != Sum && f.Kind != Ratio) || (i.Target.Op != "≥" && i.Target.Op != ">") {
		return nil
	}
	for _, t := range f.Numerator {
		m, ok := c.MeasureOf(t.Measure)
		if !ok || t.Minus || t.Before {
			continue
		}
		for _, p := range m.Parts {
			if p.When == "" && p.Add == "" {
				kinds = append(kinds, p.Kind)
			}
		}
	}
	return kinds
}

// wantsFewer returns the kinds whose records should become fewer from year to year.
func (c *Catalogue) wantsFewer(i *Indicator) []string {
	if i.Formula == nil || i.Formula.Kind != Drop {
		return nil
	}
	return c.kindsOfTerms(i.Formula.Numerator)
}

func (c *Catalogue) kindsOfTerms(terms []Term) (kinds []string) {
	for _, t := range terms {
		kinds = append(kinds, c.KindsOf(t.Measure)...)
	}
	return kinds
}

// findCompanionsWithoutOperator adds a finding for each companion with a target, because companions have no operator.
func (c *Catalogue) findCompanionsWithoutOperator() {
	l, _ := lintOf(noOperator)
	for _, i := range c.indicators {
		for _, co := range i.Companions {
			if co.Target != nil {
				f := Finding{Row: co.ID, Project: i.Project, Line: co.line, row: i.ID}
				c.addFinding(f, l, l.reasonFor(verbatim(co.Target.Raw)))
			}
		}
	}
}
