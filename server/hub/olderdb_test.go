package hub

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// The databases in testdata/older are the bytes that programs of before wrote: README.md there.

// olderNow is a moment after the last line of the older databases.
var olderNow = time.Date(2021, 1, 10, 12, 0, 0, 0, time.UTC)

// database is a database of one of the two stores: a directory, and the documents of a simulated MongoDB.
type database struct {
	t    *testing.T
	dir  string
	docs *simdoc.Engine // nil: the embedded store
}

func newDatabase(t *testing.T, engine string) *database {
	d := &database{t: t, dir: t.TempDir()}
	if engine == "mongo" {
		d.docs = simdoc.New(nil)
	}
	return d
}

// config configures a server on the database.
func (d *database) config() Config {
	cfg := Config{Data: d.dir, Listen: "127.0.0.1:0", Now: func() time.Time { return olderNow }, Catalogues: neighbours, refoldPage: 1}
	if d.docs != nil {
		cfg.Data = d.t.TempDir() // it knows nothing of the documents
		cfg.Wrap = func(store.Store) store.Store {
			s, err := mongostore.New(context.Background(), d.docs, mongostore.Config{Now: cfg.Now})
			if err != nil {
				d.t.Fatal(err)
			}
			return s
		}
	}
	return cfg
}

// neighbours are the catalogues of 2019 and 2021, so that these years have indicators too.
func neighbours(_ context.Context, _ store.Registry, sch *schema.Schema) (more []*catalogue.Catalogue, demo bool, err error) {
	all, err := catalogue.Embedded(sch)
	if err != nil {
		return nil, false, err
	}
	text, err := catalogue.EmbeddedText(catalogue.ForYear(all, 2020))
	if err != nil {
		return nil, false, err
	}
	for _, year := range []int{2019, 2021} {
		copied, err := catalogue.CopyToYear(text, year)
		if err != nil {
			return nil, false, err
		}
		c, err := catalogue.Load(copied, "copy.yaml", sch)
		if err != nil {
			return nil, false, err
		}
		more = append(more, c)
	}
	return more, false, nil
}

func (d *database) open() *Hub {
	d.t.Helper()
	h, err := New(d.t.Context(), d.config())
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { h.Close() })
	return h
}

// olderDatabase is a database as the program of the given rules left it.
func olderDatabase(t *testing.T, rules int, engine string) *database {
	t.Helper()
	d := newDatabase(t, engine)
	if d.docs == nil {
		d.exec("BEGIN;" + string(olderFile(t, rules, "sql")) + "COMMIT;")
		return d
	}
	for line := range bytes.Lines(olderFile(t, rules, "docs")) {
		coll, text, _ := bytes.Cut(line, []byte(" "))
		taken, err := d.docs.Insert(t.Context(), mongostore.Coll(coll), []any{document(t, text)})
		if err != nil || taken[0] {
			t.Fatal(taken, err)
		}
	}
	return d
}

func olderFile(t *testing.T, rules int, suffix string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "older", fmt.Sprintf("rules-%d.%s", rules, suffix)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// exec runs SQL on the database's file, in which b64 makes bytes of base64. It returns the first value of the last row.
func (d *database) exec(sql string) (last int64) {
	d.t.Helper()
	c, err := sqlite3.Open("file:" + filepath.ToSlash(filepath.Join(d.dir, databaseFile)))
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	err = c.CreateFunction("b64", 1, sqlite3.DETERMINISTIC, func(ctx sqlite3.Context, arg ...sqlite3.Value) {
		ctx.ResultBlob(decode64(d.t, arg[0].Text()))
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for sql != "" {
		s, tail, err := c.Prepare(sql)
		if err != nil {
			d.t.Fatal(err)
		}
		sql = tail
		for s != nil && s.Step() {
			last = s.ColumnInt64(0)
		}
		if err := s.Close(); err != nil {
			d.t.Fatal(err)
		}
	}
	return last
}

func decode64(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// document reads a document as JSON: every number has 64 bits, and {"b64": …} are bytes.
func document(t *testing.T, text []byte) any {
	t.Helper()
	var doc any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return documentValue(t, doc)
}

func documentValue(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	case []any:
		for i := range v {
			v[i] = documentValue(t, v[i])
		}
	case map[string]any:
		if text, ok := v["b64"].(string); ok {
			return decode64(t, text)
		}
		for name := range v {
			v[name] = documentValue(t, v[name])
		}
	}
	return v
}

// framesIn are all frames of a store, and its streams.
func framesIn(t *testing.T, s store.Store) (streams []store.Stream, frames []store.Frame) {
	t.Helper()
	streams, err := s.Streams(t.Context(), wire.StreamID{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	frames, err = s.ScanFrames(t.Context(), wire.StreamID{}, store.FrameKey{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return streams, frames
}

// replayInto replays the frames of one server into another.
func replayInto(t *testing.T, from, to *Hub) {
	t.Helper()
	streams, todo := framesIn(t, from.store)
	for tries := 0; len(todo) > 0; tries++ {
		f := todo[0]
		todo = todo[1:]
		i := slices.IndexFunc(streams, func(s store.Stream) bool { return s.ID == f.Key.Stream })
		err := to.ingest.Replay(t.Context(), f, streams[i].Boots)
		if errors.Is(err, ingest.ErrTargetLater) && tries < 99 {
			todo = append(todo, f)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// derivedIn is everything that a server derives from its frames, by name: records with their states as bytes, their
// places and groups, what groups say of their members, the lines quarantined on arrival, and sums.
func derivedIn(t *testing.T, h *Hub) map[string]any {
	t.Helper()
	out := map[string]any{}
	recs, err := h.store.ScanRecords(t.Context(), store.RecordQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		r.Place.Bucket = 0 // chosen by the store
		out["record "+r.ID] = fmt.Sprintf("%+v in %s, left %v: %x", r.Place, r.Group, r.Departed, merge.Encode(&r.State, r.ID))
	}
	for g, err := range store.AllGroups(t.Context(), h.store) {
		if err != nil {
			t.Fatal(err)
		}
		if len(g.Members) > 0 {
			out["group "+g.Name] = g.Members
		}
	}
	for _, unit := range []string{"", "hq", "squad-1", "squad-2", "office-1", "office-2"} {
		q := store.SumQuery{Unit: unit, From: 1, To: 99991231, ByUnit: true, ByDay: true}
		if out["sums of "+unit], err = h.store.Sums(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for i, q := range quarantinedIn(t, h) {
		out[fmt.Sprintf("quarantined %d", i)] = q
	}
	return out
}

// quarantinedIn are the lines quarantined on arrival. Notes about accepted lines follow from the order of arrival.
func quarantinedIn(t *testing.T, h *Hub) (all []store.Quarantined) {
	t.Helper()
	streams, frames := framesIn(t, h.store)
	onArrival := map[string]bool{}
	for _, f := range frames {
		for _, l := range f.LineFaults {
			onArrival[fmt.Sprint(f.Key.Stream, l.Seq)] = true
		}
	}
	for _, released := range []bool{false, true} {
		for _, s := range streams {
			qs, err := h.store.QuarantinedLines(t.Context(), s.ID, wire.ObsID{}, released, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range qs {
				if onArrival[fmt.Sprint(s.ID, q.ID.Seq)] {
					all = append(all, q)
				}
			}
		}
	}
	return all
}

// indicatorsIn are the tables of several days and units.
func indicatorsIn(t *testing.T, h *Hub) map[string]any {
	t.Helper()
	q := h.Query()
	out := map[string]any{}
	for _, at := range []string{"2019-07-30", "2019-12-31", "2020-01-01", "2020-01-31", "2020-06-30", "2020-12-31", "2021-01-04", "2021-12-31"} {
		for _, unit := range []string{"", "squad-1", "office-1"} {
			in, err := q.Indicators(t.Context(), query.Question{Year: at[:4], At: at, Unit: unit})
			if err != nil {
				t.Fatal(at, unit, err)
			}
			in.NotDelivered = 0 // of the registry, which is not replayed
			text, err := json.Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			out["indicators "+at+" "+unit] = string(text)
		}
	}
	return out
}
