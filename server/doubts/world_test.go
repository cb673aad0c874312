package doubts_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/doubts"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// world is a write path and a Follower on one store.
type world struct {
	t      fataler
	store  store.Store
	in     *ingest.Ingest
	follow *doubts.Follower
	reader *doubts.Reader
	lists  map[string][]schema.Entry
	now    time.Time
	rng    *rand.Rand
	hq     ingest.Officer
	saved  map[string]time.Time // moments of creates, in some tests
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
	Context() context.Context
}

var stores = map[string]func(testing.TB) store.Store{
	"sqlite": func(t testing.TB) store.Store {
		s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: t.TempDir() + "/r.db"})
		must(t, err)
		return s
	},
	"mongo": func(t testing.TB) store.Store {
		s, err := mongostore.New(t.Context(), simdoc.New(nil), mongostore.Config{})
		must(t, err)
		return s
	},
}

func eachStore(t *testing.T, test func(t *testing.T, w *world)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			w := newWorld(t, s)
			t.Cleanup(func() { w.in.Close(); must(t, s.Close()) })
			test(t, w)
		})
	}
}

var catalogues = func() []*catalogue.Catalogue {
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		panic(err)
	}
	return all
}()

func newWorld(t fataler, s store.Store) *world {
	w := &world{
		t: t, store: s, now: time.Date(2020, 7, 20, 9, 0, 0, 0, clock.Shanghai), rng: rand.New(rand.NewPCG(1, 2)),
		hq: ingest.Officer{Name: "chen", Unit: "hq", Key: key(77)}, saved: map[string]time.Time{},
	}
	w.lists = map[string][]schema.Entry{schema.ListYear: {{Value: "2020"}}, schema.ListSegment: {{Value: "S1"}}}
	w.in = ingest.New(ingest.Config{
		Store: s, Schema: schema.Default(), Catalogues: []string{"shunping-2020@1"}, Counter: tally.NewCounter(catalogues...),
		Key: key(99), Epoch: "epoch001", Now: w.clock, Rand: seeded{w.rng},
	})
	w.reader = &doubts.Reader{Store: s, Schema: schema.Default(), Now: w.clock}
	w.follow = w.newFollower(s)
	return w
}

func (w *world) clock() time.Time { return w.now }

// newFollower makes a Follower on the world's data through a store of its own; its pages are small.
func (w *world) newFollower(s store.Store) *doubts.Follower {
	return doubts.New(doubts.Config{
		Store: s, Schema: schema.Default(), Now: w.clock, Page: 3,
		Reference: func(context.Context) (*schema.Reference, error) { return schema.NewReference(w.lists), nil },
	})
}

func must(t fataler, err error) {
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

func (w *world) device(name, unit, role string) *fleet.Device {
	d := fleet.NewDevice(w.rng, name, w.now.Add(-time.Hour).UnixMilli())
	d.SetEnrollment(unit, role, "shunping-2020@1")
	return d
}

// save records something; fields are in typed form.
func (w *world) save(d *fleet.Device, act wire.Act, kind, record string, seen []wire.ObsID, typed map[string]string) wire.ObsID {
	w.t.Helper()
	k, _ := schema.Default().Kind(kind)
	o := fleet.Observation{Kind: k, Act: act, At: w.now.UnixMilli(), Record: record}
	for _, id := range seen {
		o.Seen = append(o.Seen, id.String())
	}
	for name, text := range typed {
		v, fault := k.Parse(name, text)
		if fault != nil {
			w.t.Fatalf("%s %s: %v", kind, name, fault)
		}
		f, _ := k.Field(name)
		o.Fields = o.Fields.With(f.Name, v)
	}
	o.Fields.Sort()
	return d.Save(o)
}

func (w *world) create(d *fleet.Device, kind, on string, fields map[string]string) wire.ObsID {
	w.t.Helper()
	all := map[string]string{"unit": d.Unit, "occurred_at": on + " 10:00"}
	switch kind {
	case "plate":
		maps.Copy(all, map[string]string{"plate_type": "02", "plate_number": "冀F00001", "business": "register", "sets": "1"})
	case "accident":
		maps.Copy(all, map[string]string{"severity": "property", "procedure": "simple", "dead": "0"})
	case "patrol":
		maps.Copy(all, map[string]string{"segment": "S1", "shift": "early", "shift_day": on, "start_at": on + " 08:00", "end_at": on + " 12:00"})
	}
	maps.Copy(all, fields)
	return w.save(d, wire.Create, kind, "", nil, all)
}

// push sends all waiting lines.
func (w *world) push(d *fleet.Device) {
	w.t.Helper()
	for f := d.Next(); f != nil; f = d.Next() {
		must(w.t, d.Acknowledge(f, w.send(d, f)))
	}
}

func (w *world) send(d *fleet.Device, f *wire.Frame) *wire.Answer {
	w.t.Helper()
	who := ingest.Device{ID: d.ID, Key: d.PublicKey(), Unit: d.Unit, Role: d.Role}
	a, err := w.in.Sync(w.t.Context(), who, d.Request(f, w.now.UnixMilli()))
	must(w.t, err)
	for _, r := range a.Results {
		if len(r.Faults) > 0 {
			w.t.Fatalf("%s %v", r.Status, r.Faults)
		}
	}
	return a
}

func (w *world) act(a ingest.Act) {
	w.t.Helper()
	_, err := w.in.Do(w.t.Context(), w.hq, a)
	must(w.t, err)
}

// settle lets a Follower work until nothing is left to do; a minute passes.
func (w *world) settle(f *doubts.Follower) {
	w.t.Helper()
	for range 2 { // a changed list has to be quiet for a while
		for more := true; more; {
			var err error
			w.now = w.now.Add(time.Millisecond)
			more, err = f.Round(w.t.Context())
			must(w.t, err)
		}
		w.now = w.now.Add(time.Minute)
	}
}

// told are the doubts of all records, as "record code other", in order; a doubt seen by HQ stands in parentheses.
func (w *world) told() (out []string) {
	w.t.Helper()
	ask := doubts.Question{Limit: 2}
	for {
		page, next, err := w.reader.List(w.t.Context(), ask)
		must(w.t, err)
		for _, r := range page {
			for _, d := range r.Doubts {
				line := strings.TrimSpace(r.ID + " " + d.Code + " " + d.Other)
				if d.Seen {
					line = "(" + line + ")"
				}
				out = append(out, line)
			}
		}
		if next == "" {
			slices.Sort(out)
			return out
		}
		ask.After = next
	}
}

// want compares the doubts of all records, and the counts with them.
func (w *world) want(what string, lines ...string) {
	w.t.Helper()
	slices.Sort(lines)
	if got := w.told(); !slices.Equal(got, lines) {
		w.t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(lines, "\n     "))
	}
	records := map[string]bool{} // a record counts once for a code
	for _, line := range lines {
		parts := strings.Fields(strings.Trim(line, "()"))
		records[parts[0]+parts[1]+fmt.Sprint(line[0] == '(')] = true
	}
	all, err := w.reader.Counts(w.t.Context(), "")
	must(w.t, err)
	n := 0
	for _, c := range all {
		n += int(c.Open + c.Seen)
	}
	if n != len(records) {
		w.t.Errorf("%s: the counts add up to %d, want %d: %+v", what, n, len(records), all)
	}
}
