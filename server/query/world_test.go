package query_test

import (
	"context"
	"crypto/ed25519"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/doubts"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// world is a write path and a Query on one store. Clock and randomness are the world's own: two worlds with the same
// story hold the same bytes.
type world struct {
	t     testing.TB
	store store.Store
	in    *ingest.Ingest
	query *query.Query
	cfg   query.Config // of query

	follower *doubts.Follower // nil: none
	cat      *catalogue.Catalogue
	now      time.Time
	rng      *rand.Rand
	units    map[string]string // of devices
	facts    []fact
}

// fact is the content of one observation, kept apart from the counting program.
type fact struct {
	id     wire.ObsID
	kind   string
	unit   string
	on     clock.Day // of occurred_at
	fields map[string]string
	void   bool
}

func newWorld(t testing.TB, s store.Store) *world {
	w := &world{t: t, store: s, now: day(20200101).Add(8 * time.Hour), rng: rand.New(rand.NewPCG(7, 11)), units: map[string]string{}}
	all, err := catalogue.Embedded(schema.Default())
	must(t, err)
	w.cat = catalogue.ForYear(all, 2020)
	counter := tally.NewCounter(all...)
	now := func() time.Time { return w.now }
	w.in = ingest.New(ingest.Config{
		Store: s, Schema: schema.Default(), Catalogues: []string{w.cat.Name()}, Counter: counter,
		Key: key(99), Epoch: "epoch001", Now: now, Rand: seeded{w.rng},
	})
	w.cfg = query.Config{
		Store: s, Schema: schema.Default(), Catalogues: all, Counter: counter, Now: now,
		DeliveringDevices: func(context.Context) (out []query.DeliveringDevice, err error) {
			for id, unit := range w.units {
				out = append(out, query.DeliveringDevice{ID: id, Unit: unit})
			}
			return out, nil
		},
	}
	w.query = query.New(w.cfg)
	t.Cleanup(func() {
		w.in.Close()
		must(t, s.Close())
	})
	return w
}

// follow lets a follower find the doubts about neighbours, from now on, one round at a time.
func (w *world) follow() {
	w.follower = doubts.New(doubts.Config{
		Store: w.store, Schema: schema.Default(), Reference: w.query.Reference, Now: w.cfg.Now, Quiet: 1, Between: 1, AskAnew: 1,
	})
	w.round()
	w.cfg.Doubts = &doubts.Reader{Store: w.store, Schema: schema.Default(), Now: w.cfg.Now}
	w.query = query.New(w.cfg)
}

// round lets the follower do all waiting work.
func (w *world) round() {
	w.t.Helper()
	for more := true; more; {
		var err error
		more, err = w.follower.Round(w.t.Context())
		must(w.t, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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

func day(d clock.Day) time.Time { return time.UnixMilli(d.Start()).In(clock.Shanghai) }

// device enrolls a device directly, without the enrollment protocol.
func (w *world) device(name, unit, role string) *fleet.Device {
	d := fleet.NewDevice(w.rng, name, w.now.Add(-time.Hour).UnixMilli())
	d.SetEnrollment(unit, role, w.cat.Name())
	w.units[d.ID] = unit
	return d
}

// say records an event of a day at ten in the morning; fields are in typed form. An item names its record.
func (w *world) say(d *fleet.Device, kind string, on clock.Day, record string, fields map[string]string) wire.ObsID {
	w.t.Helper()
	k, ok := schema.Default().Kind(kind)
	if !ok {
		w.t.Fatalf("no kind %s", kind)
	}
	typed := map[string]string{"unit": d.Unit, "occurred_at": day(on).Add(10 * time.Hour).Format(time.RFC3339)}
	maps.Copy(typed, fields)
	id := d.Save(fleet.Observation{Kind: k, Act: wire.Create, At: w.now.UnixMilli(), Record: record, Fields: w.values(k, typed)})
	w.facts = append(w.facts, fact{id: id, kind: kind, unit: typed["unit"], on: on, fields: fields})
	return id
}

func (w *world) values(k *schema.Kind, typed map[string]string) (vs schema.Values) {
	w.t.Helper()
	for name, text := range typed {
		v, fault := k.Parse(name, text)
		if fault != nil {
			w.t.Fatalf("%s %s: %v", k.Name, name, fault)
		}
		f, _ := k.Field(name)
		vs = vs.With(f.Name, v)
	}
	vs.Sort()
	return vs
}

// act amends or voids a record, after seeing the named observations.
func (w *world) act(d *fleet.Device, act wire.Act, kind string, record wire.ObsID, seen []wire.ObsID, fields map[string]string) wire.ObsID {
	k, _ := schema.Default().Kind(kind)
	s := fleet.Observation{Kind: k, Act: act, At: w.now.UnixMilli(), Record: record.String(), Fields: w.values(k, fields)}
	for _, id := range seen {
		s.Seen = append(s.Seen, id.String())
	}
	return d.Save(s)
}

// push sends all waiting lines, as an import if imported, and expects each to count.
func (w *world) push(d *fleet.Device, imported bool) {
	w.t.Helper()
	for f := d.Next(); f != nil; f = d.Next() {
		who := ingest.Device{ID: d.ID, Key: d.PublicKey(), Unit: d.Unit, Role: d.Role, Import: imported}
		a, err := w.in.Sync(w.t.Context(), who, d.Request(f, w.now.UnixMilli()))
		must(w.t, err)
		for _, r := range a.Results {
			if r.Status != wire.Created {
				w.t.Fatalf("%d…%d %s %v", r.First, r.Last, r.Status, r.Faults)
			}
		}
		must(w.t, d.Acknowledge(f, a))
	}
}

// rowIDs are the ids of all rows and companions.
func (w *world) rowIDs() (ids []string) {
	for _, ind := range w.cat.Indicators() {
		ids = append(ids, ind.ID)
		for _, co := range ind.Companions {
			ids = append(ids, co.ID)
		}
	}
	return ids
}

// pages asks for all pages of a drill.
func (w *world) pages(ask query.DrillQuestion) (all []*query.Drill) {
	w.t.Helper()
	for {
		d, err := w.query.Drill(w.t.Context(), ask)
		must(w.t, err)
		all = append(all, d)
		if d.Next == "" {
			return all
		}
		ask.After = d.Next
	}
}
