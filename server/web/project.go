package web

import (
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/wire"
)

// projectPage is one project: its purpose, and its rows and budget at all checkpoints.
type projectPage struct {
	*yearData
	projectData
	BudgetUnit          string
	Legal               string
	AtCheckpoints       []checkpointRows
	BudgetAtCheckpoints []query.Budget // at the checkpoints
}

// checkpointRows is one row at all checkpoints.
type checkpointRows struct {
	Row query.Row
	At  []query.Row
}

func (w *Web) project(v *pageRequest) (page, error) {
	code := v.c.Params("code")
	if !hasProject(v.catalogue, code) {
		return page{}, wire.Refuse(wire.CodeNotFound, "")
	}
	l, err := w.loadYear(v, "/projects/"+code)
	if err != nil {
		return page{}, err
	}
	series, err := w.series(v.ctx, v, l)
	if err != nil {
		return page{}, err
	}
	d := projectPage{yearData: l, projectData: projectOf(v.catalogue, l.Indicators, code), Legal: v.catalogue.LegalBasis}
	for _, u := range v.catalogue.Units {
		if u.Code == d.Unit {
			d.BudgetUnit = u.Name
		}
	}
	for _, r := range d.Rows {
		c := checkpointRows{Row: r}
		for _, point := range l.Checkpoints {
			c.At = append(c.At, rowIn(series[point.Day], r.ID))
		}
		d.AtCheckpoints = append(d.AtCheckpoints, c)
	}
	for _, point := range l.Checkpoints {
		d.BudgetAtCheckpoints = append(d.BudgetAtCheckpoints, projectOf(v.catalogue, series[point.Day], code).Budget)
	}
	return page{name: "project", title: d.Name, demo: l.Indicators.Demo, data: d}, nil
}

func hasProject(cat *catalogue.Catalogue, code string) bool {
	for _, p := range cat.Projects {
		if p.Code == code {
			return true
		}
	}
	return false
}

func projectOf(cat *catalogue.Catalogue, in *query.Indicators, code string) (found projectData) {
	for _, p := range projectsOf(cat, in) {
		if p.Code == code {
			found = p
		}
	}
	return found
}

func rowIn(in *query.Indicators, id string) (found query.Row) {
	for _, r := range in.Rows {
		if r.ID == id {
			found = r
		}
	}
	return found
}
