package syncer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/syncer"
	"roadbook/schema"
	"roadbook/sync/wire"
)

func TestDrainsInFrames(t *testing.T) {
	d := newDevice(t)
	d.server.Limits.Observations = 4
	ids := d.save(10)
	d.up.Step(ctx) // the first answer brings the limits
	d.drain()
	d.wantDelivered(ids...)
	if d.tokens != 1 {
		t.Errorf("%d tokens", d.tokens)
	}
	ids = append(ids, d.save(5)...)
	d.sizes = nil
	d.drain()
	d.wantDelivered(ids...)
	if fmt.Sprint(d.sizes) != "[4 1]" {
		t.Errorf("frames of %v lines", d.sizes)
	}
}

func TestNetworkFaults(t *testing.T) {
	storm := make([]func() error, 40)
	for i := range storm {
		storm[i] = refuse(wire.CodeBusy, 7*time.Second)
	}
	for name, faults := range map[string][]func() error{
		"answer lost after the commit": {loseAnswer, loseAnswer, nil},
		"connection cut":               {cutConnection, cutConnection, cutConnection},
		"a storm of 503":               storm,
		"internal errors and timeouts": {refuse(wire.CodeInternal, 0), refuse(wire.CodeTimeout, 0)},
		"refusals that make no sense":  {refuse(wire.CodeBadChain, 0), refuse(wire.CodeWrongStream, 0)},
		"unknown device, then known":   {refuse(wire.CodeUnknownDevice, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t)
			ids := d.save(3)
			d.faults = faults
			d.drain()
			d.wantDelivered(ids...)
		})
	}
}

func TestBackoff(t *testing.T) {
	d := newDevice(t)
	d.save(1)
	for range 30 {
		d.faults = append(d.faults, cutConnection)
	}
	for range 30 {
		d.step()
	}
	var longest time.Duration
	for i, w := range d.waits {
		ceiling := 5 * time.Minute
		if i < 9 {
			ceiling = min(time.Second<<i, ceiling)
		}
		if w < 0 || w > ceiling {
			t.Errorf("wait %d: %s, at most %s", i, w, ceiling)
		}
		longest = max(longest, w)
	}
	if longest < time.Minute {
		t.Errorf("the longest of 30 waits is %s: they do not grow", longest)
	}
	d.faults = []func() error{refuse(wire.CodeTooMany, 90*time.Second)}
	if again, _ := d.step(); again < 90*time.Second || d.up.Floor() != 90*time.Second {
		t.Errorf("again in %s, floor %s", again, d.up.Floor())
	}
	d.drain()
	if again, err := d.step(); err != nil || again < 30*time.Second || again > time.Minute {
		t.Errorf("idle: %s %v", again, err)
	}
}

func TestExpiredTokenIsNoFailure(t *testing.T) {
	d := newDevice(t)
	ids := d.save(1)
	d.faults = []func() error{refuse(wire.CodeUnauthorized, 0)}
	if again, err := d.step(); again != 0 || err != nil {
		t.Errorf("after a 401: again in %s, %v", again, err)
	}
	d.drain()
	d.wantDelivered(ids...)
	if d.tokens != 2 {
		t.Errorf("%d tokens", d.tokens)
	}
	// A server that accepts no token causes an error with a wait: no tight loop.
	d.faults = []func() error{refuse(wire.CodeUnauthorized, 0), refuse(wire.CodeUnauthorized, 0), refuse(wire.CodeUnauthorized, 0)}
	d.step()
	if _, err := d.step(); err == nil {
		t.Error("the second 401 in a row is not told")
	}
	if _, err := d.step(); err == nil {
		t.Error("the third 401 in a row is not told")
	}
	d.drain()
}

func TestTooLargeFrameIsHalvedAndLongLineSentAsHash(t *testing.T) {
	d := newDevice(t)
	ids := d.save(5)
	d.faults = []func() error{refuse(wire.CodeTooLarge, 0), refuse(wire.CodeTooLarge, 0)}
	d.drain()
	d.wantDelivered(ids...)
	if fmt.Sprint(d.sizes) != "[5 2 1 1 1 1 1]" {
		t.Errorf("frames of %v lines", d.sizes)
	}

	more := d.saveLargeAmendment()
	ids, big := append(ids, more...), more[len(more)-1]
	d.server.Limits.Line, d.server.Limits.Observations = 4<<10, 500
	d.drain()
	d.wantDelivered(ids...)
	if line := d.server.Lines()[big]; !strings.HasPrefix(line, "#sha256:") {
		t.Errorf("a line that is too large alone went as %.40s", line)
	}
	if st, _ := d.db.Status(ctx); len(st.Quarantined) != 1 {
		t.Error("the tombstone is not shown as quarantined")
	}
	// A short line is never replaced by its tombstone, whatever 413 comes.
	small := d.save(1)[0]
	d.faults = []func() error{refuse(wire.CodeTooLarge, 0), func() error {
		return &syncer.Refusal{Reason: &wire.Error{Code: "http_413", Retryable: true}, HTTP: 413}
	}}
	d.drain()
	if line := d.server.Lines()[small]; !strings.HasPrefix(line, "{") {
		t.Errorf("a small line went as %.40s", line)
	}
}

// saveLargeAmendment amends one record until the last line, with its list of seen observations, exceeds 4 KiB. All
// lines but the last are delivered.
func (d *device) saveLargeAmendment() (ids []string) {
	d.t.Helper()
	ids = d.save(1)
	k, _ := schema.Default().Kind("plate")
	v, faults := k.Decode([]byte(`{"remark":"` + strings.Repeat("长", 1000) + `"}`))
	if len(faults) > 0 {
		d.t.Fatal(faults)
	}
	for range 81 {
		d.drain()
		saved, err := d.db.Save(ctx, localdb.Draft{Act: wire.Amend, ID: ids[0], Fields: v})
		if err != nil {
			d.t.Fatal(err)
		}
		ids = append(ids, saved.ID)
	}
	return ids
}

func TestAPoisonLineBlocksNothing(t *testing.T) {
	d := newDevice(t)
	ids := d.save(2)
	d.drain()
	d.server.Poison = "冀F8K2M6"
	ids = append(ids, d.save(2)...)
	d.drain()
	d.wantDelivered(ids...)
	if st, _ := d.db.Status(ctx); len(st.Quarantined) != 2 {
		t.Errorf("%d quarantined", len(st.Quarantined))
	}
}

func TestRetryForEveryLineBacksOff(t *testing.T) {
	d := newDevice(t)
	ids := d.save(2)
	d.server.Retry = true
	if again, err := d.step(); err != nil || d.up.Idle() || again > time.Second {
		t.Errorf("again in %s, %v", again, err)
	}
	d.server.Retry = false
	d.drain()
	d.wantDelivered(ids...)
}
