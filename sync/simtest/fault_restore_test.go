package simtest

import (
	"crypto/ed25519"
	"errors"
	"maps"
	"strconv"

	"roadbook/client/localdb"
)

// restoreFaults are the rows about clocks, copied and restored disks, and servers after a loss of data.
var restoreFaults = []faultRow{
	{"WrongClocks", func(s *script) {
		d := s.devices[0]
		for i, skew := range []int64{-s.now, future, -3600_000, 0} {
			d.skew = skew
			d.reboot()
			s.mustSave(d, &observation{act: "create", kind: "plate", said: map[string]string{
				"plate_type": "02", "plate_number": "冀F1000" + strconv.Itoa(i), "business": "register",
			}}, map[string]string{"unit": d.unit, "sets": "1"})
			if i == 1 {
				d.skew = 0 // set back while running
				s.savePlate(d, "冀F10009")
			}
		}
		s.savePlate(s.devices[1], "冀F10008")
		s.wantTotal("plate_sets", 6)
	}},
	{"ServerClockFarBack", func(s *script) {
		d := s.devices[0]
		s.wantGrade(d, "冀F10001", "exact")
		for _, server := range s.servers {
			server.crash()
			server.skew = -30 * 24 * 3600_000
		}
		s.now += 60_000
		s.startServers() // the servers read the last signed time
		s.wantGrade(d, "冀F10002", "estimated")
		s.mendClocks()
		s.wantGrade(d, "冀F10003", "exact")
		s.wantTotal("plate_sets", 3)
	}},
	{"ServerClockFarAhead", func(s *script) {
		d := s.devices[0]
		for _, server := range s.servers {
			server.skew = 3 * 365 * 24 * 3600_000
		}
		s.wantGrade(d, "冀F10001", "exact") // and wrong: nobody knows better
		s.mendClocks()
		s.wantGrade(d, "冀F10002", "estimated")
		s.accept()
		s.wantGrade(d, "冀F10003", "exact")
		s.wantTotal("plate_sets", 3)
	}},
	{"GoodClockRebootBadClockCorrection", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		a.skew = future
		id := s.savePlate(a, "冀F10001")
		s.share(a, id, b)
		s.sync(a, b)
		b.reboot()
		b.skew = -s.now // 1970: the smaller stamp of a device that has seen the corrected line
		s.change(b, "amend", id, map[string]string{"sets": "7"})
		s.sync(b, a)
		a.skew = -s.now
		a.reboot()
		s.change(b, "amend", id, map[string]string{"sets": "5"})
		s.wantTotal("plate_sets", 5)
	}},
	{"DeviceCloned", func(s *script) {
		d := s.devices[0]
		s.savePlate(d, "冀F10001")
		s.sync(d)
		d.copyDisk()
		c := s.devices[len(s.devices)-1]
		s.savePlate(d, "冀F10002")
		s.savePlate(c, "冀F10003")
		s.sync(d)
		s.sync(c)
		s.sync(d)
		x, y := s.savePlate(d, "冀F10004"), s.savePlate(c, "冀F10005")
		if streamOf(x) == streamOf(y) {
			s.t.Errorf("both disks go on in %s", streamOf(x))
		}
		s.wantTotal("plate_sets", 5)
	}},
	{"ClientRestoredFromBackup", func(s *script) {
		d := s.devices[0]
		first := s.savePlate(d, "冀F10001")
		s.sync(d)
		d.backup = &deviceBackup{disk: d.disk.copy(), mustHold: maps.Clone(d.mustHold)}
		s.savePlate(d, "冀F10002")
		s.sync(d)
		d.restoreDisk()
		s.savePlate(d, "冀F10003")
		s.sync(d)
		if again := s.savePlate(d, "冀F10004"); streamOf(again) == streamOf(first) {
			s.t.Error("it goes on in the stream that the lost disk had written to")
		}
		s.wantTotal("plate_sets", 4)
	}},
	{"ServerRestoredFromBackup", func(s *script) {
		d := s.devices[0]
		s.savePlate(d, "冀F10001")
		s.savePlate(d, "冀F10002")
		s.sync(d)
		s.restore(s.blankBackup) // a backup from before the enrollment
		s.savePlate(d, "冀F10003")
		s.wantTotal("plate_sets", 3)
	}},
	{"EnrolledAgainAtAServerThatLostEverything", func(s *script) {
		d := s.twoStreams()
		s.restore(s.blankBackup)
		s.now += 60_000
		s.startServers()
		d.enrollAgain()
		s.wantTotal("plate_sets", 5)
	}},
	{"EnrolledAtAnotherServer", func(s *script) {
		d := s.twoStreams()
		s.serverKey = ed25519.NewKeyFromSeed(s.bytes(32))
		s.restore(s.blankBackup)
		s.now += 60_000
		s.startServers()
		if err := d.db.Enroll(bg, "sim", d.enrollment()); !errors.Is(err, localdb.ErrOtherServer) {
			s.t.Errorf("the device goes to another server unasked: %v", err)
		}
		s.sync(d)
		if frames := s.frames(); frames > 0 {
			s.t.Errorf("%d frames came to the other server before it was confirmed", frames)
		}
		for _, d := range s.devices {
			d.enrollAgain()
		}
		s.wantTotal("plate_sets", 5)
	}},
	{"DirectoryPutBackByHand", func(s *script) {
		s.twoStreams()
		s.putBack(s.blankBackup)
		s.now += 24 * 3600_000
		s.wantTotal("plate_sets", 5)
	}},
}
