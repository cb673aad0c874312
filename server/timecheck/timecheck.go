// Package timecheck judges the server's own clock: what devices fill in by themselves is dated by it, once and for ever.
//
// It promises: a clock that is more than Behind before the greatest time that any server on the store ever signed,
// before the program's build, or more than Apart from the median of the wall clocks of the devices heard last, is called
// off, by whoever asks, at once; each change is logged once; the greatest time signed outlives the process, and what
// is stored is never more than Step below it. It believes no line: only what a device says of its clock at the moment
// at which it asks. Times signed are the server_time of answers and the bases and ceilings of boots.
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

// How far off is off.
const (
	MaxBehind = 10 * time.Minute // before the greatest time that was signed
	MaxApart  = time.Hour        // from the devices' median, either way
)

const (
	maxDevices = 20 // different devices whose clocks are compared: those heard last
	minDevices = 10 // with fewer their median says nothing
)

// Config is what a Watch stands on.
type Config struct {
	Registry store.Registry
	Now      func() time.Time
	// Steady is the time since some moment by a clock that nobody sets; nil: by Now. What was heard from a device
	// grows older by it, so that a clock that is set does not take along what it is compared with.
	Steady func() time.Duration
	Built  int64 // Unix ms: the program did not exist before; 0: not known
	Log    *slog.Logger
}

// Watch is one server's. It is safe for many goroutines, and holds no lock while it asks the store.
type Watch struct {
	cfg Config

	mu      sync.Mutex
	devices []deviceClock // the longest silent first
	logged  brokenRules   // what was logged last
	signed  int64         // the greatest time signed that is known here, Unix ms
	stored  int64         // and of it what the registry holds
	waived  int64         // how many marks were given up before
	saving  bool
	saveErr error // of the last attempt to store it
	retryAt time.Duration
}

// hearing is what a device said of its wall clock.
type deviceClock struct {
	device string
	wall   int64         // Unix ms
	at     time.Duration // by Steady
}

// New is a watch that knows of no time signed yet; Look reads it.
func New(cfg Config) *Watch {
	if cfg.Steady == nil {
		cfg.Steady = func() time.Duration { return time.Duration(cfg.Now().UnixMilli()) * time.Millisecond }
	}
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Watch{cfg: cfg}
}

// Hear notes the wall clock of a device, Unix ms, at the moment at which it asks. The caller knows the device.
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

// Verdict is what can be said of the clock at a moment. All are Unix ms, and 0 where a rule has nothing against it.
type Status struct {
	Now    int64 // by the clock
	Mark   int64 // the greatest time signed, where the clock is too far before it
	Built  int64 // when the program was built, where the clock is before that
	Median int64 // the devices', where the clock is too far from it
	Latest int64 // where the clock is off: the best bound of the true moment
}

// Off reports whether any rule is broken.
func (v *Status) Off() bool { return v.Mark != 0 || v.Built != 0 || v.Median != 0 }

// state says which rules are broken.
type brokenRules struct{ mark, built, median bool }

// Verdict judges the clock now.
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

// judge holds the clock to the three rules. The bound is the greater of clock and median. Only where the clock shows
// what can't be, a time before the build, build and mark take its place.
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

// median is that of the devices heard last, each clock as far on as it must be by now. Of an even number it is the
// moment between the two in the middle that is nearest to the own clock: half of the devices accuse nobody.
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

// Present is the clock now, for whoever dates by it.
func (w *Watch) Present() clock.Present {
	v := w.Check()
	return clock.Present{Now: v.Now, Off: v.Off(), Latest: v.Latest}
}
