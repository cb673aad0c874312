package ingest_test

import (
	"crypto/ed25519"
	"slices"
	"testing"
	"time"

	"roadbook/server/fleet"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// saveAuto saves a plate dated by the device.
func (w *world) saveAuto(d *fleet.Device, number string) string {
	return d.Save(fleet.Observation{Kind: kind("plate"), Act: wire.Create, At: w.now.UnixMilli(), Auto: []string{"occurred_at"},
		Fields: plateFields(d.Unit, number, noon)}).String()
}

// sleep lets the time go by that a device sleeps through.
func (w *world) sleep(d *fleet.Device, t time.Duration) {
	w.now, d.Asleep = w.now.Add(t), d.Asleep+t.Milliseconds()
}

func (w *world) wantMoment(what, id string, at time.Time, grade clock.Grade) {
	w.t.Helper()
	r, err := w.store.Record(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if o := r.State.Obs[0]; o.Stamp().Moment != at.UnixMilli() || o.Grade != grade {
		w.t.Errorf("%s: %s %s, want %s %s", what, time.UnixMilli(o.Stamp().Moment).In(shanghai).Format(time.DateTime), o.Grade, at.Format(time.DateTime), grade)
	}
}

// A phone in a pocket: its steady clock stops, before the boot is fixed and after. Each plate counts on its true day,
// whatever the constant error of the phone's wall clock.
func TestPhoneThatSleeps(t *testing.T) {
	for _, skew := range []time.Duration{0, 5 * time.Second, -5 * time.Second, time.Hour, -50 * 365 * 24 * time.Hour} {
		eachStore(t, func(t *testing.T, w *world) {
			nine := w.now // 20 December 2020, 09:00
			d := w.device("li", "office-1", "clerk")
			d.Skew, d.Known = skew.Milliseconds(), nine.Add(-time.Minute).UnixMilli()
			before := w.saveAuto(d, "冀F00001")
			w.sleep(d, 20*time.Hour) // to 05:00 of the next day
			w.now = w.now.Add(time.Hour)
			fixing := w.saveAuto(d, "冀F00002")
			w.push(d, wire.Created)
			d.Known = w.now.UnixMilli()
			w.sleep(d, 20*time.Hour) // to 02:00 of the day after
			after := w.saveAuto(d, "冀F00003")
			w.push(d, wire.Created)

			w.wantMoment("before", before, nine, clock.Estimated)
			w.wantMoment("at the fixing", fixing, nine.Add(21*time.Hour), clock.Exact)
			w.wantMoment("after", after, nine.Add(41*time.Hour), clock.Estimated)
			for day, want := range map[clock.Day]int64{20201220: 1, 20201221: 1, 20201222: 1} {
				if got := w.total("plate_sets", "office-1", day, day); got != want {
					t.Errorf("%d plates on %v, want %d", got, day, want)
				}
			}
		})
	}
}

// The first word on a boot stands, in its version: whoever asks, whatever clocks a later request tells. A device that
// does not read version 2 gets the same boot in version 1.
func TestVersionsOfABoot(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		pub := key(99).Public().(ed25519.PublicKey)
		send := func(d *fleet.Device, f *wire.Frame, wall, reads bool) clock.Boot {
			t.Helper()
			req := d.Request(f, w.now.UnixMilli())
			if !wall {
				req.Now.Wall = 0
			}
			if !reads {
				req.Boots = 0
			}
			a, err := w.in.Sync(t.Context(), who(d), req)
			if err != nil || len(a.Boots) != 1 || wire.CheckBoot(pub, req.Stream, a.Boots[0]) != nil {
				t.Fatalf("%+v, %v", a, err)
			}
			all := wire.Answer{}
			if err := w.in.AddBoots(t.Context(), req, &all); err != nil || len(all.Boots) != 1 || all.Boots[0].Boot != a.Boots[0].Boot ||
				wire.CheckBoot(pub, req.Stream, all.Boots[0]) != nil {
				t.Errorf("all boots are %+v, %v", all.Boots, err)
			}
			return a.Boots[0].Boot
		}
		told, silent := w.device("a", "office-1", "clerk"), w.device("b", "office-1", "clerk")
		w.saveAuto(told, "冀F00001")
		w.saveAuto(silent, "冀F00002")
		eight := w.now.Add(-time.Hour).UnixMilli()
		two := send(told, told.Next(), true, true)
		if want := (clock.Boot{ID: two.ID, Base: eight, V: 2, Offset: eight, Mono: 3600_000}); two != want {
			t.Errorf("fixed as %+v, want %+v", two, want)
		}
		one := send(silent, silent.Next(), false, true)
		if want := (clock.Boot{ID: one.ID, Base: eight}); one != want {
			t.Errorf("fixed as %+v, want %+v", one, want)
		}
		w.sleep(told, time.Hour)
		w.sleep(silent, time.Hour)
		told.Skew, silent.Skew = 77_000, 77_000
		if got := send(told, told.Next(), true, true); got != two {
			t.Errorf("then %+v, first %+v", got, two)
		}
		if got := send(told, told.Next(), false, false); got != two.In(1) {
			t.Errorf("in version 1 %+v, it is %+v", got, two)
		}
		if got := send(silent, silent.Next(), true, true); got != one {
			t.Errorf("then %+v, first %+v", got, one)
		}
		if got := w.boots(told); !slices.Equal(got, []clock.Boot{two}) {
			t.Errorf("stored are %+v", got)
		}
	})
}

// A restored server takes its own word on a boot, in the version offered.
func TestOfferedBootOfVersion2(t *testing.T) {
	for _, version := range []int{1, 2} {
		eachStore(t, func(t *testing.T, w *world) {
			d := w.device("li", "office-1", "clerk")
			nine := w.now
			id := w.saveAuto(d, "冀F00001")
			req := d.Request(d.Next(), w.now.UnixMilli())
			fixed := clock.Boot{ID: req.Now.Boot, Base: nine.Add(7 * time.Hour).UnixMilli(), V: 2, Offset: nine.Add(7 * time.Hour).UnixMilli(), Mono: 4000_000}
			req.Offers = []wire.SignedBoot{wire.SignBoot(key(99), req.Stream, fixed.In(version))}
			a, err := w.in.Sync(t.Context(), who(d), req)
			if err != nil || len(a.Boots) != 1 || a.Boots[0].Boot != fixed.In(version) {
				t.Fatalf("%+v, %v", a, err)
			}
			if version == 1 {
				w.wantMoment("version 1", id, nine.Add(8*time.Hour), clock.Exact)
			} else {
				w.wantMoment("version 2", id, nine, clock.Estimated)
			}
		})
	}
}
