package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

func (b *memoryStore) ScanFrames(_ context.Context, s wire.StreamID, after store.FrameKey, limit int) (out []store.Frame, err error) {
	begun := after == store.FrameKey{}
	for _, f := range b.frames {
		if begun && f.Key.Stream == s && len(out) < limit {
			out = append(out, f)
		}
		begun = begun || f.Key == after
	}
	return out, nil
}

func (b *memoryStore) QuarantinedLines(_ context.Context, s wire.StreamID, after wire.ObsID, released bool, limit int) (out []store.Quarantined, err error) {
	for _, q := range b.quarantined {
		if q.ID.Stream() == s && q.ID.Compare(after) > 0 && (q.Released != "") == released && len(out) < limit {
			out = append(out, q)
		}
	}
	return out, nil
}

// newFrame builds a frame of the lines from sequence first on; prev is the hash of the line before.
func newFrame(s wire.StreamID, first uint64, prev wire.Hash, lines ...string) store.Frame {
	raw := make([][]byte, len(lines))
	for i, l := range lines {
		raw[i] = []byte(l)
	}
	f := wire.NewFrame(s, first, prev, raw)
	return store.Frame{
		Key:  store.FrameKey{Stream: s, First: first, Last: f.Last(), Head: f.Head},
		Prev: prev, Packed: wire.PackLines(raw), Received: 1_600_000_000_000, Unit: "u", Role: "officer", Projected: true,
	}
}

func export(t *testing.T, b *memoryStore, all bool) (out []*Observation) {
	t.Helper()
	err := New(Config{Store: b}).Observations(t.Context(), all, func(o *Observation) error {
		out = append(out, o)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOverlappingFramesGiveEachLineOnce(t *testing.T) {
	s := wire.StreamID{Device: "0123456789", Epoch: "abcdefgh"}
	g := wire.Genesis(s)
	h1 := wire.ChainHash(g, []byte("one"))
	h2 := wire.ChainHash(h1, []byte("two"))
	inFlight := newFrame(s, 3, h2, "three", "four")
	inFlight.Projected = false
	fork := newFrame(s, 2, h1, "another two")
	fork.Forked = []uint64{2}
	b := &memoryStore{
		streams: []store.Stream{{ID: s}},
		frames: []store.Frame{
			newFrame(s, 1, g, "one"), newFrame(s, 1, g, "one", "two"), newFrame(s, 2, h1, "two", "three"), fork, inFlight,
		},
	}
	var got []string
	for _, o := range export(t, b, false) {
		got = append(got, fmt.Sprint(o.Seq, " ", o.Line, " ", o.Server.Status))
	}
	want := []string{"1 one created", "2 two created", "3 three created", "2 another two fork"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestManyFramesAreAllRead(t *testing.T) {
	s := wire.StreamID{Device: "0123456789", Epoch: "abcdefgh"}
	b := &memoryStore{streams: []store.Stream{{ID: s}}}
	prev := wire.Genesis(s)
	for i := range 3*framesPerPage + 1 {
		f := newFrame(s, uint64(i)+1, prev, fmt.Sprint("line ", i+1))
		b.frames = append(b.frames, f)
		prev = f.Key.Head
	}
	got := export(t, b, false)
	if len(got) != 3*framesPerPage+1 {
		t.Fatalf("%d lines", len(got))
	}
	for i, o := range got {
		if o.Line != fmt.Sprint("line ", i+1) || o.Seq != uint64(i)+1 {
			t.Fatalf("line %d is %+v", i, o)
		}
	}
}

func TestQuarantinedAndReleased(t *testing.T) {
	s := wire.StreamID{Device: "0123456789", Epoch: "abcdefgh"}
	f := newFrame(s, 1, wire.Genesis(s), "quarantined", "released", "good")
	h1 := wire.ChainHash(f.Prev, []byte("quarantined"))
	h2 := wire.ChainHash(h1, []byte("released"))
	b := &memoryStore{streams: []store.Stream{{ID: s}}, frames: []store.Frame{f}, quarantined: []store.Quarantined{
		{ID: wire.NewObsID(s, 1, h1)}, {ID: wire.NewObsID(s, 2, h2), Released: "by"},
	}}
	show := func(all bool) string {
		var parts []string
		for _, o := range export(t, b, all) {
			parts = append(parts, o.Line+"="+o.Server.Status)
		}
		return strings.Join(parts, ", ")
	}
	if got, want := show(false), "released=released, good=created"; got != want {
		t.Errorf("accepted: %s, want %s", got, want)
	}
	if got, want := show(true), "quarantined=quarantined, released=released, good=created"; got != want {
		t.Errorf("all: %s, want %s", got, want)
	}
}

func TestGradesOfTimes(t *testing.T) {
	line := func(auto string) string {
		return `{"v":1,"kind":"plate","act":"create","clock":{"hlc":"1","boot":"b1111111","mono":5000,"wall":1600000009000,"known":1600000000000}` +
			auto + `,"fields":{"occurred_at":"2020-09-13T20:26:49+08:00"}}`
	}
	tests := []struct {
		name, auto      string
		boots           []clock.Boot
		grade, occurred string
	}{
		{"typed", "", nil, "typed", ""},
		{"the boot's base is known", `,"auto":["occurred_at"]`, []clock.Boot{{ID: "b1111111", Base: 1_600_000_000_000}}, "exact", "2020-09-13T20:26:45+08:00"},
		{"only a ceiling, earlier than the wall clock", `,"auto":["occurred_at"]`, []clock.Boot{{ID: "b1111111", Ceiling: 1_600_000_003_000}}, "estimated", "2020-09-13T20:26:43+08:00"},
		{"a ceiling later than the wall clock", `,"auto":["occurred_at"]`, []clock.Boot{{ID: "b1111111", Ceiling: 1_600_000_099_000}}, "estimated", "2020-09-13T20:26:49+08:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := wire.StreamID{Device: "0123456789", Epoch: "abcdefgh"}
			b := &memoryStore{
				streams: []store.Stream{{ID: s, Boots: tt.boots}},
				frames:  []store.Frame{newFrame(s, 1, wire.Genesis(s), line(tt.auto))},
			}
			got := export(t, b, false)
			if len(got) != 1 || got[0].Server.Grade != tt.grade || got[0].Server.OccurredAt != tt.occurred {
				t.Fatalf("%+v", got[0].Server)
			}
		})
	}
}
