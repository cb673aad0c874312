package simtest

import "testing"

// The interleavings that chance finds too seldom, step by step. Both need two servers on one document engine.

// shareRecord makes a record of window-1 known to both clerks, each with a server of their own.
func (s *script) shareRecord() (a, b *device, record string) {
	a, b = s.devices[0], s.devices[1]
	a.home, b.home = s.servers[0], s.servers[1]
	record = s.savePlate(a, "冀F10001")
	s.share(a, record, b)
	s.sync(a, b)
	return a, b, record
}

// runUntil runs a device's step up to operation op after another operation, and stops there.
func (s *script) runUntil(d *device, after, op string) {
	reached, there := false, false
	s.sleepBefore = func(t *task, at string) int {
		if t.name != d.name || there {
			return 0
		}
		if there = reached && (op == "" || at == op); there {
			return 1 << 30
		}
		reached = reached || at == after
		return 0
	}
	d.step()
	t := s.tasks[len(s.tasks)-1]
	for !there && !t.done {
		s.run(t)
	}
	s.sleepBefore = nil
	if !there {
		s.failf("%s never came to %s after %s", d.name, op, after)
	}
}

// movedTwice: b's frame moves the record to another day and stops before clearing the departed places. a's frame moves
// the record on to a third day, and its server dies right after the join. Only a's frame may clear the places departed
// by a's join.
func movedTwice(s *script) error {
	a, b, record := s.shareRecord()
	s.change(b, "amend", record, map[string]string{"occurred_at": msText(start + 24*3600_000)})
	s.change(a, "amend", record, map[string]string{"occurred_at": msText(start + 48*3600_000)})
	s.runUntil(b, "before change leaves", "")
	s.runToRecordRead(b)
	s.crashWhen = func(op string) bool { return s.current.name == a.name && op == "after change records" }
	a.step()
	s.runToEnd(a)
	s.crashWhen = nil
	s.sync(b)
	return s.finishAndCheck()
}

// runToRecordRead runs b's task on to its first look at records behind the recount.
func (s *script) runToRecordRead(d *device) {
	t := s.taskOf(d)
	there := false
	s.sleepBefore = func(at *task, op string) int {
		there = there || at == t && (op == "before read records" || op == "before scan records")
		return 0
	}
	for !there && t != nil && !t.done {
		s.run(t)
	}
	s.sleepBefore = nil
}

// runToEnd runs a device's task to its end and no other task.
func (s *script) runToEnd(d *device) {
	for t := s.taskOf(d); t != nil && !t.done; {
		s.run(t)
	}
}

func (s *script) taskOf(d *device) *task {
	for _, t := range s.tasks {
		if t.name == d.name {
			return t
		}
	}
	return nil
}

// staleRecount: a's frame has read the records of a bucket and stops before storing their sum. b's frame changes one of
// these records and is counted; then a's frame goes on. The older sum must not be stored.
func staleRecount(s *script) error {
	a, b, record := s.shareRecord()
	s.savePlate(a, "冀F10002")
	s.change(b, "amend", record, map[string]string{"sets": "5"})
	s.runUntil(a, "before scan records", "before change leaves")
	b.step()
	s.runToEnd(b)
	s.drain()
	s.checkQuiesced()
	return s.finishAndCheck()
}

// TestInterleaving: with all rules in place both end well, on either store.
func TestInterleaving(t *testing.T) {
	for name, run := range map[string]func(*script) error{"MovedTwice": movedTwice, "OldReading": staleRecount} {
		t.Run(name, func(t *testing.T) {
			if err := run(calmWorld(t, "mongo", 1)); err != nil {
				t.Error(err)
			}
		})
	}
}
