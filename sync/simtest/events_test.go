package simtest

import (
	"crypto/ed25519"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

func (w *world) publicKey() ed25519.PublicKey { return w.serverKey.Public().(ed25519.PublicKey) }

// randomEvent makes something happen.
func (w *world) randomEvent() {
	w.startServers()
	d := w.devices[w.rng.IntN(len(w.devices))]
	n := w.rng.IntN(1000)
	if w.crowd && n >= 860 && w.rng.IntN(4) > 0 {
		n = w.rng.IntN(760)
	}
	switch {
	case n < 380:
		d.saveRandom()
	case n < 760:
		if !d.busy && d.db != nil {
			d.step()
		}
	case n < 800:
		w.hqUsers[w.rng.IntN(len(w.hqUsers))].act()
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
		w.deviceFault(d)
	default:
		w.globalFault()
	}
}

// startServers starts the servers whose time has come.
func (w *world) startServers() {
	for _, s := range w.servers {
		if !s.alive && w.now >= s.upAt {
			w.tracef("server %d comes up", s.number)
			if err := s.start(); err != nil {
				w.failf("%v", err)
			}
		}
	}
}

// deviceFault strikes a single device.
func (w *world) deviceFault(d *device) {
	switch w.rng.IntN(13) {
	case 0:
		w.tracef("%s reboots", d.name)
		d.reboot()
	case 1:
		if w.clocks && !slices.ContainsFunc(w.devices[:devicesWithWrongClocks], func(o *device) bool { return o.identity == d.identity }) {
			return
		}
		// Never by whole hours, as devices sleep: a clock set back by the length of a sleep hides the sleep from everybody.
		const slow = -5*3600_000 - 421_000
		d.skew = []int64{-w.now, future, slow, 0, int64(w.rng.IntN(600_000))}[w.rng.IntN(5)]
		w.tracef("%s has its clock off by %d s", d.name, d.skew/1000)
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
		w.tracef("%s has a full disk: %v", d.name, d.disk.full)
	case 6:
		if len(w.devices) < w.setup.devices+2 {
			d.copyDisk()
		}
	case 7, 8:
		w.tracef("%s makes a backup", d.name)
		if d.backup != nil {
			d.backup.disk.Close()
		}
		d.backup = &deviceBackup{d.disk.copy(), maps.Clone(d.mustHold), slices.Clone(d.unconfirmed)}
	case 9:
		if d.backup != nil {
			d.restoreDisk()
		}
	case 10:
		d.offlineUntil = w.now + int64(w.rng.IntN(4000))
	case 11:
		if w.rng.IntN(3) == 0 {
			w.revoke(d.identity, w.rng.IntN(2) == 0)
		}
	case 12:
		w.move(d.identity)
	}
}

// globalFault happens to all.
func (w *world) globalFault() {
	s := w.servers[w.rng.IntN(len(w.servers))]
	switch w.rng.IntN(12) {
	case 0:
		w.outageUntil = w.now + int64(w.rng.IntN(3000))
	case 1:
		w.busyUntil = w.now + int64(w.rng.IntN(3000))
	case 2:
		if len(w.tasks) == 0 {
			w.tracef("time goes by")
			w.pass(time.Duration(w.rng.IntN(30)) * time.Hour)
		}
	case 3:
		if s.alive {
			w.tracef("server %d is killed", s.number)
			s.crash()
		}
	case 4, 5:
		if len(w.backups) < 4 && w.allUp() {
			w.tracef("the database is backed up")
			w.backups = append(w.backups, w.backend.backup())
		}
	case 6:
		if len(w.backups) > 0 && w.databaseEpoch < 2 && w.rng.IntN(2) == 0 {
			w.restore(w.backups[w.rng.IntN(len(w.backups))])
		}
	case 7:
		if !s.newer && s.alive {
			w.upgrade(s)
		}
	case 8:
		if len(w.backups) > 0 && w.databaseEpoch < 2 && w.rng.IntN(2) == 0 {
			w.putBack(w.backups[w.rng.IntN(len(w.backups))])
		}
	case 9:
		if d := w.devices[w.rng.IntN(len(w.devices))]; w.announcedEpoch > 0 && d.db != nil {
			d.enrollAgain()
		}
	}
}

func (w *world) allUp() bool {
	return !slices.ContainsFunc(w.servers, func(s *server) bool { return !s.alive })
}

// restore puts a backup of the database back; all servers start again with a new server epoch.
func (w *world) restore(backup any) {
	w.announcedEpoch++
	w.putBack(backup)
}

// putBack puts a copy of the database back by hand: no server knows about the change.
func (w *world) putBack(backup any) {
	w.tracef("the database is put back, the servers say %s", w.serverEpoch())
	for _, s := range w.servers {
		if s.alive {
			s.crash()
		}
	}
	w.databaseEpoch++
	if err := w.backend.restore(backup); err != nil {
		w.failf("restoring: %v", err)
	}
	clear(w.truth.acked)
	clear(w.truth.takenPlaces)
}

// upgrade gives a server the second version of the catalogue and restarts the server.
func (w *world) upgrade(s *server) {
	w.tracef("server %d is upgraded", s.number)
	s.newer = true
	s.crash()
}

// revoke marks a device's key, or takes the mark away.
func (w *world) revoke(f *identity, revoked bool) {
	w.register(f, func(r *registration) {
		f.revoked = f.revoked || revoked
		w.tracef("%s is revoked: %v", f.name, revoked)
		r.Revoked = revoked
	})
}

// move gives a device another unit. The device goes on under its first unit: nobody has told it yet.
func (w *world) move(f *identity) {
	w.register(f, func(r *registration) {
		to := units[w.rng.IntN(len(units))]
		w.tracef("%s is moved to %s", f.name, to)
		if !slices.Contains(r.Earlier, r.Unit) {
			r.Earlier = append(r.Earlier, r.Unit)
		}
		r.Unit = to
	})
}

// register changes the database's entry about a device, if the servers are up.
func (w *world) register(f *identity, change func(*registration)) {
	if !w.allUp() {
		return
	}
	s := w.backend.inspect()
	e, err := s.Get(bg, deviceBucket, f.id)
	if err != nil {
		return
	}
	var r registration
	if err := json.Unmarshal(e.Data, &r); err != nil {
		w.failf("%s: %v", f.name, err)
		return
	}
	change(&r)
	e.Data, _ = json.Marshal(r) //nolint:errchkjson // plain
	if _, err := s.Put(bg, e); err != nil {
		w.failf("registering %s: %v", f.name, err)
	}
}

// sweep lets a server look for unfinished frames.
func (w *world) sweep() {
	s := w.pickServer()
	if !s.alive {
		return
	}
	w.spawn("sweeper", func() {
		defer w.enter(s)()
		n, err := s.ingest.Sweep(bg)
		w.tracef("server %d swept %d: %v", s.number, n, err)
	})
}
