package storetest

import (
	"context"
	"reflect"
	"testing"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

var heldTests = map[string]func(*testing.T, Harness){
	"StandAndAreReleased": testHeld,
	"Pages":               testHeldPages,
}

func held(id wire.ObsID) store.Quarantined {
	return store.Quarantined{
		ID: id, Unit: "u", Received: 1_600_000_000_000,
		Faults: schema.Faults{{Code: "required", Field: "plate_type"}},
	}
}

func (b *bench) quarantine(qs ...store.Quarantined) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) error { return st.Quarantine(ctx, qs) })
}

func (b *bench) held(s wire.StreamID, released bool) map[wire.ObsID]store.Quarantined {
	b.t.Helper()
	out := map[wire.ObsID]store.Quarantined{}
	var after wire.ObsID
	for {
		page, err := b.s.Held(b.t.Context(), s, after, released, 2)
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

func testHeld(t *testing.T, h Harness) {
	b := open(t, h)
	q1, q2 := held(obsID(stream(1), 1, "a")), held(obsID(stream(1), 2, "a"))
	b.quarantine(q1, q2)
	changed := q1
	changed.Unit = "another"
	b.quarantine(changed)
	got := b.held(stream(1), false)
	if len(got) != 2 || !reflect.DeepEqual(got[q1.ID], q1) || !reflect.DeepEqual(got[q2.ID], q2) {
		t.Errorf("held %+v", got)
	}
	release := func(by string) {
		b.do(func(ctx context.Context, st store.Steps) error { return st.Release(ctx, q1.ID, by) })
	}
	release("first")
	release("second")
	b.quarantine(q1) // what was let go is not held again
	if got := b.held(stream(1), false); len(got) != 1 || !reflect.DeepEqual(got[q2.ID], q2) {
		t.Errorf("still held: %+v", got)
	}
	if got := b.held(stream(1), true); len(got) != 1 || got[q1.ID].Released != "first" {
		t.Errorf("released: %+v, want one line, by the first to say so", got)
	}
}

func testHeldPages(t *testing.T, h Harness) {
	b := open(t, h)
	for s := range 3 {
		for i := range 5 {
			b.quarantine(held(obsID(stream(s), 8+i, "a")))
		}
	}
	b.quarantine(held(obsID(stream(1), 9, "fork")))
	if got := b.held(stream(1), false); len(got) != 6 {
		t.Errorf("of one stream: %d, want 6", len(got))
	}
	if got := b.held(wire.StreamID{}, false); len(got) != 16 {
		t.Errorf("of all streams: %d, want 16", len(got))
	}
}
