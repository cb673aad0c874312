package simtest

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

func (w *world) publicKey() ed25519.PublicKey { return w.serverKey.Public().(ed25519.PublicKey) }

// event lets something happen.
func (w *world) event() {
	w.raise()
	d := w.devices[w.rng.IntN(len(w.devices))]
	n := w.rng.IntN(1000)
	if w.crowd && n >= 860 && w.rng.IntN(4) > 0 {
		n = w.rng.IntN(760)
	}
	switch {
	case n < 380:
		d.person()
	case n < 760:
		if !d.busy && d.db != nil {
			d.step()
		}
	case n < 800:
		w.offices[w.rng.IntN(len(w.offices))].act()
	case n < 840:
		w.readers[w.rng.IntN(len(w.readers))].read()
	case n < 860:
		w.sweep()
	case n < 875 && w.clocks:
		w.setClock(w.servers[w.rng.IntN(len(w.servers))])
	case n < 880 && w.clocks:
		w.accept()
	case n < 910 && w.clocks:
		d.reboot()
	case n < 940:
		w.trouble(d)
	default:
		w.calamity()
	}
}

// raise brings servers up whose time has come.
func (w *world) raise() {
	for _, s := range w.servers {
		if !s.alive && w.now >= s.back {
			w.tell("server %d comes up", s.number)
			if err := s.up(); err != nil {
				w.fail("%v", err)
			}
		}
	}
}

// trouble happens to one device.
func (w *world) trouble(d *device) {
	switch w.rng.IntN(12) {
	case 0:
		w.tell("%s reboots", d.name)
		d.reboot()
	case 1:
		if w.clocks && !slices.ContainsFunc(w.devices[:wrongDevices], func(o *device) bool { return o.family == d.family }) {
			return
		}
		d.skew = []int64{-w.now, future, -5 * 3600_000, 0, int64(w.rng.IntN(600_000))}[w.rng.IntN(5)]
		w.tell("%s has its clock off by %d s", d.name, d.skew/1000)
	case 2, 3:
		d.disk.arm(1 + w.rng.IntN(30))
	case 4:
		d.powerLoss()
	case 5:
		if d.disk.full {
			d.disk.empty()
		} else {
			d.disk.fill()
		}
		w.tell("%s has a full disk: %v", d.name, d.disk.full)
	case 6:
		if len(w.devices) < w.setup.devices+2 {
			d.copyDisk()
		}
	case 7, 8:
		w.tell("%s makes a backup", d.name)
		if d.backup != nil {
			d.backup.disk.Close()
		}
		d.backup = &deviceBackup{d.disk.copy(), maps.Clone(d.holds), slices.Clone(d.maybe)}
	case 9:
		if d.backup != nil {
			d.restoreDisk()
		}
	case 10:
		d.offline = w.now + int64(w.rng.IntN(4000))
	case 11:
		if w.rng.IntN(3) == 0 {
			w.revoke(d.family, w.rng.IntN(2) == 0)
		}
	}
}

// calamity happens to all.
func (w *world) calamity() {
	s := w.servers[w.rng.IntN(len(w.servers))]
	switch w.rng.IntN(12) {
	case 0:
		w.outage = w.now + int64(w.rng.IntN(3000))
	case 1:
		w.storm = w.now + int64(w.rng.IntN(3000))
	case 2:
		if len(w.tasks) == 0 {
			w.tell("time goes by")
			w.pass(time.Duration(w.rng.IntN(30)) * time.Hour)
		}
	case 3:
		if s.alive {
			w.tell("server %d is killed", s.number)
			s.crash()
		}
	case 4, 5:
		if len(w.backups) < 4 && w.upright() {
			w.tell("the database is backed up")
			w.backups = append(w.backups, w.back.backup())
		}
	case 6:
		if len(w.backups) > 0 && w.epoch < 2 && w.rng.IntN(2) == 0 {
			w.restore(w.backups[w.rng.IntN(len(w.backups))])
		}
	case 7:
		if !s.newer && s.alive {
			w.upgrade(s)
		}
	case 8:
		if len(w.backups) > 0 && w.epoch < 2 && w.rng.IntN(2) == 0 {
			w.putBack(w.backups[w.rng.IntN(len(w.backups))])
		}
	case 9:
		if d := w.devices[w.rng.IntN(len(w.devices))]; w.said > 0 && d.db != nil {
			d.enrolAgain()
		}
	}
}

func (w *world) upright() bool {
	return !slices.ContainsFunc(w.servers, func(s *server) bool { return !s.alive })
}

// restore puts a backup of the database back; all servers start anew and say so.
func (w *world) restore(backup any) {
	w.said++
	w.putBack(backup)
}

// putBack puts a copy of the database back by hand: no server knows that anything happened.
func (w *world) putBack(backup any) {
	w.tell("the database is put back, the servers say %s", w.serverEpoch())
	for _, s := range w.servers {
		if s.alive {
			s.crash()
		}
	}
	w.epoch++
	if err := w.back.restore(backup); err != nil {
		w.fail("restoring: %v", err)
	}
	clear(w.book.acked)
	clear(w.book.taken)
}

// upgrade brings a server the second version of the catalogue, and lets it judge again.
func (w *world) upgrade(s *server) {
	w.tell("server %d is upgraded", s.number)
	s.newer = true
	s.crash()
}

// revoke marks a device's key, or takes the mark away.
func (w *world) revoke(f *family, revoked bool) {
	if !w.upright() {
		return
	}
	s := w.back.peek()
	e, err := s.Get(bg, deviceBucket, f.id)
	if err != nil {
		return
	}
	f.revoked = f.revoked || revoked
	w.tell("%s is revoked: %v", f.name, revoked)
	e.Data, _ = json.Marshal(enrolled{Unit: f.unit, Role: f.role, Revoked: revoked}) //nolint:errchkjson // plain
	if _, err := s.Put(bg, e); err != nil {
		w.fail("revoking: %v", err)
	}
}

// sweep lets a server look for what was left behind.
func (w *world) sweep() {
	s := w.choose()
	if !s.alive {
		return
	}
	w.spawn("sweeper", func() {
		defer w.enter(s)()
		n, err := s.in.Sweep(bg)
		w.tell("server %d swept %d: %v", s.number, n, err)
	})
}

// office is an HQ user at one server.
type office struct {
	w    *world
	who  ingest.Officer
	at   int
	busy bool
}

// hqAct is something that HQ decided.
type hqAct struct {
	tag, act, record string
	confirmed        bool
	epoch            int // of the database then
}

func newOffice(w *world, at int) *office {
	key := ed25519.NewKeyFromSeed(w.bytes(32))
	return &office{w: w, at: at, who: ingest.Officer{Name: "hq" + strconv.Itoa(at), Unit: "hq", Key: key}}
}

func (o *office) device() string { return wire.DeviceID(o.who.Key.Public().(ed25519.PublicKey)) }

// act lets HQ decide about a record.
func (o *office) act() {
	w := o.w
	records := w.book.records("plate", "accident", "incident")
	if o.busy || len(records) == 0 {
		return
	}
	w.serial++
	a := &hqAct{tag: "r" + strconv.Itoa(w.serial), record: records[w.rng.IntN(len(records))]}
	a.act = w.pickOf("void", "restore", "link", "link", "link", "separate", "review", "release", "release")
	act := ingest.Act{Act: wire.Act(a.act), Record: a.record, Reason: a.tag}
	switch a.act {
	case "link":
		act.With = records[w.rng.IntN(len(records))]
		if w.book.entries[act.With].kind != w.book.entries[a.record].kind {
			return
		}
	case "release":
		if act.Target = w.heldLine(); act.Target == "" {
			return
		}
	}
	o.do(a, act)
}

// do takes an act to the officer's server.
func (o *office) do(a *hqAct, act ingest.Act) {
	w, s := o.w, o.w.servers[o.at]
	if !s.alive {
		return
	}
	o.busy = true
	epoch := w.epoch
	w.book.acts = append(w.book.acts, a)
	w.spawn(o.who.Name, func() {
		defer w.enter(s)()
		ans, err := s.in.Do(bg, o.who, act)
		o.busy = false
		if err == nil && len(ans.Results) > 0 && epoch == w.epoch {
			a.confirmed, a.epoch = ans.Results[0].Status == wire.Created || ans.Results[0].Status == wire.Exists, epoch
		}
		w.tell("%s: %s %s (%s) %v", o.who.Name, a.act, short(a.record), a.tag, err)
	})
}

// heldLine is a line that the database holds back.
func (w *world) heldLine() string {
	if !w.upright() {
		return ""
	}
	held, err := w.back.peek().QuarantinedLines(bg, wire.StreamID{}, wire.ObsID{}, false, 50)
	if err != nil || len(held) == 0 {
		return ""
	}
	return held[w.rng.IntN(len(held))].ID.String()
}

// reader follows the feed and keeps a copy of all that it is told of.
type reader struct {
	w      *world
	name   string
	unit   string
	cursor string
	epoch  int
	copies map[string]string
	busy   bool
}

func newReader(w *world, i int) *reader {
	return &reader{w: w, name: "reader" + strconv.Itoa(i), unit: []string{"", units[0]}[i], copies: map[string]string{}}
}

// read takes a page of the feed and reads what it names.
func (r *reader) read() {
	w, s := r.w, r.w.choose()
	if r.busy || !s.alive {
		return
	}
	r.busy = true
	w.spawn(r.name, func() {
		defer w.enter(s)()
		defer func() { r.busy = false }()
		if !s.alive {
			return // it died before the request came: nobody reads a database that has been put away
		}
		if r.epoch != w.epoch {
			r.epoch, r.cursor, r.copies = w.epoch, "", map[string]string{}
		}
		epoch := r.epoch
		page, err := s.store.Feed(bg, r.cursor, r.unit, 5)
		if errors.Is(err, store.ErrCursor) { // of a database that was put back from a copy
			r.cursor, r.copies = "", map[string]string{}
		}
		if err != nil {
			return
		}
		news := map[string]string{}
		for _, e := range page.Entries {
			for _, id := range e.Touched {
				rec, err := s.store.Record(bg, id)
				if err != nil {
					return
				}
				news[id] = contents(&rec)
			}
		}
		if epoch == w.epoch && r.epoch == epoch {
			maps.Copy(r.copies, news)
			r.cursor = page.Next
		}
	})
}

// contents is a record as a reader compares it.
func contents(r *store.Record) string {
	text := r.Group
	for i := range r.State.Obs {
		text += " " + r.State.Obs[i].ID.String()
	}
	return text
}
