package web

import (
	"context"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/clock"
)

// lookData is what pages over a year's table share: what it covers and how to choose another.
type lookData struct {
	In          *query.Indicators
	Checkpoints []checkpoint
	Units       []query.Unit
	Years       []int
	Path        string // of the page itself
}

// look asks for the table and for what may be chosen instead.
func (w *Web) look(v *visit, path string) (*lookData, error) {
	in, err := w.cfg.Query.Indicators(v.ctx, v.ask)
	if err != nil {
		return nil, err
	}
	units, err := w.units(v)
	if err != nil {
		return nil, err
	}
	return &lookData{In: in, Checkpoints: v.checkpoints(), Units: units, Years: years(w.cfg.Catalogues), Path: path}, nil
}

func (w *Web) units(v *visit) ([]query.Unit, error) {
	at, err := clock.ParseDay(v.ask.At)
	if err != nil {
		return nil, err
	}
	return w.cfg.Query.Units(v.ctx, at)
}

func years(cats []*catalogue.Catalogue) (out []int) {
	seen := map[int]bool{}
	for _, c := range cats {
		if !seen[c.Year] {
			out = append(out, c.Year)
		}
		seen[c.Year] = true
	}
	return out
}

// projectData is a project with its rows and its money.
type projectData struct {
	*catalogue.Project
	Rows   []query.Row
	Budget query.Budget
}

func projectsOf(cat *catalogue.Catalogue, in *query.Indicators) (out []projectData) {
	for _, p := range cat.Projects {
		d := projectData{Project: p, Rows: rowsOf(in, p.Code)}
		for _, b := range in.Budgets {
			if b.Project == p.Code {
				d.Budget = b
			}
		}
		out = append(out, d)
	}
	return out
}

// rowsOf are a project's rows, or the department's ("").
func rowsOf(in *query.Indicators, project string) (out []query.Row) {
	for _, r := range in.Rows {
		if r.Project == project {
			out = append(out, r)
		}
	}
	return out
}

// tallyData counts the lights of all rows.
type tallyData struct{ Green, Yellow, Red, Grey int }

func lightsOf(rows []query.Row) (t tallyData) {
	for _, r := range rows {
		switch r.Light {
		case query.Green:
			t.Green++
		case query.Yellow:
			t.Yellow++
		case query.Red:
			t.Red++
		case query.Grey:
			t.Grey++
		}
	}
	return t
}

// goalData is a sub-goal with what measures its items.
type goalData struct {
	Name  string
	Items []goalItem
}

type goalItem struct {
	Text      string
	Rows      []measuring
	Narrative bool
}

// measuring is a row, or the row of a companion, by which a goal's item is measured.
type measuring struct {
	ID, Row string
	Name    schema.Text
	Light   query.Light
}

func goalsOf(cat *catalogue.Catalogue, in *query.Indicators) (out []goalData) {
	by := map[string]measuring{}
	for _, r := range in.Rows {
		by[r.ID] = measuring{r.ID, r.ID, schema.Text{ZH: r.Name}, r.Light}
		for _, c := range r.Companions {
			by[c.ID] = measuring{c.ID, r.ID, c.Label, ""}
		}
	}
	for _, g := range cat.Department.SubGoals {
		d := goalData{Name: g.Name}
		for _, it := range g.Items {
			item := goalItem{Text: it.Text, Narrative: it.Narrative}
			for _, id := range it.MeasuredBy {
				if m, ok := by[id]; ok {
					item.Rows = append(item.Rows, m)
				}
			}
			d.Items = append(d.Items, item)
		}
		out = append(out, d)
	}
	return out
}

// overviewData is the year at a glance.
type overviewData struct {
	*lookData
	Department catalogue.Department
	Targets    []query.Row
	Goals      []goalData
	Projects   []projectData
	Lights     tallyData
}

func (w *Web) overview(v *visit) (page, error) {
	l, err := w.look(v, "/overview")
	if err != nil {
		return page{}, err
	}
	return page{name: "overview", title: v.word("overview"), demo: l.In.Demo, data: overviewData{
		lookData: l, Department: v.cat.Department, Targets: rowsOf(l.In, ""), Goals: goalsOf(v.cat, l.In),
		Projects: projectsOf(v.cat, l.In), Lights: lightsOf(l.In.Rows),
	}}, nil
}

// targetsData is the department's literal targets and what supports them.
type targetsData struct {
	*lookData
	Cat     *catalogue.Catalogue
	Targets []query.Row
	Goals   []goalData
}

func (w *Web) targets(v *visit) (page, error) {
	l, err := w.look(v, "/targets")
	if err != nil {
		return page{}, err
	}
	return page{name: "targets", title: v.word("targets"), demo: l.In.Demo, data: targetsData{
		lookData: l, Cat: v.cat, Targets: rowsOf(l.In, ""), Goals: goalsOf(v.cat, l.In),
	}}, nil
}

// series asks for the table at every checkpoint, that of the day asked about being there already.
func (w *Web) series(ctx context.Context, v *visit, l *lookData) (map[string]*query.Indicators, error) {
	out := map[string]*query.Indicators{v.ask.At: l.In}
	for _, c := range l.Checkpoints {
		if out[c.Day] != nil {
			continue
		}
		in, err := w.cfg.Query.Indicators(ctx, query.Question{Year: v.ask.Year, At: c.Day, Unit: v.ask.Unit})
		if err != nil {
			return nil, err
		}
		out[c.Day] = in
	}
	return out, nil
}

// reportsData is which expected reports have come.
type reportsData struct {
	*lookData
	Table *query.CompletenessTable
	Kinds map[string]string // labels by name
}

func (w *Web) reports(v *visit) (page, error) {
	l, err := w.look(v, "/reports")
	if err != nil {
		return page{}, err
	}
	table, err := w.cfg.Query.Completeness(v.ctx, v.ask)
	if err != nil {
		return page{}, err
	}
	d := reportsData{l, table, map[string]string{}}
	for _, k := range w.cfg.Schema.Kinds() {
		d.Kinds[k.Name] = k.Label.In(v.lang)
	}
	return page{name: "reports", title: v.word("reports"), demo: l.In.Demo, data: d}, nil
}
