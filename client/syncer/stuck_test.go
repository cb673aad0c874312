package syncer_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/syncer"
	"roadbook/client/syncer/fakeserver"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// saveLong saves a plate of more than 4 KiB.
func (d *device) saveLong() string {
	d.t.Helper()
	k, _ := schema.Default().Kind("plate")
	v, faults := k.Decode([]byte(`{"plate_type":"02","plate_number":"冀F8K2M6","business":"register",` +
		`"occurred_at":"2020-12-15T10:00:00+08:00","remark":"` + strings.Repeat("𠮷", 1000) + `"}`))
	if len(faults) > 0 {
		d.t.Fatal(faults)
	}
	saved, err := d.db.Save(ctx, localdb.Draft{Kind: "plate", Fields: v, Officer: strings.Repeat("𠮷", 64)})
	if err != nil {
		d.t.Fatal(err)
	}
	return saved.ID
}

// proxy413 is a refusal by a proxy, unsigned like all refusals.
func proxy413() error {
	return &syncer.Refusal{Reason: &wire.Error{Code: "http_413", Retryable: true}, HTTP: 413}
}

// A proxy refuses long lines: the lines behind are delivered, and the long line waits unchanged.
func TestLineRefusedByAProxyBlocksNothing(t *testing.T) {
	d := newDevice(t)
	long := d.saveLong()
	ids := d.save(6)
	d.intercept = func(req *wire.Request) error {
		if req.Frame == nil {
			return nil
		}
		for _, line := range req.Frame.Lines {
			if len(line) > 4<<10 {
				return proxy413()
			}
		}
		return nil
	}
	var failed error
	for range 60 {
		if again, err := d.step(); err != nil {
			failed = err
			if again > 5*time.Minute {
				t.Errorf("again in %s", again)
			}
			break
		}
	}
	if failed == nil {
		t.Error("nobody is told that a line is kept back")
	}
	lines := d.server.Lines()
	for _, id := range ids {
		if _, ok := lines[id]; !ok {
			t.Errorf("%s waits behind the long line", id)
		}
	}
	if n, _ := d.db.Waiting(ctx); n != 1 {
		t.Errorf("%d wait, want the long one alone", n)
	}
	d.intercept = nil
	d.drain()
	if line := d.server.Lines()[long]; !strings.HasPrefix(line, "{") {
		t.Errorf("the long line went as %.40s", line)
	}
	d.wantDelivered(append(ids, long)...)
}

// At a new address no line is sent before the device's own server has signed an answer.
func TestNoLineGoesToAnUnprovenAddress(t *testing.T) {
	d := newDevice(t)
	ids := d.save(2)
	d.up = syncer.New(syncer.Config{DB: d.db, Transport: d, Rand: zeroRand{}, UnprovenAddress: true})
	d.intercept = func(req *wire.Request) error {
		if req.Frame != nil {
			t.Error("a line was handed over")
		}
		return wire.ErrBadSignature
	}
	for range 5 {
		if _, err := d.step(); err == nil {
			t.Error("another server's answer was believed")
		}
	}
	d.intercept = nil
	d.drain()
	d.wantDelivered(ids...)
}

// zeroRand always draws 0.
type zeroRand struct{}

func (zeroRand) Int64N(int64) int64 { return 0 }

// A server that acknowledges lines and loses them is not tried forever.
func TestServerThatLosesLinesEndsDrain(t *testing.T) {
	d := newDevice(t)
	d.server.Limits.Observations = 1
	d.drain()
	d.save(3)
	steps := 0
	d.intercept = func(*wire.Request) error {
		steps++
		kept := d.server
		d.server = fakeserver.New() // all earlier lines are lost
		d.server.Key, d.server.Limits = kept.Key, kept.Limits
		keys, _ := localdb.NewKeys(rand.NewChaCha8([32]byte{1}))
		d.server.AddDevice(keys.Public())
		return nil
	}
	err := d.up.Drain(ctx, 4, func(context.Context, time.Duration, time.Duration) error { return nil }, syncer.Progress{})
	if !errors.Is(err, syncer.ErrServerLosesLines) || steps > 40 {
		t.Errorf("after %d requests: %v", steps, err)
	}
	d.intercept = nil
	d.drain()
	if n, _ := d.db.Waiting(ctx); n != 0 {
		t.Errorf("%d wait", n)
	}
}
