package imports_test

import (
	"context"
	"crypto/ed25519"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/imports"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// world is a server's write path and an importer on a real store.
type world struct {
	t     *testing.T
	store store.Store
	in    *ingest.Ingest
	im    *imports.Importer
	now   time.Time
	hq    ingest.Officer
	mu    sync.Mutex // of now
}

// stores are the embedded store and the document store over its simulated engine; with the tag mongo a real engine
// joins.
var stores = map[string]func(testing.TB) store.Store{
	"sqlite": func(t testing.TB) store.Store {
		s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: t.TempDir() + "/r.db"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
	"mongo": func(t testing.TB) store.Store {
		s, err := mongostore.New(t.Context(), simdoc.New(nil), mongostore.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
}

func eachStore(t *testing.T, test func(t *testing.T, w *world)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, open(t))) })
	}
}

func newWorld(t *testing.T, s store.Store) *world {
	w := &world{t: t, store: s, now: time.Date(2020, 12, 20, 1, 0, 0, 0, time.UTC)}
	w.hq = ingest.Officer{Name: "chen", Unit: "hq", Key: key("chen")}
	w.open(s)
	t.Cleanup(func() { w.in.Close(); _ = s.Close() })
	return w
}

// open starts the write path and the importer on a store, as a server does.
func (w *world) open(s store.Store) {
	if w.in != nil {
		w.in.Close()
	}
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		w.t.Fatal(err)
	}
	counter := tally.NewCounter(all...)
	w.in = ingest.New(ingest.Config{
		Store: s, Schema: schema.Default(), Catalogues: []string{all[0].Name(), counter.Version()}, Counter: counter, Key: key("server"),
		Epoch: "epoch001", Now: w.tick, Rand: &chance{c: rand.NewChaCha8([32]byte{byte(w.now.Second())})},
	})
	w.im = w.importer(s)
}

func (w *world) importer(s store.Store) *imports.Importer {
	return &imports.Importer{
		Store: s, Ingest: w.in, Schema: schema.Default(), Now: w.tick,
		Key: func(_ context.Context, name string) (ed25519.PrivateKey, error) { return key(name), nil },
	}
}

// chance is seeded and, like the real source, safe for concurrent use.
type chance struct {
	mu sync.Mutex
	c  *rand.ChaCha8
}

func (r *chance) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.c.Read(p)
}

// tick is a clock that never returns the same moment twice.
func (w *world) tick() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Millisecond)
	return w.now
}

func key(name string) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	return ed25519.NewKeyFromSeed(seed)
}

// importTable imports a table and expects no faults.
func (w *world) importTable(m *imports.Mapping, table string) *imports.Run {
	w.t.Helper()
	b := imports.Read(m, "table.csv", []byte(table))
	if len(b.Faults) > 0 {
		w.t.Fatalf("faults: %v", b.Faults)
	}
	run, err := w.im.Import(w.t.Context(), b, imports.Options{By: "zhou"})
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

func (w *world) undo(run string) *imports.Run {
	w.t.Helper()
	r, err := w.im.Undo(w.t.Context(), run, "zhou", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) counts() store.Counts {
	w.t.Helper()
	c, err := w.store.Counts(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// views are the current records of a kind, by their source key.
func (w *world) views(kind string) map[string]merge.View {
	w.t.Helper()
	out := map[string]merge.View{}
	for after := ""; ; {
		recs, err := w.store.ScanRecords(w.t.Context(), store.RecordQuery{Kind: kind, After: after})
		if err != nil {
			w.t.Fatal(err)
		}
		if len(recs) == 0 {
			return out
		}
		for i := range recs {
			v := merge.Fold(recs[i].ID, &recs[i].State, schema.Default())
			key, _ := v.Fields.Get("source_key")
			if old, twice := out[key.S]; !twice || old.Void {
				out[key.S] = v
			}
		}
		after = recs[len(recs)-1].ID
	}
}

// sum is a measure's total over days.
func (w *world) sum(measure, unit string, from, to int32) (n int64) {
	w.t.Helper()
	sums, err := w.store.Sums(w.t.Context(), store.SumQuery{Measures: []string{measure}, Unit: unit, From: clock.Day(from), To: clock.Day(to)})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range sums {
		n += s.Amount
	}
	return n
}

// text is a field of a view as written in a line, "" for none.
func text(v merge.View, field string) string {
	value, ok := v.Fields.Get(field)
	if !ok {
		return ""
	}
	return string(schema.AppendJSON(nil, value))
}
