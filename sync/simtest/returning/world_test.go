package returning

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/server/hub"
)

// world is a deployment, its devices, and the truth. All random values come from the seed and the test sets the time:
// two runs of a story make the same lines.
type world struct {
	t     *testing.T
	rng   *mathrand.Rand
	now   atomic.Int64 // the true time, Unix ms
	truth truth

	home      hub.Config // the deployment's place
	published bool       // the county's catalogue is in force too

	hub     *hub.Hub
	end     func()
	hq      *hq
	devices map[string]*device
}

// seedOf is the seed from the environment, or a new seed. The seed is printed.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	seed := binary.LittleEndian.Uint64(b[:]) >> 1
	if text := os.Getenv("ROADBOOK_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("ROADBOOK_SEED=%d", seed)
	return seed
}

const adminUser, adminPassword = "chief", "a long password"

func newWorld(t *testing.T, seed uint64, home hub.Config) *world {
	t.Helper()
	w := &world{
		t: t, rng: mathrand.New(mathrand.NewPCG(seed, 0x72657475726e)), home: home, devices: map[string]*device{},
		truth: truth{},
	}
	w.now.Store(time.Date(2020, 6, 1, 1, 0, 0, 0, time.UTC).UnixMilli())
	w.serve()
	w.must(w.hub.Auth().AddUser(t.Context(), adminUser, adminPassword, auth.RoleAdmin))
	w.hq.signIn(w)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// tick moves the clock by a minute: two acts never have the same time.
func (w *world) tick() { w.now.Add(time.Minute.Milliseconds()) }

func (w *world) clock() time.Time { return time.UnixMilli(w.now.Load()) }

// config is a place with the settings common to every server here.
func (w *world) config(place hub.Config) hub.Config {
	place.Listen, place.Now, place.Log = "127.0.0.1:0", w.clock, slog.New(slog.DiscardHandler)
	return place
}

// serve starts the server at home.
func (w *world) serve() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	h, err := hub.New(ctx, w.config(w.home))
	if err != nil {
		cancel()
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	stopped := false
	w.hub, w.hq = h, &hq{url: h.URL()}
	w.end = func() {
		if cancel(); !stopped {
			stopped = true
			if err := <-ended; err != nil {
				w.t.Error(err)
			}
		}
	}
	w.t.Cleanup(w.end)
}

// startAgain starts the server again, and HQ signs in.
func (w *world) startAgain() {
	w.t.Helper()
	w.serve()
	w.hq.signIn(w)
}

// enroll sets a device up. skew is how far its clock is off.
func (w *world) enroll(name, unit, role string, skew time.Duration) *device {
	w.t.Helper()
	w.tick()
	code, err := w.hub.Auth().NewCode(w.t.Context(), unit, role, adminUser, time.Hour)
	w.must(err)
	d := newDevice(w, name, unit, role, skew)
	w.must(d.enroll(w.hub.URL(), code))
	w.devices[name] = d
	return d
}

// saveRandom saves n random observations on each named device.
func (w *world) saveRandom(n int, names ...string) {
	w.t.Helper()
	for _, name := range names {
		for range n {
			w.devices[name].saveRandom()
		}
	}
}

// sync lets each named device send and pull until no work is left.
func (w *world) sync(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.tick()
		if err := w.devices[name].sync(w.hub.URL()); err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
	}
}
