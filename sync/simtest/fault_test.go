package simtest

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"testing"
	"time"

	"roadbook/client/localdb"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// script is a world in which nothing happens by chance.
type script struct {
	*world
	t testing.TB
}

// quiet makes a calm world of a few devices: d0 and d2 of window-1, d1 and d3 of window-2; d2 and d3 are officers'.
func quiet(t testing.TB, store string, seed uint64) *script {
	t.Helper()
	return without(t, store, seed, broken{})
}

// without is quiet with a rule taken out.
func without(t testing.TB, store string, seed uint64, b broken) *script {
	t.Helper()
	s := setup{store: store, servers: 1, devices: 4, broken: b}
	if store != "sqlite" {
		s.servers = 2
	}
	w, err := newWorld(s, seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	w.weather = weather{sleep: 1}
	return &script{w, t}
}

// says saves something that must be accepted.
func (s *script) says(d *device, note *entry, defaults map[string]string) string {
	s.t.Helper()
	draft := d.draft(note, defaults)
	draft.draft.ID = note.record
	if note.item != "" {
		draft.draft.ID = note.item
	}
	if note.act == "void" {
		draft.draft.Reason = "误录"
	}
	s.now += 1000
	id := d.say(draft)
	if id == "" {
		s.t.Fatalf("%s could not save", d.name)
	}
	return id
}

func (s *script) plateOn(d *device, number string) string {
	s.t.Helper()
	return s.says(d, &entry{act: "create", kind: "plate", said: map[string]string{
		"plate_type": "02", "plate_number": number, "business": "register", "occurred_at": text(start),
	}}, map[string]string{"unit": d.unit, "sets": "1"})
}

// changes amends or voids a record, having seen what the device shows of it.
func (s *script) changes(d *device, act, record string, said map[string]string) string {
	s.t.Helper()
	e, err := d.db.Show(bg, record)
	if err != nil {
		s.t.Fatalf("%s does not know %s: %v", d.name, short(record), err)
	}
	note := &entry{act: act, kind: e.View.Kind, record: record, seen: d.seenBy(&e), said: said}
	d.complete(note)
	return s.says(d, note, nil)
}

// syncs lets devices step until they have nothing more to do, or tries are over.
func (s *script) syncs(ds ...*device) {
	for round := range 12 {
		busy := round == 0
		for _, d := range ds {
			if !d.busy {
				d.step()
			}
		}
		s.raise()
		s.drain()
		for _, d := range ds {
			busy = busy || !d.sync.Idle()
		}
		if !busy {
			return
		}
		s.now += 2000
	}
}

// ends brings the world to rest and judges it.
func (s *script) ends() {
	s.t.Helper()
	if err := s.finish(); err != nil {
		s.t.Fatal(err)
	}
}

// total is what the recount found, after ends.
func (s *script) total(measure string) (n int64) {
	s.t.Helper()
	j := newJudgement(s.world)
	for _, step := range []func() error{j.readStreams, j.readLog, j.readOffices} {
		if err := step(); err != nil {
			s.t.Fatal(err)
		}
	}
	rows := sums((&folder{boots: j.boots}).records(j.counting()))
	for k, v := range rows {
		if k.measure == measure {
			n += v
		}
	}
	return n
}

func (s *script) totals(measure string, want int64) {
	s.t.Helper()
	s.ends()
	if got := s.total(measure); got != want {
		s.t.Errorf("%s is %d, by hand %d", measure, got, want)
	}
}

// hq lets an officer of HQ act, and waits for it.
func (s *script) hq(act ingest.Act) {
	s.serial++
	a := &hqAct{tag: "r" + strconv.Itoa(s.serial), act: string(act.Act), record: act.Record}
	act.Reason = a.tag
	s.offices[0].do(a, act)
	s.drain()
}

// faults are the rows of the protocol's table, and what each must hold.
var faults = []struct {
	row string
	run func(*script)
}{
	{"AnswerLost", func(s *script) {
		d := s.devices[0]
		s.plateOn(d, "冀F10001")
		s.weather.lost = 1000
		s.syncs(d)
		s.plateOn(d, "冀F10002") // the same lines will be cut into another frame
		s.syncs(d)
		s.weather.lost = 0
		s.totals("plate_sets", 2)
	}},
	{"FrameTwiceAtOnce", func(s *script) {
		d := s.devices[0]
		for i := range 9 {
			s.plateOn(d, "冀F1000"+strconv.Itoa(i))
		}
		s.weather.twice = 1000
		s.syncs(d)
		s.totals("plate_sets", 9)
	}},
	{"StalledWriter", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		for at := range 40 {
			id := s.plateOn(a, "冀F2"+strconv.Itoa(1000+at))
			s.syncs(a, b)
			s.changes(a, "amend", id, map[string]string{"unit": "window-2"})
			n := 0
			s.nap = func(t *task, _ string) int {
				if n++; t.name == a.family.name && n == 4*at {
					return 500
				}
				return 0
			}
			s.weather.lost, s.weather.twice = 500, 1000
			a.step()
			s.plateOn(b, "冀F3"+strconv.Itoa(1000+at))
			b.step()
			s.drain()
			s.nap, s.weather.lost, s.weather.twice = nil, 0, 0
		}
		s.totals("plate_sets", 80)
	}},
	{"PoisonLine", func(s *script) {
		d := s.devices[0]
		s.plateOn(d, "冀F10001")
		s.poison(d)
		long := s.says(d, &entry{act: "create", kind: "plate", said: map[string]string{
			"plate_type": "02", "plate_number": "冀F10003", "business": "register", "remark": s.long(), "occurred_at": text(start),
		}}, map[string]string{"unit": d.unit, "sets": "1"})
		s.plateOn(d, "冀F10002")
		s.totals("plate_sets", 2)
		if len(s.book.entries[long].line) <= limits.Line {
			s.t.Error("the long line was not long")
		}
	}},
	{"DaysOfOutage", func(s *script) {
		d := s.devices[0]
		s.plateOn(d, "冀F10001")
		s.outage = s.now + 5*24*3600_000
		for range 40 {
			d.step()
			s.drain()
			s.pass(3 * time.Hour)
		}
		s.storm = s.now + 60_000
		s.syncs(d)
		if n, _ := d.db.Waiting(bg); n != 1 {
			s.t.Errorf("%d waiting in the storm", n)
		}
		s.storm = 0
		for _, server := range s.servers {
			server.crash()
		}
		s.totals("plate_sets", 1)
	}},
	{"WrongClocks", func(s *script) {
		d := s.devices[0]
		for i, skew := range []int64{-s.now, future, -3600_000, 0} {
			d.skew = skew
			d.reboot()
			s.says(d, &entry{act: "create", kind: "plate", said: map[string]string{
				"plate_type": "02", "plate_number": "冀F1000" + strconv.Itoa(i), "business": "register",
			}}, map[string]string{"unit": d.unit, "sets": "1"})
			if i == 1 {
				d.skew = 0 // set back while running
				s.plateOn(d, "冀F10009")
			}
		}
		s.plateOn(s.devices[1], "冀F10008")
		s.totals("plate_sets", 6)
	}},
	{"ServerClockFarBack", func(s *script) {
		d := s.devices[0]
		s.dated(d, "冀F10001", "exact")
		for _, server := range s.servers {
			server.crash()
			server.skew = -30 * 24 * 3600_000
		}
		s.now += 60_000
		s.raise() // they read how far they were
		s.dated(d, "冀F10002", "estimated")
		s.mend()
		s.dated(d, "冀F10003", "exact")
		s.totals("plate_sets", 3)
	}},
	{"ServerClockFarAhead", func(s *script) {
		d := s.devices[0]
		for _, server := range s.servers {
			server.skew = 3 * 365 * 24 * 3600_000
		}
		s.dated(d, "冀F10001", "exact") // and wrong: nobody knows better
		s.mend()
		s.dated(d, "冀F10002", "estimated")
		s.accept()
		s.dated(d, "冀F10003", "exact")
		s.totals("plate_sets", 3)
	}},
	{"GoodClockRebootBadClockCorrection", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		a.skew = future
		id := s.plateOn(a, "冀F10001")
		s.changes(a, "amend", id, map[string]string{"unit": b.unit})
		s.syncs(a, b)
		b.reboot()
		b.skew = -s.now // 1970: its stamp is the smaller one, and it has seen what it corrects
		s.changes(b, "amend", id, map[string]string{"sets": "7"})
		s.syncs(b, a)
		a.skew = -s.now
		a.reboot()
		s.changes(b, "amend", id, map[string]string{"sets": "5"})
		s.totals("plate_sets", 5)
	}},
	{"DeviceCloned", func(s *script) {
		d := s.devices[0]
		s.plateOn(d, "冀F10001")
		s.syncs(d)
		d.copyDisk()
		c := s.devices[len(s.devices)-1]
		s.plateOn(d, "冀F10002")
		s.plateOn(c, "冀F10003")
		s.syncs(d)
		s.syncs(c)
		s.syncs(d)
		x, y := s.plateOn(d, "冀F10004"), s.plateOn(c, "冀F10005")
		if streamOf(x) == streamOf(y) {
			s.t.Errorf("both disks go on in %s", streamOf(x))
		}
		s.totals("plate_sets", 5)
	}},
	{"ClientRestoredFromBackup", func(s *script) {
		d := s.devices[0]
		first := s.plateOn(d, "冀F10001")
		s.syncs(d)
		d.backup = &deviceBackup{disk: d.disk.copy(), holds: maps.Clone(d.holds)}
		s.plateOn(d, "冀F10002")
		s.syncs(d)
		d.restoreDisk()
		s.plateOn(d, "冀F10003")
		s.syncs(d)
		if again := s.plateOn(d, "冀F10004"); streamOf(again) == streamOf(first) {
			s.t.Error("it goes on in the stream that the lost disk had written to")
		}
		s.totals("plate_sets", 4)
	}},
	{"ServerRestoredFromBackup", func(s *script) {
		d := s.devices[0]
		s.plateOn(d, "冀F10001")
		s.plateOn(d, "冀F10002")
		s.syncs(d)
		s.restore(s.older) // than the enrolment
		s.plateOn(d, "冀F10003")
		s.totals("plate_sets", 3)
	}},
	{"LateWriter", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		s.plateOn(a, "冀F10001")
		s.nap = func(t *task, op string) int {
			if t.name == a.family.name && op == "before raise leaves" {
				return 3000
			}
			return 0
		}
		a.step()
		for range 6 {
			s.plateOn(b, "冀F2000"+strconv.Itoa(s.serial))
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
		s.nap = nil
		s.totals("plate_sets", 7)
	}},
	{"TwoRecordsOfOneEvent", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		x, y := s.plateOn(a, "冀F10001"), s.plateOn(b, "冀F10001")
		a.step()
		b.step()
		s.drain()
		s.syncs(a, b)
		s.changes(a, "void", x, nil)
		s.syncs(a, b)
		s.changes(b, "amend", y, map[string]string{"sets": "3"})
		s.totals("plate_sets", 3)
	}},
	{"LinksABandBC", func(s *script) {
		ds := s.devices
		a, b, c := s.plateOn(ds[0], "冀F10001"), s.plateOn(ds[1], "冀F10002"), s.plateOn(ds[0], "冀F10003")
		s.syncs(ds[0], ds[1])
		s.hq(ingest.Act{Act: wire.Link, Record: a, With: b})
		s.hq(ingest.Act{Act: wire.Link, Record: b, With: c})
		s.hq(ingest.Act{Act: wire.Void, Record: a})
		s.totals("plate_sets", 1)
	}},
	{"CoupledFields", func(s *script) {
		a, b := s.devices[2], s.devices[3]
		id := s.says(a, &entry{act: "create", kind: "accident", said: map[string]string{
			"severity": "injury", "procedure": "simple", "dead": "0", "occurred_at": text(start),
		}}, map[string]string{"unit": a.unit})
		s.changes(a, "amend", id, map[string]string{"unit": b.unit})
		s.syncs(a, b)
		s.changes(a, "amend", id, map[string]string{"severity": "fatal", "procedure": "general", "dead": "2"})
		s.changes(b, "amend", id, map[string]string{"procedure": "self"})
		s.syncs(b, a)
		s.ends()
		// Either both of a's dead and its procedure stand, or neither does.
		if counted, dead := s.total("accident_counted"), s.total("accident_deaths"); counted*2 != dead {
			s.t.Errorf("counted %d with %d dead: a state that nobody said", counted, dead)
		}
	}},
	{"DiskFull", func(s *script) {
		d := s.devices[0]
		for i := range 5 {
			s.plateOn(d, "冀F1000"+strconv.Itoa(i))
		}
		d.disk.fill()
		if id := d.say(d.create()); id != "" {
			s.t.Error("there was room on a full disk")
		}
		s.syncs(d)
		if n, err := d.db.Waiting(bg); n != 0 || err != nil {
			s.t.Errorf("a full disk does not drain: %d waiting, %v", n, err)
		}
		s.totals("plate_sets", 5)
	}},
	{"KilledWhileSaving", func(s *script) {
		d := s.devices[0]
		for at := 1; at < 12; at++ {
			s.plateOn(d, "冀F2"+strconv.Itoa(1000+at))
			d.disk.arm(at)
			d.say(d.create())
			d.disk.arm(at)
			s.syncs(d)
			d.powerLoss()
		}
		s.ends()
	}},
	{"RevokedDevice", func(s *script) {
		d := s.devices[0]
		s.plateOn(d, "冀F10001")
		s.syncs(d)
		s.revoke(d.family, true)
		kept := s.plateOn(d, "冀F10002")
		s.plateOn(d, "冀F10003")
		s.syncs(d)
		s.hq(ingest.Act{Act: wire.Release, Target: kept})
		s.totals("plate_sets", 2)
	}},
	{"CatalogueVersions", func(s *script) {
		ds := s.devices
		s.servers[0].newer = true
		s.servers[0].crash()
		s.now += 60_000
		s.syncs(ds[0], ds[1]) // some have met the newer server
		for i := range 6 {
			s.plateOn(ds[i%2], "冀F1000"+strconv.Itoa(i))
		}
		s.syncs(ds[0], ds[1])
		s.totals("plate_sets", 6)
	}},
	{"AmendmentBeforeOriginal", func(s *script) {
		a, b := s.devices[0], s.devices[1]
		older := s.back.backup()
		id := s.plateOn(a, "冀F10001")
		s.changes(a, "amend", id, map[string]string{"unit": b.unit})
		s.syncs(a, b)
		s.changes(b, "amend", id, map[string]string{"sets": "4"})
		s.restore(older)
		s.now += 60_000
		s.syncs(b) // the amendment is there first
		s.syncs(a)
		s.totals("plate_sets", 4)
	}},
	{"EnrolledAgainAtAServerThatLostEverything", func(s *script) {
		d := s.twoStreams()
		s.restore(s.older)
		s.now += 60_000
		s.raise()
		d.enrolAgain()
		s.totals("plate_sets", 5)
	}},
	{"EnrolledAtAnotherServer", func(s *script) {
		d := s.twoStreams()
		s.serverKey = ed25519.NewKeyFromSeed(s.bytes(32))
		s.restore(s.older)
		s.now += 60_000
		s.raise()
		if err := d.db.Enroll(bg, "sim", d.enrolled()); !errors.Is(err, localdb.ErrOtherServer) {
			s.t.Errorf("the device goes to another server unasked: %v", err)
		}
		s.syncs(d)
		if frames := s.frames(); frames > 0 {
			s.t.Errorf("%d frames came to the other server before it was confirmed", frames)
		}
		for _, d := range s.devices {
			d.enrolAgain()
		}
		s.totals("plate_sets", 5)
	}},
	{"DirectoryPutBackByHand", func(s *script) {
		s.twoStreams()
		s.putBack(s.older)
		s.now += 24 * 3600_000
		s.totals("plate_sets", 5)
	}},
	{"AnswersCrossed", func(s *script) {
		s.cross()
		s.totals("plate_sets", 13)
	}},
	{"ManyReturn", func(s *script) {
		for i := range 30 {
			if err := s.install(4 * (i + 1)); err != nil { // clerks of window-1
				s.t.Fatal(err)
			}
		}
		for i, d := range s.devices[4:] {
			for n := range 9 {
				s.plateOn(d, "冀F"+strconv.Itoa(20000+10*i+n))
			}
		}
		s.storm = s.now + 500
		s.totals("plate_sets", 270)
	}},
}

// twoStreams lets a device say two things in one stream, of which the disk then loses the second, and four more, of which
// the last three begin another stream. All are delivered, so that the server alone has what the disk lost.
func (s *script) twoStreams() *device {
	d := s.devices[0]
	s.plateOn(d, "冀F10001")
	s.syncs(d)
	d.backup = &deviceBackup{disk: d.disk.copy(), holds: maps.Clone(d.holds)}
	s.plateOn(d, "冀F10002")
	s.syncs(d)
	d.restoreDisk()
	for i := range 4 {
		s.plateOn(d, "冀F1001"+strconv.Itoa(i))
		s.syncs(d)
	}
	if n, err := d.db.Waiting(bg); n > 0 || err != nil {
		s.t.Fatalf("%d wait, %v", n, err)
	}
	return d
}

// cross lets a proxy give one device the answers to another, whose requests arrive.
func (s *script) cross() {
	a, b := s.devices[0], s.devices[1]
	s.plateOn(b, "冀F20000")
	s.syncs(b)
	for i := range 6 {
		s.plateOn(a, "冀F1000"+strconv.Itoa(i))
		s.plateOn(b, "冀F2001"+strconv.Itoa(i))
		s.weather.crossed = 1000
		s.syncs(a)
		s.weather.crossed = 0
		s.syncs(b)
	}
}

// frames is how many the database has.
func (s *script) frames() int {
	all, err := s.back.peek().ScanFrames(bg, wire.StreamID{}, store.FrameKey{}, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

// poison sends a frame as a broken program might, with a good key: what can't be read is held, alone.
func (s *script) poison(d *device) {
	stream := wire.StreamID{Device: d.id, Epoch: s.id(wire.EpochLen)}
	f := wire.NewFrame(stream, 1, wire.Genesis(stream), [][]byte{
		[]byte(`{"v":1,"kind":`), []byte(`{"v":1,"kind":"dragon","act":"create","clock":{"hlc":"1","boot":"b0000001","mono":1,"wall":1}}`),
	})
	wire.SignFrame(d.keysOf(), f)
	ids := f.IDs(f.Hashes())
	s.book.raw[ids[0].String()], s.book.raw[ids[1].String()] = "unparsable", "unknown_kind"
	body, err := (&wire.Request{Stream: stream, Frame: f}).Encode(wire.Identity)
	if err != nil {
		s.t.Fatal(err)
	}
	s.spawn("poison", func() {
		got, err := s.servers[0].serve(d.family, strconv.FormatInt(s.now, 10), body)
		var ans wire.Answer
		if err != nil || json.Unmarshal(got.Body, &ans) != nil || len(ans.Results) != 2 || ans.Results[1].Status != wire.Quarantined {
			s.fail("poison was answered %v, %v", got, err)
		}
	})
	s.drain()
}

// TestFault plays each row of the protocol's table of faults on both stores.
func TestFault(t *testing.T) {
	for _, f := range faults {
		t.Run(f.row, func(t *testing.T) {
			for _, store := range []string{"sqlite", "mongo"} {
				t.Run(store, func(t *testing.T) {
					t.Parallel()
					f.run(quiet(t, store, 1))
				})
			}
		})
	}
}

// TestCrashAtEveryStep kills the server at each step of the write path of a frame that moves a record to
// another unit and day: before it, after it.
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
	s := quiet(t, store, uint64(at))
	a, b := s.devices[0], s.devices[1]
	id := s.plateOn(a, "冀F10001")
	s.plateOn(b, "冀F10001")
	s.syncs(a, b)
	s.changes(a, "amend", id, map[string]string{"unit": "window-2", "occurred_at": text(start + 24*3600_000)})
	n := 0
	s.trap = func(string) bool {
		n++
		died = died || n == at
		return n == at
	}
	a.step()
	s.drain()
	s.trap = nil
	s.totals("plate_sets", 2)
	return died
}
