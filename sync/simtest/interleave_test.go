package simtest

import "testing"

// The interleavings that chance finds too seldom, step by step. They need two servers on one document engine.

// stage sets a record of window-1 up that both clerks know, each with a server of their own.
func (s *script) stage() (a, b *device, record string) {
	a, b = s.devices[0], s.devices[1]
	a.home, b.home = s.servers[0], s.servers[1]
	record = s.plateOn(a, "冀F10001")
	s.changes(a, "amend", record, map[string]string{"unit": b.unit})
	s.syncs(a, b)
	s.changes(b, "amend", record, map[string]string{"unit": a.unit})
	s.syncs(a, b)
	return a, b, record
}

// until runs a device's step up to the operation after another, and leaves it there.
func (s *script) until(d *device, after, op string) {
	reached, there := false, false
	s.nap = func(t *task, at string) int {
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
	s.nap = nil
	if !there {
		s.fail("%s never came to %s after %s", d.name, op, after)
	}
}

// movedTwice: b's frame moves the record to another day and stops before it clears what was left; a's frame moves
// it on to another unit and its server dies right after the join. Only a's frame may clear what a's join left.
func movedTwice(s *script) error {
	a, b, record := s.stage()
	s.changes(b, "amend", record, map[string]string{"occurred_at": text(start + 24*3600_000)})
	s.changes(a, "amend", record, map[string]string{"unit": b.unit})
	s.until(b, "before change leaves", "")
	s.untilCleared(b)
	s.trap = func(op string) bool { return s.current.name == a.name && op == "after change records" }
	a.step()
	s.run1(a)
	s.trap = nil
	s.syncs(b)
	return s.finish()
}

// untilCleared runs b's task on to its first look at records behind the recount.
func (s *script) untilCleared(d *device) {
	t := s.taskOf(d)
	there := false
	s.nap = func(at *task, op string) int {
		there = there || at == t && (op == "before read records" || op == "before scan records")
		return 0
	}
	for !there && t != nil && !t.done {
		s.run(t)
	}
	s.nap = nil
}

// run1 runs a device's task to its end and nothing else.
func (s *script) run1(d *device) {
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

// oldReading: a's frame has read the records of a leaf and stops before it stores their sum; b's frame changes one of
// them and is counted; then a's goes on. The older reading must not be stored.
func oldReading(s *script) error {
	a, b, record := s.stage()
	s.plateOn(a, "冀F10002")
	s.changes(b, "amend", record, map[string]string{"sets": "5"})
	s.until(a, "before scan records", "before change leaves")
	b.step()
	s.run1(b)
	s.drain()
	s.lull()
	return s.finish()
}

// TestInterleaving: with all rules in place both end well, on either store.
func TestInterleaving(t *testing.T) {
	for name, run := range map[string]func(*script) error{"MovedTwice": movedTwice, "OldReading": oldReading} {
		t.Run(name, func(t *testing.T) {
			if err := run(quiet(t, "mongo", 1)); err != nil {
				t.Error(err)
			}
		})
	}
}
