package browsertest

import (
	"crypto/ed25519"

	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

// Events are records of things that several people recorded.
type Events struct {
	Accident, SecondAccident, VoidAccident string // of one accident: two with the same casualty, the third void with another
	Case, SolvedCase                       string // of one case number: opened in one, solved in the other
}

// RecordEvents records one accident three times and one case twice; HQ links the accidents.
func (w *World) RecordEvents() (e Events) {
	w.t.Helper()
	d := w.device("squad-9", "squad-9", "officer")
	accident := func(when, died string) string {
		id := w.record(d, "accident", when, fleet.Observation{}, fields{
			"unit": d.Unit, "occurred_at": "2020-10-01 08:00", "severity": "injury", "procedure": "general", "dead": "0",
		}).String()
		w.record(d, "casualty", died, fleet.Observation{Record: id}, fields{"unit": d.Unit, "occurred_at": died, "died_at": died})
		return id
	}
	e.Accident = accident("2020-10-01 08:30", "2020-10-02 09:00")
	e.SecondAccident = accident("2020-10-02 09:30", "2020-10-02 09:00")
	e.VoidAccident = accident("2020-10-03 09:30", "2020-10-03 11:11")
	w.record(d, "accident", "2020-10-04 08:00", fleet.Observation{Act: wire.Void, Record: e.VoidAccident, Seen: []string{e.VoidAccident}, Reason: "重复登记"}, nil)
	opened := fields{"unit": d.Unit, "occurred_at": "2020-10-05 08:00", "case_number": "TY-9", "opened_at": "2020-10-05 08:00"}
	e.Case = w.record(d, "hit_and_run", "2020-10-05 09:00", fleet.Observation{}, opened).String()
	opened["solved_at"] = "2020-10-06 12:34"
	e.SolvedCase = w.record(d, "hit_and_run", "2020-10-07 09:00", fleet.Observation{}, opened).String()
	w.push(d, false)
	hq := ingest.Officer{Name: "chen", Unit: "hq", Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	for _, other := range []string{e.SecondAccident, e.VoidAccident} {
		_, err := w.ingest.Link(w.t.Context(), hq, e.Accident, other)
		w.must(err)
	}
	return e
}
