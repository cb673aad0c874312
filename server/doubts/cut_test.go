package doubts_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"roadbook/server/doubts"
	"roadbook/server/store/faulty"
	"roadbook/sync/wire"
)

var errKilled = errors.New("killed")

// until lets a Follower work until an error or the end of the work.
func (w *world) until(f *doubts.Follower) error {
	for {
		w.now = w.now.Add(time.Millisecond)
		if more, err := f.Round(w.t.Context()); err != nil || !more {
			return err
		}
	}
}

// A Follower ends before or after any of its writes, and the records change on: its successor mends everything, without
// looking at all records again.
func TestCutAtEveryWrite(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		cut := 0
		for n := range 40 {
			before, late, write := n%2 == 0, n/2%2 == 0, n/4+1
			d := w.device(fmt.Sprint("d", n), "office-1", "hq")
			number := func(s string) map[string]string {
				return map[string]string{"plate_number": fmt.Sprintf("冀F%s%04d", s, n)}
			}
			one, two := w.create(d, "plate", "2020-06-01", number("1")), w.create(d, "plate", "2020-06-05", number("1"))
			case1, case2 := w.create(d, "accident", "2020-06-01", map[string]string{"case_number": fmt.Sprint("a", n)}), w.create(d, "accident", "2020-06-01", nil)
			w.saved[one.String()] = w.now
			w.push(d)
			w.settle(w.follow)
			f := w.newFollower(faulty.Wrap(w.store, faulty.Once("WriteSide", before, write, func() error { return errKilled })))
			change := func(last bool) {
				seen := []wire.ObsID{case2}
				if last {
					w.save(d, wire.Void, "accident", case1.String(), []wire.ObsID{case1}, nil)
					w.save(d, wire.Amend, "plate", one.String(), []wire.ObsID{one}, number("2"))
				} else {
					w.save(d, wire.Amend, "accident", case2.String(), seen, map[string]string{"case_number": fmt.Sprint("a", n)})
					w.save(d, wire.Amend, "plate", two.String(), []wire.ObsID{two}, map[string]string{"occurred_at": "2020-06-03 10:00"})
				}
				w.push(d)
			}
			change(false)
			if late {
				must(t, w.until(w.follow))
			} else if w.until(f) != nil {
				cut++
			}
			change(true)
			if late && w.until(f) != nil {
				cut++
			}
			w.follow = w.newFollower(w.store)
			must(t, w.until(w.follow))
			w.want(fmt.Sprint("cut ", n), w.recount()...)
		}
		if cut < 16 {
			t.Errorf("only %d cuts: the writes are not reached", cut)
		}
	})
}

// A server stalls within a write, and wakes up long after another server has taken over: its rows are stale. The other server
// sees a strange state, and evaluates all records anew.
func TestStalledServer(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		for n := 1; n <= 6; n++ {
			number := func(s string) map[string]string {
				return map[string]string{"plate_number": fmt.Sprintf("冀F%s%04d", s, n)}
			}
			d := w.device(fmt.Sprint("li", n), "office-1", "hq")
			one, two := w.create(d, "plate", "2020-06-01", number("1")), w.create(d, "plate", "2020-06-05", number("1"))
			w.push(d)
			stalled, wake := make(chan bool), make(chan bool)
			old := w.newFollower(faulty.Wrap(w.store, faulty.Once("WriteSide", true, n, func() error { stalled <- true; <-wake; return nil })))
			ended := make(chan error)
			now := w.now
			go func() {
				var err error
				for more := true; more && err == nil; {
					more, err = old.Round(t.Context())
				}
				ended <- err
			}()
			select {
			case <-stalled:
			case <-ended: // fewer writes
				continue
			}
			w.save(d, wire.Amend, "plate", two.String(), []wire.ObsID{two}, number("2"))
			w.save(d, wire.Void, "plate", one.String(), []wire.ObsID{one}, nil)
			w.push(d)
			for range 20 {
				_, err := w.follow.Round(t.Context())
				must(t, err)
			}
			wake <- true
			<-ended
			w.now = now.Add(time.Hour)
			w.settle(w.follow)
			w.want(fmt.Sprint("after the other woke up at its write ", n), w.recount()...)
		}
	})
}
