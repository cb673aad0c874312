package hub

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

type seededBytes struct{ rng *rand.Rand }

func (s seededBytes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.rng.UintN(256))
	}
	return len(p), nil
}

type world struct {
	t   *testing.T
	h   *Hub
	now time.Time
	n   byte
}

// stream is a device's stream.
type stream struct {
	w          *world
	name, unit string
	role       string
	imp        bool
	key        ed25519.PrivateKey
	id         wire.StreamID
	boot       string
	bootAt     time.Time
	skew       time.Duration
	slept      time.Duration
	known      int64
	hlc        clock.HLCSource
	lines      [][]byte
	head       []wire.Hash
	sent       int
	frames     uint64
}

var saved = time.Date(2021, 1, 5, 8, 0, 0, 0, time.FixedZone("", 8*3600))

func (w *world) device(name, unit, role string) *stream {
	w.n++
	seed := make([]byte, ed25519.SeedSize)
	seed[0], seed[1] = w.n, 7
	d := &stream{w: w, name: name, unit: unit, role: role, key: ed25519.NewKeyFromSeed(seed), boot: fmt.Sprintf("b00t00%02d", w.n), bootAt: saved.Add(-time.Hour)}
	d.id = wire.StreamID{Device: wire.DeviceID(d.key.Public().(ed25519.PublicKey)), Epoch: fmt.Sprintf("epch0%03d", w.n)}
	return d
}

type f = map[string]any

// say saves a line and returns its id.
func (d *stream) say(at time.Time, kind string, act wire.Act, line wire.Line, fields f) string {
	line.V, line.Kind, line.Act, line.Catalogue, line.Officer = 1, kind, act, "shunping-2020@1", d.name
	wall := at.Add(d.skew)
	line.Clock = clock.Evidence{HLC: d.hlc.Next(wall.UnixMilli()), Boot: d.boot, Mono: at.Sub(d.bootAt).Milliseconds() - d.slept.Milliseconds(), Wall: wall.UnixMilli(), Known: d.known}
	if fields != nil {
		raw, err := json.Marshal(fields)
		if err != nil {
			panic(err)
		}
		line.Fields = raw
	}
	return d.raw(line.Marshal())
}

func (d *stream) raw(line []byte) string {
	prev := wire.Genesis(d.id)
	if n := len(d.head); n > 0 {
		prev = d.head[n-1]
	}
	h := wire.ChainHash(prev, line)
	d.lines, d.head = append(d.lines, line), append(d.head, h)
	return wire.NewObsID(d.id, uint64(len(d.lines)), h).String()
}

// push sends the waiting lines and returns the statuses.
func (d *stream) push() string {
	d.w.t.Helper()
	var out []string
	for d.sent < len(d.lines) {
		prev := wire.Genesis(d.id)
		if d.sent > 0 {
			prev = d.head[d.sent-1]
		}
		n := min(wire.FrameLen(d.lines[d.sent:], wire.DefaultLimits), len(d.lines)-d.sent)
		fr := wire.NewFrame(d.id, uint64(d.sent)+1, prev, d.lines[d.sent:d.sent+n])
		wire.SignFrame(d.key, fr)
		d.frames++
		now := d.w.now
		rq := &wire.Request{Stream: d.id, Frame: fr, Nonce: bytes.Repeat([]byte{byte(d.frames), d.w.n}, 8)[:wire.NonceLen],
			Now: &wire.BootSample{Boot: d.boot, Mono: now.Sub(d.bootAt).Milliseconds() - d.slept.Milliseconds(), Wall: now.Add(d.skew).UnixMilli()}}
		who := ingest.Device{ID: d.id.Device, Key: d.key.Public().(ed25519.PublicKey), Unit: d.unit, Role: d.role, Import: d.imp}
		a, err := d.w.h.ingest.Sync(d.w.t.Context(), who, rq)
		if err != nil {
			d.w.t.Fatal(err)
		}
		for _, r := range a.Results {
			code := ""
			if len(r.Faults) > 0 {
				code = ":" + r.Faults[0].Code
			}
			out = append(out, fmt.Sprintf("%d-%d %s%s", r.First, r.Last, r.Status, code))
		}
		d.sent += n
	}
	return d.name + " " + strings.Join(out, ", ")
}

func TestGenerate(t *testing.T) {
	out := os.Getenv("OLDER_OUT")
	if out == "" {
		t.Skip("no OLDER_OUT")
	}
	for _, name := range []string{"sqlite", "mongo"} {
		dir := t.TempDir()
		engine := simdoc.New(nil)
		w := &world{t: t, now: time.Date(2021, 1, 10, 9, 0, 0, 0, saved.Location())}
		cfg := Config{Data: dir, Listen: "127.0.0.1:0", Now: func() time.Time { return w.now }, Rand: seededBytes{rand.New(rand.NewPCG(13, 1))}}
		if name == "mongo" {
			cfg.Wrap = func(s store.Store) store.Store {
				m, err := mongostore.New(context.Background(), engine, mongostore.Config{Now: cfg.Now})
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
		}
		h, err := New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.h = h
		tell(t, w)
		figures(t, w, filepath.Join(out, name+".figures"))
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if name == "sqlite" {
			dumpSQL(t, filepath.Join(dir, "roadbook.db"), filepath.Join(out, "sqlite.sql"))
		} else {
			dumpDocs(t, engine, filepath.Join(out, "mongo.docs"))
		}
	}
}

func figures(t *testing.T, w *world, path string) {
	var b strings.Builder
	sums, err := w.h.store.Sums(t.Context(), store.SumQuery{From: 1, To: 99991231})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sums {
		fmt.Fprintf(&b, "%+v\n", s)
	}
	by, _ := w.h.store.CountedBy(t.Context())
	fmt.Fprintln(&b, by)
	os.WriteFile(path, []byte(b.String()), 0o600)
}

func dumpSQL(t *testing.T, from, to string) {
	c, err := sqlite3.Open("file:" + from)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b strings.Builder
	query := func(sql string, fn func(s *sqlite3.Stmt)) {
		s, _, err := c.Prepare(sql)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for s.Step() {
			fn(s)
		}
		if err := s.Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []string{"application_id", "user_version"} {
		query("PRAGMA "+p, func(s *sqlite3.Stmt) { fmt.Fprintf(&b, "PRAGMA %s=%d;\n", p, s.ColumnInt64(0)) })
	}
	var tables []string
	query(`SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, rowid`, func(s *sqlite3.Stmt) {
		if s.ColumnText(0) == "table" {
			tables = append(tables, s.ColumnText(1))
		}
		fmt.Fprintln(&b, strings.Join(strings.Fields(s.ColumnText(2)), " ")+";")
	})
	for _, table := range tables {
		query("SELECT * FROM "+table, func(s *sqlite3.Stmt) {
			var vs []string
			for i := range s.ColumnCount() {
				switch s.ColumnType(i) {
				case sqlite3.NULL:
					vs = append(vs, "NULL")
				case sqlite3.INTEGER:
					vs = append(vs, fmt.Sprint(s.ColumnInt64(i)))
				case sqlite3.TEXT:
					vs = append(vs, "'"+strings.ReplaceAll(s.ColumnText(i), "'", "''")+"'")
				default:
					vs = append(vs, "b64('"+base64.RawStdEncoding.EncodeToString(s.ColumnRawBlob(i))+"')")
				}
			}
			fmt.Fprintf(&b, "INSERT INTO %s VALUES(%s);\n", table, strings.Join(vs, ","))
		})
	}
	os.WriteFile(to, []byte(b.String()), 0o600)
}

func dumpDocs(t *testing.T, e *simdoc.Engine, to string) {
	var b strings.Builder
	for _, c := range []mongostore.Coll{mongostore.Records, mongostore.Groups, mongostore.Buckets, mongostore.Frames, mongostore.Streams, mongostore.QuarantinedLines, mongostore.Entries, mongostore.Meta} {
		raws, err := e.Scan(t.Context(), c, mongostore.Query{Sort: "_id"})
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range raws {
			j, err := bson.MarshalExtJSON(raw, true, false)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(j, []byte("$numberInt")) {
				t.Fatal("a number of 32 bits would be read as one of 64")
			}
			j = regexp.MustCompile(`\{"\$numberLong":"(-?[0-9]+)"\}`).ReplaceAll(j, []byte("$1"))
			j = regexp.MustCompile(`\{"\$binary":\{"base64":"([^"=]*)=*","subType":"00"\}\}`).ReplaceAll(j, []byte(`{"b64":"$1"}`))
			if bytes.Contains(j, []byte(`"$`)) {
				t.Fatalf("another type: %s", j)
			}
			fmt.Fprintf(&b, "%s %s\n", c, j)
		}
	}
	os.WriteFile(to, []byte(b.String()), 0o600)
}
