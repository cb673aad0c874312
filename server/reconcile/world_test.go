package reconcile_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/imports"
	"roadbook/server/ingest"
	"roadbook/server/reconcile"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// world is a server's write path, an importer and a reconciler on a real store.
type world struct {
	t     *testing.T
	store store.Store
	in    *ingest.Ingest
	im    *imports.Importer
	rec   *reconcile.Reconciler
	now   time.Time
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eachStore(t *testing.T, test func(t *testing.T, w *world)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, open(t))) })
	}
}

func newWorld(t *testing.T, s store.Store) *world {
	w := &world{t: t, store: s, now: time.Date(2021, 1, 20, 1, 0, 0, 0, time.UTC)}
	all, err := catalogue.Embedded(schema.Default())
	must(t, err)
	counter := tally.NewCounter(all...)
	w.in = ingest.New(ingest.Config{
		Store: s, Schema: schema.Default(), Catalogues: []string{all[0].Name(), counter.Version()}, Counter: counter, Key: key("server"),
		Epoch: "epoch001", Now: w.tick, Rand: rand.NewChaCha8([32]byte{1}),
	})
	w.im = &imports.Importer{
		Store: s, Ingest: w.in, Schema: schema.Default(), Now: w.tick,
		Key: func(_ context.Context, name string) (ed25519.PrivateKey, error) { return key(name), nil },
	}
	w.rec = &reconcile.Reconciler{Store: s, Schema: schema.Default(), Counter: func() *tally.Counter { return counter }, Importer: w.im}
	t.Cleanup(func() { w.in.Close(); _ = s.Close() })
	return w
}

// tick is a clock that never returns the same moment twice.
func (w *world) tick() time.Time {
	w.now = w.now.Add(time.Millisecond)
	return w.now
}

func key(name string) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	return ed25519.NewKeyFromSeed(seed)
}

// here imports records of a kind: the first line of the table is the header.
func (w *world) here(kind string, lines ...string) {
	w.t.Helper()
	m, err := imports.StandardMapping(schema.Default(), kind)
	must(w.t, err)
	b := imports.Read(m, "here.csv", []byte(strings.Join(lines, "\n")))
	if len(b.Faults) > 0 {
		w.t.Fatalf("faults: %v", b.Faults)
	}
	_, err = w.im.Import(w.t.Context(), b, imports.Options{By: "zhou"})
	must(w.t, err)
}

// ask compares a table with the records of 2020. change may change the question.
func (w *world) ask(kind string, change func(*reconcile.Question), lines ...string) *reconcile.Report {
	w.t.Helper()
	m, err := imports.ComparisonMapping(schema.Default(), kind)
	must(w.t, err)
	data := []byte(strings.Join(lines, "\n"))
	q := reconcile.Question{
		Scope: reconcile.Scope{Year: 2020}, Mapping: m, File: "platform.csv", Src: bytes.NewReader(data), Size: int64(len(data)), By: "zhou",
	}
	if change != nil {
		change(&q)
	}
	r, err := w.rec.Run(w.t.Context(), q)
	must(w.t, err)
	return r
}

// classes are the numbers and shares of the classes: "equal 2 0, only_there 1 +1".
func classes(r *reconcile.Report) string {
	var out []string
	for _, s := range r.Sums {
		out = append(out, fmt.Sprintf("%s %d %+d", s.Class, s.Number, s.Share))
	}
	return strings.Join(out, ", ")
}

// rowWant is the expected finding of a row: the differing fields, and the begin of the words.
type rowWant struct {
	row    int
	class  reconcile.Class
	fields string
	words  string
}

func (w rowWant) check(t *testing.T, r *reconcile.Report) {
	t.Helper()
	f := rowClass(r, w.row)
	var fields []string
	for _, d := range f.Differences {
		fields = append(fields, d.Field)
	}
	if f.Class != w.class || strings.Join(fields, " ") != w.fields || !strings.HasPrefix(f.Words.ZH, w.words) || w.words == "" && f.Words.ZH != "" {
		t.Errorf("row %d is %s %v %q, want %s [%s] %q", w.row, f.Class, fields, f.Words.ZH, w.class, w.fields, w.words)
	}
}

// rowClass is the finding of a row; "equal" rows have none.
func rowClass(r *reconcile.Report, row int) (f reconcile.Finding) {
	for _, f := range r.Findings {
		if f.Row == row {
			return f
		}
	}
	return f
}

// record is the record of a field's text.
func (w *world) record(kind, field, text string) merge.View {
	w.t.Helper()
	recs, err := w.store.ScanRecords(w.t.Context(), store.RecordQuery{Kind: kind})
	must(w.t, err)
	for i := range recs {
		v := merge.Fold(recs[i].ID, &recs[i].State, schema.Default())
		if got, _ := v.Fields.Get(field); got.S == text {
			return v
		}
	}
	w.t.Fatalf("no %s with %s %s", kind, field, text)
	return merge.View{}
}

// act is an act of HQ.
func (w *world) act(a ingest.Act) {
	w.t.Helper()
	answer, err := w.in.Do(w.t.Context(), ingest.Officer{Name: "chen", Unit: "hq", Key: key("chen")}, a)
	must(w.t, err)
	for _, r := range answer.Results {
		if r.Status != wire.Created {
			w.t.Fatalf("%+v", r)
		}
	}
}
