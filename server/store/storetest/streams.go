package storetest

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

var streamTests = map[string]func(*testing.T, Harness){
	"NewStream":     testNewStream,
	"BootsAreFixed": testBoots,
	"BootsRace":     testBootRace,
	"Pages":         testStreamPages,
}

// fix fixes boots in a batch of its own.
func (b *bench) fix(id wire.StreamID, boots ...clock.Boot) (s store.Stream) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) (err error) {
		s, err = st.FixBoots(ctx, id, boots)
		return err
	})
	return s
}

func testNewStream(t *testing.T, h Harness) {
	b := open(t, h)
	s := b.summary(stream(1))
	if s.Rev != 0 || s.ID != stream(1) || s.N != 0 || len(s.Ranges) > 0 || len(s.Boots) > 0 {
		t.Errorf("a new stream is %+v", s)
	}
}

func testBoots(t *testing.T, h Harness) {
	b := open(t, h)
	one, two := clock.Boot{ID: "boot0001", Base: 1600}, clock.Boot{ID: "boot0002", Base: 1700, V: 2, Offset: -5, Mono: 9}
	three := clock.Boot{ID: "boot0003", Ceiling: 1700}
	if got := b.fix(stream(1), one); !slices.Equal(got.Boots, []clock.Boot{one}) {
		t.Errorf("fixed %v", got.Boots)
	}
	late := clock.Boot{ID: "boot0001", Base: 9999, V: 2, Offset: 1, Mono: 1}
	got := b.fix(stream(1), late, two, three)
	if !sameBoots(got.Boots, one, two, three) {
		t.Errorf("an entry that stands wins: %v", got.Boots)
	}
	if again := b.summary(stream(1)); !reflect.DeepEqual(again, got) {
		t.Errorf("read back %+v, not %+v", again, got)
	}
	f := frame(stream(1), 1, 2, "a")
	b.commit(f)
	b.mark(f.Key)
	if got := b.summary(stream(1)); !sameBoots(got.Boots, one, two, three) || got.N != 1 {
		t.Errorf("after a mark: %+v", got)
	}
}

func sameBoots(got []clock.Boot, want ...clock.Boot) bool {
	if len(got) != len(want) {
		return false
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			return false
		}
	}
	return true
}

func testBootRace(t *testing.T, h Harness) {
	b := open(t, h)
	var got [16]store.Stream
	var errs [16]error
	race(16, func(i int) {
		ctx := t.Context()
		errs[i] = b.s.Batch(ctx, func(st store.Steps) (err error) {
			got[i], err = st.FixBoots(ctx, stream(1), []clock.Boot{{ID: "boot0001", Base: int64(1000 + i)}})
			return err
		})
	})
	stands := b.summary(stream(1)).Boots
	if len(stands) != 1 {
		t.Fatalf("boots %v", stands)
	}
	for i := range got {
		b.must(errs[i])
		if !slices.Equal(got[i].Boots, stands) {
			t.Errorf("one was told %v, but %v stands", got[i].Boots, stands)
		}
	}
}

func testStreamPages(t *testing.T, h Harness) {
	b := open(t, h)
	for _, i := range []int{3, 1, 4, 2, 5} {
		f := frame(stream(i), 1, 1, "a")
		b.commit(f)
		b.mark(f.Key)
	}
	var got []wire.StreamID
	var after wire.StreamID
	for {
		page, err := b.s.Streams(t.Context(), after, 2)
		b.must(err)
		if len(page) == 0 {
			break
		}
		for _, s := range page {
			got = append(got, s.ID)
			if s.N != 1 || len(s.Ranges) != 1 {
				t.Errorf("summary in a page: %+v", s)
			}
		}
		after = page[len(page)-1].ID
	}
	if want := []wire.StreamID{stream(1), stream(2), stream(3), stream(4), stream(5)}; !slices.Equal(got, want) {
		t.Errorf("streams %v", got)
	}
}
