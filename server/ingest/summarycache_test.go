package ingest

import (
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// A boot known as fixed keeps its base, whatever the request's clocks say: a frame folded ahead by another base would be
// folded again at the writer's turn. A boot of another stream, or an unknown boot, is fixed by the request.
func TestBootsAsTheyWereFixed(t *testing.T) {
	const now = 1_600_000_000_000
	in := &Ingest{cfg: Config{Now: func() time.Time { return time.UnixMilli(now) }}}
	here, there := wire.StreamID{Device: "a", Epoch: "1"}, wire.StreamID{Device: "b", Epoch: "1"}
	fixed := clock.Boot{ID: "boot1", Base: now - 70_000}
	in.summaries.store(store.Stream{ID: here, Boots: []clock.Boot{{ID: "boot0", Ceiling: 5}, fixed}})
	for _, tt := range []struct {
		stream wire.StreamID
		boot   string
		want   clock.Boot
	}{
		{here, "boot1", fixed},
		{here, "boot2", clock.Boot{ID: "boot2", Base: now - 69_000}},
		{there, "boot1", clock.Boot{ID: "boot1", Base: now - 69_000}},
	} {
		j := &job{stream: store.Stream{ID: tt.stream}, arrival: in.arrivalTime(), req: &wire.Request{Now: &clock.BootSample{Boot: tt.boot, Mono: 69_000}}}
		in.addBoot(j, tt.boot)
		in.addBoot(j, tt.boot)
		in.addBoot(j, "")
		if len(j.boots) != 1 || j.boots[0] != tt.want {
			t.Errorf("%s of %s: %+v, want %+v", tt.boot, tt.stream, j.boots, tt.want)
		}
	}
}
