package timecheck

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
)

// noon is the true time on the servers' and devices' clocks.
const noon = int64(1_800_000_000_000)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	year   = 365 * 24 * hour
)

// fakeMachine has a clock for setting and a steady clock.
type fakeMachine struct {
	t    testing.TB
	now  int64 // the clock, Unix ms
	up   int64 // the steady clock, ms
	log  bytes.Buffer
	puts int // writes to the registry
	fail error
	store.Registry
}

func newMachine(t testing.TB, r store.Registry) *fakeMachine {
	return &fakeMachine{t: t, now: noon, Registry: r}
}

func (m *fakeMachine) Put(ctx context.Context, e store.Entry) (store.Entry, error) {
	if m.fail != nil {
		return e, m.fail
	}
	m.puts++
	return m.Registry.Put(ctx, e)
}

func (m *fakeMachine) start() *Watch {
	m.t.Helper()
	w := New(Config{
		Registry: m, Built: noon - year, Log: slog.New(slog.NewTextHandler(&m.log, nil)),
		Now: func() time.Time { return time.UnixMilli(m.now) }, Steady: func() time.Duration { return time.Duration(m.up) * time.Millisecond },
	})
	if err := w.Refresh(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
	return w
}

// pass advances both clocks.
func (m *fakeMachine) pass(ms int64) { m.now, m.up = m.now+ms, m.up+ms }

func registry(t testing.TB) store.Registry {
	t.Helper()
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: t.TempDir() + "/r.db", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func sign(t testing.TB, w *Watch) {
	t.Helper()
	if err := w.BeforeSigning(t.Context(), w.Present().Now); err != nil {
		t.Fatal(err)
	}
}

// hear lets the devices first to last state their clocks, each off by off ms.
func hear(w *Watch, right int64, first, last int, off int64) {
	for i := first; i <= last; i++ {
		w.NoteDeviceClock(fmt.Sprintf("device%02d", i), right+off)
	}
}

// A clock is off if more than ten minutes before the greatest signed time, before the build, or more than an hour from
// the devices' median. The bound of new boots is the greater of clock and median.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    int64 // change of the clock after signing noon
		heard  int   // number of devices with a right clock heard then
		rule   string
		latest int64
	}{
		{"right", 0, 20, "", 0},
		{"just before the mark", -10 * minute, 0, "", 0},
		{"before the mark", -10*minute - 1, 0, "mark", noon - 10*minute - 1},
		{"before the mark, devices know better", -2 * hour, 10, "mark median", noon},
		{"before the build", -2 * year, 0, "mark built", noon},
		{"before the build, devices know better", -2 * year, 20, "mark built median", noon},
		{"ahead, nobody knows better", 3 * year, 9, "", 0},
		{"ahead within an hour", hour, 10, "", 0},
		{"ahead", hour + 1, 10, "median", noon + hour + 1},
		{"far ahead", 3 * year, 20, "median", noon + 3*year},
	} {
		m := newMachine(t, registry(t))
		w := m.start()
		sign(t, w)
		m.now += c.set
		hear(w, noon, 1, c.heard, 0)
		v := w.Check()
		rule := ""
		for _, r := range []struct {
			name   string
			broken bool
		}{{"mark", v.Mark != 0}, {"built", v.Built != 0}, {"median", v.Median != 0}} {
			if r.broken {
				rule += " " + r.name
			}
		}
		if rule = strings.TrimSpace(rule); rule != c.rule || v.Latest != c.latest {
			t.Errorf("%s: broken are %q with bound noon%+d, want %q and noon%+d", c.name, rule, v.Latest-noon, c.rule, c.latest-noon)
		}
		if p := w.Present(); p.FarOff != (c.rule != "") || p.Now != m.now || p.Latest != c.latest {
			t.Errorf("%s: the present is %+v", c.name, p)
		}
	}
}

// Only the last twenty devices count, each once and with its last clock; half of them prove nothing; device clocks age by
// the steady clock.
func TestMedian(t *testing.T) {
	m := newMachine(t, registry(t))
	w := m.start()
	off := func(want bool, why string) {
		t.Helper()
		if v := w.Check(); v.Off() != want {
			t.Errorf("%s: off is %v (%+v)", why, v.Off(), v)
		}
	}
	for range 30 {
		hear(w, noon, 1, 9, -year)
	}
	off(false, "nine devices, often")
	hear(w, noon, 10, 10, -year)
	off(true, "ten devices")
	hear(w, noon, 11, 20, 0)
	off(false, "half of twenty")
	hear(w, noon, 21, 21, 0)
	off(false, "most are right")
	hear(w, noon, 1, 20, year)
	off(true, "all were set a year ahead")
	hear(w, noon, 30, 49, 0)
	off(false, "twenty others were heard since")
	m.pass(100 * hour)
	off(false, "the devices were silent for days")
	m.now -= 2 * hour
	off(true, "the clock was set back, and nobody spoke since")
	m.now += 2 * hour
	hear(w, noon, 50, 69, -1<<62)
	hear(w, noon, 70, 89, 1<<62)
	off(true, "no number is too great to be heard")
}

// Each change is logged once, in both languages and with what to do.
func TestLogsAChangeOnce(t *testing.T) {
	m := newMachine(t, registry(t))
	w := m.start()
	sign(t, w)
	for range 3 {
		w.Check()
	}
	if m.log.Len() != 0 {
		t.Errorf("a right clock is logged: %s", m.log.String())
	}
	m.now -= hour
	for range 3 {
		w.Check()
	}
	if n := strings.Count(m.log.String(), "server clock accept"); n != 2 { // in Chinese and in English
		t.Errorf("%d mentions of what to do: %s", n, m.log.String())
	}
	m.now += hour
	for range 3 {
		w.Check()
	}
	if n := strings.Count(m.log.String(), "trusted again"); n != 1 {
		t.Errorf("%d lines say that it is right again: %s", n, m.log.String())
	}
}
