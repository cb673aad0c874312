package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"roadbook/client/syncer"
	"roadbook/sync/wire"
)

func TestDrainReportsProgressAndStopsAfterFailures(t *testing.T) {
	d := newDevice(t)
	d.server.Limits.Observations = 4
	d.drain()
	ids := d.save(10)
	var progress []string
	wait := func(_ context.Context, least, most time.Duration) error {
		if least > most {
			t.Errorf("wait between %s and %s", least, most)
		}
		return nil
	}
	err := d.up.Drain(ctx, 2, wait, syncer.Progress{Sent: func(sent, total int) { progress = append(progress, fmt.Sprintf("%d/%d", sent, total)) }})
	if err != nil || strings.Join(progress, " ") != "4/10 8/10 10/10" {
		t.Errorf("%v %v", progress, err)
	}
	d.wantDelivered(ids...)

	d.save(1)
	d.faults = []func() error{cutConnection, cutConnection, cutConnection}
	if err := d.up.Drain(ctx, 2, wait, syncer.Progress{}); !errors.Is(err, errCut) || len(d.faults) != 1 {
		t.Errorf("%v, %d faults left", err, len(d.faults))
	}
	d.faults = nil
	d.server.Retry = true
	if err := d.up.Drain(ctx, 2, wait, syncer.Progress{}); !errors.Is(err, syncer.ErrRetryLater) {
		t.Error(err)
	}
}

// TestDrainEndsAtAFinalRefusal: a refusal that another try would repeat ends a drain at once, with tries left. Other
// refusals are retried, and each wait is reported.
func TestDrainEndsAtAFinalRefusal(t *testing.T) {
	d := newDevice(t)
	ids := d.save(1)
	waits := 0
	wait := func(context.Context, time.Duration, time.Duration) error { waits++; return nil }
	for _, code := range []string{wire.CodeForbidden, wire.CodeBadVersion, wire.CodeBadChain, wire.CodeWrongStream, wire.CodeNotFound} {
		d.faults, waits = []func() error{refuse(code, 0)}, 0
		var r *syncer.Refusal
		if err := d.up.Drain(ctx, 50, wait, syncer.Progress{}); !errors.As(err, &r) || r.Reason.Code != code || waits != 0 {
			t.Errorf("%s: %v after %d waits", code, err, waits)
		}
	}
	unknown := refuse(wire.CodeUnknownDevice, 0)
	d.faults, waits = []func() error{unknown, unknown}, 0
	if err := d.up.Drain(ctx, 50, wait, syncer.Progress{}); err == nil || waits != 1 || d.tokens != 2 {
		t.Errorf("unknown, certificate or not: %v after %d waits and %d tokens", err, waits, d.tokens)
	}
	var counts []int
	d.faults = []func() error{refuse(wire.CodeBusy, 0), cutConnection, refuse(wire.CodeInternal, 0)}
	err := d.up.Drain(ctx, 50, wait, syncer.Progress{Wait: func(failures int, _ time.Duration, err error) {
		if counts = append(counts, failures); err == nil {
			t.Error("a wait without its reason")
		}
	}})
	if err != nil || fmt.Sprint(counts) != "[1 2 3]" {
		t.Errorf("%v, told %v", err, counts)
	}
	d.wantDelivered(ids...)
}

func TestRunStopsWithItsContext(t *testing.T) {
	d := newDevice(t)
	ids := d.save(1)
	steps := 0
	err := d.up.Run(ctx, func(_ context.Context, least, most time.Duration) error {
		if d.up.Idle() && least != 0 {
			t.Errorf("idle, and a new observation must wait %s", least)
		}
		if steps++; steps == 3 {
			return context.Canceled
		}
		return nil
	}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	d.wantDelivered(ids...)
}
