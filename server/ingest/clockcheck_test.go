package ingest_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// bootCheckingStore counts at each commit the lines whose boot is not fixed yet.
type bootCheckingStore struct {
	store.Store
	commits, unfixed int
}

func (s *bootCheckingStore) Batch(ctx context.Context, fn func(store.Steps) error) error {
	return s.Store.Batch(ctx, func(steps store.Steps) error { return fn(&bootCheckingSteps{steps, s}) })
}

type bootCheckingSteps struct {
	store.Steps
	s *bootCheckingStore
}

func (s *bootCheckingSteps) CommitFrame(ctx context.Context, f store.Frame) (store.Frame, bool, error) {
	stream, err := s.Stream(ctx, f.Key.Stream)
	if err != nil {
		return store.Frame{}, false, err
	}
	lines, err := wire.UnpackLines(f.Packed, 1<<20)
	if err != nil {
		return store.Frame{}, false, err
	}
	s.s.commits++
	for _, line := range lines {
		var parsed struct{ Clock struct{ Boot string } }
		if json.Unmarshal(line, &parsed) == nil && parsed.Clock.Boot != "" &&
			!slices.ContainsFunc(stream.Boots, func(b clock.Boot) bool { return b.ID == parsed.Clock.Boot }) {
			s.s.unfixed++
		}
	}
	return s.Steps.CommitFrame(ctx, f)
}

// On every way to the server a line's boot is fixed before the commit: also for a line unreadable today, and for a new
// frame mistaken for a repetition at first.
func TestBootIsFixedBeforeTheCommit(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		s := &bootCheckingStore{Store: w.store}
		w.store = s
		w.open("shunping-2020@1")
		d := w.device("li", "office-1", "clerk")
		first := w.plate(d, "冀F00001", noon)
		w.push(d, wire.Created)
		d.Reboot(w.rng, w.now.UnixMilli())
		w.plate(d, "冀F00002", noon)
		d.Reboot(w.rng, w.now.UnixMilli())
		w.wantStatuses(w.send(d, d.Frame(0, 2)), wire.Exists, wire.Created) // the frame looks known
		d.SaveRaw([]byte(`{"v":2,"kind":"plate","act":"create","novel":[],"clock":{"hlc":"1","boot":"aaaaaaaa","mono":1,"wall":2}}`))
		d.SaveRaw([]byte(`{"v":2,"kind":"plate","act":"create","clock":{"hlc":"1","boot":"bbbbbbbb","mono":1,"wall":2}}`))
		w.wantStatuses(w.send(d, d.Frame(2, 4)), wire.Quarantined, wire.Quarantined)
		for _, way := range []func(*fleet.Device){
			func(d *fleet.Device) { w.importBundle(d, w.bundle(d, d.Next())) },
			func(d *fleet.Device) {
				revoked := who(d)
				revoked.Deposit = true
				if _, err := w.in.Sync(t.Context(), revoked, d.Request(d.Next(), w.now.UnixMilli())); err != nil {
					t.Fatal(err)
				}
			},
		} {
			d := w.device("wang", "office-2", "clerk")
			w.plate(d, "冀F00003", noon)
			way(d)
		}
		if _, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Void, Record: first.String(), Reason: "-"}); err != nil {
			t.Fatal(err)
		}
		run, err := w.in.NewImportRun(ingest.Officer{Name: "import", Unit: "hq", Key: key(78)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run.Send(t.Context(), []*wire.Line{{Kind: "plate", Act: wire.Create, Officer: "x", Fields: []byte(`{}`)}}); err != nil {
			t.Fatal(err)
		}
		if s.commits != 7 || s.unfixed != 0 {
			t.Errorf("%d commits, %d lines before their boot was fixed", s.commits, s.unfixed)
		}
	})
}

// fakeClockCheck is a ClockCheck with a set opinion of the clock.
type fakeClockCheck struct {
	heard   []string
	walls   []int64
	present clock.ServerReading
	signed  int64
	err     error
}

func (clk *fakeClockCheck) NoteDeviceClock(device string, wall int64) {
	clk.heard, clk.walls = append(clk.heard, device), append(clk.walls, wall)
}

func (clk *fakeClockCheck) Present() clock.ServerReading { return clk.present }

func (clk *fakeClockCheck) BeforeSigning(_ context.Context, ms int64) error {
	clk.signed = max(clk.signed, ms)
	return clk.err
}

// openWithClockCheck opens the write path with a check of its clock.
func (w *world) openWithClockCheck(clk *fakeClockCheck) {
	w.clockCheck = clk
	w.open("shunping-2020@1")
}

// A boot first seen by a wrong clock never gets a base, whatever its lines claim to know. A boot fixed before keeps its
// base, and a boot first seen after the clock was set right gets a base again.
func TestClockThatIsOff(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		now := w.now.UnixMilli()
		clk := &fakeClockCheck{present: clock.ServerReading{Now: now}}
		w.openWithClockCheck(clk)
		right, off, later := w.device("a", "office-1", "clerk"), w.device("b", "office-1", "clerk"), w.device("c", "office-1", "clerk")
		auto := func(d *fleet.Device, number string) string {
			d.Known = 4_000_000_000_000
			vs := plateFields(d.Unit, number, noon)
			return d.Save(fleet.Observation{Kind: kind("plate"), Act: wire.Create, At: now, Auto: []string{"occurred_at"}, Fields: vs}).String()
		}
		grade := func(id string) clock.Grade {
			t.Helper()
			r, err := w.store.Record(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return r.State.Obs[0].Grade
		}
		one := auto(right, "冀F00001")
		w.push(right, wire.Created)
		clk.present = clock.ServerReading{Now: now - 9e9, FarOff: true, Latest: now + 5}
		two, three := auto(off, "冀F00002"), auto(right, "冀F00003")
		w.push(off, wire.Created)
		w.push(right, wire.Created)
		if _, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Void, Record: one, Reason: "-"}); err != nil {
			t.Fatal(err)
		}
		clk.present = clock.ServerReading{Now: now}
		four, five := auto(off, "冀F00004"), auto(later, "冀F00005")
		w.push(off, wire.Created)
		w.push(later, wire.Created)
		for id, want := range map[string]clock.Grade{
			one: clock.Exact, two: clock.Estimated, three: clock.Exact, four: clock.Estimated, five: clock.Exact,
		} {
			if got := grade(id); got != want {
				t.Errorf("%s is %s, want %s", id, got, want)
			}
		}
		for _, b := range w.boots(off) {
			if b.Base != 0 || b.Ceiling != now+5 {
				t.Errorf("a boot was fixed as %+v", b)
			}
		}
		if n := len(clk.heard); n != 5 || slices.Contains(clk.heard, wire.DeviceID(w.hq.Key.Public().(ed25519.PublicKey))) {
			t.Errorf("heard were %v", clk.heard)
		}
	})
}

// A moment the server can't store dates nothing new; known lines are answered all the same.
func TestNothingIsDatedByAMomentThatIsNotKept(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		clk := &fakeClockCheck{present: clock.ServerReading{Now: w.now.UnixMilli()}}
		w.openWithClockCheck(clk)
		d := w.device("li", "office-1", "clerk")
		w.plate(d, "冀F00001", noon)
		f := d.Next()
		clk.err = store.ErrFull
		_, err := w.in.Sync(t.Context(), who(d), d.Request(f, w.now.UnixMilli()))
		if refusal := new(wire.Error); !errors.As(err, &refusal) || refusal.Code != wire.CodeBusy {
			t.Fatalf("it was taken in, %v", err)
		}
		clk.err = nil
		w.wantStatuses(w.send(d, f), wire.Created)
		clk.err = store.ErrFull
		w.wantStatuses(w.send(d, f), wire.Exists)
		w.plate(d, "冀F00002", noon) // its boot is fixed already
		w.wantStatuses(w.send(d, d.Frame(1, 2)), wire.Created)
	})
}

// boots are the fixed boots of a device's stream.
func (w *world) boots(d *fleet.Device) []clock.Boot {
	w.t.Helper()
	all, err := w.store.Streams(w.t.Context(), wire.StreamID{}, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s store.Stream) bool { return s.ID.Device == d.ID })
	return all[i].Boots
}
