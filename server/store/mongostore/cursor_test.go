package mongostore_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/storetest"
	"roadbook/sync/wire"
)

// markFrame commits and marks frame n of a stream.
func markFrame(t *testing.T, s store.Store, stream, n int) store.FrameKey {
	t.Helper()
	key := store.FrameKey{
		Stream: wire.StreamID{Device: fmt.Sprintf("dev%07d", stream), Epoch: "epchaaaa"},
		First:  uint64(n), Last: uint64(n), Head: wire.Hash{byte(stream), byte(stream >> 8), byte(n), 1},
	}
	inBatch(t, s, func(ctx context.Context, st store.Steps) error {
		f := store.Frame{Key: key, Received: int64(n*1000 + stream), Units: []string{"u"}}
		if _, _, err := st.CommitFrame(ctx, f); err != nil {
			return err
		}
		if err := st.Touch(ctx, key, []string{"r"}, []string{"u"}); err != nil {
			return err
		}
		_, err := st.Mark(ctx, key)
		return err
	})
	return key
}

// An older program's cursor is accepted once, and answered by a cursor of the present form.
func TestOldCursorIsTakenOnce(t *testing.T) {
	s := openSimulated(t, simdoc.New(nil))
	for n := 1; n <= 3; n++ {
		markFrame(t, s, 1, n)
		markFrame(t, s, 2, n)
	}
	old := func(v map[string]int64) string {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	one, two := "dev0000001.epchaaaa", "dev0000002.epchaaaa"
	page, err := s.Feed(t.Context(), old(map[string]int64{one: 2, two: 3, "elsewhere0.epchaaaa": 7}), "u", 10)
	if err != nil || len(page.Entries) != 1 || page.Entries[0].N != 3 || page.Entries[0].Key.Stream.String() != one {
		t.Fatalf("%+v, %v", page, err)
	}
	if b, err := base64.RawURLEncoding.DecodeString(page.Next); err != nil || b[0] != 2 {
		t.Errorf("answered by %q", page.Next)
	}
	if _, err := s.Feed(t.Context(), old(map[string]int64{one: 4}), "u", 10); !errors.Is(err, store.ErrCursor) {
		t.Errorf("a number that no frame has: %v", err)
	}
}

// A cursor stays small whatever the number of a unit's streams. Its reader misses nothing, and the feed ends.
func TestCursorIsBounded(t *testing.T) {
	const named, streams, longest = 16, 120, 5000
	s := openSimulated(t, simdoc.New(nil))
	s.SetNamedStreams(named)
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	numbers := make([]int, streams)
	want := map[store.FrameKey]bool{}
	say := func(stream int) {
		numbers[stream]++
		want[markFrame(t, s, stream, numbers[stream])] = true
	}
	seen, cursor, shown := map[store.FrameKey]bool{}, "", 0
	page := func() bool {
		p, err := s.Feed(t.Context(), cursor, "u", 20)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if cursor = p.Next; len(cursor) > longest {
			t.Fatalf("seed %d: a cursor of %d bytes", seed, len(cursor))
		}
		for _, e := range p.Entries {
			seen[e.Key] = true
		}
		shown += len(p.Entries)
		return p.More
	}
	for range 500 {
		if say(rng.IntN(1 + rng.IntN(streams))); rng.IntN(4) == 0 {
			page()
		}
	}
	pages := 0
	for page() {
		if pages++; pages > 2000 {
			t.Fatalf("seed %d: the feed does not end", seed)
		}
	}
	for key := range want {
		if !seen[key] {
			t.Fatalf("seed %d: %v was not shown", seed, key)
		}
	}
	before := shown
	if page(); shown != before {
		t.Errorf("seed %d: nothing is new, and %d frames are shown", seed, shown-before)
	}
	say(7)
	for page() {
	}
	if len(seen) != len(want) {
		t.Errorf("seed %d: the newest frame was not shown", seed)
	}
	t.Logf("seed %d: %d frames were shown for %d, the cursor has %d bytes", seed, shown, len(want), len(cursor))
}

// The feed's promises also hold for streams covered by a digest. After a restore from a copy the cursor is not
// refused: the feed shows the streams of the digest again.
func TestFeedWithFewNamed(t *testing.T) {
	storetest.RunFollowed(t, storetest.Harness{Open: func(t *testing.T) store.Store {
		s, err := mongostore.New(t.Context(), simdoc.New(nil), mongostore.Config{Now: testNow})
		if err != nil {
			t.Fatal(err)
		}
		s.SetNamedStreams(1)
		return s
	}})
}
