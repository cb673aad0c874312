// Package timecheck checks the server's own clock: times filled in by devices are dated by this clock, once and for ever.
//
// It promises: a clock is called off, at the next check, if it is more than MaxBehind before the greatest time ever signed
// by any server on the store, before the program's build, or more than MaxApart from the median of the wall clocks of the
// last devices. Each change is logged once. The greatest signed time outlives the process, and the stored mark is never
// more than SaveStep below that time. No line is trusted: only a device's wall clock at the moment of a request. Signed times are
// the server_time of answers and the bases and ceilings of boots.
package timecheck

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"time"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// Bounds of a right clock.
const (
	MaxBehind = 10 * time.Minute // before the greatest signed time
	MaxApart  = time.Hour        // from the devices' median, either way
)

const (
	maxDevices = 20 // compared devices: the last different ones
	minDevices = 10 // the median of fewer devices says nothing
)

// Config holds the parts of a Watch.
type Config struct {
	Registry store.Registry
	Now      func() time.Time
	// Steady is the time since some moment by a clock never set; nil: by Now. Device clocks age by Steady, so that setting
	// the server's clock does not also move the device clocks compared with it.
	Steady func() time.Duration
	Built  int64 // Unix ms: build time of the program; 0: unknown
	Log    *slog.Logger
}

// Watch watches the clock of one server. It is safe for many goroutines, and holds no lock during calls to the store.
type Watch struct {
	cfg Config

	mu      sync.Mutex
	devices []deviceClock // longest silent first
	logged  brokenRules   // last logged state
	signed  int64         // greatest signed time known here, Unix ms
	stored  int64         // last known mark in the registry
	waived  int64         // number of marks given up before
	saving  bool
	saveErr error // of the last attempt to store the mark
	retryAt time.Duration
}

// deviceClock is the wall clock stated by a device.
type deviceClock struct {
	device string
	wall   int64         // Unix ms
	at     time.Duration // by Steady
}

// New returns a watch without any signed time; Refresh reads the mark.
func New(cfg Config) *Watch {
	if cfg.Steady == nil {
		cfg.Steady = func() time.Duration { return time.Duration(cfg.Now().UnixMilli()) * time.Millisecond }
	}
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Watch{cfg: cfg}
}

// NoteDeviceClock records the wall clock of a device, Unix ms, at the moment of its request. The caller has
// authenticated the device.
func (w *Watch) NoteDeviceClock(device string, wall int64) {
	h := deviceClock{device, min(max(wall, 0), clock.MaxMs), w.cfg.Steady()}
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.IndexFunc(w.devices, func(o deviceClock) bool { return o.device == device }); i >= 0 {
		w.devices = slices.Delete(w.devices, i, i+1)
	} else if len(w.devices) >= maxDevices {
		w.devices = slices.Delete(w.devices, 0, 1)
	}
	w.devices = append(w.devices, h)
}

// Status is the state of the clock at a moment. All are Unix ms; Mark, Built and Median are 0 if their rule holds.
type Status struct {
	Now    int64 // by the clock
	Mark   int64 // the greatest signed time, if the clock is too far before it
	Built  int64 // build time of the program, if the clock is before the build
	Median int64 // of the devices' clocks, if the clock is too far from it
	Latest int64 // if the clock is off: the best upper bound of the true time
}

// Off reports whether any rule is broken.
func (v *Status) Off() bool { return v.Mark != 0 || v.Built != 0 || v.Median != 0 }

// brokenRules are the rules broken at a moment.
type brokenRules struct{ mark, built, median bool }

// Check checks the clock now.
func (w *Watch) Check() Status {
	now := w.cfg.Now().UnixMilli()
	w.mu.Lock()
	v := w.checkRules(now)
	is := brokenRules{v.Mark != 0, v.Built != 0, v.Median != 0}
	changed := is != w.logged
	w.logged = is
	w.mu.Unlock()
	if changed {
		w.logChange(&v)
	}
	return v
}

// checkRules checks the clock by the three rules. The bound is the greater of clock and median. Only for an impossible
// time, before the build, the build time and the mark are taken into the bound.
func (w *Watch) checkRules(now int64) Status {
	v := Status{Now: now}
	median, enough := w.median(now)
	bound := max(now, median)
	if now < w.signed-MaxBehind.Milliseconds() {
		v.Mark = w.signed
	}
	if now < w.cfg.Built {
		v.Built = w.cfg.Built
		bound = max(bound, w.cfg.Built, w.signed)
	}
	if apart := now - median; enough && max(apart, -apart) > MaxApart.Milliseconds() {
		v.Median = median
	}
	if v.Off() {
		v.Latest = bound
	}
	return v
}

// median is the median of the last devices' clocks, each advanced by its age. For an even number of devices it is the
// moment between the two middle clocks nearest to the own clock: half of the devices prove nothing.
func (w *Watch) median(now int64) (ms int64, enough bool) {
	if len(w.devices) < minDevices {
		return 0, false
	}
	steady := w.cfg.Steady()
	walls := make([]int64, len(w.devices))
	for i, h := range w.devices {
		walls[i] = h.wall + (steady - h.at).Milliseconds()
	}
	slices.Sort(walls)
	return min(max(now, walls[(len(walls)-1)/2]), walls[len(walls)/2]), true
}

// Present is the current time with its status, for dating.
func (w *Watch) Present() clock.ServerReading {
	v := w.Check()
	return clock.ServerReading{Now: v.Now, FarOff: v.Off(), Latest: v.Latest}
}
