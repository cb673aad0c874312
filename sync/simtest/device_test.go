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

// device is a machine: a disk, a clock, the real localdb and syncer.
type device struct {
	*identity
	w    *world
	name string
	keys *localdb.Keys
	disk *disk

	db   *localdb.DB
	sync *syncer.Syncer
	life int // incremented by every event that ends a running step
	busy bool

	boot         string
	bootAt       int64   // true time
	phone        bool    // the steady clock stops while the machine sleeps
	asleep       int64   // ms that the steady clock missed in this boot
	skew         int64   // of the wall clock
	offlineUntil int64   // no network until then
	home         *server // directed tests: the only server this device speaks to

	mustHold    map[string]bool // ids of the lines that the disk must hold
	unconfirmed []*statement    // failed saves since the last confirmed line: the lines may be on the disk all the same
	backup      *deviceBackup
	pulledTo    string          // the cursor of the pull at the last look
	forkHint    string          // the epoch with foreign lines, according to the last answer
	knownForks  map[string]bool // epochs with such hints so far
	diskCopied  bool            // the disk was copied or put back: other disks may have written to its streams
}

type deviceBackup struct {
	disk        *disk
	mustHold    map[string]bool
	unconfirmed []*statement
}

// future is the offset of a clock that shows 2099, ms.
const future = 78 * 365 * 24 * 3600_000

var units = []string{"window-1", "window-2"}

// People also type units that no server gives to their device: the device saves under a unit that the device believes to
// have had, and the server quarantines the line; under any other unit the device saves nothing.
const forgottenUnit, foreignUnit = "window-9", "window-8"

// install sets up a device: keys, disk, enrollment.
func (w *world) install(i int) error {
	keys, err := localdb.NewKeys(w.random())
	if err != nil {
		return err
	}
	role := []string{"clerk", "officer"}[i/2%2]
	f := &identity{
		name: "d" + strconv.Itoa(i), id: keys.DeviceID(), unit: units[i%2], role: role, keys: keys, disks: 1,
	}
	d := &device{identity: f, w: w, name: f.name, keys: keys, disk: newDisk(w.rng), mustHold: map[string]bool{}, knownForks: map[string]bool{}}
	d.phone = w.chance(500)
	d.disk.Lie(w.broken.ackEarly)
	if w.crowd {
		f.role, d.skew = "clerk", []int64{0, future, -start}[i%3]
	}
	d.reboot()
	if err := d.open(); err != nil {
		return err
	}
	raw, err := json.Marshal(registration{Unit: f.unit, Role: f.role})
	if err != nil {
		return err
	}
	if _, err := w.backend.inspect().Put(bg, store.Entry{Section: deviceBucket, Name: f.id, Data: raw}); err != nil {
		return err
	}
	w.devices = append(w.devices, d)
	return d.db.Enroll(bg, "sim", d.enrollment())
}

// enrollment is the server's answer to an enrollment now.
func (d *device) enrollment() wire.Enrolled {
	return wire.Enrolled{
		Device: d.id, Unit: d.unit, Earlier: []string{forgottenUnit}, Role: d.role, ServerKey: d.w.publicKey(), ServerEpoch: d.w.serverEpoch(),
		ServerTime: d.w.now, Limits: enrolledLimits, Signs: 1, Kinds: wire.NewKinds(d.w.schema),
	}
}

// enrollAgain enrolls the device once more, as people do after a server lost its data. A server with another key is
// confirmed at once.
func (d *device) enrollAgain() {
	d.w.tracef("%s enrolls again", d.name)
	e := d.enrollment()
	if d.w.broken.blindEnroll {
		e.ServerEpoch = "epoch0"
	}
	err := d.db.Enroll(bg, "sim", e)
	if errors.Is(err, localdb.ErrOtherServer) {
		err = d.db.Confirm(bg)
	}
	if err != nil {
		d.w.tracef("%s could not enroll: %v", d.name, err)
	}
	if err != nil && d.disk.armed {
		d.powerLoss()
	}
}

func (d *device) Wall() int64 { return d.w.now + d.skew }

func (d *device) Boot() (string, int64) { return d.boot, d.w.now - d.bootAt - d.asleep }

func (d *device) reboot() {
	d.boot, d.bootAt, d.asleep = d.w.id(wire.BootLen), d.w.now-int64(d.w.rng.IntN(5000)), 0
}

func (d *device) open() (err error) {
	d.db, err = localdb.Open(bg, localdb.Config{
		VFS: d.disk.Name(), Dir: "/", Keys: d.keys, Clock: d, Rand: d.w.random(), Catalogue: "shunping-2020@1",
		Reserve: d.disk, Schema: d.w.schema,
	})
	if err != nil {
		return fmt.Errorf("%s does not open its database: %w", d.name, err)
	}
	d.sync = syncer.New(syncer.Config{DB: d.db, Transport: &network{d, d.life}, Rand: rand.New(rand.NewPCG(d.w.rng.Uint64(), 1))})
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

// powerLoss loses everything unsynced; the machine boots again.
func (d *device) powerLoss() {
	d.w.tracef("%s loses power", d.name)
	d.disk.powerCut()
	d.shut()
	d.reboot()
	d.reopen()
}

// reopen starts the program again and checks the content of the disk.
func (d *device) reopen() {
	if err := d.open(); err != nil {
		d.w.failf("%v", err)
		return
	}
	d.reconcile()
}

// reconcile compares the disk with mustHold. A line with an unconfirmed save may be there.
func (d *device) reconcile() {
	found := map[string]bool{}
	err := d.db.Lines(bg, func(id wire.ObsID, line []byte, _ wire.Status) error {
		found[id.String()] = true
		if e := d.w.truth.observations[id.String()]; e != nil && string(e.line) != string(line) {
			d.w.failf("%s: the disk of %s changed a line", short(id.String()), d.name)
		}
		if d.mustHold[id.String()] {
			return nil
		}
		s := d.takeUnconfirmed(line)
		if s == nil {
			d.w.failf("%s stands on the disk of %s and nobody said it", short(id.String()), d.name)
			return nil
		}
		d.w.tracef("%s was saved though never confirmed", short(id.String()))
		d.w.truth.add(d, id.String(), line, s)
		d.mustHold[id.String()] = true
		return nil
	})
	if err != nil {
		d.w.failf("%s can't read its lines: %v", d.name, err)
	}
	for id := range maps.Keys(d.mustHold) {
		if !found[id] {
			d.w.failf("%s was saved on %s and is lost", short(id), d.name)
			return
		}
	}
}

// takeUnconfirmed finds the failed save that a line comes from.
func (d *device) takeUnconfirmed(line []byte) *statement {
	var h parsedLine
	if json.Unmarshal(line, &h) != nil {
		return nil
	}
	for _, v := range slices.Backward(d.unconfirmed) {
		if s := v; s.note.matches(&h) {
			d.unconfirmed = nil
			return s
		}
	}
	return nil
}

// step lets the syncer make a round trip, in a task of its own.
func (d *device) step() {
	d.busy = true
	life, s := d.life, d.sync
	d.forkHint = ""
	d.w.spawn(d.name, func() {
		again, err := s.Step(bg)
		if d.life != life {
			return
		}
		d.busy = false
		if err == nil && d.forkHint != "" {
			d.knownForks[d.forkHint] = true
		}
		d.w.tracef("%s stepped: acknowledged %d, again in %v, %v", d.name, s.Last().Acknowledged, again.Round(time.Second), err)
		if err != nil && d.disk.armed {
			d.powerLoss()
		}
	})
}

// tamper hides parts of an answer from the client, for the broken variants.
func (d *device) tamper(s wire.StreamID, ans *wire.Answer) {
	if d.w.broken.oneStream {
		ans.Streams = nil
	}
	if d.w.broken.blindEnroll {
		ans.ServerEpoch = "epoch0"
	}
	if d.w.broken.oneDatabase {
		ans.PutBack = false
		if ans.Pull != nil {
			ans.Pull.Reset = false
		}
	}
	if !d.w.broken.ignoreForks {
		return
	}
	ans.Ranges = slices.DeleteFunc(ans.Ranges, func(r wire.Range) bool { return d.foreign(s, r) })
	for i := range ans.Results {
		if ans.Results[i].Status == wire.Forked {
			ans.Results[i].Status = wire.Created
		}
	}
}

// noteForkHint notes whether an answer shows the device that another disk writes to the stream.
func (d *device) noteForkHint(s wire.StreamID, ans *wire.Answer) {
	d.forkHint = ""
	if slices.ContainsFunc(ans.Ranges, func(r wire.Range) bool { return d.foreign(s, r) }) ||
		slices.ContainsFunc(ans.Results, func(r wire.Result) bool { return r.Status == wire.Forked }) {
		d.forkHint = s.Epoch
	}
}

// foreign reports whether a range ends in a line missing on the disk.
func (d *device) foreign(s wire.StreamID, r wire.Range) bool {
	return !d.mustHold[wire.NewObsID(s, r.Last, r.Head).String()]
}

// copyDisk makes another machine with a copy of this disk.
func (d *device) copyDisk() {
	w := d.w
	d.disks++
	c := &device{
		identity: d.identity, w: w, name: d.identity.name + "'" + strconv.Itoa(d.disks), keys: d.keys, phone: d.phone,
		disk: d.disk.copy(), mustHold: maps.Clone(d.mustHold), diskCopied: true,
		unconfirmed: slices.Clone(d.unconfirmed), knownForks: maps.Clone(d.knownForks),
	}
	d.diskCopied = true
	w.tracef("%s is cloned as %s", d.name, c.name)
	c.reboot()
	w.devices = append(w.devices, c)
	c.reopen()
}

// restoreDisk puts the last backup back.
func (d *device) restoreDisk() {
	d.w.tracef("%s is restored from its backup", d.name)
	d.shut()
	d.disk.Close()
	d.disk = d.backup.disk.copy()
	d.mustHold, d.unconfirmed = maps.Clone(d.backup.mustHold), slices.Clone(d.backup.unconfirmed)
	d.diskCopied, d.knownForks = true, map[string]bool{}
	d.reboot()
	d.reopen()
}

// signingKey signs the device's frames.
func (d *device) signingKey() ed25519.PrivateKey { return d.keys.Device }
