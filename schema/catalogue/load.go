package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"slices"

	"roadbook/schema"
	"roadbook/schema/data"
	"roadbook/schema/internal/source"
)

// Load reads a catalogue file. file is only used in faults. The error is Faults, with every fault.
func Load(data []byte, file string, s *schema.Schema) (*Catalogue, error) {
	l := &loader{file: file, schema: s}
	var y fileCatalogue
	doc, err := source.Read(data, file, &y)
	if err != nil {
		return nil, Faults{translateYAML(err, file)}
	}
	l.doc = doc
	c := l.loadCatalogue(y)
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	sum := sha256.Sum256(data)
	c.Digest = hex.EncodeToString(sum[:])
	c.deriveFindings()
	return c, nil
}

// Embedded loads every catalogue of schema/data, in the order of their names.
func Embedded(s *schema.Schema) ([]*Catalogue, error) {
	files, err := fs.Glob(data.FS, "catalogues/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []*Catalogue
	for _, file := range files {
		text, err := fs.ReadFile(data.FS, file)
		if err != nil {
			return nil, err
		}
		c, err := Load(text, path.Base(file), s)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if all, err = inOrder(all); err != nil {
		return nil, err
	}
	return all, CheckMeasuresAgree(all)
}

// inOrder sorts catalogues by name; with two catalogues of the same name, an observation's catalogue would be
// ambiguous.
func inOrder(all []*Catalogue) ([]*Catalogue, error) {
	slices.SortFunc(all, byName)
	for i := 1; i < len(all); i++ {
		if all[i].Name() == all[i-1].Name() {
			return nil, errors.New("two catalogues are called " + all[i].Name())
		}
	}
	return all, nil
}

// loader collects faults while it reads on.
type loader struct {
	file   string
	schema *schema.Schema
	doc    *source.Document
	faults Faults
}

func (l *loader) fail(code, zh, en string, at ...any) {
	f := Fault{File: l.file, Code: code, Reason: schema.Text{ZH: zh, EN: en}}
	f.Line, f.Column = l.doc.At(at...)
	l.faults = append(l.faults, f)
}

// childPath extends a path without changing it.
func childPath(path []any, more ...any) []any { return append(slices.Clone(path), more...) }

func (l *loader) required(given bool, what string, path ...any) {
	if !given {
		l.fail(FaultMissing, "缺少 "+what, what+" is missing", path...)
	}
}

func (l *loader) loadCatalogue(y fileCatalogue) *Catalogue {
	l.required(y.ID != "", "id", "id")
	l.required(y.Version > 0, "version", "version")
	l.required(y.Year > 0, "year", "year")
	l.required(len(y.PlanPoints) > 0, "plan_points", "plan_points")
	c := &Catalogue{
		ID: y.ID, Version: y.Version, Year: y.Year, LegalBasis: y.LegalBasis, PlanPoints: y.PlanPoints, Units: y.Units,
		Demo: y.Demo, File: l.file,
		byID: map[string]*Indicator{}, companions: map[string]*Companion{}, measures: map[string]*Measure{},
	}
	for i, m := range y.Measures {
		l.loadMeasure(c, m, []any{"measures", i})
	}
	for i, p := range y.Projects {
		l.loadProject(c, p, []any{"projects", i})
	}
	l.loadDepartment(c, y.Department)
	l.checkSubGoals(c)
	l.loadCarried(c, y.CarriedOver)
	return c
}

func (l *loader) failUnknown(what, name string, path []any) {
	l.fail(FaultReference, "没有这个 "+what+"："+name, "there is no "+what+" “"+name+"”", path...)
}

func (l *loader) loadProject(c *Catalogue, y fileProject, path []any) {
	l.required(y.No > 0 && y.Code != "" && y.Name != "", "no, code, name", path...)
	for _, p := range c.Projects {
		if p.No == y.No || p.Code == y.Code {
			l.fail(FaultDuplicate, "项目重复："+y.Code, "the project stands twice: "+y.Code, childPath(path, "code")...)
		}
	}
	if !slices.ContainsFunc(c.Units, func(u BudgetUnit) bool { return u.Code == y.Unit }) {
		l.failUnknown("unit", y.Unit, childPath(path, "unit"))
	}
	p := &Project{
		No: y.No, Code: y.Code, Name: y.Name, Unit: y.Unit, Budget: y.Budget,
		Plan: y.Plan, Purpose: y.Purpose, Goals: y.Goals,
	}
	l.checkBudget(p.Budget, childPath(path, "budget"))
	l.checkPlan(c, p.Plan, childPath(path, "plan"))
	for i, row := range y.Rows {
		here := childPath(path, "rows", i)
		l.required(row.L1 != "" && row.L2 != "" && row.L3 != "" && row.Desc != "", "l1, l2, l3, desc", here...)
		p.Rows = append(p.Rows, l.loadIndicator(c, row, p.Code, row.L3, here))
	}
	l.loadNotes(c, y.Notes, Finding{Project: p.Code}, y.quotableTexts(path), path)
	c.Projects = append(c.Projects, p)
}

func (l *loader) loadDepartment(c *Catalogue, y fileDepartment) {
	l.required(y.Name != "" && y.Division != "", "name, division", "department")
	d := Department{
		Name: y.Name, Division: y.Division, Slogan: y.Slogan, OverallGoal: y.OverallGoal, Currency: y.Currency,
		BudgetTotal: y.BudgetTotal, BusinessLines: y.BusinessLines, SubGoals: y.SubGoals, Safeguards: y.Safeguards,
	}
	for i, target := range y.Targets {
		d.Targets = append(d.Targets, l.loadIndicator(c, target, "", target.Target.Raw, []any{"department", "targets", i}))
	}
	l.checkBudgetTotal(c, d.BudgetTotal)
	l.loadNotes(c, y.Notes, Finding{}, y.quotableTexts([]any{"department"}), []any{"department"})
	c.Department = d
}

func (l *loader) loadIndicator(c *Catalogue, y fileIndicator, project, name string, path []any) *Indicator {
	l.required(y.ID != "", "id", path...)
	if c.byID[y.ID] != nil || c.companions[y.ID] != nil {
		l.fail(FaultDuplicate, "指标重复："+y.ID, "the indicator stands twice: "+y.ID, childPath(path, "id")...)
	}
	i := &Indicator{
		ID: y.ID, Project: project, L1: y.L1, L2: y.L2, L3: y.L3, Desc: y.Desc, Name: name,
		Target: y.Target, Intent: y.Intent,
	}
	l.checkTarget(i.Target, childPath(path, "target"))
	if i.Intent != nil {
		l.checkIntent(*i.Intent, childPath(path, "intent"))
	}
	if y.Formula != nil {
		i.Formula = l.loadFormula(c, *y.Formula, childPath(path, "formula"))
	}
	for n, co := range y.Companions {
		i.Companions = append(i.Companions, l.loadCompanion(c, co, childPath(path, "companions", n)))
	}
	i.lines = l.lineNumbers(path)
	l.loadNotes(c, y.Notes, Finding{Row: i.ID, Project: project, row: i.ID}, y.quotableTexts(path), path)
	c.byID[i.ID] = i
	c.indicators = append(c.indicators, i)
	return i
}

// lineNumbers returns the lines of the keys that findings of a row refer to.
func (l *loader) lineNumbers(path []any) map[string]int {
	out := map[string]int{}
	for _, key := range []string{"l3", "desc", "target", "formula", "companions"} {
		out[key], _ = l.doc.At(childPath(path, key)...)
	}
	return out
}

func (l *loader) loadCompanion(c *Catalogue, y fileCompanion, path []any) *Companion {
	l.required(y.ID != "" && y.Label.ZH != "" && y.Label.EN != "" && y.Formula != nil, "id, label, formula", path...)
	if c.byID[y.ID] != nil || c.companions[y.ID] != nil {
		l.fail(FaultDuplicate, "指标重复："+y.ID, "the indicator stands twice: "+y.ID, childPath(path, "id")...)
	}
	co := &Companion{ID: y.ID, Label: y.Label, Target: y.Target}
	co.line, _ = l.doc.At(childPath(path, "target")...)
	c.companions[y.ID] = co
	if t := y.Target; t != nil {
		l.required(t.Raw != "", "raw", childPath(path, "target")...)
		if t.Value != "" {
			l.checkDecimal(t.Value, decimal, childPath(path, "target", "value"))
		}
		if t.Op != "" {
			l.fail(FaultOperator, "伴随值没有比较符", "a companion has no operator", childPath(path, "target", "op")...)
		}
	}
	if y.Formula != nil {
		co.Formula = l.loadFormula(c, *y.Formula, childPath(path, "formula"))
	}
	return co
}

// checkSubGoals checks the items once all rows are known.
func (l *loader) checkSubGoals(c *Catalogue) {
	for i, goal := range c.Department.SubGoals {
		for j, item := range goal.Items {
			path := []any{"department", "sub_goals", i, "items", j}
			l.required(item.Text != "", "text", path...)
			if (len(item.MeasuredBy) > 0) == item.Narrative {
				l.fail(FaultSubGoal, "须注明由哪些指标衡量，或为叙述性目标",
					"an item is either measured by rows or a narrative", path...)
			}
			for n, id := range item.MeasuredBy {
				if c.byID[id] == nil && c.companions[id] == nil {
					l.failUnknown("indicator", id, childPath(path, "measured_by", n))
				}
			}
		}
	}
}
