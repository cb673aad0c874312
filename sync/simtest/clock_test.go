package simtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"roadbook/server/timecheck"
	"roadbook/sync/wire"
)

// clocks is a world of many devices, most with right clocks, and of servers whose clocks go far off and are corrected.
func clocks(store string, servers int) setup {
	s := setup{store: store, servers: servers, devices: 12, steps: 6000, clocks: true}
	if store == "sqlite" {
		s.steps = 1500
	}
	return s
}

// devicesWithWrongClocks is the number of devices in such a world whose clocks may be wrong: the first few of many.
const devicesWithWrongClocks = 3

// The rules for a wrong server clock, stated independently of the program under test.
const (
	toleratedMs     = 5 * 60_000  // a clock less off than this dates rightly, ms
	noticedBehindMs = 11 * 60_000 // the server must notice a clock so far behind its last signed time
	noticedApartMs  = 70 * 60_000 // and a clock so far from the truth, after requests from enough devices
	enoughDevices   = 10
)

// bootRequest is the knowledge about a boot from all requests that named this boot.
type bootRequest struct {
	since             int64 // true time of the first request
	baseUnreliable    bool  // some request may have fixed a base by a clock that nobody could know to be off
	ceilingUnreliable bool  // some request may have fixed a ceiling before the true time
}

// noteRequest notes, before a server reads a request, whether the server's clock is off and whether the server must
// know.
func (s *server) noteRequest(f *identity, req *wire.Request, deposit bool) {
	w := s.w
	if !deposit {
		s.heard[f.id] = true
	}
	w.truth.noteSample(req)
	off := s.skew > toleratedMs || s.skew < -toleratedMs
	few := len(s.heard) < enoughDevices
	told := !few && (s.skew > noticedApartMs || s.skew < -noticedApartMs)
	fell := s.clock().UnixMilli() < s.signed-noticedBehindMs
	for _, boot := range bootsOf(req) {
		k := bootKey{req.Stream.String(), boot}
		a := w.truth.bootRequests[k]
		if a == nil {
			a = &bootRequest{since: w.now}
			w.truth.bootRequests[k] = a
		}
		a.baseUnreliable = a.baseUnreliable || off && !told && !fell
		a.ceilingUnreliable = a.ceilingUnreliable || off && few
	}
	s.signed = max(s.signed, s.clock().UnixMilli())
}

// bootsOf are the boots named in a request.
func bootsOf(req *wire.Request) (ids []string) {
	if req.Now != nil {
		ids = append(ids, req.Now.Boot)
	}
	if req.Frame == nil {
		return ids
	}
	for _, line := range req.Frame.Lines {
		var h parsedLine
		if json.Unmarshal(line, &h) == nil && h.Clock.Boot != "" && !slices.Contains(ids, h.Clock.Boot) {
			ids = append(ids, h.Clock.Boot)
		}
	}
	return ids
}

// setClock puts a server's clock far off, or right again.
func (w *world) setClock(s *server) {
	if s.skew > toleratedMs || s.skew < -toleratedMs {
		s.skew = int64(w.rng.IntN(2000) - 1000)
	} else {
		s.skew = []int64{-30 * 24 * 3600_000, -3 * 3600_000, 5 * 3600_000, 3 * 365 * 24 * 3600_000}[w.rng.IntN(4)]
	}
	w.tracef("server %d has its clock off by %d s", s.number, s.skew/1000)
}

// accept lets the operator clear the mark of a clock that ran ahead, after every clock is right again.
func (w *world) accept() {
	if !w.allUp() || slices.ContainsFunc(w.servers, func(s *server) bool { return s.skew > toleratedMs || s.skew < -toleratedMs }) {
		return
	}
	was, err := timecheck.Accept(bg, w.backend.inspect(), w.now)
	if err != nil {
		w.failf("accepting the clock: %v", err)
		return
	}
	w.tracef("the clock is accepted, signed was %+d", was-start)
	for _, s := range w.servers {
		if s.signed = 0; s.times.Refresh(bg) != nil {
			w.failf("server %d does not see that its clock was accepted", s.number)
		}
		if v := s.times.Check(); v.Mark != 0 {
			w.failf("server %d still holds %+d against its clock", s.number, v.Mark-start)
		}
	}
}

// fixes: the base of a boot is what a request of the device told, unless nobody could have known better; a clock known
// to be off gives no ceiling before the true time.
func (c *checker) fixes() error {
	for k, fix := range c.boots {
		samples, a := c.w.truth.samples[k.boot], c.w.truth.bootRequests[k]
		if len(samples) == 0 || a == nil {
			continue
		}
		if fix.base != 0 && !slices.ContainsFunc(samples, func(s clockSample) bool { return s.fits(fix, a.baseUnreliable) }) {
			return fmt.Errorf("boot %s of %s is fixed as %+v, which no request told: %+v", k.boot, k.stream[:3], fix, samples)
		}
		if late := fix.ceiling - a.since; fix.base == 0 && !a.ceilingUnreliable && late < -toleratedMs {
			return fmt.Errorf("the ceiling of boot %s of %s lies %v before its lines", k.boot, k.stream[:3], time.Duration(late)*time.Millisecond)
		}
	}
	return nil
}

// baseUnreliable: the boot was fixed by a clock that nobody could know to be off.
func (l *truth) baseUnreliable(k bootKey) bool {
	return l.bootRequests[k] != nil && l.bootRequests[k].baseUnreliable
}

// mendClocks puts every server's clock right and lets each server read the times signed by the others, as
// servers do every few seconds.
func (s *script) mendClocks() {
	for _, server := range s.servers {
		server.skew = 0
		if err := server.times.Refresh(bg); err != nil {
			s.t.Fatal(err)
		}
	}
}

// wantGrade lets a device save a plate dated by its own clock, in a new boot, and compares the fixed boot with the
// expected grade.
func (s *script) wantGrade(d *device, number, grade string) {
	s.t.Helper()
	d.reboot()
	s.mustSave(d, &observation{act: "create", kind: "plate", said: map[string]string{
		"plate_type": "02", "plate_number": number, "business": "register",
	}}, map[string]string{"unit": d.unit, "sets": "1"})
	s.sync(d)
	j := newChecker(s.world)
	if err := j.readStreams(); err != nil {
		s.t.Fatal(err)
	}
	for k, fix := range j.boots {
		if k.boot == d.boot && (fix.base != 0) != (grade == "exact") {
			s.t.Errorf("%s: its boot is fixed as %+v, want it %s", number, fix, grade)
		}
	}
}
