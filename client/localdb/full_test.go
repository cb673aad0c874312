package localdb

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"roadbook/sync/dbfile"
	"roadbook/sync/simtest/simdisk"
	"roadbook/sync/wire"
)

// newFullDiskDevice is a device on a disk of 2 MiB, with a reserve beside them.
func newFullDiskDevice(t *testing.T, reserve *simReserve) *crashDevice {
	rng := rand.New(rand.NewPCG(7, 0))
	disk := simdisk.New(rng)
	t.Cleanup(disk.Close)
	disk.SetQuota(2 << 20)
	reserve.disk = disk
	c := &crashDevice{t: t, rng: rng, disk: disk, delivered: map[string]bool{}}
	c.cfg = Config{Dir: "/device", VFS: Seal(disk.Name()), Keys: testKeys(t, 1), Rand: testRand(2), Reserve: reserve,
		Clock: &fakeClock{wall: start, mono: 1, boot: "b0000001"}, Catalogue: "shunping-2020@1"}
	c.start()
	t.Cleanup(func() { c.db.Close() })
	enroll(t, c.db, "clerk")
	return c
}

// fill saves until the disk is full.
func (c *crashDevice) fill() {
	for len(c.confirmed) < 5000 {
		saved, err := c.db.Save(ctx, plate(c.t, c.db, "冀F8K2M6"))
		if errors.Is(err, ErrFull) {
			break
		}
		if err != nil {
			c.t.Fatal(err)
		}
		c.confirmed = append(c.confirmed, saved.ID)
	}
	if n, err := c.db.Waiting(ctx); err != nil || int(n) != len(c.confirmed) || n == 5000 {
		c.t.Fatalf("%d waiting of %d confirmed: %v", n, len(c.confirmed), err)
	}
}

func TestFullDiskRefusesSavingAndStillDrains(t *testing.T) {
	reserve := &simReserve{left: 1 << 20}
	c := newFullDiskDevice(t, reserve)
	c.fill()
	if reserve.left != 1<<20 {
		t.Errorf("saving used the reserve up to %d", reserve.left)
	}
	for {
		n, err := c.db.Waiting(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		if err := c.deliver(); err != nil {
			t.Fatalf("%d still wait: %v", n, err)
		}
	}
	if reserve.left == 1<<20 {
		t.Error("the queue drained without the reserve: the disk was not full")
	}
	c.cut()
	if lost := c.lost(); lost > 0 {
		t.Errorf("%d lost", lost)
	}
}

// TestPullLeavesRoomForTheQueue: a pull exceeds the disk. The lines are delivered, and the next request repeats the
// pull.
func TestPullLeavesRoomForTheQueue(t *testing.T) {
	reserve := &simReserve{left: 1 << 20}
	c := newFullDiskDevice(t, reserve)
	c.fill()
	for {
		req := mustNext(t, c.db)
		ans := answer(req, wire.Created)
		ans.Pull = &wire.Pulled{Cursor: "far"}
		for i := range 20_000 {
			ans.Pull.Fates = append(ans.Pull.Fates, wire.Fate{ID: fmt.Sprint(c.rng.Uint64(), i), Status: "released"})
		}
		a, err := c.db.Apply(ctx, ans, req)
		if !errors.Is(err, ErrFull) || a.Acknowledged != len(req.Frame.Lines) {
			t.Fatalf("%d of %d delivered: %v", a.Acknowledged, len(req.Frame.Lines), err)
		}
		if n, err := c.db.Waiting(ctx); err != nil {
			t.Fatal(err)
		} else if n == 0 {
			break
		}
	}
	if req := mustNext(t, c.db); req.Pull.Cursor == "far" {
		t.Error("what was left out is not asked for again")
	}
	if reserve.left < 128<<10 {
		t.Errorf("%d bytes of the reserve are left", reserve.left)
	}
}

// noReserveRoom has no room for a reserve, while the disk has some.
type noReserveRoom struct{ noReserve }

func (noReserveRoom) Fill() error { return dbfile.ErrFull }

// TestNothingIsSavedWithoutRoomToSendIt: saving must not use the room of the reserve.
func TestNothingIsSavedWithoutRoomToSendIt(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 2)
	whole := db.cfg.Reserve
	db.cfg.Reserve = noReserveRoom{}
	if _, err := db.Save(ctx, plate(t, db, "冀F8K2M6")); !errors.Is(err, ErrFull) {
		t.Errorf("saved without a reserve: %v", err)
	}
	req := mustNext(t, db)
	if a, err := db.Apply(ctx, answer(req, wire.Created), req); err != nil || a.Acknowledged != 2 {
		t.Errorf("%+v %v", a, err)
	}
	db.cfg.Reserve = whole
	savePlates(t, db, 1)
}

// simReserve is a reserve on a simulated disk of 2 MiB, by a lower quota.
type simReserve struct {
	disk  *simdisk.Disk
	left  int64
	given int64
}

func (r *simReserve) Fill() error { return nil }

func (r *simReserve) Left() int64 { return r.left }

func (r *simReserve) Give(n int64) error {
	r.left, r.given = r.left-n, r.given+n
	r.disk.SetQuota(2<<20 + r.given)
	return nil
}
