package kill

import (
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// check compares the server's data with the truth.
func (w *world) check() {
	w.t.Helper()
	w.checkExport()
	w.checkFigures()
	for _, d := range slices.Concat(w.devices, w.sideDevices) {
		s, err := d.status()
		w.must(err)
		if s.Waiting != 0 || s.Quarantined != 0 && !d.revoked {
			w.t.Errorf("device %s: %+v", d.id, s)
		}
	}
}

// checkExport: each observation once, accepted, with its fields; and no observation that nobody made.
func (w *world) checkExport() {
	w.t.Helper()
	list, err := w.hq.Export(w.url())
	w.must(err)
	ours := map[string]bool{}
	for _, d := range slices.Concat(w.devices, w.sideDevices, w.lostDevices) {
		ours[d.id] = true
	}
	times := map[string]int{}
	for _, o := range list {
		device, _, _ := strings.Cut(o.ID, ".")
		if !ours[device] {
			continue // HQ's own
		}
		times[o.ID]++
		s, known := w.truth.statements[o.ID]
		if !known {
			w.t.Errorf("nobody said %s: %s", o.ID, o.Line)
		}
		if want := s.fields["plate_number"]; !strings.Contains(o.Line, want) {
			w.t.Errorf("%s should speak of %s: %s", o.ID, want, o.Line)
		}
		if o.Server.Status != "created" && o.Server.Status != "released" {
			w.t.Errorf("%s is %s", o.ID, o.Server.Status)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.truth.statements)) {
		if times[id] != 1 {
			w.t.Errorf("%s (%s) stands %d times in the export", id, w.truth.statements[id].act, times[id])
		}
	}
}

func (w *world) checkFigures() {
	w.t.Helper()
	rows, err := w.hq.Figures(w.url())
	w.must(err)
	w.want("P5-1", rows["P5-1"].Value, strconv.FormatInt(w.truth.sets(), 10))
	incidents, ms, hours := w.truth.dispatch()
	if incidents == 0 {
		return
	}
	w.want("P1-2 denominator", rows["P1-2"].Denominator, strconv.FormatInt(incidents, 10))
	w.want("P1-2 numerator", rows["P1-2"].Numerator, strconv.FormatInt(ms, 10))
	w.want("P1-2", rows["P1-2"].Value, decimal(hours))
}

func (w *world) want(what string, got *string, want string) {
	w.t.Helper()
	if got == nil {
		w.t.Errorf("%s has no value, want %s", what, want)
	} else if *got != want {
		w.t.Errorf("%s is %s, people said %s", what, *got, want)
	}
}

// decimal writes with four places, without zeros at the end.
func decimal(r *big.Rat) string {
	return strings.TrimRight(strings.TrimRight(r.FloatString(4), "0"), ".")
}
