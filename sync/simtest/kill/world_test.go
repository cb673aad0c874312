package kill

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

// world is a server, its data, and the enrolled devices.
type world struct {
	t      *testing.T
	bin    string
	store  []string // flags that name the place of the server's data
	rng    *rand.Rand
	truth  *truth
	serial int

	server      *programs.Server
	frontURL    string // the address that the devices use, if not the server's own
	hq          programs.HQ
	devices     []*device     // at work
	sideDevices []*device     // revoked, or set up for a single round
	lostDevices []*device     // sent something, and never ran again
	maxSpread   time.Duration // the greatest distance in time between simultaneous syncs
}

func newWorld(t *testing.T, seed uint64, store ...string) *world {
	t.Helper()
	w := emptyWorld(t, seed, store...)
	t.Cleanup(func() {
		if w.server != nil {
			w.server.Kill()
		}
	})
	w.serve("")
	w.hq.User, w.hq.Password = w.server.User, w.server.Password
	w.must(w.hq.SignIn(w.url()))
	for _, s := range seats {
		w.devices = append(w.devices, w.enroll(s.unit, s.role))
	}
	return w
}

// seats are the units and roles of the devices.
var seats = []struct{ unit, role string }{{"office-1", "clerk"}, {"check-1", "officer"}, {"office-2", "clerk"}}

func emptyWorld(t *testing.T, seed uint64, store ...string) *world {
	t.Helper()
	return &world{t: t, bin: programs.Build(t), store: store, rng: rand.New(rand.NewPCG(seed, 0x6b696c6c)), truth: newTruth()}
}

// url is the address for devices and HQ.
func (w *world) url() string {
	if w.frontURL != "" {
		return w.frontURL
	}
	return w.server.URL
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		errs := ""
		if w.server != nil && w.server.Ended() {
			errs = w.server.Errs()
		}
		w.t.Fatalf("%v\n%s", err, errs)
	}
}

// serve starts the server. With a kill point the server may die before it is ready, while finishing old work.
func (w *world) serve(kill string) {
	w.t.Helper()
	p, err := programs.Serve(programs.Command{Args: programs.ServeArgs(w.bin, w.store...), Kill: kill})
	w.must(err)
	w.server = p
	if p.URL == "" && (kill == "" || !p.Killed()) {
		w.t.Fatalf("the server did not start: %s\n%s", p.State(), p.Errs())
	}
}

// restart stops the server with SIGTERM and starts the server with a kill point.
func (w *world) restart(kill string) {
	w.t.Helper()
	w.must(w.server.Stop())
	w.serve(kill)
}

func (w *world) enroll(unit, role string) *device {
	w.t.Helper()
	code, err := w.hq.Code(w.url(), unit, role)
	w.must(err)
	d := &device{
		bin: w.bin, dir: w.t.TempDir(), unit: unit, role: role, truth: w.truth, serial: &w.serial,
		rng: rand.New(rand.NewPCG(w.rng.Uint64(), 1)),
	}
	w.must(d.enroll(w.url(), code))
	return d
}

// newRevokedDevice sets a device up and revokes its key: its lines are quarantined until HQ releases each line.
func (w *world) newRevokedDevice() *device {
	w.t.Helper()
	d := w.enroll("office-1", "clerk")
	w.must(w.hq.Revoke(w.url(), d.id))
	d.revoked = true
	w.sideDevices = append(w.sideDevices, d)
	return d
}

// work lets each device save something and then sends all lines at the same time. Lines that do not get through wait.
func (w *world) work(devices []*device, what func(*device) statement) {
	w.t.Helper()
	for _, d := range devices {
		for range 1 + w.rng.IntN(2) {
			_, stands, err := d.save(what(d), "")
			w.must(err)
			if !stands {
				w.t.Fatalf("device %s confirmed what it has not", d.id)
			}
		}
	}
	errs := make([]error, len(devices))
	var all sync.WaitGroup
	for i, d := range devices {
		wait := time.Duration(w.rng.Int64N(1 + int64(w.maxSpread)))
		all.Go(func() {
			time.Sleep(wait)
			if o, err := d.sync(w.url(), ""); err != nil {
				errs[i] = err
			} else if !slices.Contains([]int{0, 4, 7}, o.Exit) { // done, not reached, quarantined
				errs[i] = fmt.Errorf("sync: %v", o)
			}
		})
	}
	all.Wait()
	w.must(errors.Join(errs...))
}

// drainAndRelease delivers the waiting lines of every device and releases all quarantined lines.
func (w *world) drainAndRelease() {
	w.t.Helper()
	for _, d := range slices.Concat(w.devices, w.sideDevices) {
		w.must(d.drain(w.url()))
	}
	for _, d := range w.sideDevices {
		if d.revoked {
			w.must(w.releaseAll(d))
		}
	}
}

func (w *world) releaseAll(d *device) error {
	for id := range w.truth.statements {
		if len(id) > len(d.id) && id[:len(d.id)] == d.id {
			if err := w.hq.Release(w.url(), id); err != nil {
				return err
			}
		}
	}
	return nil
}
