package sqlitestore_test

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// An older program's cursor is accepted by its position, and answered by a cursor of the present form.
func TestOldCursorIsTakenOnce(t *testing.T) {
	s := harness("").Open(t)
	for n := range 3 {
		key := store.FrameKey{Stream: wire.StreamID{Device: "dev0000001", Epoch: "epchaaaa"}, First: uint64(n + 1), Last: uint64(n + 1), Head: wire.Hash{byte(n)}}
		err := s.Batch(t.Context(), func(st store.Steps) error {
			ctx := context.Background()
			if _, _, err := st.CommitFrame(ctx, store.Frame{Key: key}); err != nil {
				return err
			}
			_, err := st.Mark(ctx, key)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	old := func(pos byte) string { return base64.RawURLEncoding.EncodeToString([]byte{1, pos}) }
	page, err := s.Feed(t.Context(), old(2), "", 10)
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Key.First != 3 {
		t.Fatalf("%+v, %v", page, err)
	}
	if again, err := s.Feed(t.Context(), old(3), "", 10); err != nil || len(again.Entries) != 0 || again.Next != page.Next {
		t.Errorf("answered by %q, and where nothing is new by %q, %v", page.Next, again.Next, err)
	}
	if b, err := base64.RawURLEncoding.DecodeString(page.Next); err != nil || b[0] != 2 {
		t.Errorf("answered by %q", page.Next)
	}
	if _, err := s.Feed(t.Context(), old(4), "", 10); !errors.Is(err, store.ErrCursor) {
		t.Errorf("a position without a frame: %v", err)
	}
}
