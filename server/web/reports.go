package web

import (
	"roadbook/server/query"
)

// reportsData lists the expected deliveries and their arrival, and the silent devices.
type reportsData struct {
	*yearData
	Rows   []deliveryRow
	Kinds  map[string]string  // labels by name
	Silent *query.SilentTable // nil: a viewer sees the units alone
}

// deliveryRow is a unit's deliveries of a kind.
type deliveryRow struct{ query.UnitDelivery }

// newestMissing is how many missing periods a row shows.
const newestMissing = 6

// Newest are the latest missing periods, latest first.
func (r *deliveryRow) Newest() []string { return r.Missing[:min(len(r.Missing), newestMissing)] }

// More is the number of earlier ones.
func (r *deliveryRow) More() int { return len(r.Missing) - len(r.Newest()) }

// SilentMore is the number of silent devices that the table leaves out.
func (d *reportsData) SilentMore() int { return d.Silent.Count - len(d.Silent.Devices) }

func (w *Web) reports(v *pageRequest) (page, error) {
	l, err := w.loadYear(v, "/reports")
	if err != nil {
		return page{}, err
	}
	table, err := w.cfg.Query.Completeness(v.ctx, v.ask)
	if err != nil {
		return page{}, err
	}
	d := &reportsData{yearData: l, Kinds: map[string]string{}}
	for _, row := range table.Rows {
		d.Rows = append(d.Rows, deliveryRow{row})
	}
	for _, k := range w.cfg.Schema.Kinds() {
		d.Kinds[k.Name] = k.Label.In(v.lang)
	}
	if isHQ(v.user) {
		if d.Silent, err = w.cfg.Query.Silent(v.ctx, v.ask.At, v.ask.Unit); err != nil {
			return page{}, err
		}
	}
	return page{name: "reports", title: v.word("reports"), demo: l.Indicators.Demo, data: d}, nil
}
