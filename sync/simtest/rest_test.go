package simtest

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"roadbook/client/localdb"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// comeToRest ends all faults and lets all work finish, within a bounded number of turns.
func (w *world) comeToRest() error {
	w.tracef("the world comes to rest")
	w.ending, w.outageUntil, w.busyUntil = true, 0, 0
	for _, s := range w.servers {
		if s.skew > toleratedMs || s.skew < -toleratedMs {
			w.setClock(s)
		}
	}
	for _, d := range w.devices {
		d.disk.empty()
		d.disk.armed = false
		d.disk.CutAfter(0)
		d.offlineUntil = 0
	}
	for _, s := range w.servers {
		if s.alive && !s.newer {
			s.crash()
		}
		s.newer, s.upAt = true, w.now
	}
	// A device asks for all its streams once a day: no other message shows a copy put back by hand.
	w.pass(25 * time.Hour)
	// A walk through the quarantined lines takes many rounds, and so do lines that a device sends one by one and twice,
	// since another disk's lines stand in their stream.
	rounds := 40 + 2*len(w.truth.observations)
	for round := range rounds {
		w.startServers()
		w.drain()
		again := w.settleRound()
		if w.failure != nil {
			return w.failure
		}
		if round > 2 && !again {
			return nil
		}
	}
	return fmt.Errorf("liveness: not at rest after %d rounds: %s", rounds, w.busyWith())
}

// drain runs all tasks to their end.
func (w *world) drain() {
	for turns := 0; len(w.tasks) > 0; turns++ {
		if turns > 400_000 {
			w.failf("liveness: %s does not end", w.tasks[0].name)
			w.dying = true
			for len(w.tasks) > 0 {
				w.run(w.tasks[0])
			}
			return
		}
		w.turns++
		w.now++
		w.run(w.tasks[w.rng.IntN(len(w.tasks))])
	}
}

// settleRound lets everybody do their duties once, and reports whether anybody had work.
func (w *world) settleRound() (again bool) {
	for _, d := range w.devices {
		if !d.busy {
			d.step()
		}
	}
	for _, r := range w.readers {
		r.read()
	}
	w.sweep()
	w.recheckQuarantined()
	w.drain()
	w.now += 300_000 // the longest wait of a device
	for _, d := range w.devices {
		n, err := d.db.Waiting(bg)
		if err != nil {
			w.failf("%s: %v", d.name, err)
		}
		heard := d.sync.Last().Acknowledged > 0 // other devices hear of delivered lines in the next round
		again = again || n > 0 || !d.sync.Idle() || heard || d.heardNews()
	}
	return w.readersBehind() || again
}

// heardNews reports whether the device's pull went on since the call before: the next pull may bring more, as another walk
// through the fates.
func (d *device) heardNews() bool {
	was := d.pulledTo
	req, err := d.db.NextRequest(bg, localdb.RequestOptions{Limits: limits})
	if err != nil {
		d.w.failf("%s: %v", d.name, err)
		return false
	}
	if req.Pull != nil {
		d.pulledTo = req.Pull.Cursor
	}
	return d.pulledTo != was
}

func (w *world) readersBehind() bool {
	for _, r := range w.readers {
		page, err := w.backend.inspect().Feed(bg, r.cursor, r.unit, 1)
		if errors.Is(err, store.ErrCursor) {
			return true
		}
		if err != nil {
			w.failf("feed of %s: %v", r.name, err)
			return false
		}
		if len(page.Entries) > 0 || r.epoch != w.databaseEpoch {
			return true
		}
	}
	return false
}

// recheckQuarantined lets the servers check lines again that were quarantined for an unknown catalogue.
func (w *world) recheckQuarantined() {
	o, s := w.hqUsers[0], w.servers[0]
	if o.busy {
		return
	}
	o.busy = true
	w.spawn("recheck", func() {
		defer w.enter(s)()
		n, err := s.ingest.Recheck(bg, o.officer)
		o.busy = false
		w.tracef("checked again: %d released, %v", n, err)
	})
}

func (w *world) busyWith() (text string) {
	for _, d := range w.devices {
		n, _ := d.db.Waiting(bg)
		text += fmt.Sprintf("%s has %d waiting, idle %v; ", d.name, n, d.sync.Idle())
	}
	return text
}

// checkQuiesced lets the running tasks finish and compares the sums in the middle of the run: later work would repair
// the stale sums of a broken rule.
func (w *world) checkQuiesced() {
	w.ending = true
	w.startServers()
	w.drain()
	w.sweep()
	w.drain()
	w.ending = false
	if !w.allUp() || w.failure != nil {
		return
	}
	if waiting, err := w.backend.inspect().Unprojected(bg, store.Frame{}, 1); err != nil || len(waiting) > 0 {
		return // the sweeping server has died
	}
	c := newChecker(w)
	for _, step := range []func() error{c.readStreams, c.readLog, c.readHQ, c.sums} {
		if err := step(); err != nil {
			w.failf("in the middle of the run: %w", err)
			return
		}
	}
	w.tracef("quiesced: %d observations, %d records", len(c.log), len(c.records))
}

// TestRestAfterAnotherWalk: HQ releases a line that the walk through a device's fates has passed. The world is not at rest
// before the device has heard of the release, by another walk.
func TestRestAfterAnotherWalk(t *testing.T) {
	const lines, passed = 12, 2
	s := calmWorld(t, "sqlite", 1)
	s.upgrade(s.servers[0]) // no restart when the world comes to rest
	s.now += 60_000
	s.startServers()
	d := s.devices[0]
	s.revoke(d.identity, true)
	var ids []string
	for i := range lines {
		ids = append(ids, s.savePlate(d, "冀F100"+strconv.Itoa(10+i)))
	}
	s.sync(d)
	for _, id := range ids[1:] {
		s.actAsHQ(ingest.Act{Act: wire.Release, Target: id})
	}
	s.servers[0].pull.FatePage = 1
	for range 1 + passed { // the quarantined line first, and then the released lines
		d.step()
		s.drain()
	}
	s.actAsHQ(ingest.Act{Act: wire.Release, Target: ids[0]})
	s.wantTotal("plate_sets", lines)
}
