package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"roadbook/schema"
	"roadbook/schema/data"
	"roadbook/schema/internal/source"
)

// Finding is a doubt about the wording of a row, a project or the department. A finding warns and changes nothing: the
// literal target stands.
type Finding struct {
	Row     string      `json:"row"`     // id of the row or companion; "" = the whole project or department
	Project string      `json:"project"` // code; "" = the department's
	Code    string      `json:"code"`
	Name    schema.Text `json:"name"` // label of the code
	Text    schema.Text `json:"text"` // the reason
	Line    int         `json:"line"` // line in the catalogue's file

	row     string // the row that shows the finding: for a companion its row
	subject string // tells two findings with the same code apart
}

// Lint returns all findings in the order of the file. The slice must not be changed.
//
// Some findings are derived from rows and formulas, so every catalogue has them without effort; the rest are notes in
// the file.
func (c *Catalogue) Lint() []Finding { return c.findings }

// LintOf returns the findings of a row and its companions.
func (c *Catalogue) LintOf(row string) (out []Finding) {
	for _, f := range c.findings {
		if row != "" && f.row == row {
			out = append(out, f)
		}
	}
	return out
}

// lint is an entry of lints.yaml.
type lint struct {
	Code string      `yaml:"code"`
	By   string      `yaml:"by"` // derived, noted
	Name schema.Text `yaml:"name"`
	Why  schema.Text `yaml:"why"`
}

const subjectPlaceholder = "{it}"

// reasonFor returns the reason with its subject filled in.
func (l *lint) reasonFor(it schema.Text) schema.Text {
	return schema.Text{
		ZH: strings.ReplaceAll(l.Why.ZH, subjectPlaceholder, it.ZH),
		EN: strings.ReplaceAll(l.Why.EN, subjectPlaceholder, it.EN),
	}
}

// lints are all known codes, in the order of the file.
var lints = sync.OnceValue(func() []lint { return readOwn[lint]("lints.yaml") })

// readOwn reads a list from one of the program's own data files: a fault in the file panics.
func readOwn[T any](file string) (all []T) {
	text, err := data.FS.ReadFile(file)
	if err != nil {
		panic(err)
	}
	if _, err := source.Read(text, file, &all); err != nil {
		panic(err)
	}
	return all
}

func lintOf(code string) (*lint, bool) {
	all := lints()
	i := slices.IndexFunc(all, func(l lint) bool { return l.Code == code })
	if i < 0 {
		return nil, false
	}
	return &all[i], true
}

// deriveFindings adds the derived findings to the notes and sorts all findings in the order of the file.
func (c *Catalogue) deriveFindings() {
	for _, r := range lintRules {
		l, ok := lintOf(r.code)
		if !ok {
			panic(fmt.Sprintf("lints.yaml lacks %s", r.code))
		}
		for _, i := range c.indicators {
			if it, ok := r.applies(c, i); ok {
				c.addFinding(Finding{Row: i.ID, Project: i.Project, Line: i.lines[r.place], row: i.ID, subject: it.ZH}, l, l.reasonFor(it))
			}
		}
	}
	c.findCompanionsWithoutOperator()
	slices.SortStableFunc(c.findings, func(a, b Finding) int { return a.Line - b.Line })
}

// addFinding adds a finding unless it exists already: a note may repeat a derived finding.
func (c *Catalogue) addFinding(f Finding, l *lint, why schema.Text) {
	f.Code, f.Name, f.Text = l.Code, l.Name, why
	same := func(g Finding) bool {
		return g.Row == f.Row && g.Project == f.Project && g.Code == f.Code && (g.subject == f.subject || l.By == "derived")
	}
	if !slices.ContainsFunc(c.findings, same) {
		c.findings = append(c.findings, f)
	}
}
