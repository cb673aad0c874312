package hub

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/fleet"
	"roadbook/server/timecheck"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// adjustableClock is a machine with a clock shifted from the true time.
type adjustableClock struct{ off atomic.Int64 } // ns

func (w *adjustableClock) set(off time.Duration) { w.off.Store(int64(off)) }

func (w *adjustableClock) config(dir string) Config {
	return Config{
		Data: dir, Now: func() time.Time { return time.Now().Add(time.Duration(w.off.Load())).Round(0) }, Steady: steady,
	}
}

// readyWarnings returns the codes of a ready server's warnings.
func readyWarnings(t *testing.T, h *Hub) (codes []string) {
	t.Helper()
	resp, err := http.Get(h.URL() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var said struct {
		Status   string
		Warnings []struct {
			Code    string
			Message schema.Text
		}
	}
	raw, _ := io.ReadAll(resp.Body)
	if err := json.Unmarshal(raw, &said); err != nil || resp.StatusCode != http.StatusOK || said.Status != "ready" {
		t.Fatalf("%s: %s, %v", resp.Status, raw, err)
	}
	for _, w := range said.Warnings {
		if w.Message.ZH == "" || w.Message.EN == "" {
			t.Errorf("%s in one language only: %+v", w.Code, w.Message)
		}
		codes = append(codes, w.Code)
	}
	return codes
}

// enrollAndPush enrolls a device with a right clock, which sends a plate with a time filled in by the device.
func enrollAndPush(t *testing.T, h *Hub, n int) *wire.Answer {
	t.Helper()
	code, err := h.Auth().NewCode(t.Context(), "office-1", auth.RoleClerk, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(11, uint64(n)))
	d, l := fleet.NewDevice(rng, fmt.Sprint("d", n), time.Now().Add(-time.Minute).UnixMilli()), fleet.NewLink(h.URL())
	if err := l.Enroll(t.Context(), d, code, h.Catalogue()); err != nil {
		t.Fatal(err)
	}
	k, _ := h.Schema().Kind("plate")
	var vs schema.Values
	for name, typed := range map[string]string{
		"unit": "office-1", "occurred_at": time.Now().Format(time.RFC3339), "plate_type": "02", "plate_number": fmt.Sprintf("冀F%05d", n), "business": "register", "sets": "1",
	} {
		v, fault := k.Parse(name, typed)
		if fault != nil {
			t.Fatal(fault)
		}
		vs = append(vs, schema.Named{Name: name, Value: v})
	}
	vs.Sort()
	d.Save(fleet.Observation{Kind: k, Act: wire.Create, Auto: []string{"occurred_at"}, At: time.Now().UnixMilli(), Fields: vs})
	a, err := l.Push(t.Context(), d, d.Next(), time.Now().UnixMilli())
	if err != nil || len(a.Boots) != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	return a
}

func wantBoot(t *testing.T, a *wire.Answer, grade clock.Grade, ceiling time.Time) {
	t.Helper()
	b := a.Boots[0]
	got := clock.Exact
	if b.Base == 0 {
		got = clock.Estimated
	}
	if got != grade {
		t.Errorf("a boot was fixed as %+v, want it %s", b.Boot, grade)
	}
	if off := time.UnixMilli(b.Ceiling).Sub(ceiling); grade == clock.Estimated && off.Abs() > time.Minute {
		t.Errorf("its ceiling is %v off", off)
	}
}

// A server whose clock falls back warns of it, stays ready, and dates nothing exactly, even after a restart, until
// the clock is right again. A mark left by a fast clock can be dropped while the server runs.
func TestClockOffIsSaid(t *testing.T) {
	var w adjustableClock
	dir := t.TempDir()
	h, _, stop := start(t, w.config(dir))
	wantBoot(t, enrollAndPush(t, h, 1), clock.Exact, time.Time{})
	if got := readyWarnings(t, h); got != nil {
		t.Errorf("a right clock is warned of: %v", got)
	}
	stop()
	w.set(-48 * time.Hour)
	h, log, _ := start(t, w.config(dir))
	if got := readyWarnings(t, h); len(got) != 1 || got[0] != "clock_off" {
		t.Errorf("warnings %v", got)
	}
	if n := strings.Count(log.String(), "服务器时钟可能不准"); n != 1 {
		t.Errorf("logged %d times: %s", n, log)
	}
	wantBoot(t, enrollAndPush(t, h, 2), clock.Estimated, time.Now().Add(-48*time.Hour))
	w.set(0)
	wantBoot(t, enrollAndPush(t, h, 3), clock.Exact, time.Time{})
	w.set(1000 * time.Hour) // no better time is known yet
	wantBoot(t, enrollAndPush(t, h, 4), clock.Exact, time.Time{})
	w.set(0)
	wantBoot(t, enrollAndPush(t, h, 5), clock.Estimated, time.Now())

	s, closeStore, err := OpenStore(t.Context(), w.config(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	if _, err := timecheck.Accept(t.Context(), s, time.Now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	for i := 0; readyWarnings(t, h) != nil; i++ {
		if i > 2*int(clockCheckInterval/(100*time.Millisecond)) {
			t.Fatal("the server does not hear that the mark was given up")
		}
		time.Sleep(100 * time.Millisecond)
	}
	wantBoot(t, enrollAndPush(t, h, 6), clock.Exact, time.Time{})
}

// Ten devices outvote a clock that is ahead from the start, and give back the true time as a bound.
func TestDevicesKnowBetter(t *testing.T) {
	var w adjustableClock
	w.set(300 * time.Hour)
	h, _, _ := start(t, w.config(t.TempDir()))
	for i := range 9 {
		wantBoot(t, enrollAndPush(t, h, i), clock.Exact, time.Time{})
	}
	wantBoot(t, enrollAndPush(t, h, 9), clock.Estimated, time.Now().Add(300*time.Hour))
	w.set(-300 * time.Hour)
	wantBoot(t, enrollAndPush(t, h, 10), clock.Estimated, time.Now())
	if got := readyWarnings(t, h); len(got) != 1 {
		t.Errorf("warnings %v", got)
	}
}
