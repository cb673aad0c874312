package web

import (
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/wire"
)

// projectPage is one project: what it is for, its rows, and both at all checkpoints.
type projectPage struct {
	*lookData
	projectData
	BudgetUnit string
	Legal      string
	Course     []course
	Money      []query.Budget // at the checkpoints
}

// course is one row at the checkpoints.
type course struct {
	Row query.Row
	At  []query.Row
}

func (w *Web) project(v *visit) (page, error) {
	code := v.c.Params("code")
	if !knows(v.cat, code) {
		return page{}, wire.Refuse(wire.CodeNotFound, "")
	}
	l, err := w.look(v, "/projects/"+code)
	if err != nil {
		return page{}, err
	}
	series, err := w.series(v.ctx, v, l)
	if err != nil {
		return page{}, err
	}
	d := projectPage{lookData: l, projectData: projectOf(v.cat, l.In, code), Legal: v.cat.LegalBasis}
	for _, u := range v.cat.Units {
		if u.Code == d.Unit {
			d.BudgetUnit = u.Name
		}
	}
	for _, r := range d.Rows {
		c := course{Row: r}
		for _, point := range l.Checkpoints {
			c.At = append(c.At, rowIn(series[point.Day], r.ID))
		}
		d.Course = append(d.Course, c)
	}
	for _, point := range l.Checkpoints {
		d.Money = append(d.Money, projectOf(v.cat, series[point.Day], code).Budget)
	}
	return page{name: "project", title: d.Name, demo: l.In.Demo, data: d}, nil
}

func knows(cat *catalogue.Catalogue, code string) bool {
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
