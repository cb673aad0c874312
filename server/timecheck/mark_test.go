package timecheck

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/store"
)

// The mark outlives the process, however the process ends, up to SaveStep; it is written once a minute at most; of
// several servers' times it is the greatest.
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
		if behind := m.now - stored(); behind > SaveStep.Milliseconds() || behind < 0 {
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
	if err := o.Refresh(t.Context()); err != nil || o.Check().Mark != m.now {
		t.Errorf("another server, an hour behind, thinks %+v, %v", o.Check(), err)
	}
	sign(t, o)
	if err := o.Close(); err != nil || stored() != m.now || other.puts != 0 {
		t.Errorf("a lesser time was stored over a greater one: %d, %d writes, %v", stored(), other.puts, err)
	}
}

// A jump of the clock is stored before anything is dated by the new time. While the store fails, nothing is dated, and
// the store is not asked again at once.
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
	m.now += minute + 1 // within SaveStep no caller waits for the store
	m.fail = store.ErrFull
	sign(t, w)
}

// A wrong mark is given up, by running servers too; times signed later count.
func TestAccept(t *testing.T) {
	r := registry(t)
	m := newMachine(t, r)
	w := m.start()
	m.now += year
	sign(t, w)
	m.now -= year
	if v := w.Check(); v.Mark != noon+year {
		t.Fatalf("%+v", v)
	}
	was, err := Accept(t.Context(), r, m.now)
	if err != nil || was != noon+year {
		t.Fatal(was, err)
	}
	if err := w.Refresh(t.Context()); err != nil || w.Present().FarOff {
		t.Errorf("the mark stands: %+v, %v", w.Check(), err)
	}
	m.pass(hour)
	sign(t, w)
	if mark, err := ReadMark(t.Context(), r); err != nil || mark != (Mark{Signed: noon + hour, Waived: 1, Previous: noon + year}) {
		t.Errorf("%+v, %v", mark, err)
	}
	// A server without a Refresh since finds out when storing its mark.
	late := newMachine(t, r)
	l := late.start()
	late.now += year
	sign(t, l)
	late.pass(minute / 2)
	sign(t, l) // known only to this server
	late.now -= year - 2*hour
	if _, err := Accept(t.Context(), r, late.now); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Refresh(t.Context()); err != nil || l.Present().FarOff {
		t.Errorf("the mark stands: %+v, %v", l.Check(), err)
	}
	if mark, _ := ReadMark(t.Context(), r); mark.Signed != late.now {
		t.Errorf("a mark that was given up came back: %+v", mark)
	}
}

// Servers signing at the same time lose no mark.
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

// written counts the successful writes, and yields to other goroutines before each write.
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

// A whole county returns to a server that was off for a while: each request finds the mark too low. The first write serves
// them all: if each request wrote its own millisecond, the requests would spend their tries on each other.
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
