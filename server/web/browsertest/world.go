// Package browsertest is the fixture for the pages' tests: a server on its own port, with the real store, write path,
// read models and pages, and a small year made by hand (year.go). The package also holds the tests in a real browser,
// under the build tag browser.
package browsertest

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/api"
	"roadbook/server/auth"
	"roadbook/server/doubts"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/pulse"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
	"roadbook/server/web"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Password is the password of every user of a World.
const Password = "correct horse battery"

// World is a server with its pages. Its clock changes only by Advance.
type World struct {
	URL  string
	Auth *auth.Auth

	t                 testing.TB
	now               atomic.Int64 // Unix ns; atomic, because handlers read it concurrently
	rng               *rand.Rand
	ingest            *ingest.Ingest
	store             store.Store
	follower          *doubts.Follower
	query             *query.Query
	catalogues        []*catalogue.Catalogue
	catalogue         string
	deliveringDevices []query.DeliveringDevice
	second            *fleet.Device // named quarantinedDevice
	warnings          []schema.Text
}

// New starts a server, which stops with the test.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, rng: rand.New(rand.NewPCG(20, 20))}
	w.now.Store(at("2021-01-06 10:00").UnixNano())
	db, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "roadbook.db"), Now: w.clock})
	w.must(err)
	t.Cleanup(func() { w.must(db.Close()) })
	sch := schema.Default()
	cats, err := catalogue.Embedded(sch)
	w.must(err)
	counter := tally.NewCounter(cats...)
	w.catalogue = catalogue.ForYear(cats, 2020).Name()
	w.Auth, err = auth.New(t.Context(), auth.Config{Registry: db, Clock: w.clock, Rand: seeded{w.rng}})
	w.must(err)
	beat := pulse.New(pulse.Config{Name: "w", Now: w.clock})
	w.ingest = ingest.New(ingest.Config{
		Store: db, Schema: sch, Catalogues: []string{w.catalogue}, Counter: counter,
		Key: w.Auth.ServerKey(), Epoch: w.Auth.Epoch(), Now: w.clock, Rand: seeded{w.rng},
		Counted: beat.NoteCounted,
	})
	t.Cleanup(w.ingest.Close)
	w.catalogues = cats
	w.query = query.New(query.Config{
		Store: db, Schema: sch, Catalogues: cats, Counter: counter, Now: w.clock,
		DeliveringDevices: func(context.Context) ([]query.DeliveringDevice, error) { return w.deliveringDevices, nil },
	})
	w.store = db
	reader := &doubts.Reader{Store: db, Schema: sch, Now: w.clock}
	pages, err := web.New(web.Config{
		Query: w.query, Doubts: reader, Auth: w.Auth, Schema: sch, Now: w.clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		State: beat.State, Warnings: func() []schema.Text { return w.warnings },
	})
	w.must(err)
	w.serve(api.New(api.Config{
		Auth: w.Auth, Ingest: w.ingest, Store: db, Now: w.clock, Query: w.query, Pages: pages,
		Doubts: reader,
		Pull:   &query.Puller{Store: db, Schema: schema.Default(), Epoch: w.Auth.Epoch(), Catalogues: query.Always(w.catalogue), Now: w.clock},
	}))
	return w
}

func (w *World) clock() time.Time { return time.Unix(0, w.now.Load()) }

func (w *World) serve(a *api.API) {
	ln, err := new(net.ListenConfig).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	w.must(err)
	served := make(chan error, 1)
	go func() { served <- a.Serve(ln) }()
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		w.must(a.Shutdown(ctx))
		w.must(<-served)
	})
	w.URL = "http://" + ln.Addr().String()
}

// LookForDoubts lets the server's follower come to its end, as it does within seconds in a server that runs on.
func (w *World) LookForDoubts() {
	w.t.Helper()
	if w.follower == nil {
		w.follower = doubts.New(doubts.Config{Store: w.store, Schema: schema.Default(), Reference: w.query.Reference, Now: w.clock})
	}
	for more := true; more; {
		var err error
		more, err = w.follower.Round(w.t.Context())
		w.must(err)
	}
}

// User makes a user with a role and the password Password.
func (w *World) User(name, role string) {
	w.t.Helper()
	w.must(w.Auth.AddUser(w.t.Context(), name, Password, role))
}

// Advance moves the clock forward.
func (w *World) Advance(d time.Duration) { w.now.Add(int64(d)) }

// Warn adds a warning of the server.
func (w *World) Warn(text schema.Text) { w.warnings = append(w.warnings, text) }

// CarryOver puts 2020's catalogue into force for another year, with some items revised, as a publication does.
func (w *World) CarryOver(year int, revised ...string) {
	w.t.Helper()
	text, err := catalogue.EmbeddedText(catalogue.ForYear(w.catalogues, 2020))
	w.must(err)
	text, err = catalogue.CarryOver(text, "c.yaml", year, schema.Default())
	w.must(err)
	r, err := catalogue.Revise(text, "c.yaml", schema.Default(), revised, catalogue.NewFacts{})
	w.must(err)
	r.Published = len(w.catalogues)
	w.catalogues = append(w.catalogues, r.Catalogue)
	counter := tally.NewCounter(w.catalogues...)
	w.ingest.SetCatalogues([]string{r.Name(), w.catalogue}, counter)
	w.query.SetCatalogues(w.catalogues, counter)
}

// DeviceToken returns the token of a new device.
func (w *World) DeviceToken(unit, role string) string {
	w.t.Helper()
	code, err := w.Auth.NewCode(w.t.Context(), unit, role, "test", time.Hour)
	w.must(err)
	d := fleet.NewDevice(w.rng, "enrolled", w.clock().UnixMilli())
	w.must(fleet.NewLink(w.URL).Enroll(w.t.Context(), d, code, w.catalogue))
	token, err := fleet.NewLink(w.URL).Token(w.t.Context(), d)
	w.must(err)
	return token
}

// NewPlateClerk adds a clerk's device, expected to report, and returns a function for issuing plates on it.
func (w *World) NewPlateClerk() (issue func(number string, sets int)) {
	d := w.device("window-9", "office-1", "clerk")
	return func(number string, sets int) {
		w.t.Helper()
		const when = "2020-12-20 10:00"
		w.record(d, "plate", when, fleet.Observation{}, fields{
			"unit": d.Unit, "occurred_at": when, "plate_type": "02", "plate_number": number, "business": "register", "sets": strconv.Itoa(sets),
		})
		w.push(d, false)
	}
}

// Plate sends a plate of a moment, from a clerk's device of its own, and returns its id.
func (w *World) Plate(when, number string) (id string) {
	w.t.Helper()
	d := w.device("window "+number, "office-1", "clerk")
	id = w.record(d, "plate", when, fleet.Observation{}, fields{
		"unit": d.Unit, "occurred_at": when, "plate_type": "02", "plate_number": number, "business": "register", "sets": "1",
	}).String()
	w.push(d, false)
	return id
}

// device adds a device to a unit, without enrollment. The device is expected to report.
func (w *World) device(name, unit, role string) *fleet.Device {
	d := fleet.NewDevice(w.rng, name, at("2020-01-01 07:00").UnixMilli())
	d.SetEnrollment(unit, role, w.catalogue)
	w.deliveringDevices = append(w.deliveringDevices, query.DeliveringDevice{ID: d.ID, Unit: unit, Role: role})
	return d
}

// fields are typed texts by field name.
type fields map[string]string

// record appends an observation to the device's stream; when is the true time of the observation.
func (w *World) record(d *fleet.Device, kind, when string, s fleet.Observation, fs fields) wire.ObsID {
	w.t.Helper()
	k, ok := schema.Default().Kind(kind)
	if !ok {
		w.t.Fatalf("no kind %s", kind)
	}
	s.Kind, s.At = k, at(when).UnixMilli()
	if s.Act == "" {
		s.Act = wire.Create
	}
	for name, text := range fs {
		v, fault := k.Parse(name, text)
		if fault != nil {
			w.t.Fatalf("%s %s=%s: %v", kind, name, text, fault)
		}
		s.Fields = append(s.Fields, schema.Named{Name: name, Value: v})
	}
	s.Fields.Sort()
	return d.Save(s)
}

// push sends all pending lines; with imports, the lines of imports are allowed too.
func (w *World) push(d *fleet.Device, imports bool) {
	w.t.Helper()
	for f := d.Next(); f != nil; f = d.Next() {
		who := ingest.Device{ID: d.ID, Key: d.PublicKey(), Unit: d.Unit, Role: d.Role, Import: imports}
		a, err := w.ingest.Sync(w.t.Context(), who, d.Request(f, w.clock().UnixMilli()))
		w.must(err)
		for _, r := range a.Results {
			if r.Status == wire.Quarantined && d.Name != quarantinedDevice {
				w.t.Fatalf("%d to %d: %v", r.First, r.Last, r.Faults)
			}
		}
		w.must(d.Acknowledge(f, a))
	}
}

// Speak sends an observation of any act about a record of the year, known to the server or not, from the device whose
// lines may be quarantined. Speak returns the observation's id.
func (w *World) Speak(kind, record, act string) wire.ObsID {
	w.t.Helper()
	id := w.record(w.second, kind, "2020-12-16 10:00", fleet.Observation{Act: wire.Act(act), Record: record, Officer: "赵"}, nil)
	w.push(w.second, false)
	return id
}

// Release lets a quarantined observation take effect, by HQ's word.
func (w *World) Release(id wire.ObsID) {
	w.t.Helper()
	w.act(ingest.Act{Act: wire.Release, Target: id.String()})
}

// Review says that HQ has looked at a record's doubts of a code, in words.
func (w *World) Review(record, code, words string) {
	w.t.Helper()
	all, _, err := (&doubts.Reader{Store: w.store, Schema: schema.Default(), Now: w.clock}).List(w.t.Context(), doubts.Question{Code: code, Limit: 100})
	w.must(err)
	for i := range all {
		if all[i].ID == record {
			w.act(ingest.Act{Act: wire.Review, Record: record, Target: all[i].Doubts[0].Target, Reason: words})
			return
		}
	}
	w.t.Fatalf("%s has no doubt %s", record, code)
}

func (w *World) act(a ingest.Act) {
	w.t.Helper()
	_, key, err := ed25519.GenerateKey(seeded{w.rng})
	w.must(err)
	_, err = w.ingest.Do(w.t.Context(), ingest.Officer{Name: "hq", Unit: "hq", Key: key}, a)
	w.must(err)
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

type seeded struct{ rng *rand.Rand }

func (s seeded) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.rng.UintN(256))
	}
	return len(p), nil
}
