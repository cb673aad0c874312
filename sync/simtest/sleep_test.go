package simtest

import (
	"fmt"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// clockSample is a device's reading of its clocks, with the true time at which a server read it.
type clockSample struct{ at, mono, wall int64 }

// noteSample notes the clocks that a request tells.
func (l *truth) noteSample(req *wire.Request) {
	if now := req.Now; now != nil {
		l.samples[now.Boot] = append(l.samples[now.Boot], clockSample{l.w.now, now.Mono, now.Wall})
	}
}

// fits reports whether a boot was fixed by this sample. anyTime: by a server whose clock might have been off.
func (s clockSample) fits(fix bootFix, anyTime bool) bool {
	off := fix.base - (s.at - s.mono)
	told := !fix.v2 || fix.mono == s.mono && fix.offset == s.wall-s.mono
	return told && (anyTime || max(off, -off) <= toleratedMs)
}

// sleeps: an observation of a device whose wall clock kept its error, whatever error, from the saving to the fixing or
// back has its true time, however long the device slept meanwhile.
func (c *checker) sleeps() error {
	f := &recounter{boots: c.boots}
	const slack = 60_000
	checked := 0
	for _, e := range c.counting() {
		k := bootKey{streamOf(e.id), e.clock.Boot}
		fix := c.boots[k]
		if !e.auto || e.by == nil || !fix.v2 || c.w.truth.baseUnreliable(k) || e.clock.Known > e.at-5000 {
			continue // too close to the last contact, or a server's clock ran ahead
		}
		for _, s := range c.w.truth.samples[e.clock.Boot] {
			set := (e.clock.Wall - e.at) - (s.wall - s.at)
			if !s.fits(fix, false) || set < -5000 || set > 5000 {
				continue
			}
			checked++
			if off := f.corrected(e) - e.at; off > slack || off < -slack {
				return fmt.Errorf("%s: its time is %d ms off, its wall clock was never set", short(e.id), off)
			}
		}
	}
	c.w.tracef("checked: the true times of %d observations", checked)
	return nil
}

// saveDated saves a plate dated by the device.
func (s *script) saveDated(d *device, number string) string {
	s.t.Helper()
	return s.mustSave(d, &observation{act: "create", kind: "plate", said: map[string]string{
		"plate_type": "02", "plate_number": number, "business": "register",
	}}, map[string]string{"unit": d.unit, "sets": "1"})
}

// sleep lets time go by that one device sleeps through.
func (s *script) sleep(d *device, t time.Duration) {
	s.now += t.Milliseconds()
	d.asleep += t.Milliseconds()
}

// phoneSlept: a phone sleeps between saving and its first contact, and again after it.
func phoneSlept(s *script) error {
	d := s.devices[0]
	for i, skew := range []int64{0, 5000, -5000, 3600_000, -s.now} {
		s.now += 3600_000
		d.skew = skew
		d.reboot()
		s.saveDated(d, fmt.Sprintf("冀F1000%d", i))
		s.sleep(d, 20*time.Hour)
		s.saveDated(d, fmt.Sprintf("冀F2000%d", i))
		s.sync(d)
		s.sleep(d, 20*time.Hour)
		s.saveDated(d, fmt.Sprintf("冀F3000%d", i))
		s.sync(d)
	}
	return s.finishAndCheck()
}

// clockSetBack: a wall clock 5 h fast is set right before the first contact of the boot, and one set back after it.
func clockSetBack(s *script) error {
	d := s.devices[0]
	d.reboot()
	d.skew = 5 * 3600_000
	s.saveDated(d, "冀F10001")
	d.skew = 0
	s.sync(d)
	d.skew = -5 * 3600_000
	s.saveDated(d, "冀F10002")
	return s.finishAndCheck()
}

// clockSetForward: a wall clock 5 h slow, of a device that has just spoken to a server, is set right before the next
// boot's first contact.
func clockSetForward(s *script) error {
	d := s.devices[0]
	s.sync(d)
	d.reboot()
	d.skew = -5 * 3600_000
	s.saveDated(d, "冀F10001")
	d.skew = 0
	s.sync(d)
	return s.finishAndCheck()
}

// sleepFaults are the rows about steady clocks that stop, and wall clocks that are set.
var sleepFaults = []faultRow{
	{"PhoneThatSleeps", func(s *script) {
		if err := phoneSlept(s); err != nil {
			s.t.Fatal(err)
		}
		// Saved 1, 21, 41, 42, 62, 82, 83, 103, 123, 124, 144, 164, 165, 185 and 205 h after 30 December, 08:00.
		s.wantPlatesOn(map[int]int64{20201230: 1, 20201231: 1, 20210101: 3, 20210102: 2, 20210103: 1, 20210104: 2, 20210105: 1,
			20210106: 2, 20210107: 2})
	}},
	{"WallClockSetBack", func(s *script) {
		if err := clockSetBack(s); err != nil {
			s.t.Fatal(err)
		}
		s.wantPlatesOn(map[int]int64{20201230: 2})
	}},
	{"WallClockSetForward", func(s *script) {
		if err := clockSetForward(s); err != nil {
			s.t.Fatal(err)
		}
		s.wantPlatesOn(map[int]int64{20201230: 1})
	}},
}

// wantPlatesOn compares the stored sums of plates with those expected on each day.
func (s *script) wantPlatesOn(want map[int]int64) {
	s.t.Helper()
	got := map[int]int64{}
	rows, err := s.backend.inspect().Sums(bg, store.SumQuery{To: 99991231, ByDay: true})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rows {
		if r.Measure == "plate_sets" {
			got[int(r.Day)] += r.Amount
		}
	}
	for day, n := range got {
		if want[day] != n {
			s.t.Errorf("%d plates on %d, want %d", n, day, want[day])
		}
	}
	for day, n := range want {
		if got[day] == 0 {
			s.t.Errorf("no plates on %d, want %d", day, n)
		}
	}
}
