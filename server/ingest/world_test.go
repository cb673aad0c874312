package ingest_test

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// world is one server's write path on a real store, with devices sending without a network.
type world struct {
	t          testing.TB
	store      store.Store
	in         *ingest.Ingest
	now        time.Time
	rng        *rand.Rand
	hq         ingest.Officer
	clockCheck ingest.ClockCheck // nil: the clock is trusted
	reference  func(context.Context) (*schema.Reference, error)
	log        *slog.Logger // nil: silent
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// stores are the stores tested for every promise: the embedded store, and the document store over its simulated engine.
// With the tag mongo a real engine is added.
var stores = map[string]func(testing.TB) store.Store{
	"sqlite": func(t testing.TB) store.Store { return openSQLite(t, t.TempDir()+"/r.db") },
	"mongo":  openSimulated,
}

func eachStore(t *testing.T, test func(t *testing.T, w *world)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, open(t))) })
	}
}

func newWorld(t testing.TB, s store.Store) *world {
	w := &world{t: t, store: s, now: time.Date(2020, 12, 20, 9, 0, 0, 0, shanghai), rng: rand.New(rand.NewPCG(1, 2))}
	w.open("shunping-2020@1")
	w.hq = ingest.Officer{Name: "chen", Unit: "hq", Key: key(77)}
	t.Cleanup(func() { w.in.Close(); s.Close() })
	return w
}

// open starts the write path of a server with these catalogue versions.
func (w *world) open(versions ...string) { w.openSchema(schema.Default(), versions...) }

// openSchema is open with other rules of the kinds.
func (w *world) openSchema(sch *schema.Schema, versions ...string) {
	if w.in != nil {
		w.in.Close()
	}
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		w.t.Fatal(err)
	}
	w.in = ingest.New(ingest.Config{
		Store: w.store, Schema: sch, Catalogues: versions, Counter: tally.NewCounter(all...),
		Key: key(99), Epoch: "epoch001", Now: func() time.Time { return w.now }, ClockCheck: w.clockCheck, Reference: w.reference, Rand: seeded{w.rng}, RefoldPage: 2, Log: w.log,
	})
}

type seeded struct{ rng *rand.Rand }

func (s seeded) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.rng.UintN(256))
	}
	return len(p), nil
}

func key(n byte) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	return ed25519.NewKeyFromSeed(seed)
}

// device returns an enrolled device.
func (w *world) device(name, unit, role string) *fleet.Device {
	d := fleet.NewDevice(w.rng, name, w.now.Add(-time.Hour).UnixMilli())
	d.SetEnrollment(unit, role, "shunping-2020@1")
	return d
}

func who(d *fleet.Device) ingest.Device {
	return ingest.Device{ID: d.ID, Key: d.PublicKey(), Unit: d.Unit, Role: d.Role}
}

// send takes a frame in and returns the answer.
func (w *world) send(d *fleet.Device, f *wire.Frame) *wire.Answer {
	w.t.Helper()
	a, err := w.in.Sync(w.t.Context(), who(d), d.Request(f, w.now.UnixMilli()))
	if err != nil {
		w.t.Fatalf("sync: %v", err)
	}
	return a
}

// push sends all waiting lines and wants one status for all of them.
func (w *world) push(d *fleet.Device, want wire.Status) {
	w.t.Helper()
	for f := d.Next(); f != nil; f = d.Next() {
		a := w.send(d, f)
		w.wantStatuses(a, want)
		if err := d.Acknowledge(f, a); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) wantStatuses(a *wire.Answer, want ...wire.Status) {
	w.t.Helper()
	if len(a.Results) != len(want) {
		w.t.Fatalf("%d runs of results %+v, want %v", len(a.Results), a.Results, want)
	}
	for i, r := range a.Results {
		if r.Status != want[i] {
			w.t.Fatalf("run %d is %s %v, want %s", i, r.Status, r.Faults, want[i])
		}
	}
}

// plate records the issue of a plate at a moment.
func (w *world) plate(d *fleet.Device, number string, at time.Time, more ...schema.Named) wire.ObsID {
	return d.Save(fleet.Observation{Kind: kind("plate"), Act: wire.Create, At: w.now.UnixMilli(), Fields: plateFields(d.Unit, number, at, more...)})
}

func plateFields(unit, number string, at time.Time, more ...schema.Named) schema.Values {
	vs := schema.Values{
		text("unit", schema.TypeText, unit), {Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: at.UnixMilli()}},
		text("plate_type", schema.TypeCode, "02"), text("plate_number", schema.TypePlate, number),
		text("business", schema.TypeCode, "register"), count("sets", 1),
	}
	for _, m := range more {
		vs = vs.With(m.Name, m.Value)
	}
	vs.Sort()
	return vs
}

func text(name string, t schema.Type, s string) schema.Named {
	return schema.Named{Name: name, Value: schema.Value{Type: t, S: s}}
}

func count(name string, n int64) schema.Named {
	return schema.Named{Name: name, Value: schema.Value{Type: schema.TypeInt, I: n}}
}

func kind(name string) *schema.Kind {
	k, ok := schema.Default().Kind(name)
	if !ok {
		panic(name)
	}
	return k
}

// amend changes fields of a record, with the named observations as seen.
func (w *world) amend(d *fleet.Device, id wire.ObsID, seen []wire.ObsID, fields ...schema.Named) wire.ObsID {
	return w.act(d, wire.Amend, id, seen, fields...)
}

func (w *world) act(d *fleet.Device, act wire.Act, id wire.ObsID, seen []wire.ObsID, fields ...schema.Named) wire.ObsID {
	s := fleet.Observation{Kind: kind("plate"), Act: act, At: w.now.UnixMilli(), Record: id.String(), Fields: fields}
	for _, o := range seen {
		s.Seen = append(s.Seen, o.String())
	}
	return d.Save(s)
}

// total is the sum of a measure for one unit ("" = all) on the days from..to.
func (w *world) total(measure, unit string, from, to clock.Day) int64 {
	w.t.Helper()
	sums, err := w.store.Sums(context.Background(), store.SumQuery{Measures: []string{measure}, Unit: unit, From: from, To: to})
	if err != nil {
		w.t.Fatal(err)
	}
	var n int64
	for _, s := range sums {
		n += s.Amount
	}
	return n
}

// wantSets wants the number of plates counted in 2020, of a unit ("" = all).
func (w *world) wantSets(unit string, want int64) {
	w.t.Helper()
	if got := w.total("plate_sets", unit, 20200101, 20201231); got != want {
		w.t.Errorf("plate sets of %q are %d, want %d", unit, got, want)
	}
}
