package simtest

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/syncer"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// device is one machine: a disk, a clock, the real localdb and syncer.
type device struct {
	*family
	w    *world
	name string
	keys *localdb.Keys
	disk *disk

	db   *localdb.DB
	sync *syncer.Syncer
	life int // counts what ends a running step
	busy bool

	boot    string
	bootAt  int64   // true time
	skew    int64   // of the wall clock
	offline int64   // until then it has no network
	home    *server // directed tests: the one it speaks to

	holds  map[string]bool // ids of lines that its disk must hold
	maybe  []*saying       // what could not be saved since the last line that was: it may stand all the same
	backup *deviceBackup
	hint   string          // the epoch that the last answer said another disk writes to
	told   map[string]bool // epochs that it has heard so of
	split  bool            // its disk has been copied or put back: others may have written its streams
}

type deviceBackup struct {
	disk  *disk
	holds map[string]bool
	maybe []*saying
}

// future is how far a clock is ahead that says 2099, ms.
const future = 78 * 365 * 24 * 3600_000

var units = []string{"window-1", "window-2"}

// install sets up a device: keys, disk, enrolment.
func (w *world) install(i int) error {
	keys, err := localdb.NewKeys(w.random())
	if err != nil {
		return err
	}
	role := []string{"clerk", "officer"}[i/2%2]
	f := &family{
		name: "d" + strconv.Itoa(i), id: keys.DeviceID(), unit: units[i%2], role: role, keys: keys, disks: 1,
	}
	d := &device{family: f, w: w, name: f.name, keys: keys, disk: newDisk(w.rng), holds: map[string]bool{}, told: map[string]bool{}}
	d.disk.Lie(w.broken.ackEarly)
	if w.crowd {
		f.role, d.skew = "clerk", []int64{0, future, -start}[i%3]
	}
	d.reboot()
	if err := d.open(); err != nil {
		return err
	}
	raw, err := json.Marshal(enrolled{Unit: f.unit, Role: f.role})
	if err != nil {
		return err
	}
	if _, err := w.back.peek().Put(bg, store.Entry{Section: deviceBucket, Name: f.id, Data: raw}); err != nil {
		return err
	}
	w.devices = append(w.devices, d)
	return d.db.Enroll(bg, "sim", d.enrolled())
}

// enrolled is what an enrolment answers now.
func (d *device) enrolled() wire.Enrolled {
	return wire.Enrolled{
		Device: d.id, Unit: d.unit, Role: d.role, ServerKey: d.w.publicKey(), ServerEpoch: d.w.serverEpoch(),
		ServerTime: d.w.now, Limits: enrolledLimits, Signs: 1,
	}
}

// enrolAgain enrols the device once more, as people do when a server has lost what it knew. A server of another key is
// confirmed at once.
func (d *device) enrolAgain() {
	d.w.tell("%s enrols again", d.name)
	e := d.enrolled()
	if d.w.broken.blindEnrol {
		e.ServerEpoch = "epoch0"
	}
	err := d.db.Enroll(bg, "sim", e)
	if errors.Is(err, localdb.ErrOtherServer) {
		err = d.db.Confirm(bg)
	}
	if err != nil {
		d.w.tell("%s could not enrol: %v", d.name, err)
	}
	if err != nil && d.disk.armed {
		d.powerLoss()
	}
}

func (d *device) Wall() int64 { return d.w.now + d.skew }

func (d *device) Boot() (string, int64) { return d.boot, d.w.now - d.bootAt }

func (d *device) reboot() {
	d.boot, d.bootAt = d.w.id(wire.BootLen), d.w.now-int64(d.w.rng.IntN(5000))
	d.w.book.began[d.boot] = d.bootAt
}

func (d *device) open() (err error) {
	d.db, err = localdb.Open(bg, localdb.Config{
		VFS: d.disk.Name(), Dir: "/", Keys: d.keys, Clock: d, Rand: d.w.random(), Catalogue: "shunping-2020@1",
		Reserve: d.disk, Schema: d.w.schema,
	})
	if err != nil {
		return fmt.Errorf("%s does not open its database: %w", d.name, err)
	}
	d.sync = syncer.New(syncer.Config{DB: d.db, Transport: &link{d, d.life}, Rand: rand.New(rand.NewPCG(d.w.rng.Uint64(), 1))})
	return nil
}

// shut ends the program on the device.
func (d *device) shut() {
	d.life++
	d.busy = false
	if d.db != nil {
		d.db.Close()
		d.db = nil
	}
}

// powerLoss: everything that was not on the disk is gone; the machine boots again.
func (d *device) powerLoss() {
	d.w.tell("%s loses power", d.name)
	d.disk.powerCut()
	d.shut()
	d.reboot()
	d.reopen()
}

// reopen starts the program again and looks at what the disk holds.
func (d *device) reopen() {
	if err := d.open(); err != nil {
		d.w.fail("%v", err)
		return
	}
	d.reconcile()
}

// reconcile compares the disk with what it must hold. A line whose saving was never confirmed may stand.
func (d *device) reconcile() {
	found := map[string]bool{}
	err := d.db.Lines(bg, func(id wire.ObsID, line []byte, _ wire.Status) error {
		found[id.String()] = true
		if e := d.w.book.entries[id.String()]; e != nil && string(e.line) != string(line) {
			d.w.fail("%s: the disk of %s changed a line", short(id.String()), d.name)
		}
		if d.holds[id.String()] {
			return nil
		}
		s := d.meant(line)
		if s == nil {
			d.w.fail("%s stands on the disk of %s and nobody said it", short(id.String()), d.name)
			return nil
		}
		d.w.tell("%s was saved though never confirmed", short(id.String()))
		d.w.book.add(d, id.String(), line, s)
		d.holds[id.String()] = true
		return nil
	})
	if err != nil {
		d.w.fail("%s can't read its lines: %v", d.name, err)
	}
	for id := range maps.Keys(d.holds) {
		if !found[id] {
			d.w.fail("%s was saved on %s and is lost", short(id), d.name)
			return
		}
	}
}

// meant finds, among what could not be saved, what a line says.
func (d *device) meant(line []byte) *saying {
	var h heard
	if json.Unmarshal(line, &h) != nil {
		return nil
	}
	for _, v := range slices.Backward(d.maybe) {
		if s := v; s.note.means(&h) {
			d.maybe = nil
			return s
		}
	}
	return nil
}

// step lets the syncer make one round trip, in a task of its own.
func (d *device) step() {
	d.busy = true
	life, s := d.life, d.sync
	d.hint = ""
	d.w.spawn(d.name, func() {
		again, err := s.Step(bg)
		if d.life != life {
			return
		}
		d.busy = false
		if err == nil && d.hint != "" {
			d.told[d.hint] = true
		}
		d.w.tell("%s stepped: acknowledged %d, again in %v, %v", d.name, s.Last().Acknowledged, again.Round(time.Second), err)
		if err != nil && d.disk.armed {
			d.powerLoss()
		}
	})
}

// tamper is where broken variants keep the client from what it should hear.
func (d *device) tamper(s wire.StreamID, ans *wire.Answer) {
	if d.w.broken.oneStream {
		ans.Streams = nil
	}
	if d.w.broken.blindEnrol {
		ans.ServerEpoch = "epoch0"
	}
	if !d.w.broken.noFork {
		return
	}
	ans.Ranges = slices.DeleteFunc(ans.Ranges, func(r wire.Range) bool { return d.foreign(s, r) })
	for i := range ans.Results {
		if ans.Results[i].Status == wire.Forked {
			ans.Results[i].Status = wire.Created
		}
	}
}

// listen notes whether an answer tells the device that another disk writes to the stream.
func (d *device) listen(s wire.StreamID, ans *wire.Answer) {
	d.hint = ""
	if slices.ContainsFunc(ans.Ranges, func(r wire.Range) bool { return d.foreign(s, r) }) ||
		slices.ContainsFunc(ans.Results, func(r wire.Result) bool { return r.Status == wire.Forked }) {
		d.hint = s.Epoch
	}
}

// foreign reports whether a range ends in a line that the disk does not hold.
func (d *device) foreign(s wire.StreamID, r wire.Range) bool {
	return !d.holds[wire.NewObsID(s, r.Last, r.Head).String()]
}

// copyDisk makes another machine with a copy of this one's disk.
func (d *device) copyDisk() {
	w := d.w
	d.disks++
	c := &device{
		family: d.family, w: w, name: d.family.name + "'" + strconv.Itoa(d.disks), keys: d.keys,
		disk: d.disk.copy(), holds: maps.Clone(d.holds), split: true,
		maybe: slices.Clone(d.maybe), told: maps.Clone(d.told),
	}
	d.split = true
	w.tell("%s is cloned as %s", d.name, c.name)
	c.reboot()
	w.devices = append(w.devices, c)
	c.reopen()
}

// restoreDisk puts the last backup back.
func (d *device) restoreDisk() {
	d.w.tell("%s is restored from its backup", d.name)
	d.shut()
	d.disk.Close()
	d.disk = d.backup.disk.copy()
	d.holds, d.maybe = maps.Clone(d.backup.holds), slices.Clone(d.backup.maybe)
	d.split, d.told = true, map[string]bool{}
	d.reboot()
	d.reopen()
}

// keysOf is the key that signs the device's frames.
func (d *device) keysOf() ed25519.PrivateKey { return d.keys.Device }
