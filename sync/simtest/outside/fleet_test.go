package outside

import (
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"roadbook/sync/simtest/programs"
)

// fleet is a group of clients working all the time, each on its own. One client at a time may be killed at any moment.
type fleet struct {
	w         *world
	workers   []*worker
	kills     int // of clients while running
	unprinted int // saves killed after their commit, without a printed id
}

// worker is a person with a device, logging and syncing until stopped.
type worker struct {
	*device
	rng  *mathrand.Rand
	stop chan struct{}
	done chan struct{}
	err  error

	mu       sync.Mutex
	killNext bool          // kill the running process, or the next
	killed   chan struct{} // closed after the kill
}

// startFleet enrolls n devices and starts their workers.
func (w *world) startFleet(s *server, n int) *fleet {
	w.t.Helper()
	f := &fleet{w: w}
	for i := range n {
		d := s.enroll("office-1", "clerk")
		c := &worker{device: d, rng: mathrand.New(mathrand.NewPCG(w.rng.Uint64(), uint64(i))), stop: make(chan struct{}), done: make(chan struct{})}
		f.workers = append(f.workers, c)
		go c.work(i)
	}
	w.t.Cleanup(f.stop)
	return f
}

// stop stops all workers and waits for them.
func (f *fleet) stop() {
	for _, c := range f.workers {
		select {
		case <-c.stop:
		default:
			close(c.stop)
		}
		<-c.done
	}
}

// runFor waits d ns, and returns the error of a stopped worker.
func (f *fleet) runFor(d int64) error {
	time.Sleep(time.Duration(d))
	for _, c := range f.workers {
		select {
		case <-c.done:
			return c.err
		default:
		}
	}
	return nil
}

// killOne kills one worker's process at a random moment of its short life, and waits for the kill.
func (f *fleet) killOne() error {
	c := f.workers[f.w.rng.IntN(len(f.workers))]
	killed := make(chan struct{})
	c.mu.Lock()
	c.killNext, c.killed = true, killed
	c.mu.Unlock()
	select {
	case <-killed:
		f.kills++
		return nil
	case <-c.done:
		return errors.Join(c.err, errors.New("a crew stopped before it was killed"))
	case <-time.After(programs.Patience):
		return errors.New("no process could be killed")
	}
}

// work logs and syncs in turn until stopped.
func (c *worker) work(number int) {
	defer close(c.done)
	for n := 0; ; n++ {
		select {
		case <-c.stop:
			return
		default:
		}
		if c.err = c.logPlate(fmt.Sprintf("冀%c%05d", "ABCDEFGHJKLMNPQRSTUVWXYZ"[number], n)); c.err != nil {
			return
		}
		if n%2 == 1 {
			o, err := c.runClient("sync", "--tries", "1")
			if err == nil && !slices.Contains([]int{-1, 0, exitUnreachable}, o.Exit) {
				err = fmt.Errorf("sync: %v", o)
			}
			if c.err = err; err != nil {
				return
			}
		}
	}
}

// logPlate logs a plate, and adds a printed id to the confirmed ones.
func (c *worker) logPlate(plate string) error {
	o, err := c.runClient("log", "plate", "--set", "plate_type=02", "--set", "business=注册", "--set", "plate_number="+plate,
		"--set", "occurred_at=2020-03-01T10:00:00+08:00")
	var saved struct{ ID string }
	switch {
	case err != nil:
		return err
	case o.Out != "": // printed, even if killed afterwards
		err = json.Unmarshal([]byte(o.Out), &saved)
	case o.Exit == 0:
		err = errors.New("nothing was told")
	case o.Exit > 0:
		err = fmt.Errorf("log: %v", o)
	}
	if err == nil && saved.ID != "" {
		c.confirmed = append(c.confirmed, saved.ID)
	}
	return err
}

// runClient runs a command, and kills the process if killNext is set.
func (c *worker) runClient(args ...string) (o programs.Output, err error) {
	p, err := programs.Start(programs.Command{Args: programs.ClientArgs(c.w.bin, c.dir, args...)})
	if err != nil {
		return o, err
	}
	c.mu.Lock()
	kill := c.killNext
	c.mu.Unlock()
	if kill {
		select {
		case <-time.After(time.Duration(c.rng.Int64N(int64(150 * time.Millisecond)))):
		case <-p.Dead():
		}
		p.Kill()
	}
	if err := p.Wait(); err != nil {
		return o, err
	}
	if kill && p.Killed() {
		c.mu.Lock()
		c.killNext = false
		close(c.killed)
		c.mu.Unlock()
	}
	return programs.Output{Out: p.Out(), Errs: p.Errs(), Exit: p.State().ExitCode()}, nil
}

// finish stops all workers, and delivers their waiting lines.
func (f *fleet) finish() error {
	f.stop()
	var errs []error
	for _, c := range f.workers {
		if errs = append(errs, c.err); c.err == nil {
			c.deliver("")
		}
	}
	return errors.Join(errs...)
}

// checkAgainst compares server and devices: the server has each device's record exactly once, a device has every
// confirmed record, and the server has nothing else. The result is the number of records.
func (f *fleet) checkAgainst(s *server) (lines int) {
	f.w.t.Helper()
	times := s.export()
	f.unprinted = 0
	for _, c := range f.workers {
		var records []struct{ Record string }
		c.runJSON(&records, "list", "--limit", "0")
		own := map[string]bool{}
		for _, r := range records {
			if !strings.HasPrefix(r.Record, c.id+".") {
				continue // another device's
			}
			own[r.Record] = true
			if times[r.Record] != 1 {
				f.w.t.Errorf("%s stands %d times in the export", r.Record, times[r.Record])
			}
			delete(times, r.Record)
		}
		for _, id := range c.confirmed {
			if !own[id] {
				f.w.t.Errorf("%s was told to be saved, and the device does not have it", id)
			}
		}
		f.unprinted += len(own) - len(c.confirmed)
		lines += len(own)
	}
	for id, n := range times {
		f.w.t.Errorf("no device has %s, which stands %d times in the export", id, n)
	}
	return lines
}
