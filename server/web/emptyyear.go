package web

import (
	"strconv"

	"roadbook/server/query"
)

// emptyYearData is the page of a year without a catalogue.
type emptyYearData struct {
	Year     int
	Years    []int  // with a catalogue
	Near     bool   // the year is on its way; else it is likely a slip of the hand
	Command  string // for HQ; "" for other readers
	Recorded int64  // records waiting for the year's catalogue
}

// writeEmptyYear says what a year lacks and what to do. The page follows: once the year is published, its figures stand here.
func (w *Web) writeEmptyYear(v *pageRequest, missing *query.NoCatalogue) error {
	d := emptyYearData{Year: missing.Year, Years: missing.Years, Near: missing.From != 0}
	if v.user != nil && isHQ(v.user) {
		d.Command = missing.Command()
	}
	var err error
	if d.Recorded, err = w.cfg.Query.Recorded(v.ctx, missing.Year); err != nil {
		return w.refuse(v, err)
	}
	v.ask.At = ""
	lacks := "empty_year_far"
	if d.Near {
		lacks = "empty_year_yet"
	}
	return w.write(v, page{name: "emptyyear", title: strconv.Itoa(missing.Year) + " " + v.word(lacks), data: d})
}
