package web

import (
	"roadbook/schema/catalogue"
	"roadbook/server/doubts"
	"roadbook/server/query"
)

// overviewData is the year at a glance.
type overviewData struct {
	*yearData
	Department catalogue.Department
	Targets    []query.Row
	Goals      []goalData
	Projects   []projectData
	Lights     lightCounts
	Doubts     doubtNumbers // open ones
}

func (w *Web) overview(v *pageRequest) (page, error) {
	l, err := w.loadYear(v, "/overview")
	if err != nil {
		return page{}, err
	}
	numbers, err := w.doubtNumbers(v, &doubts.Question{Unit: v.ask.Unit, Open: true})
	if err != nil {
		return page{}, err
	}
	return page{name: "overview", title: v.word("overview"), demo: l.Indicators.Demo, data: overviewData{
		yearData: l, Department: v.catalogue.Department, Targets: rowsOf(l.Indicators, ""), Goals: goalsOf(v.catalogue, l.Indicators),
		Projects: projectsOf(v.catalogue, l.Indicators), Lights: countLights(l.Indicators.Rows), Doubts: numbers,
	}}, nil
}

// lightCounts are the numbers of rows by light.
type lightCounts struct{ Green, Yellow, Red, Grey int }

func countLights(rows []query.Row) (t lightCounts) {
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
