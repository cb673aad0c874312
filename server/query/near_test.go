package query_test

import (
	"slices"
	"testing"

	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// plate records the issue of a plate.
func (w *world) plate(on clock.Day, number, business string) wire.ObsID {
	d := w.device("wu", "office-1", "clerk")
	id := w.say(d, "plate", on, "", map[string]string{"plate_type": "02", "plate_number": number, "business": business})
	w.push(d, false)
	return id
}

// near are the days of the records near a record: on its page and in the export.
func (w *world) near(id wire.ObsID) (days []string) {
	w.t.Helper()
	h, err := w.query.Record(w.t.Context(), id.String())
	must(w.t, err)
	must(w.t, w.query.Records(w.t.Context(), store.RecordQuery{}, true, func(r *query.Record) error {
		if r.ID == id.String() && !slices.Equal(r.Near, h.Near) {
			w.t.Errorf("the export says %v, the record's page %v", r.Near, h.Near)
		}
		return nil
	}))
	for _, n := range h.Near {
		days = append(days, n.Day)
	}
	return days
}

// A counter's pile of forms is typed the next morning, and the vehicle office's table comes with the true dates: the same
// plate and business up to seven days apart is likely one. Both count until HQ decides.
func TestOnePlateOnTwoDays(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		first := w.plate(20201228, "冀F00001", "register")
		for _, other := range []struct {
			on               clock.Day
			number, business string
		}{
			{20201229, "冀f 00001", "register"},   // the next morning, in another spelling
			{20210104, "冀F00001", "register"},    // seven days later, over New Year
			{20210105, "冀F00001", "register"},    // eight days later
			{20201227, "冀F00001", "replacement"}, // another business
			{20201229, "冀F00002", "register"},    // another plate
		} {
			w.plate(other.on, other.number, other.business)
		}
		if got := w.near(first); !slices.Equal(got, []string{"2020-12-29", "2021-01-04"}) {
			t.Errorf("near the plate of 28 December are %v", got)
		}
		gone := w.plate(20201221, "冀F00003", "register")
		stays := w.plate(20201222, "冀F00003", "register")
		w.do(ingest.Act{Act: wire.Void, Record: gone.String(), Reason: "误录"})
		if got := w.near(stays); len(got) > 0 {
			t.Errorf("near the plate of which the other was voided: %v", got)
		}
		if got := w.near(gone); len(got) > 0 {
			t.Errorf("near a void record: %v", got)
		}
		a, b := w.plate(20201201, "冀F00004", "register"), w.plate(20201202, "冀F00004", "register")
		w.do(ingest.Act{Act: wire.Link, Record: a.String(), With: b.String()})
		for _, id := range []wire.ObsID{a, b} {
			if got := w.near(id); len(got) > 0 {
				t.Errorf("near a plate that HQ linked: %v", got)
			}
		}
	})
}
