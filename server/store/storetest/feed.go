package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"roadbook/server/store"
)

var feedTests = map[string]func(*testing.T, Harness){
	"InOrderOfMarks":    testFeed,
	"LateCommitIsSeen":  testFeedLate,
	"OfOneUnit":         testFeedUnit,
	"NothingIsMissed":   testFeedRandom,
	"WritersBesideRead": testFeedRace,
	"PutBackFromACopy":  testFeedPutBack,
	"SameFrameAgain":    testFeedSameFrame,
	"NoCursor":          testFeedNoCursor,
}

// reader keeps a feed cursor and the frames seen.
type reader struct {
	b      *bench
	unit   string
	cursor string
	seen   map[store.FrameKey][]string
}

func (b *bench) reader(unit string) *reader {
	return &reader{b: b, unit: unit, seen: map[store.FrameKey][]string{}}
}

// poll reads the rest of the feed, in pages of limit, and returns the new frames.
func (r *reader) poll(limit int) (fresh []store.FrameKey) {
	r.b.t.Helper()
	for {
		page, err := r.b.s.Feed(r.b.t.Context(), r.cursor, r.unit, limit)
		r.b.must(err)
		if len(page.Entries) > limit {
			r.b.t.Fatalf("a page of %d, limit %d", len(page.Entries), limit)
		}
		for _, e := range page.Entries {
			if _, old := r.seen[e.Key]; !old {
				fresh = append(fresh, e.Key)
			}
			if e.N == 0 {
				r.b.t.Errorf("the feed shows %v without its number", e.Key)
			}
			r.seen[e.Key] = e.Touched
		}
		if page.Next == "" && len(page.Entries) > 0 {
			r.b.t.Fatal("a page with entries and no cursor")
		}
		r.cursor = page.Next
		if !page.More {
			return fresh
		}
	}
}

// commitTouched commits a frame and adds its touched records and units.
func (b *bench) commitTouched(f store.Frame, records, units []string) store.FrameKey {
	b.t.Helper()
	b.commit(f)
	b.do(func(ctx context.Context, st store.Steps) error { return st.Touch(ctx, f.Key, records, units) })
	return f.Key
}

func testFeed(t *testing.T, h Harness) {
	b := open(t, h)
	r := b.reader("")
	if got := r.poll(5); len(got) != 0 {
		t.Errorf("a new database has a feed: %v", got)
	}
	k1 := b.commitTouched(frame(stream(1), 1, 2, "a"), []string{"r1", "r2"}, []string{"u"})
	if got := r.poll(5); len(got) != 0 {
		t.Error("an unmarked frame is shown")
	}
	b.mark(k1)
	if got := r.poll(5); !slices.Equal(got, []store.FrameKey{k1}) {
		t.Errorf("feed %v, want the marked frame", got)
	}
	if got := slices.Sorted(slices.Values(r.seen[k1])); !slices.Equal(got, []string{"r1", "r2"}) {
		t.Errorf("touched %v", got)
	}
	if got := r.poll(5); len(got) != 0 {
		t.Errorf("nothing is new, but %v", got)
	}
}

func testFeedLate(t *testing.T, h Harness) {
	b := open(t, h)
	r := b.reader("")
	late := b.commitTouched(frame(stream(1), 6, 9, "a"), []string{"r"}, []string{"u"})
	filler := frame(stream(1), 1, 5, "a")
	k2 := b.commitTouched(frame(stream(2), 1, 5, "a"), []string{"r"}, []string{"u"})
	b.mark(k2)
	r.poll(5)
	b.mark(late)
	if got := r.poll(5); !slices.Equal(got, []store.FrameKey{late}) {
		t.Errorf("a frame committed before and marked after the reader was there: %v", got)
	}
	b.commitTouched(filler, []string{"r"}, []string{"u"})
	b.mark(filler.Key)
	if got := r.poll(5); !slices.Equal(got, []store.FrameKey{filler.Key}) {
		t.Errorf("a frame that fills a gap: %v", got)
	}
}

func testFeedUnit(t *testing.T, h Harness) {
	b := open(t, h)
	r := b.reader("u1")
	var want []store.FrameKey
	for i := range 9 {
		units := [][]string{{"u1"}, {"u2"}, {"u2", "u1"}}[i%3]
		k := b.commitTouched(frame(stream(i%2), 1+i, 1+i, "a"), []string{"r"}, units)
		b.mark(k)
		if i%3 != 1 {
			want = append(want, k)
		}
		if i == 4 {
			r.poll(1)
		}
	}
	r.poll(2)
	if len(r.seen) != len(want) {
		t.Errorf("saw %d frames of the unit, want %d", len(r.seen), len(want))
	}
	for _, k := range want {
		if _, ok := r.seen[k]; !ok {
			t.Errorf("missed %v", k)
		}
	}
}

func testFeedRandom(t *testing.T, h Harness) {
	b := open(t, h)
	rng := rand.New(rand.NewPCG(3, 4))
	readers := []*reader{b.reader(""), b.reader(""), b.reader("u")}
	var open, marked []store.FrameKey
	for i := range 30 {
		open = append(open, b.commitTouched(frame(stream(i%4), 1+i, 1+i, "a"), []string{"r"}, []string{"u"}))
		for len(open) > 0 && rng.IntN(3) > 0 {
			j := rng.IntN(len(open))
			b.mark(open[j])
			marked = append(marked, open[j])
			open = slices.Delete(open, j, j+1)
		}
		readers[rng.IntN(len(readers))].poll(1 + rng.IntN(3))
	}
	for i, r := range readers {
		r.poll(3)
		if len(r.seen) != len(marked) {
			t.Errorf("reader %d saw %d frames of %d", i, len(r.seen), len(marked))
		}
	}
}

func testFeedRace(t *testing.T, h Harness) {
	b := open(t, h)
	r := b.reader("")
	errs := make([]error, 4)
	done := make(chan struct{})
	go func() {
		defer close(done)
		race(len(errs), func(w int) {
			for i := range 6 {
				f := frame(stream(w), 1+i, 1+i, "a")
				ctx := context.Background()
				errs[w] = b.s.Batch(ctx, func(st store.Steps) error {
					if _, _, err := st.CommitFrame(ctx, f); err != nil {
						return err
					}
					_, err := st.Mark(ctx, f.Key)
					return err
				})
				if errs[w] != nil {
					return
				}
			}
		})
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		r.poll(2)
	}
	for _, err := range errs {
		b.must(err)
	}
	if len(r.seen) != 24 {
		t.Errorf("a reader beside 4 writers saw %d frames of 24", len(r.seen))
	}
}

// testFeedPutBack: a database put back from a copy has the same first frames and continues differently. A cursor
// naming a frame absent in this database is refused, even after the database has grown past the position.
func testFeedPutBack(t *testing.T, h Harness) {
	for _, unit := range []string{"", "u"} {
		lost, put := open(t, h), open(t, h)
		tell := func(b *bench, branch string, first, last int) {
			for s := range 3 {
				b.mark(b.commitTouched(frame(stream(s), first, last, branch), []string{"r"}, []string{"u"}))
			}
		}
		cursors := []string{""}
		for i := range 3 {
			tell(lost, "a", 1+2*i, 2+2*i)
			r := lost.reader(unit)
			r.poll(2)
			cursors = append(cursors, r.cursor)
		}
		tell(put, "a", 1, 2)
		for grown := range 4 {
			if grown > 0 {
				tell(put, "b", 1+2*grown, 2+2*grown)
			}
			for i, cursor := range cursors {
				page, err := put.s.Feed(t.Context(), cursor, unit, 100)
				if i > 1 && !errors.Is(err, store.ErrCursor) {
					t.Errorf("unit %q, grown by %d: a cursor behind the copy's end shows %d frames, %v", unit, grown, len(page.Entries), err)
				}
				if want := 3 * (1 + grown - i); i <= 1 && (err != nil || len(page.Entries) != want) {
					t.Errorf("unit %q, grown by %d: cursor %d shows %d frames, want %d, %v", unit, grown, i, len(page.Entries), want, err)
				}
			}
		}
	}
}

// testFeedSameFrame: a database put back from a copy gets the same frame again at its old position, and before it
// another frame unknown to every reader.
func testFeedSameFrame(t *testing.T, h Harness) {
	for _, unit := range []string{"", "u"} {
		lost, put := open(t, h), open(t, h)
		tell := func(b *bench, first int, branch string, later int64) {
			f := frame(stream(1), first, first+1, branch)
			f.Received += later
			b.mark(b.commitTouched(f, []string{"r"}, []string{"u"}))
		}
		for _, b := range []*bench{lost, put} {
			tell(b, 1, "a", 0)
		}
		tell(lost, 3, "a", 0)
		tell(lost, 5, "a", 0)
		r := lost.reader(unit)
		r.poll(5)
		tell(put, 3, "b", 1000)
		tell(put, 5, "a", 2000)
		if page, err := put.s.Feed(t.Context(), r.cursor, unit, 100); !errors.Is(err, store.ErrCursor) {
			t.Errorf("unit %q: %d frames, %v; nobody has seen the one before", unit, len(page.Entries), err)
		}
	}
}

// testFeedNoCursor: a text that is not a cursor is refused with ErrCursor, whatever its content.
func testFeedNoCursor(t *testing.T, h Harness) {
	b := open(t, h)
	b.mark(b.commitTouched(frame(stream(1), 1, 2, "a"), []string{"r"}, []string{"u"}))
	r := b.reader("")
	r.poll(5)
	for _, text := range []string{"x", ".", r.cursor[:len(r.cursor)-2], r.cursor + "AA", "AgIB", "gA", strings.Repeat("A", 1<<20)} {
		if _, err := b.s.Feed(t.Context(), text, "", 5); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}
