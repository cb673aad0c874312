package returning

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/syncer"
	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// device is the real client in its directory, and the person using it.
type device struct {
	w       *world
	name    string
	id      string
	station *station.Station
	cfg     station.Config
	rng     *mathrand.Rand

	skew   int64 // of the wall clock, ms
	boot   string
	bootAt int64 // true time
	boots  int

	unit    string
	role    string
	letter  byte // of its plates' numbers
	plates  int
	own     []string // records created on this device
	revoked bool
}

func newDevice(w *world, name, unit, role string, skew time.Duration) *device {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], w.rng.Uint64())
	d := &device{w: w, name: name, unit: unit, role: role, letter: "ABCDEFGH"[len(w.devices)], skew: skew.Milliseconds(), rng: mathrand.New(mathrand.NewPCG(w.rng.Uint64(), 1))}
	d.cfg = station.Config{Dir: w.t.TempDir(), Clock: d, Rand: mathrand.NewChaCha8(key)}
	d.reboot()
	return d
}

// Wall is the device's wall clock, wrong by skew.
func (d *device) Wall() int64 { return d.w.now.Load() + d.skew }

// Boot is the machine's present boot.
func (d *device) Boot() (id string, mono int64) { return d.boot, d.w.now.Load() - d.bootAt }

func (d *device) reboot() {
	d.boots++
	id := sha256.Sum256(fmt.Appendf(nil, "%s %d", d.name, d.boots))
	d.boot, d.bootAt = wire.IDEncoding.EncodeToString(id[:])[:wire.BootLen], d.w.now.Load()-5000
}

func (d *device) enroll(url, code string) error {
	cfg := d.cfg
	cfg.Server = url
	s, e, err := station.Enroll(d.w.t.Context(), cfg, code)
	if err != nil {
		return err
	}
	d.id, d.station = e.Device, s
	d.w.t.Cleanup(func() {
		if d.station != nil {
			_ = d.station.Close()
		}
	})
	return nil
}

// lose ends the machine for good: stolen or burnt.
func (d *device) lose() {
	d.w.must(d.station.Close())
	d.station = nil
}

// reopenAt closes and opens the client again, with another server address.
func (d *device) reopenAt(url string) (err error) {
	if err = d.station.Close(); err != nil {
		return err
	}
	cfg := d.cfg
	cfg.Server = url
	d.station, err = station.New(d.w.t.Context(), cfg)
	return err
}

// sync sends and pulls until nothing is left.
func (d *device) sync(url string) error {
	ctx := d.w.t.Context()
	if err := d.reopenAt(url); err != nil {
		return err
	}
	up, err := d.station.Syncer(ctx)
	if err != nil {
		return err
	}
	return up.Drain(ctx, 2, func(context.Context, time.Duration, time.Duration) error { return nil }, syncer.Progress{})
}

// save saves an observation and adds it to the truth.
func (d *device) save(draft localdb.Draft, fields map[string]string) {
	d.w.t.Helper()
	d.w.tick()
	kind := draft.Kind
	if kind == "" {
		kind = d.w.truth.record(draft.ID).kind
	}
	k, _ := d.station.DB.Schema().Kind(kind)
	for name, text := range fields {
		v, fault := k.Parse(name, text)
		if fault != nil {
			d.w.t.Fatal(fault)
		}
		draft.Fields = append(draft.Fields, schema.Named{Name: name, Value: v})
	}
	draft.Fields.Sort()
	saved, err := d.station.DB.Save(d.w.t.Context(), draft)
	d.w.must(err)
	if draft.Act == "" {
		d.own = append(d.own, saved.Record)
	}
	d.w.truth.add(observation{
		id: saved.ID, record: saved.Record, device: d.name, act: string(draft.Act), kind: kind, fields: fields,
		at: d.w.now.Load(), quarantined: d.revoked,
	})
}

// saveRandom makes up the next statement and saves it.
func (d *device) saveRandom() {
	d.w.t.Helper()
	if n := d.rng.IntN(10); n < 4 && len(d.own) > 0 && !d.revoked {
		record := d.own[d.rng.IntN(len(d.own))]
		t := d.w.truth.record(record)
		switch {
		case t.void:
			d.save(localdb.Draft{Act: wire.Restore, ID: record}, nil)
		case n == 0:
			d.save(localdb.Draft{Act: wire.Void, ID: record, Reason: "登记错误"}, nil)
		case t.kind == "plate":
			d.save(localdb.Draft{Act: wire.Amend, ID: record}, map[string]string{"sets": strconv.Itoa(1 + d.rng.IntN(4))})
		default:
			at := instant(t.fields["reported_at"]).Add(time.Duration(1+d.rng.IntN(90)) * time.Minute)
			d.save(localdb.Draft{Act: wire.Amend, ID: record}, map[string]string{"dispatched_at": at.Format(time.RFC3339)})
		}
		return
	}
	d.saveNew()
}

// saveNew saves a plate issued just now, with the time filled in by the device, or an incident.
func (d *device) saveNew() {
	d.w.t.Helper()
	if d.role == auth.RoleClerk {
		d.plates++
		d.save(localdb.Draft{Kind: "plate"}, map[string]string{
			"plate_type": "02", "plate_number": fmt.Sprintf("冀F%c%04d", d.letter, d.plates), "business": "注册", "sets": strconv.Itoa(1 + d.rng.IntN(3)),
		})
		return
	}
	at := time.Date(2020, 1, 1, 0, d.rng.IntN(150*24*60), 0, 0, time.UTC)
	d.save(localdb.Draft{Kind: "incident"}, map[string]string{
		"category": "other", "occurred_at": at.Format(time.RFC3339), "reported_at": at.Format(time.RFC3339),
		"dispatched_at": at.Add(time.Duration(1+d.rng.IntN(90)) * time.Minute).Format(time.RFC3339),
	})
}

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}
