package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// fullQueue returns a queue whose whole budget is in use.
func fullQueue(t *testing.T, long int) (*pullQueue, *pullShare) {
	t.Helper()
	b := &pullQueue{limit: 10, maxWaiting: long}
	s, ok := b.tryEnter("first", 10)
	if !ok {
		t.Fatal("an empty budget turned somebody away")
	}
	return b, s
}

// waitInOrder starts waiters one after another, and returns a channel of the devices in the order of their turns.
func waitInOrder(t *testing.T, b *pullQueue, who ...string) chan string {
	t.Helper()
	called := make(chan string, len(who))
	for i, w := range who {
		go func() {
			if s, ok := b.waitTurn(context.Background(), w, 10); ok {
				called <- w
				s.release()
			} else {
				called <- w + " away"
			}
		}()
		for {
			b.mu.Lock()
			n := len(b.waiting)
			b.mu.Unlock()
			if n == i+1 {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	return called
}

func wantOrder(t *testing.T, called chan string, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := <-called; got != w {
			t.Fatalf("%s is called, want %s", got, w)
		}
	}
}

// empty reports that the queue holds no share, no waiter and no ticket.
func (t *pullQueue) empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.used == 0 && len(t.shares) == 0 && len(t.waiting) == 0 && len(t.tickets) == 0
}

// A refused device precedes all devices with a later first request.
func TestTurnedAwayKeepsItsPlace(t *testing.T) {
	b, s := fullQueue(t, 10)
	for _, who := range []string{"a", "b"} {
		if _, ok := b.tryEnter(who, 10); ok {
			t.Fatal("more than there is")
		}
	}
	called := waitInOrder(t, b, "c", "b", "d", "a")
	s.release()
	wantOrder(t, called, "a", "b", "c", "d")
	for i := 0; !b.empty(); i++ { // the last share is about to be released
		if i > 10_000 {
			t.Fatal("something stays")
		}
		time.Sleep(time.Millisecond)
	}
}

// A place belongs to a device: its second request takes the place over, and the first request is refused.
func TestSecondRequestTakesOver(t *testing.T) {
	b, s := fullQueue(t, 10)
	called := waitInOrder(t, b, "a", "b")
	go func() {
		mine, ok := b.waitTurn(context.Background(), "a", 10)
		called <- fmt.Sprint("a again ", ok)
		mine.release()
	}()
	wantOrder(t, called, "a away")
	s.release()
	wantOrder(t, called, "a again true", "b")
}

// The queue is bounded: the waiter with the latest ticket is refused.
func TestLineHasAnEnd(t *testing.T) {
	b, s := fullQueue(t, 2)
	if _, ok := b.tryEnter("early", 10); ok {
		t.Fatal("more than there is")
	}
	called := waitInOrder(t, b, "a", "b")
	if _, ok := b.waitTurn(t.Context(), "c", 10); ok {
		t.Fatal("c waits although the line is full")
	}
	go func() { _, _ = b.waitTurn(context.Background(), "early", 10) }()
	wantOrder(t, called, "b away")
	s.release()
}

// The shares of a device are bounded.
func TestSharesOfOneDevice(t *testing.T) {
	b := &pullQueue{limit: 100, maxWaiting: 10}
	var all []*pullShare
	for range maxShares {
		s, ok := b.tryEnter("a", 1)
		if !ok {
			t.Fatal("turned away")
		}
		all = append(all, s)
	}
	if _, ok := b.tryEnter("a", 1); ok {
		t.Fatal("one more")
	}
	if _, ok := b.waitTurn(t.Context(), "a", 1); ok {
		t.Fatal("one more, by waiting")
	}
	if s, ok := b.tryEnter("b", 1); !ok {
		t.Fatal("another device is kept out")
	} else {
		s.release()
	}
	all[0].release()
	if _, ok := b.tryEnter("a", 1); !ok {
		t.Fatal("one has left")
	}
}

// A device that keeps asking gets its turn, even if a new device comes after every refusal.
func TestNobodyStarves(t *testing.T) {
	b := &pullQueue{limit: 10, maxWaiting: 4}
	late := 0
	for round := range 200 {
		s, ok := b.tryEnter(fmt.Sprint("new", round), 10)
		if round == 0 {
			if _, ok := b.tryEnter("patient", 10); ok {
				t.Fatal("more than there is")
			}
		}
		if ok {
			s.release()
		}
		if s, ok := b.tryEnter("patient", 10); ok {
			s.release()
			late = round
			break
		}
	}
	if late > 1 {
		t.Fatalf("its turn came after %d others", late)
	}
}

// pullCounter counts the pulls in progress.
type pullCounter struct {
	Puller
	current, max atomic.Int64
}

func (p *pullCounter) Pull(ctx context.Context, s wire.StreamID, unit string, ask *wire.Pull) (*wire.Pulled, error) {
	n := p.current.Add(1)
	defer p.current.Add(-1)
	for m := p.max.Load(); n > m; m = p.max.Load() {
		p.max.CompareAndSwap(m, n)
	}
	time.Sleep(time.Millisecond) // gives further pulls time to start
	return p.Puller.Pull(ctx, s, unit, ask)
}

// pullAll delivers a frame, if any, and pulls from the start; at least least observations must come.
func (d *testDevice) pullAll(frame *wire.Frame, least int) error {
	cursor, got := "", 0
	for range 2000 {
		body, err := (&wire.Request{Stream: d.stream, Frame: frame, Pull: &wire.Pull{Cursor: cursor}}).Encode(wire.Zstd)
		if err != nil {
			return err
		}
		r, err := d.w.try(http.MethodPost, "/v1/sync", d.token, body, "Content-Encoding", "zstd", "Accept-Encoding", "identity")
		if err != nil {
			return err
		}
		if r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") != "" {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		var a wire.Answer
		if err := json.Unmarshal([]byte(r.body), &a); err != nil || a.Pull == nil || frame != nil && !a.Results[0].Status.Acknowledges() {
			return fmt.Errorf("%d %s %w", r.status, r.body, err)
		}
		frame, cursor, got = nil, a.Pull.Cursor, got+len(a.Pull.Observations)
		if !a.Pull.More {
			if got < least {
				return fmt.Errorf("%d observations came, want %d", got, least)
			}
			return nil
		}
	}
	return errors.New("its turn never came")
}

// A whole county pulls for the first time at once. The memory stays within the budget, no delivery waits, and every
// device gets all observations.
func TestFirstPullsAtOnce(t *testing.T) {
	const devices, busy, stored, room = 120, 10, 30, 2
	p := &pullCounter{}
	w := newWorld(t, func(c *Config) {
		p.Puller = c.Pull
		c.Pull, c.PullBudget, c.PullWait = p, room*pullBytes, 50*time.Millisecond
	})
	var over atomic.Int64
	done := make(chan struct{})
	var watch, all sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				w.api.pulls.mu.Lock()
				if w.api.pulls.used > w.api.pulls.limit {
					over.Add(1)
				}
				w.api.pulls.mu.Unlock()
				time.Sleep(100 * time.Microsecond)
			}
		}
	})
	errs, devs := make([]error, devices), make([]*testDevice, devices)
	for i := range devs {
		devs[i] = w.newDev(byte(i), "office-1", auth.RoleClerk)
		if i < busy {
			devs[i].appendPlate("office-1", fmt.Sprintf("冀F%03dK7", i), "2020-12-15T10:00:00+08:00")
		}
	}
	for n := range stored {
		devs[busy].appendPlate("office-1", fmt.Sprintf("冀F%03dK6", n), "2020-12-15T10:00:00+08:00")
	}
	devs[busy].push(0, stored)
	for i, d := range devs {
		var f *wire.Frame
		if i < busy {
			f = d.frame(0, 1)
		}
		all.Go(func() { errs[i] = d.pullAll(f, stored) })
	}
	all.Wait()
	close(done)
	watch.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("device %d: %v", i, err)
		}
	}
	if p.max.Load() > room {
		t.Errorf("%d pulls were made at once, %d have room", p.max.Load(), room)
	}
	if over.Load() > 0 {
		t.Errorf("the budget was exceeded %d times", over.Load())
	}
	w.until(w.api.pulls.empty)
}
