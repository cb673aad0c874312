package web

import (
	"context"

	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/clock"
)

// yearData is what pages over a year's table share: what it covers and how to choose another.
type yearData struct {
	Indicators  *query.Indicators
	Checkpoints []checkpoint
	Units       []query.Unit
	Years       []int
	Path        string // of the page itself
}

// loadYear asks for the table and for what may be chosen instead.
func (w *Web) loadYear(v *pageRequest, path string) (*yearData, error) {
	in, err := w.cfg.Query.Indicators(v.ctx, v.ask)
	if err != nil {
		return nil, err
	}
	units, err := w.units(v)
	if err != nil {
		return nil, err
	}
	return &yearData{Indicators: in, Checkpoints: v.checkpoints(), Units: units, Years: years(w.cfg.Catalogues), Path: path}, nil
}

func (w *Web) units(v *pageRequest) ([]query.Unit, error) {
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

// series asks for the table at every checkpoint, that of the day asked about being there already.
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
