package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/syncer"
	"roadbook/client/syncer/fakeserver"
	"roadbook/schema"
	"roadbook/sync/simtest/simdisk"
	"roadbook/sync/wire"
)

var ctx = context.Background()

type clock struct{ wall int64 }

func (c *clock) Wall() int64 { return c.wall }

func (c *clock) Boot() (id string, mono int64) { return "b0000001", c.wall - 1607990000000 }

// device is a real localdb and a real syncer above a fake server, with a clock that only adds up waits.
type device struct {
	t         *testing.T
	db        *localdb.DB
	up        *syncer.Syncer
	server    *fakeserver.Server
	faults    []func() error            // faults of the next sync requests; nil = none
	intercept func(*wire.Request) error // called with every request; nil = nothing
	sizes     []int                     // lines of every sent frame
	tokens    int                       // tokens requested
	now       time.Duration
	waits     []time.Duration
}

func newDevice(t *testing.T) *device {
	d := &device{t: t, server: fakeserver.New()}
	disk := simdisk.New(rand.New(rand.NewPCG(1, 1)))
	t.Cleanup(disk.Close)
	keys, err := localdb.NewKeys(rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	d.db, err = localdb.Open(ctx, localdb.Config{Dir: "/d", VFS: disk.Name(), Keys: keys, Clock: &clock{1607997600000},
		Rand: rand.NewChaCha8([32]byte{2}), Catalogue: "shunping-2020@1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.db.Close() })
	d.server.AddDevice(keys.Public())
	err = d.db.Enroll(ctx, "http://server.test", wire.Enrolled{Device: keys.DeviceID(), Unit: "window-1", Role: "clerk",
		ServerKey: d.server.Public(), ServerEpoch: d.server.Epoch, ServerTime: d.server.Now})
	if err != nil {
		t.Fatal(err)
	}
	d.up = syncer.New(syncer.Config{DB: d.db, Transport: d, Rand: rand.New(rand.NewPCG(3, 3))})
	return d
}

// Token implements syncer.Transport.
func (d *device) Token(context.Context) (string, error) {
	d.tokens++
	return fmt.Sprint("token-", d.tokens), nil
}

// Sync implements syncer.Transport, with the wire's own encoding.
func (d *device) Sync(_ context.Context, _ string, req *wire.Request) (*wire.Answer, error) {
	if req.Frame != nil {
		d.sizes = append(d.sizes, len(req.Frame.Lines))
	}
	if d.intercept != nil {
		if err := d.intercept(req); err != nil {
			return nil, err
		}
	}
	var fault func() error
	if len(d.faults) > 0 {
		fault, d.faults = d.faults[0], d.faults[1:]
	}
	if fault != nil {
		if err := fault(); !errors.Is(err, errAfter) {
			return nil, err
		}
	}
	body, err := req.Encode(wire.Zstd)
	if err != nil {
		return nil, err
	}
	got, err := wire.DecodeRequest(body, "zstd", d.server.Limits)
	if err != nil {
		return nil, refusal(func() *wire.Error {
			target := &wire.Error{}
			_ = errors.As(err, &target)
			return target
		}(), 0)
	}
	ans, refused := d.server.Sync(got)
	if refused != nil {
		return nil, refusal(refused, 0)
	}
	if fault != nil {
		return nil, errCut // after the commit
	}
	ans.Signed = !d.server.Unsigned
	return ans, nil
}

var (
	errCut   = errors.New("connection cut")
	errAfter = errors.New("the fault strikes after the commit")
)

func refusal(e *wire.Error, after time.Duration) error {
	return &syncer.Refusal{Reason: e, HTTP: e.HTTP(), RetryAfter: after}
}

func refuse(code string, after time.Duration) func() error {
	return func() error { return refusal(wire.Refuse(code, ""), after) }
}

func cutConnection() error { return errCut }

func loseAnswer() error { return errAfter }

// save saves n plates.
func (d *device) save(n int) (ids []string) {
	d.t.Helper()
	k, _ := schema.Default().Kind("plate")
	for range n {
		v, faults := k.Decode([]byte(`{"plate_type":"02","plate_number":"冀F8K2M6","business":"register","occurred_at":"2020-12-15T10:00:00+08:00"}`))
		if len(faults) > 0 {
			d.t.Fatal(faults)
		}
		saved, err := d.db.Save(ctx, localdb.Draft{Kind: "plate", Fields: v})
		if err != nil {
			d.t.Fatal(err)
		}
		ids = append(ids, saved.ID)
	}
	return ids
}

// step makes one step, and adds the wait to the clock.
func (d *device) step() (time.Duration, error) {
	again, err := d.up.Step(ctx)
	d.now += again
	d.waits = append(d.waits, again)
	return again, err
}

// drain steps until the syncer is idle, without saving anything.
func (d *device) drain() {
	d.t.Helper()
	for range 200 {
		d.step()
		if d.up.Idle() {
			return
		}
	}
	d.t.Fatal("200 steps did not drain the queue")
}

// wantDelivered checks that the server has exactly these lines, each once, and that nothing waits.
func (d *device) wantDelivered(ids ...string) {
	d.t.Helper()
	lines := d.server.Lines()
	for _, id := range ids {
		if _, ok := lines[id]; !ok {
			d.t.Errorf("%s is lost", id)
		}
	}
	if len(lines) != len(ids) {
		d.t.Errorf("%d lines have arrived, %d were saved", len(lines), len(ids))
	}
	if n, err := d.db.Waiting(ctx); n != 0 || err != nil {
		d.t.Errorf("%d still wait (%v)", n, err)
	}
}
