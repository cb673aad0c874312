package timecheck

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
)

// noon is a moment at which the servers' and devices' clocks are right.
const noon = int64(1_800_000_000_000)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	year   = 365 * 24 * hour
)

// machine has a clock that can be set and one that nobody sets.
type machine struct {
	t    testing.TB
	now  int64 // what its clock shows, Unix ms
	up   int64 // what nobody sets, ms
	log  bytes.Buffer
	puts int // writes to the registry
	fail error
	store.Registry
}

func newMachine(t testing.TB, r store.Registry) *machine {
	return &machine{t: t, now: noon, Registry: r}
}

func (m *machine) Put(ctx context.Context, e store.Entry) (store.Entry, error) {
	if m.fail != nil {
		return e, m.fail
	}
	m.puts++
	return m.Registry.Put(ctx, e)
}

func (m *machine) start() *Watch {
	m.t.Helper()
	w := New(Config{
		Registry: m, Built: noon - year, Log: slog.New(slog.NewTextHandler(&m.log, nil)),
		Now: func() time.Time { return time.UnixMilli(m.now) }, Steady: func() time.Duration { return time.Duration(m.up) * time.Millisecond },
	})
	if err := w.Look(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
	return w
}

// pass lets time go by.
func (m *machine) pass(ms int64) { m.now, m.up = m.now+ms, m.up+ms }

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

// hear lets devices first to last tell their clocks, each off by so many ms.
func hear(w *Watch, right int64, first, last int, off int64) {
	for i := first; i <= last; i++ {
		w.NoteDeviceClock(fmt.Sprintf("device%02d", i), right+off)
	}
}

// A clock is off ten minutes before what was signed, before the build, and an hour from the devices' median; what new
// boots get for a bound is the greater of clock and median.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    int64 // by how much the clock is set after noon was signed
		heard  int   // devices heard then whose clocks are right
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
		v := w.Verdict()
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
		if p := w.Present(); p.Off != (c.rule != "") || p.Now != m.now || p.Latest != c.latest {
			t.Errorf("%s: the present is %+v", c.name, p)
		}
	}
}

// Of devices only the last twenty count, each once and with what it said last; half of them accuse nobody; what they
// said grows older by the clock that nobody sets.
func TestMedian(t *testing.T) {
	m := newMachine(t, registry(t))
	w := m.start()
	off := func(want bool, why string) {
		t.Helper()
		if v := w.Verdict(); v.Off() != want {
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
		w.Verdict()
	}
	if m.log.Len() != 0 {
		t.Errorf("a right clock is logged: %s", m.log.String())
	}
	m.now -= hour
	for range 3 {
		w.Verdict()
	}
	if n := strings.Count(m.log.String(), "server clock accept"); n != 2 { // in Chinese and in English
		t.Errorf("%d mentions of what to do: %s", n, m.log.String())
	}
	m.now += hour
	for range 3 {
		w.Verdict()
	}
	if n := strings.Count(m.log.String(), "trusted again"); n != 1 {
		t.Errorf("%d lines say that it is right again: %s", n, m.log.String())
	}
}

// The mark outlives the process, however it ends, up to Step; it is written once a minute at most; of several servers it
// is the greatest.
func TestMarkOutlives(t *testing.T) {
	r := registry(t)
	m, other := newMachine(t, r), newMachine(t, r)
	w, o := m.start(), other.start()
	stored := func() int64 {
		t.Helper()
		mark, err := ReadMark(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return mark.Signed
	}
	for range 3600 {
		m.pass(1000)
		sign(t, w)
		if behind := m.now - stored(); behind > Step.Milliseconds() || behind < 0 {
			t.Fatalf("what is stored is %d ms behind", behind)
		}
	}
	if m.puts > 60 {
		t.Errorf("%d writes in an hour", m.puts)
	}
	m.pass(30 * 1000)
	sign(t, w)
	if err := w.Close(); err != nil || stored() != m.now {
		t.Errorf("after an orderly end %d is stored of %d, %v", stored(), m.now, err)
	}
	if err := o.Look(t.Context()); err != nil || o.Verdict().Mark != m.now {
		t.Errorf("another server, an hour behind, thinks %+v, %v", o.Verdict(), err)
	}
	sign(t, o)
	if err := o.Close(); err != nil || stored() != m.now || other.puts != 0 {
		t.Errorf("a lesser time was stored over a greater one: %d, %d writes, %v", stored(), other.puts, err)
	}
}

// A jump is stored before anything is dated by it; while that can't be, nothing is, and the store is not pressed.
func TestJumpIsStoredFirst(t *testing.T) {
	m := newMachine(t, registry(t))
	w := m.start()
	sign(t, w)
	m.now += year
	m.fail = store.ErrFull
	for range 5 {
		if err := w.BeforeSigning(t.Context(), m.now); err == nil {
			t.Fatal("a time was signed that is not stored")
		}
	}
	m.fail = nil
	if err := w.BeforeSigning(t.Context(), m.now); err == nil {
		t.Error("the store was asked again at once")
	}
	m.up += 1001
	sign(t, w)
	if mark, err := ReadMark(t.Context(), m); err != nil || mark.Signed != m.now {
		t.Errorf("%+v is stored, %v", mark, err)
	}
	m.now += minute + 1 // within Step nobody waits for the store
	m.fail = store.ErrFull
	sign(t, w)
}

// A mark that was wrong is given up, by servers that are running too; what they sign then counts.
func TestAccept(t *testing.T) {
	r := registry(t)
	m := newMachine(t, r)
	w := m.start()
	m.now += year
	sign(t, w)
	m.now -= year
	if v := w.Verdict(); v.Mark != noon+year {
		t.Fatalf("%+v", v)
	}
	was, err := Accept(t.Context(), r, m.now)
	if err != nil || was != noon+year {
		t.Fatal(was, err)
	}
	if err := w.Look(t.Context()); err != nil || w.Present().Off {
		t.Errorf("the mark stands: %+v, %v", w.Verdict(), err)
	}
	m.pass(hour)
	sign(t, w)
	if mark, err := ReadMark(t.Context(), r); err != nil || mark != (Mark{Signed: noon + hour, Waived: 1, Was: noon + year}) {
		t.Errorf("%+v, %v", mark, err)
	}
	// A server that did not look yet finds it out when it stores what it signs.
	late := newMachine(t, r)
	l := late.start()
	late.now += year
	sign(t, l)
	late.pass(minute / 2)
	sign(t, l) // known here alone
	late.now -= year - 2*hour
	if _, err := Accept(t.Context(), r, late.now); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Look(t.Context()); err != nil || l.Present().Off {
		t.Errorf("the mark stands: %+v, %v", l.Verdict(), err)
	}
	if mark, _ := ReadMark(t.Context(), r); mark.Signed != late.now {
		t.Errorf("a mark that was given up came back: %+v", mark)
	}
}

// Servers that sign at once lose nothing.
func TestManySign(t *testing.T) {
	r := registry(t)
	m := newMachine(t, r)
	const servers, times = 4, 50
	ended := make(chan error, servers)
	for s := range servers {
		w := New(Config{Registry: r, Now: func() time.Time { return time.UnixMilli(m.now) }})
		go func() {
			var err error
			for i := range times {
				if err = w.BeforeSigning(context.Background(), noon+int64(i*servers+s)*5*minute); err != nil {
					break
				}
			}
			ended <- err
		}()
	}
	for range servers {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if mark, err := ReadMark(t.Context(), r); err != nil || mark.Signed != noon+(servers*times-1)*5*minute {
		t.Errorf("%d stored, %v", mark.Signed-noon, err)
	}
}

// written counts the writes that succeeded, and lets others in before each.
type written struct {
	store.Registry
	n atomic.Int64
}

func (c *written) Put(ctx context.Context, e store.Entry) (store.Entry, error) {
	runtime.Gosched()
	stands, err := c.Registry.Put(ctx, e)
	if err == nil {
		c.n.Add(1)
	}
	return stands, err
}

// A county returns to a server that was off for a while: each request finds the mark too low. The first write serves
// them all: where each writes its own millisecond, they spend their tries on one another.
func TestManyRequestsAtOnce(t *testing.T) {
	const requests = 200
	r := &written{Registry: registry(t)}
	w := New(Config{Registry: r, Now: func() time.Time { return time.UnixMilli(noon) }})
	ended := make(chan error, requests)
	for i := range requests {
		go func() { ended <- w.BeforeSigning(context.Background(), noon+int64(i)) }()
	}
	for range requests {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if n := r.n.Load(); n != 1 {
		t.Errorf("the mark was written %d times", n)
	}
	if mark, err := ReadMark(t.Context(), r); err != nil || mark.Signed < noon {
		t.Errorf("%d stored, %v", mark.Signed, err)
	}
}
