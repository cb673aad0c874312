package simtest

import (
	"encoding/json"
	"maps"
	"strconv"
	"testing"

	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// script is a world without random events.
type script struct {
	*world
	t testing.TB
}

// calmWorld makes a calm world of a few devices: d0 and d2 of window-1, d1 and d3 of window-2; d2 and d3 are officers'.
func calmWorld(t testing.TB, store string, seed uint64) *script {
	t.Helper()
	return calmWorldWithout(t, store, seed, brokenRules{})
}

// calmWorldWithout is calmWorld with a rule taken out.
func calmWorldWithout(t testing.TB, store string, seed uint64, b brokenRules) *script {
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
	w.rates = faultRates{sleep: 1}
	return &script{w, t}
}

// mustSave saves an observation that the device must accept.
func (s *script) mustSave(d *device, note *observation, defaults map[string]string) string {
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
	id := d.save(draft)
	if id == "" {
		s.t.Fatalf("%s could not save", d.name)
	}
	return id
}

func (s *script) savePlate(d *device, number string) string {
	s.t.Helper()
	return s.mustSave(d, &observation{act: "create", kind: "plate", said: map[string]string{
		"plate_type": "02", "plate_number": number, "business": "register", "occurred_at": msText(start),
	}}, map[string]string{"unit": d.unit, "sets": "1"})
}

// change amends or voids a record, having seen everything that the device shows of the record.
func (s *script) change(d *device, act, record string, said map[string]string) string {
	s.t.Helper()
	e, err := d.db.Show(bg, record)
	if err != nil {
		s.t.Fatalf("%s does not know %s: %v", d.name, short(record), err)
	}
	note := &observation{act: act, kind: e.View.Kind, record: record, seen: d.seenBy(&e), said: said}
	d.complete(note)
	return s.mustSave(d, note, nil)
}

// share shares a record with another device's unit.
func (s *script) share(d *device, record string, with *device) string {
	s.t.Helper()
	e, err := d.db.Show(bg, record)
	if err != nil {
		s.t.Fatalf("%s does not know %s: %v", d.name, short(record), err)
	}
	return s.mustSave(d, &observation{act: "amend", kind: e.View.Kind, record: record, seen: d.seenBy(&e), share: []string{with.unit}}, nil)
}

// sync lets devices step until no work is left, or for at most twelve rounds.
func (s *script) sync(ds ...*device) {
	for round := range 12 {
		busy := round == 0
		for _, d := range ds {
			if !d.busy {
				d.step()
			}
		}
		s.startServers()
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

// finishWell brings the world to rest and checks the world.
func (s *script) finishWell() {
	s.t.Helper()
	if err := s.finishAndCheck(); err != nil {
		s.t.Fatal(err)
	}
}

// total is the recount's sum of a measure, after finishWell.
func (s *script) total(measure string) (n int64) {
	s.t.Helper()
	j := newChecker(s.world)
	for _, step := range []func() error{j.readStreams, j.readLog, j.readHQ} {
		if err := step(); err != nil {
			s.t.Fatal(err)
		}
	}
	f := j.recounter()
	rows := f.sums(f.records(j.counting()))
	for k, v := range rows {
		if k.measure == measure {
			n += v
		}
	}
	return n
}

func (s *script) wantTotal(measure string, want int64) {
	s.t.Helper()
	s.finishWell()
	if got := s.total(measure); got != want {
		s.t.Errorf("%s is %d, by hand %d", measure, got, want)
	}
}

// actAsHQ lets an officer of HQ act, and waits for the answer.
func (s *script) actAsHQ(act ingest.Act) {
	s.serial++
	a := &hqAct{tag: "r" + strconv.Itoa(s.serial), act: string(act.Act), record: act.Record}
	act.Reason = a.tag
	s.hqUsers[0].do(a, act)
	s.drain()
}

// twoStreams lets a device save two lines in a stream and lose the second with its disk, then save four more, the last
// three in a new stream. All lines are delivered, so the server alone has the lost line.
func (s *script) twoStreams() *device {
	d := s.devices[0]
	s.savePlate(d, "冀F10001")
	s.sync(d)
	d.backup = &deviceBackup{disk: d.disk.copy(), mustHold: maps.Clone(d.mustHold)}
	s.savePlate(d, "冀F10002")
	s.sync(d)
	d.restoreDisk()
	for i := range 4 {
		s.savePlate(d, "冀F1001"+strconv.Itoa(i))
		s.sync(d)
	}
	if n, err := d.db.Waiting(bg); n > 0 || err != nil {
		s.t.Fatalf("%d wait, %v", n, err)
	}
	return d
}

// crossAnswers lets a proxy give a device the answers to another device's requests, while all requests arrive.
func (s *script) crossAnswers() {
	a, b := s.devices[0], s.devices[1]
	s.savePlate(b, "冀F20000")
	s.sync(b)
	for i := range 6 {
		s.savePlate(a, "冀F1000"+strconv.Itoa(i))
		s.savePlate(b, "冀F2001"+strconv.Itoa(i))
		s.rates.crossed = 1000
		s.sync(a)
		s.rates.crossed = 0
		s.sync(b)
	}
}

// frames is how many the database has.
func (s *script) frames() int {
	all, err := s.backend.inspect().ScanFrames(bg, wire.StreamID{}, store.FrameKey{}, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

// sendPoison sends a frame of a broken program with a good key: the server quarantines these lines.
func (s *script) sendPoison(d *device) {
	stream := wire.StreamID{Device: d.id, Epoch: s.id(wire.EpochLen)}
	f := wire.NewFrame(stream, 1, wire.Genesis(stream), [][]byte{
		[]byte(`{"v":1,"kind":`), []byte(`{"v":1,"kind":"dragon","act":"create","clock":{"hlc":"1","boot":"b0000001","mono":1,"wall":1}}`),
	})
	wire.SignFrame(d.signingKey(), f)
	ids := f.IDs(f.Hashes())
	s.truth.foreignLines[ids[0].String()], s.truth.foreignLines[ids[1].String()] = "unparsable", "unknown_kind"
	body, err := (&wire.Request{Stream: stream, Frame: f}).Encode(wire.Identity)
	if err != nil {
		s.t.Fatal(err)
	}
	s.spawn("poison", func() {
		got, err := s.servers[0].serve(d.identity, strconv.FormatInt(s.now, 10), body)
		var ans wire.Answer
		if err != nil || json.Unmarshal(got.Body, &ans) != nil || len(ans.Results) != 2 || ans.Results[1].Status != wire.Quarantined {
			s.failf("poison was answered %v, %v", got, err)
		}
	})
	s.drain()
}
