package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/fleet"
	"roadbook/server/store"
)

// logBuffer collects the log of a server.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *logBuffer) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *logBuffer) String() string { n.mu.Lock(); defer n.mu.Unlock(); return n.b.String() }

// start runs a server until the end of the test or a call of stop.
func start(t *testing.T, cfg Config) (h *Hub, log *logBuffer, stop func()) {
	t.Helper()
	log = &logBuffer{}
	cfg.Listen, cfg.Log = "127.0.0.1:0", slog.New(slog.NewTextHandler(log, nil))
	ctx, cancel := context.WithCancel(context.Background())
	h, err := New(ctx, cfg)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return h, log, stop
}

// The content of recordYear's year.
const (
	yearPlates    = 40
	yearIncidents = 7
)

// recordYear sends a year from an officer's and a clerk's device to the server.
func recordYear(t *testing.T, h *Hub) {
	t.Helper()
	day := time.Date(2020, 1, 3, 2, 0, 0, 0, time.UTC)
	clerk, officer := enroll(t, h, "office-1", auth.RoleClerk), enroll(t, h, "check-1", auth.RoleOfficer)
	for i := range yearPlates {
		at := day.AddDate(0, 0, 9*i)
		clerk.addLine(t, h, "plate", at, map[string]string{
			"unit": "office-1", "plate_type": "02", "plate_number": fmt.Sprintf("冀F%05d", i), "business": "register", "sets": "1",
		})
	}
	for i := range yearIncidents {
		at := day.AddDate(0, 0, 40*i)
		officer.addLine(t, h, "incident", at, map[string]string{
			"unit": "check-1", "category": "other", "reported_at": at.Format(time.RFC3339), "dispatched_at": at.Add(time.Minute).Format(time.RFC3339),
		})
	}
	for _, r := range []*testDevice{clerk, officer} {
		if err := r.link.Drain(t.Context(), r.device, time.Now().UnixMilli(), 1); err != nil {
			t.Fatal(err)
		}
	}
}

// testDevice is a device with its connection.
type testDevice struct {
	device *fleet.Device
	link   *fleet.Link
}

func enroll(t *testing.T, h *Hub, unit, role string) *testDevice {
	t.Helper()
	code, err := h.Auth().NewCode(t.Context(), unit, role, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	r := &testDevice{fleet.NewDevice(rand.New(rand.NewPCG(7, uint64(len(unit)))), unit, time.Now().UnixMilli()), fleet.NewLink(h.URL())}
	if err := r.link.Enroll(t.Context(), r.device, code, h.Catalogue()); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *testDevice) addLine(t *testing.T, h *Hub, kind string, at time.Time, typed map[string]string) {
	t.Helper()
	k, _ := h.Schema().Kind(kind)
	said := fleet.Observation{Kind: k, Act: "create", At: at.UnixMilli()}
	typed["occurred_at"] = at.Format(time.RFC3339)
	for name, text := range typed {
		v, fault := k.Parse(name, text)
		if fault != nil {
			t.Fatal(fault)
		}
		said.Fields = append(said.Fields, schema.Named{Name: name, Value: v})
	}
	said.Fields.Sort()
	r.device.Save(said)
}

// sum reads a measure of 2020 from the store.
func sum(t *testing.T, h *Hub, measure string) (n int64) {
	t.Helper()
	sums, err := h.Store().Sums(t.Context(), store.SumQuery{Measures: []string{measure}, From: 20200101, To: 20201231})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sums {
		n += s.Amount
	}
	return n
}

func TestOneProcessADirectory(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	if _, err := New(t.Context(), Config{Data: dir, Listen: "127.0.0.1:0"}); !errors.Is(err, ErrInUse) {
		t.Fatalf("a second server on the directory: %v", err)
	}
	a, closeAuth, err := OpenAuth(t.Context(), Config{Data: dir}) // small commands may run at the same time
	if err != nil {
		t.Fatal(err)
	}
	if err := a.AddUser(t.Context(), "beside", "12345678", auth.RoleHQ); err != nil {
		t.Fatal(err)
	}
	if err := closeAuth(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Auth().SignIn(t.Context(), "here", "beside", "12345678"); err != nil {
		t.Fatal(err)
	}
	stop()
	again, _, _ := start(t, Config{Data: dir})
	if again.Auth().Epoch() != h.Auth().Epoch() {
		t.Fatal("a restart is not a restore")
	}
}

func TestOpenAuthMakesNoDirectory(t *testing.T) {
	if _, _, err := OpenAuth(t.Context(), Config{Data: t.TempDir()}); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
}

func TestRestartKeepsWhatWasCounted(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	recordYear(t, h)
	const want = yearPlates
	if got := sum(t, h, "plate_sets"); got != want {
		t.Fatalf("counted %d sets, %d were issued", got, want)
	}
	stop()
	h, log, _ := start(t, Config{Data: dir})
	if got := sum(t, h, "plate_sets"); got != want {
		t.Fatalf("after a restart %d sets, %d were issued", got, want)
	}
	if got := sum(t, h, "incident_dispatched"); got != yearIncidents {
		t.Fatalf("after a restart %d incidents of %d", got, yearIncidents)
	}
	if strings.Contains(log.String(), "counting anew") {
		t.Fatal("the same catalogue counted anew")
	}
}

// staleSums is a store with sums made by another version.
type staleSums struct {
	store.Store
	by string
}

func (s staleSums) CountedBy(context.Context) (string, error) { return s.by, nil }

func TestOtherCatalogueCountsAnew(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	recordYear(t, h)
	const want = yearPlates
	stop()
	for _, c := range []struct {
		by      string
		derives bool
	}{
		{"rules-3+shunping-2020@0", false},
		{"rules-2+shunping-2020@1", true}, // baselines were added to the measures themselves
		{"shunping-2020@0", true},         // by the program before the rules had a number
	} {
		h, log, stop := start(t, Config{Data: dir, Wrap: func(s store.Store) store.Store { return staleSums{s, c.by} }})
		if !strings.Contains(log.String(), `msg="counting anew" from=`+c.by) {
			t.Fatalf("%s: nothing was counted anew: %s", c.by, log)
		}
		if strings.Contains(log.String(), "deriving records anew") != c.derives {
			t.Fatalf("%s: records were derived anew: %v, want %v: %s", c.by, !c.derives, c.derives, log)
		}
		if got := sum(t, h, "plate_sets"); got != want {
			t.Fatalf("%s: counted anew %d sets, %d were issued", c.by, got, want)
		}
		stop()
	}
}

// TestLaterRulesAreRefused: sums of later rules would be counted back.
func TestLaterRulesAreRefused(t *testing.T) {
	dir := t.TempDir()
	_, _, stop := start(t, Config{Data: dir})
	stop()
	later := Config{Data: dir, Listen: "127.0.0.1:0", Wrap: func(s store.Store) store.Store { return staleSums{s, "rules-99+shunping-2020@1"} }}
	if h, err := New(t.Context(), later); !errors.Is(err, store.ErrNewer) {
		t.Errorf("a server started: %v, %v", h, err)
	}
	if _, err := Rebuild(t.Context(), later, nil, nil); !errors.Is(err, store.ErrNewer) {
		t.Errorf("a rebuild: %v", err)
	}
}

// failingUnprojected is a store that can be made to fail when asked for unprojected frames.
type failingUnprojected struct {
	store.Store
	mu      sync.Mutex
	failing bool
}

func (d *failingUnprojected) set(fails bool) { d.mu.Lock(); defer d.mu.Unlock(); d.failing = fails }

func (d *failingUnprojected) Unprojected(ctx context.Context, after store.Frame, limit int) ([]store.Frame, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failing {
		return nil, store.ErrUnavailable
	}
	return d.Store.Unprojected(ctx, after, limit)
}

func TestSweepFailureIsLoggedAndServed(t *testing.T) {
	var d *failingUnprojected
	h, log, stop := start(t, Config{Data: t.TempDir(), SweepEvery: time.Millisecond, Wrap: func(s store.Store) store.Store {
		d = &failingUnprojected{Store: s}
		d.set(true)
		return d
	}})
	for i := 0; !strings.Contains(log.String(), "msg=sweep"); i++ {
		if i > 1000 {
			t.Fatal("the sweeper is silent")
		}
		time.Sleep(5 * time.Millisecond)
	}
	d.set(false)
	resp, err := http.Get(h.URL() + "/readyz")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	stop()
}

// An answer in flight when the server is stopped still arrives, and its lines are stored.
func TestStopFinishesWhatIsInFlight(t *testing.T) {
	dir := t.TempDir()
	entered, release := make(chan struct{}), make(chan struct{})
	h, _, stop := start(t, Config{Data: dir, Wrap: func(s store.Store) store.Store {
		return &blockedBatch{Store: s, entered: entered, release: release}
	}})
	code, err := h.Auth().NewCode(t.Context(), "check-1", auth.RoleOfficer, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	d, l := fleet.NewDevice(rng, "d", time.Now().UnixMilli()), fleet.NewLink(h.URL())
	if err := l.Enroll(t.Context(), d, code, h.Catalogue()); err != nil {
		t.Fatal(err)
	}
	k, _ := h.Schema().Kind("incident")
	d.Save(fleet.Observation{Kind: k, Act: "create", At: time.Now().UnixMilli()})
	sent := make(chan error, 1)
	go func() { sent <- l.Drain(context.Background(), d, time.Now().UnixMilli(), 1) }()
	<-entered
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	close(release)
	if err := <-sent; err != nil {
		t.Fatalf("the answer was lost: %v", err)
	}
	<-stopped
	h, _, _ = start(t, Config{Data: dir})
	if n, err := h.Store().Counts(t.Context()); err != nil || n.Frames != 1 {
		t.Fatalf("%+v %v", n, err)
	}
}

// blockedBatch blocks the first Batch until release is closed.
type blockedBatch struct {
	store.Store
	once             sync.Once
	entered, release chan struct{}
}

func (s *blockedBatch) Batch(ctx context.Context, fn func(store.Steps) error) error {
	s.once.Do(func() { close(s.entered); <-s.release })
	return s.Store.Batch(ctx, fn)
}

func TestDatabaseOfURI(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://localhost":                           "",
		"mongodb://localhost:27017/":                    "",
		"mongodb://localhost:27017/roads":               "roads",
		"mongodb://a:1,b:2,c:3/roads?replicaSet=x":      "roads",
		"mongodb+srv://user:pass@cluster/roads?tls=yes": "roads",
		"mongodb://user:pa/ss@word@a,b/roads?w=1":       "roads",
	} {
		if got := databaseOf(uri); got != want {
			t.Errorf("%s names %q, want %q", uri, got, want)
		}
	}
}
