package web

import (
	"roadbook/server/query"
)

// reportsData lists the expected deliveries and their arrival.
type reportsData struct {
	*yearData
	Table *query.CompletenessTable
	Kinds map[string]string // labels by name
}

func (w *Web) reports(v *pageRequest) (page, error) {
	l, err := w.loadYear(v, "/reports")
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
	return page{name: "reports", title: v.word("reports"), demo: l.Indicators.Demo, data: d}, nil
}
