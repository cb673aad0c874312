package returning

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"roadbook/server/hub"
	"roadbook/server/verify"
)

// check compares the server with a plain recount of people's observations, and with the server's own log.
func (w *world) check(said truth) answers {
	w.t.Helper()
	out := w.readServer()
	w.checkFigures(&out, said)
	w.checkRecords(&out, said)
	for _, s := range said {
		fates := out.lines[s.id]
		if len(fates) != 1 || (fates[0] == "quarantined") != s.quarantined || s.released != (fates[0] == "released") {
			w.t.Errorf("%s's %q of %s is exported as %v, quarantined: %v, released: %v", s.device, s.act, s.record, fates, s.quarantined, s.released)
		}
	}
	w.checkDrained()
	w.checkViews(said)
	w.checkVerify()
	return out.answers
}

func (w *world) checkRecords(out *serverView, said truth) {
	w.t.Helper()
	times := said.days()
	for id, t := range said.records() {
		if r, ok := out.records[id]; !ok || !r.Complete || r.Void != t.void || r.Day != times[id] {
			w.t.Errorf("record %s is %+v (there: %v), people say %s, void %v", id, r, ok, times[id], t.void)
		}
	}
	if len(out.records) != len(times) {
		w.t.Errorf("%d records, people speak of %d", len(out.records), len(times))
	}
}

// checkFigures compares the program's own indicators, if its catalogue is in force, and the measures.
func (w *world) checkFigures(out *serverView, said truth) {
	w.t.Helper()
	incidents, ms := said.dispatch()
	for measure, want := range map[string]int64{
		"plate_sets": said.sets(), "incident_dispatched": incidents, "incident_dispatch_ms": ms,
	} {
		if got := out.sums[measure]; got != want {
			w.t.Errorf("%s is %d, people said %d", measure, got, want)
		}
	}
	if w.published { // no incident has an arrival time: only the county's catalogue counts those
		if got := out.sums["yc_not_arrived"]; got != incidents || incidents == 0 {
			w.t.Errorf("yc_not_arrived is %d, people said %d", got, incidents)
		}
		return
	}
	w.want("P5-1", out.rows["P5-1"].Value, said.sets())
	w.want("P1-2 denominator", out.rows["P1-2"].Denominator, incidents)
	w.want("P1-2 numerator", out.rows["P1-2"].Numerator, ms)
}

func (w *world) want(what string, got *string, want int64) {
	w.t.Helper()
	if got == nil {
		w.t.Errorf("%s has no value, want %d", what, want)
	} else if *got != strconv.FormatInt(want, 10) {
		w.t.Errorf("%s is %s, people said %d", what, *got, want)
	}
}

// checkViews: every device knows the observations of its unit, made on other devices too. A lost machine is left out:
// devices that pulled its last observations keep showing these, though no server has them any more.
func (w *world) checkViews(said truth) {
	w.t.Helper()
	for id, t := range said.records() {
		for name, d := range w.devices {
			if d.station == nil || w.devices[t.by].station == nil || d.revoked || d.unit != w.devices[t.by].unit {
				continue
			}
			e, err := d.station.DB.Show(w.t.Context(), id)
			if err != nil || e.View.Void != t.void || e.View.Kind != t.kind {
				w.t.Errorf("%s knows of %s's %s %s: %s, void %v (%v), people say void %v", name, t.by, t.kind, id, e.View.Kind, e.View.Void, err, t.void)
			}
		}
	}
}

// checkDrained: no line waits on any remaining device.
func (w *world) checkDrained() {
	w.t.Helper()
	for name, d := range w.devices {
		if d.station == nil {
			continue
		}
		s, err := d.station.DB.Status(w.t.Context())
		w.must(err)
		if s.Waiting != 0 {
			w.t.Errorf("%d lines wait on %s", s.Waiting, name)
		}
	}
}

// checkVerify: server verify finds nothing wrong.
func (w *world) checkVerify() {
	w.t.Helper()
	l, err := hub.OpenReadOnly(w.t.Context(), w.config(w.home))
	w.must(err)
	defer func() { w.must(l.Close()) }()
	_, err = verify.Run(w.t.Context(), verify.Config{
		Store: l.Store, Schema: l.Schema, Counter: l.Counter, Keys: l.Auth.StreamKeys, Now: w.clock,
		Found: func(f verify.Finding) {
			if f.IsFault() {
				w.t.Errorf("verify: %+v", f)
			}
		},
	})
	w.must(err)
}

// compareAnswers compares the final answers of two runs of a story.
func compareAnswers(t *testing.T, without, with answers) {
	t.Helper()
	if len(without) < 30 {
		t.Errorf("%d answers only", len(without))
	}
	keys := maps.Clone(without)
	maps.Copy(keys, with)
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if without[k] != with[k] {
			t.Errorf("%s is\n\t%s, without what happened it is\n\t%s", k, with[k], without[k])
		}
	}
}
