package storetest

import (
	"context"
	"reflect"
	"testing"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

var quarantineTests = map[string]func(*testing.T, Harness){
	"StandAndAreReleased": testQuarantined,
	"Pages":               testQuarantinedPages,
	"OfOneDevice":         testQuarantinedOfDevice,
	"Mark":                testQuarantineVersion,
	"MarkOfMany":          testQuarantineVersionOfMany,
}

func quarantinedLine(id wire.ObsID) store.Quarantined {
	return store.Quarantined{
		ID: id, Unit: "u", Received: 1_600_000_000_000,
		Faults: schema.Faults{{Code: "required", Field: "plate_type"}},
	}
}

func (b *bench) quarantine(qs ...store.Quarantined) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) error { return st.Quarantine(ctx, qs) })
}

func (b *bench) quarantinedLines(s wire.StreamID, released bool) map[wire.ObsID]store.Quarantined {
	b.t.Helper()
	out := map[wire.ObsID]store.Quarantined{}
	var after wire.ObsID
	for {
		page, err := b.s.QuarantinedLines(b.t.Context(), s, after, released, 2)
		b.must(err)
		if len(page) == 0 {
			return out
		}
		for _, q := range page {
			if _, twice := out[q.ID]; twice {
				b.t.Errorf("%v is shown twice", q.ID)
			}
			out[q.ID] = q
		}
		after = page[len(page)-1].ID
	}
}

func testQuarantined(t *testing.T, h Harness) {
	b := open(t, h)
	q1, q2 := quarantinedLine(obsID(stream(1), 1, "a")), quarantinedLine(obsID(stream(1), 2, "a"))
	b.quarantine(q1, q2)
	changed := q1
	changed.Unit = "another"
	b.quarantine(changed)
	got := b.quarantinedLines(stream(1), false)
	if len(got) != 2 || !reflect.DeepEqual(got[q1.ID], q1) || !reflect.DeepEqual(got[q2.ID], q2) {
		t.Errorf("held %+v", got)
	}
	release := func(by string) {
		b.do(func(ctx context.Context, st store.Steps) error { return st.Release(ctx, q1.ID, by) })
	}
	release("first")
	release("second")
	b.quarantine(q1) // a released line is not quarantined again
	if got := b.quarantinedLines(stream(1), false); len(got) != 1 || !reflect.DeepEqual(got[q2.ID], q2) {
		t.Errorf("still held: %+v", got)
	}
	if got := b.quarantinedLines(stream(1), true); len(got) != 1 || got[q1.ID].Released != "first" {
		t.Errorf("released: %+v, want one line, by the first to say so", got)
	}
}

func testQuarantinedPages(t *testing.T, h Harness) {
	b := open(t, h)
	for s := range 3 {
		for i := range 5 {
			b.quarantine(quarantinedLine(obsID(stream(s), 8+i, "a")))
		}
	}
	b.quarantine(quarantinedLine(obsID(stream(1), 9, "fork")))
	if got := b.quarantinedLines(stream(1), false); len(got) != 6 {
		t.Errorf("of one stream: %d, want 6", len(got))
	}
	if got := b.quarantinedLines(wire.StreamID{}, false); len(got) != 16 {
		t.Errorf("of all streams: %d, want 16", len(got))
	}
}

// testQuarantinedOfDevice: a stream without an epoch stands for all streams of its device, and for no other device's
// streams.
func testQuarantinedOfDevice(t *testing.T, h Harness) {
	b := open(t, h)
	first, second := stream(1), stream(1)
	second.Epoch = "zzzz0000"
	for seq := 8; seq < 11; seq++ {
		for _, s := range []wire.StreamID{stream(0), first, second, stream(2)} {
			b.quarantine(quarantinedLine(obsID(s, seq, "a")))
		}
	}
	of := wire.StreamID{Device: first.Device}
	b.do(func(ctx context.Context, st store.Steps) error { return st.Release(ctx, obsID(first, 9, "a"), "by") })
	for released, want := range map[bool]int{false: 5, true: 1} {
		got := b.quarantinedLines(of, released)
		for id := range got {
			if id.Device != first.Device {
				t.Errorf("of device %s: %v", first.Device, id)
			}
		}
		if len(got) != want {
			t.Errorf("released %v: %d lines of the device, want %d", released, len(got), want)
		}
	}
}

// testQuarantineVersion: the version changes whenever a line of the device was added or released, and with the
// releasing observation.
func testQuarantineVersion(t *testing.T, h Harness) {
	b := open(t, h)
	seen := map[string]string{}
	mark := func(after string, changed bool) string {
		t.Helper()
		m, err := b.s.QuarantineVersion(t.Context(), stream(1).Device)
		b.must(err)
		if earlier, known := seen[m]; known == changed {
			t.Errorf("after %s the mark is %q, as after %s", after, m, earlier)
		}
		seen[m] = after
		return m
	}
	if m := mark("the beginning", true); m != "" {
		t.Errorf("nothing is held, and the mark is %q", m)
	}
	release := func(seq int, by string) {
		b.do(func(ctx context.Context, st store.Steps) error {
			return st.Release(ctx, obsID(stream(1), seq, "a"), by)
		})
	}
	other := stream(1)
	other.Epoch = "zzzz0000"
	b.quarantine(quarantinedLine(obsID(stream(1), 8, "a")), quarantinedLine(obsID(stream(1), 9, "a")))
	mark("two lines", true)
	b.quarantine(quarantinedLine(obsID(stream(1), 8, "a")), quarantinedLine(obsID(stream(2), 8, "a")))
	mark("one that stands, and one of another device", false)
	release(8, "x")
	mark("a release", true)
	release(8, "y")
	mark("a release that came second", false)
	release(9, "x")
	mark("another release", true)
	b.quarantine(quarantinedLine(obsID(other, 1, "a")))
	mark("a line of the device's other stream", true)

	twin := open(t, h)
	twin.quarantine(quarantinedLine(obsID(stream(1), 8, "a")), quarantinedLine(obsID(stream(1), 9, "a")))
	twin.do(func(ctx context.Context, st store.Steps) error { return st.Release(ctx, obsID(stream(1), 8, "a"), "z") })
	b = twin
	mark("the first release, by another", true)
}

// testQuarantineVersionOfMany: with very many lines of a device, the last line still changes the version.
func testQuarantineVersionOfMany(t *testing.T, h Harness) {
	b := open(t, h)
	const many = 1005
	qs := make([]store.Quarantined, many)
	for i := range qs {
		qs[i] = quarantinedLine(wire.ObsID{Device: stream(1).Device, Epoch: stream(1).Epoch, Seq: uint64(i + 1), Hash: [10]byte{byte(i), byte(i >> 8)}})
	}
	b.quarantine(qs...)
	before, err := b.s.QuarantineVersion(t.Context(), stream(1).Device)
	b.must(err)
	b.do(func(ctx context.Context, st store.Steps) error { return st.Release(ctx, qs[many-1].ID, "by") })
	after, err := b.s.QuarantineVersion(t.Context(), stream(1).Device)
	if err != nil || after == before || after == "" {
		t.Errorf("the mark was %q and is %q, %v", before, after, err)
	}
}
