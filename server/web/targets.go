package web

import (
	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
)

// targetsData holds the department's literal targets and safeguards.
type targetsData struct {
	*yearData
	Cat     *catalogue.Catalogue
	Targets []query.Row
	Goals   []goalData
}

func (w *Web) targets(v *pageRequest) (page, error) {
	l, err := w.loadYear(v, "/targets")
	if err != nil {
		return page{}, err
	}
	return page{name: "targets", title: v.word("targets"), demo: l.Indicators.Demo, data: targetsData{
		yearData: l, Cat: v.catalogue, Targets: rowsOf(l.Indicators, ""), Goals: goalsOf(v.catalogue, l.Indicators),
	}}, nil
}

// goalData is a sub-goal with the indicators measuring its items.
type goalData struct {
	Name  string
	Items []goalItem
}

type goalItem struct {
	Text      string
	Rows      []goalMeasure
	Narrative bool
}

// goalMeasure is an indicator measuring a goal's item. For a companion figure, Row is the companion's row.
type goalMeasure struct {
	ID, Row string
	Name    schema.Text
	Light   query.Light
}

func goalsOf(cat *catalogue.Catalogue, in *query.Indicators) (out []goalData) {
	by := map[string]goalMeasure{}
	for _, r := range in.Rows {
		by[r.ID] = goalMeasure{r.ID, r.ID, schema.Text{ZH: r.Name}, r.Light}
		for _, c := range r.Companions {
			by[c.ID] = goalMeasure{c.ID, r.ID, c.Label, ""}
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
