package simtest

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

// faultRow is a row of the protocol's table of faults, with the script that must end well.
type faultRow struct {
	row string
	run func(*script)
}

// faults are all rows of the protocol's table.
var faults = slices.Concat(deliveryFaults, restoreFaults, copyFaults, sleepFaults)

// deliveryFaults are the rows about lines on their way, concurrent changes, full disks and kills.
var deliveryFaults = []faultRow{
	{"AnswerLost", func(s *script) {
		d := s.devices[0]
		s.savePlate(d, "冀F10001")
		s.rates.lost = 1000
		s.sync(d)
		s.savePlate(d, "冀F10002") // the same lines will be cut into another frame
		s.sync(d)
		s.rates.lost = 0
		s.wantTotal("plate_sets", 2)
	}},
	{"FrameTwiceAtOnce", func(s *script) {
		d := s.devices[0]
		for i := range 9 {
			s.savePlate(d, "冀F1000"+strconv.Itoa(i))
		}
		s.rates.twice = 1000
		s.sync(d)
		s.wantTotal("plate_sets", 9)
	}},
	{"StalledWriter", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		for at := range 40 {
			id := s.savePlate(a, "冀F2"+strconv.Itoa(1000+at))
			s.sync(a, b)
			s.change(a, "amend", id, map[string]string{"occurred_at": msText(start + 24*3600_000)})
			n := 0
			s.sleepBefore = func(t *task, _ string) int {
				if n++; t.name == a.identity.name && n == 4*at {
					return 500
				}
				return 0
			}
			s.rates.lost, s.rates.twice = 500, 1000
			a.step()
			s.savePlate(b, "冀F3"+strconv.Itoa(1000+at))
			b.step()
			s.drain()
			s.sleepBefore, s.rates.lost, s.rates.twice = nil, 0, 0
		}
		s.wantTotal("plate_sets", 80)
	}},
	{"PoisonLine", func(s *script) {
		d := s.devices[0]
		s.savePlate(d, "冀F10001")
		s.sendPoison(d)
		long := s.mustSave(d, &observation{act: "create", kind: "plate", said: map[string]string{
			"plate_type": "02", "plate_number": "冀F10003", "business": "register", "remark": s.longRemark(), "occurred_at": msText(start),
		}}, map[string]string{"unit": d.unit, "sets": "1"})
		s.savePlate(d, "冀F10002")
		s.wantTotal("plate_sets", 2)
		if len(s.truth.observations[long].line) <= limits.Line {
			s.t.Error("the long line was not long")
		}
	}},
	{"DaysOfOutage", func(s *script) {
		d := s.devices[0]
		s.savePlate(d, "冀F10001")
		s.outageUntil = s.now + 5*24*3600_000
		for range 40 {
			d.step()
			s.drain()
			s.pass(3 * time.Hour)
		}
		s.busyUntil = s.now + 60_000
		s.sync(d)
		if n, _ := d.db.Waiting(bg); n != 1 {
			s.t.Errorf("%d waiting in the storm", n)
		}
		s.busyUntil = 0
		for _, server := range s.servers {
			server.crash()
		}
		s.wantTotal("plate_sets", 1)
	}},
	{"LateWriter", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		s.savePlate(a, "冀F10001")
		s.sleepBefore = func(t *task, op string) int {
			if t.name == a.identity.name && op == "before raise leaves" {
				return 3000
			}
			return 0
		}
		a.step()
		for range 6 {
			s.savePlate(b, "冀F2000"+strconv.Itoa(s.serial))
			s.serial++
			for range 700 {
				if t := s.pick(); t != nil {
					s.run(t)
				}
			}
			if !b.busy {
				b.step()
			}
			s.readers[0].read()
		}
		s.sleepBefore = nil
		s.wantTotal("plate_sets", 7)
	}},
	{"TwoRecordsOfOneEvent", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		x, y := s.savePlate(a, "冀F10001"), s.savePlate(b, "冀F10001")
		a.step()
		b.step()
		s.drain()
		s.sync(a, b)
		s.change(a, "void", x, nil)
		s.sync(a, b)
		s.change(b, "amend", y, map[string]string{"sets": "3"})
		s.wantTotal("plate_sets", 3)
	}},
	{"LinksABandBC", func(s *script) {
		ds := s.devices
		a, b, c := s.savePlate(ds[0], "冀F10001"), s.savePlate(ds[1], "冀F10002"), s.savePlate(ds[0], "冀F10003")
		s.sync(ds[0], ds[1])
		s.actAsHQ(ingest.Act{Act: wire.Link, Record: a, With: b})
		s.actAsHQ(ingest.Act{Act: wire.Link, Record: b, With: c})
		s.actAsHQ(ingest.Act{Act: wire.Void, Record: a})
		s.wantTotal("plate_sets", 1)
	}},
	{"CoupledFields", func(s *script) {
		a, b := s.devices[2], s.devices[3]
		id := s.mustSave(a, &observation{act: "create", kind: "accident", said: map[string]string{
			"severity": "injury", "procedure": "simple", "dead": "0", "occurred_at": msText(start),
		}}, map[string]string{"unit": a.unit})
		s.share(a, id, b)
		s.sync(a, b)
		s.change(a, "amend", id, map[string]string{"severity": "fatal", "procedure": "general", "dead": "2"})
		s.change(b, "amend", id, map[string]string{"procedure": "self"})
		s.sync(b, a)
		s.finishWell()
		// Either both of a's deaths and its procedure stand, or neither.
		if counted, dead := s.total("accident_counted"), s.total("accident_deaths"); counted*2 != dead {
			s.t.Errorf("counted %d with %d dead: a state that nobody said", counted, dead)
		}
	}},
	{"DiskFull", func(s *script) {
		d := s.devices[0]
		for i := range 5 {
			s.savePlate(d, "冀F1000"+strconv.Itoa(i))
		}
		d.disk.fill()
		if id := d.save(d.create()); id != "" {
			s.t.Error("there was room on a full disk")
		}
		s.sync(d)
		if n, err := d.db.Waiting(bg); n != 0 || err != nil {
			s.t.Errorf("a full disk does not drain: %d waiting, %v", n, err)
		}
		s.wantTotal("plate_sets", 5)
	}},
	{"KilledWhileSaving", func(s *script) {
		d := s.devices[0]
		for at := 1; at < 12; at++ {
			s.savePlate(d, "冀F2"+strconv.Itoa(1000+at))
			d.disk.arm(at)
			d.save(d.create())
			d.disk.arm(at)
			s.sync(d)
			d.powerLoss()
		}
		s.finishWell()
	}},
	{"RevokedDevice", func(s *script) {
		d := s.devices[0]
		s.savePlate(d, "冀F10001")
		s.sync(d)
		s.revoke(d.identity, true)
		kept := s.savePlate(d, "冀F10002")
		s.savePlate(d, "冀F10003")
		s.sync(d)
		s.actAsHQ(ingest.Act{Act: wire.Release, Target: kept})
		s.wantTotal("plate_sets", 2)
	}},
	{"CatalogueVersions", func(s *script) {
		ds := s.devices
		s.servers[0].newer = true
		s.servers[0].crash()
		s.now += 60_000
		s.sync(ds[0], ds[1]) // some have met the newer server
		for i := range 6 {
			s.savePlate(ds[i%2], "冀F1000"+strconv.Itoa(i))
		}
		s.sync(ds[0], ds[1])
		s.wantTotal("plate_sets", 6)
	}},
	{"AmendmentBeforeOriginal", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		older := s.backend.backup()
		id := s.savePlate(a, "冀F10001")
		s.share(a, id, b)
		s.sync(a, b)
		s.change(b, "amend", id, map[string]string{"sets": "4"})
		s.restore(older)
		s.now += 60_000
		s.sync(b) // the amendment is there first
		s.sync(a)
		s.wantTotal("plate_sets", 4)
	}},
	{"AnswersCrossed", func(s *script) {
		s.crossAnswers()
		s.wantTotal("plate_sets", 13)
	}},
	{"ManyReturn", func(s *script) {
		for i := range 30 {
			if err := s.install(4 * (i + 1)); err != nil { // clerks of window-1
				s.t.Fatal(err)
			}
		}
		for i, d := range s.devices[4:] {
			for n := range 9 {
				s.savePlate(d, "冀F"+strconv.Itoa(20000+10*i+n))
			}
		}
		s.busyUntil = s.now + 500
		s.wantTotal("plate_sets", 270)
	}},
}

// TestFault plays each row of the protocol's table of faults on both stores.
func TestFault(t *testing.T) {
	for _, f := range faults {
		t.Run(f.row, func(t *testing.T) {
			for _, store := range []string{"sqlite", "mongo"} {
				t.Run(store, func(t *testing.T) {
					t.Parallel()
					f.run(calmWorld(t, store, 1))
				})
			}
		})
	}
}

// TestCrashAtEveryStep kills the server before and after each step of the write path, for a frame that moves a record
// to another day.
func TestCrashAtEveryStep(t *testing.T) {
	for _, store := range []string{"sqlite", "mongo"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			steps := 0
			for at := 1; crashAt(t, store, at); at++ {
				steps = at
			}
			if steps < 5 {
				t.Errorf("only %d steps", steps)
			}
			t.Logf("killed at %d steps", steps)
		})
	}
}

// crashAt reports whether there was a step number at.
func crashAt(t *testing.T, store string, at int) (died bool) {
	t.Helper()
	s := calmWorld(t, store, uint64(at))
	a, b := s.devices[0], s.devices[1]
	id := s.savePlate(a, "冀F10001")
	s.savePlate(b, "冀F10001")
	s.sync(a, b)
	s.change(a, "amend", id, map[string]string{"occurred_at": msText(start + 24*3600_000)})
	n := 0
	s.crashWhen = func(string) bool {
		n++
		died = died || n == at
		return n == at
	}
	a.step()
	s.drain()
	s.crashWhen = nil
	s.wantTotal("plate_sets", 2)
	return died
}
