package verify_test

import (
	"context"
	"crypto/ed25519"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/sqlitestore"
	"roadbook/server/verify"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// world is a write path on a real store with two clerks, and the keys known to verify.
type world struct {
	t       *testing.T
	store   store.Store
	in      *ingest.Ingest
	counter *tally.Counter
	keys    map[string]ed25519.PublicKey
	now     time.Time
	a, b    *fleet.Device
	plates  []wire.ObsID
	found   []verify.Finding
}

var stores = map[string]func(*testing.T) store.Store{
	"sqlite": func(t *testing.T) store.Store {
		s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: t.TempDir() + "/r.db"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
	"mongo": func(t *testing.T) store.Store {
		s, err := mongostore.New(t.Context(), simdoc.New(nil), mongostore.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
}

type seeded struct{ rng *rand.Rand }

func (s seeded) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.rng.UintN(256))
	}
	return len(p), nil
}

// newWorld: clerk a issues the plates 0 and 1 in one frame and 2 in the next, then voids 1; clerk b issues plate 0 too,
// counted once, and sends one quarantined line.
func newWorld(t *testing.T, s store.Store) *world {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: s, counter: tally.NewCounter(all...), keys: map[string]ed25519.PublicKey{},
		now: time.Date(2020, 12, 20, 1, 0, 0, 0, time.UTC)}
	w.reopen(s)
	if err := s.Rebuild(t.Context(), w.counter.Version(), w.in.Member(), w.in.Count(), nil); err != nil {
		t.Fatal(err)
	}
	w.a, w.b = w.device(rng, "a", "office-1"), w.device(rng, "b", "office-2")
	w.plates = []wire.ObsID{w.plate(w.a, "冀F8K001"), w.plate(w.a, "冀F8K002")}
	w.push(w.a)
	w.plates = append(w.plates, w.plate(w.a, "冀F8K003"))
	w.a.Save(fleet.Observation{Kind: kind("plate"), Act: wire.Void, At: w.now.UnixMilli(), Record: w.plates[1].String(),
		Seen: []string{w.plates[1].String()}})
	w.push(w.a)
	w.plates = append(w.plates, w.plate(w.b, "冀F8K001"))
	w.b.SaveRaw([]byte("no line at all"))
	w.push(w.b)
	w.now = w.now.Add(time.Hour)
	return w
}

// reopen continues with the same data in a newly opened store.
func (w *world) reopen(s store.Store) {
	w.t.Helper()
	w.store = s
	w.in = ingest.New(w.cfg(s))
	w.t.Cleanup(func() { w.in.Close(); s.Close() })
}

func (w *world) cfg(s store.Store) ingest.Config {
	return ingest.Config{
		Store: s, Schema: schema.Default(), Catalogues: []string{"shunping-2020@1"}, Counter: w.counter,
		Key:   ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)),
		Epoch: "epoch001", Now: func() time.Time { return w.now }, Rand: seeded{rand.New(rand.NewPCG(5, 6))}, Inline: true,
	}
}

func (w *world) device(rng *rand.Rand, name, unit string) *fleet.Device {
	d := fleet.NewDevice(rng, name, w.now.Add(-time.Hour).UnixMilli())
	d.SetEnrollment(unit, "clerk", "shunping-2020@1")
	w.keys[d.ID] = d.PublicKey()
	return d
}

func (w *world) push(d *fleet.Device) {
	w.t.Helper()
	for f := d.Next(); f != nil; f = d.Next() {
		who := ingest.Device{ID: d.ID, Key: d.PublicKey(), Unit: d.Unit, Role: d.Role}
		a, err := w.in.Sync(w.t.Context(), who, d.Request(f, w.now.UnixMilli()))
		if err != nil {
			w.t.Fatal(err)
		}
		if err := d.Acknowledge(f, a); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) plate(d *fleet.Device, number string) wire.ObsID {
	text := func(t schema.Type, s string) schema.Value { return schema.Value{Type: t, S: s} }
	vs := schema.Values{
		{Name: "unit", Value: text(schema.TypeText, d.Unit)},
		{Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: w.now.UnixMilli()}},
		{Name: "plate_type", Value: text(schema.TypeCode, "02")}, {Name: "plate_number", Value: text(schema.TypePlate, number)},
		{Name: "business", Value: text(schema.TypeCode, "register")}, {Name: "sets", Value: schema.Value{Type: schema.TypeInt, I: 1}},
	}
	vs.Sort()
	return d.Save(fleet.Observation{Kind: kind("plate"), Act: wire.Create, At: w.now.UnixMilli(), Fields: vs})
}

func kind(name string) *schema.Kind {
	k, ok := schema.Default().Kind(name)
	if !ok {
		panic(name)
	}
	return k
}

// wantFindingAt fails unless a finding of the class is at the place: an error may show in several places.
func (w *world) wantFindingAt(class, at string) {
	w.t.Helper()
	for i := range w.found {
		if f := &w.found[i]; string(f.Class) == class && strings.HasPrefix(f.Place, at) {
			return
		}
	}
	w.t.Errorf("no %s of a %s among %+v", class, at, w.found)
}

// wantRebuildMends checks the advice of the findings: a rebuild removes all of them, or not all.
func (w *world) wantRebuildMends(all bool) {
	w.t.Helper()
	if err := w.store.Rebuild(w.t.Context(), w.counter.Version(), w.in.Member(), w.in.Count(), nil); err != nil {
		w.t.Fatal(err)
	}
	for i := range w.found {
		if says := strings.Contains(w.found[i].Do.EN, "server rebuild"); all && !says {
			w.t.Errorf("a rebuild mends it, and it says to do: %+v", w.found[i])
		}
	}
	w.verify(w.store)
	if all != (len(w.found) == 0) {
		w.t.Errorf("after a rebuild: %+v", w.found)
	}
}

// verify runs on s, possibly a lyingStore over the world's store.
func (w *world) verify(s store.Store) verify.Summary {
	w.t.Helper()
	w.found = nil
	out, err := verify.Run(w.t.Context(), verify.Config{
		Store: s, Schema: schema.Default(), Counter: w.counter, Keys: w.known, Now: func() time.Time { return w.now },
		Found: func(f verify.Finding) { w.found = append(w.found, f) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) known(context.Context) (map[string]ed25519.PublicKey, error) {
	return maps.Clone(w.keys), nil
}

// wantFindings wants exactly these findings, each "class place"; in a place, <a> and <b> are the clerks' streams, <0>…
// the plates, <h> the quarantined line and <g> the group of plate 0, issued by both clerks.
func (w *world) wantFindings(want ...string) {
	w.t.Helper()
	var pairs []string
	for i, d := range []*fleet.Device{w.a, w.b} {
		pairs = append(pairs, "<"+"ab"[i:i+1]+">", d.Frame(0, 1).Stream.String())
	}
	badLine := w.b.Frame(1, 2)
	pairs = append(pairs, "<h>", badLine.IDs(badLine.Hashes())[0].String())
	shared, err := w.store.Record(w.t.Context(), w.plates[0].String())
	if err != nil {
		w.t.Fatal(err)
	}
	pairs = append(pairs, "<g>", shared.Group)
	for i, id := range w.plates {
		pairs = append(pairs, "<"+string(rune('0'+i))+">", id.String())
	}
	var got []string
	for _, f := range w.found {
		got = append(got, string(f.Class)+" "+f.Place)
		if f.What.ZH == "" || f.What.EN == "" || f.Do.ZH == "" || f.Do.EN == "" {
			w.t.Errorf("%+v says too little", f)
		}
	}
	for i := range want {
		want[i] = strings.NewReplacer(pairs...).Replace(want[i])
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// lyingStore is a store showing other contents than it holds. A nil field shows the truth.
type lyingStore struct {
	store.Store
	frame       func(*store.Frame) bool // false: the frame is hidden
	record      func(*store.Record) bool
	extra       []store.Record
	quarantined func([]store.Quarantined) []store.Quarantined
	sums        func([]tally.Sum) []tally.Sum
	stream      func(*store.Stream)
	groups      func([]store.Group) []store.Group
}

func (l *lyingStore) Groups(ctx context.Context, after string, n int) ([]store.Group, error) {
	gs, err := l.Store.Groups(ctx, after, n)
	if l.groups != nil && after == "" {
		gs = l.groups(gs)
	}
	return gs, err
}

func (l *lyingStore) ScanFrames(ctx context.Context, id wire.StreamID, after store.FrameKey, n int) ([]store.Frame, error) {
	for {
		fs, err := l.Store.ScanFrames(ctx, id, after, n)
		if err != nil || len(fs) == 0 || l.frame == nil {
			return fs, err
		}
		after = fs[len(fs)-1].Key
		if fs = filter(fs, l.frame); len(fs) > 0 {
			return fs, nil
		}
	}
}

func (l *lyingStore) FrameWith(ctx context.Context, id wire.ObsID) (store.Frame, error) {
	f, err := l.Store.FrameWith(ctx, id)
	if err == nil && l.frame != nil && !l.frame(&f) {
		return store.Frame{}, store.ErrNotFound
	}
	return f, err
}

func (l *lyingStore) ScanRecords(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	rs, err := l.Store.ScanRecords(ctx, q)
	if l.record != nil {
		rs = filter(rs, l.record)
	}
	if q.After == "" {
		rs = append(slices.Clone(l.extra), rs...)
	}
	return rs, err
}

func (l *lyingStore) Record(ctx context.Context, id string) (store.Record, error) {
	r, err := l.Store.Record(ctx, id)
	if err == nil && l.record != nil && !l.record(&r) {
		return store.Record{}, store.ErrNotFound
	}
	return r, err
}

func (l *lyingStore) QuarantinedLines(ctx context.Context, id wire.StreamID, after wire.ObsID, released bool, n int) ([]store.Quarantined, error) {
	qs, err := l.Store.QuarantinedLines(ctx, id, after, released, n)
	if l.quarantined != nil && !released && after.IsZero() {
		qs = l.quarantined(qs)
	}
	return qs, err
}

func (l *lyingStore) Sums(ctx context.Context, q store.SumQuery) ([]tally.Sum, error) {
	s, err := l.Store.Sums(ctx, q)
	if l.sums != nil {
		s = l.sums(s)
	}
	return s, err
}

func (l *lyingStore) Streams(ctx context.Context, after wire.StreamID, n int) ([]store.Stream, error) {
	ss, err := l.Store.Streams(ctx, after, n)
	for i := range ss {
		if l.stream != nil {
			l.stream(&ss[i])
		}
	}
	return ss, err
}

func filter[T any](in []T, ok func(*T) bool) (out []T) {
	for i := range in {
		if v := in[i]; ok(&v) {
			out = append(out, v)
		}
	}
	return out
}
