package web

import (
	"context"

	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/clock"
)

// yearData is common to all pages over a year's table: the table and the choices of another one.
type yearData struct {
	Indicators  *query.Indicators
	Checkpoints []checkpoint
	Units       []query.Unit
	Years       []int
	Path        string // the page's own path
}

// loadYear reads the year's table and the possible choices.
func (w *Web) loadYear(v *pageRequest, path string) (*yearData, error) {
	in, err := w.cfg.Query.Indicators(v.ctx, v.ask)
	if err != nil {
		return nil, err
	}
	v.ask.Unit = in.Unit // the code, where the address has the name
	units, err := w.units(v)
	if err != nil {
		return nil, err
	}
	return &yearData{Indicators: in, Checkpoints: v.checkpoints(), Units: units, Years: w.cfg.Query.Years(), Path: path}, nil
}

func (w *Web) units(v *pageRequest) ([]query.Unit, error) {
	at, err := clock.ParseDay(v.ask.At)
	if err != nil {
		return nil, err
	}
	return w.cfg.Query.Units(v.ctx, at)
}

// projectData is a project with its rows and its budget.
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

// series returns the table at every checkpoint, reusing the loaded table.
func (w *Web) series(ctx context.Context, v *pageRequest, l *yearData) (map[string]*query.Indicators, error) {
	out := map[string]*query.Indicators{v.ask.At: l.Indicators}
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
