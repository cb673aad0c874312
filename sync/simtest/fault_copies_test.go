package simtest

import "strconv"

// copyFaults are the rows about two copies of the database put back by hand in turn: an old copy by mistake, and then a
// newer copy. A device must not keep what the database between the two told.
var copyFaults = []faultRow{
	{"BootFixedByACopy", func(s *script) {
		if err := bootFixedByACopy(s); err != nil {
			s.t.Fatal(err)
		}
	}},
	{"LineQuarantinedByACopy", func(s *script) {
		d := s.devices[0]
		s.revoke(d.identity, true)
		s.putBackInTurn(d, func() { s.revoke(d.identity, false) })
		s.wantTotal("plate_sets", 8)
	}},
}

// bootFixedByACopy: the older copy fixes a boot for the second time, long after it ended.
func bootFixedByACopy(s *script) error {
	d := s.devices[0]
	d.skew = -3600_000 // a time by the device's clock alone is wrong
	s.putBackInTurn(d, func() {})
	return s.finishAndCheck()
}

// putBackInTurn copies the database, lets a device send a frame whose answer is lost, and copies the database again. The
// older copy is put back and answers the frame, then the newer copy is put back. One more line waits all the time, so
// the device pulls nothing from the older copy.
func (s *script) putBackInTurn(d *device, afterOlder func()) {
	s.t.Helper()
	s.sync(d)
	older := s.backend.backup()
	afterOlder()
	d.reboot() // into a boot not known to any server
	s.saveUndated(d, 0, limits.Observations)
	s.rates.lost = 1000
	d.step()
	s.drain()
	s.rates.lost = 0
	newer := s.backend.backup()
	s.putBack(older)
	s.now += 60_000
	s.startServers()
	d.reboot()
	s.saveUndated(d, limits.Observations, 1)
	d.step()
	s.drain()
	if n, err := d.db.Waiting(bg); n != 1 || err != nil {
		s.t.Fatalf("%d lines wait, want 1; %v", n, err)
	}
	s.putBack(newer)
	s.now += 60_000
}

// saveUndated saves n plates dated by the device's clock.
func (s *script) saveUndated(d *device, from, n int) {
	s.t.Helper()
	for i := range n {
		s.mustSave(d, &observation{act: "create", kind: "plate", said: map[string]string{
			"plate_type": "02", "plate_number": "冀F1000" + strconv.Itoa(from+i), "business": "register",
		}}, map[string]string{"unit": d.unit, "sets": "1"})
	}
}
