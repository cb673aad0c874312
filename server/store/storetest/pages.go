package storetest

import (
	"context"
	"fmt"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Everything stored from before the first page until after the last is returned, and once (by the feed at least once),
// whatever is written between the pages: before the cursor, after it, at it.
var pageTests = map[string]func(*testing.T, Harness){
	"Records":     testRecordPages,
	"Frames":      testFramePages,
	"Streams":     testStreamsPages,
	"Quarantined": testQuarantinedPagesUnder,
	"Registry":    testEntryPages,
	"Unprojected": testUnprojectedPages,
	"Feed":        testFeedPages,
}

// pages reads a list in pages of limit and runs between after each. Everything in old must be returned, nothing twice,
// nothing in never.
func pages[E any, K comparable](b *bench, limit int, read func(after E) ([]E, error), key func(E) K, between func(page int), old, never []K) {
	b.t.Helper()
	seen := map[K]int{}
	var after E
	for page := 0; ; page++ {
		if page == 200 {
			b.t.Fatal("the pages have no end")
		}
		rows, err := read(after)
		b.must(err)
		if len(rows) == 0 {
			break
		}
		if len(rows) > limit {
			b.t.Fatalf("a page of %d, limit %d", len(rows), limit)
		}
		for _, r := range rows {
			seen[key(r)]++
		}
		after = rows[len(rows)-1]
		if page < 10 {
			between(page)
		}
	}
	for _, k := range old {
		if seen[k] != 1 {
			b.t.Errorf("%v, which stood all the time, was shown %d times", k, seen[k])
		}
	}
	for k, n := range seen {
		if n > 1 {
			b.t.Errorf("%v was shown %d times", k, n)
		}
	}
	for _, k := range never {
		if seen[k] > 0 {
			b.t.Errorf("%v was shown", k)
		}
	}
}

func testRecordPages(t *testing.T, h Harness) {
	for _, q := range []store.RecordQuery{{}, {Unit: "u"}, {Kind: "plate"}, {Unit: "u", From: 20200101, To: 20200131}} {
		b := open(t, h)
		var old []string
		var rs []store.Record
		for i := range 24 {
			r := rec(obsID(stream(i%3), 2+i, "a"), 1, place("u", 20200101))
			rs, old = append(rs, r), append(old, r.ID)
		}
		b.put(rs...)
		q.Limit = 3
		pages(b, q.Limit, func(after store.Record) ([]store.Record, error) {
			q.After = after.ID
			return b.s.ScanRecords(t.Context(), q)
		}, func(r store.Record) string { return r.ID }, func(page int) {
			grown := b.read(old[page%len(old)])[0] // already returned, or still to be returned
			grown.State.Obs = append(grown.State.Obs, obs(obsID(stream(7), 1+page, "a"), 5))
			sortObs(&grown.State)
			b.put(
				rec(obsID(stream(page%3), 100+page, "a"), 1, place("u", 20200101)),  // a later record
				rec(obsID(stream(page%3), 2+page, "fork"), 1, place("u", 20200101)), // a record in between
				rec(obsID(stream(page%3), 200+page, "a"), 1, place("elsewhere", 20200101)),
				grown,
			)
			moved := b.read(old[(page*7)%len(old)])[0] // within the bounds of the query
			moved.Place = place("u", 20200102)
			b.put(moved)
		}, old, nil)
	}
}

func testFramePages(t *testing.T, h Harness) {
	for _, of := range []wire.StreamID{{}, stream(2)} {
		b := open(t, h)
		var old []store.FrameKey
		for i := range 18 {
			f := frame(stream(1+i%3), 10+i, 10+i, "a")
			b.commit(f)
			if of == (wire.StreamID{}) || f.Key.Stream == of {
				old = append(old, f.Key)
			}
		}
		all := b.scanFrames(wire.StreamID{}, 100)
		pages(b, 2, func(after store.Frame) ([]store.Frame, error) { return b.s.ScanFrames(t.Context(), of, after.Key, 2) },
			func(f store.Frame) store.FrameKey { return f.Key }, func(page int) {
				s := stream(1 + page%3)
				b.commit(frame(s, 1+page%9, 9, "x"+fmt.Sprint(page)))     // before all of the stream
				b.commit(frame(s, 10+page, 11+page, "a"))                 // the same lines cut otherwise
				b.commit(frame(s, 50+page, 50+page, "a"))                 // after all of the stream
				b.commit(frame(stream(page%5), 10+page, 10+page, "fork")) // a fork, or a stream before or after
				b.mark(all[page%len(all)])
			}, old, nil)
	}
}

func testStreamsPages(t *testing.T, h Harness) {
	b := open(t, h)
	var old []wire.StreamID
	marked := func(s wire.StreamID, seq int) {
		f := frame(s, seq, seq, "a")
		b.commit(f)
		b.mark(f.Key)
	}
	for i := range 12 {
		marked(stream(10+2*i), 1)
		old = append(old, stream(10+2*i))
	}
	pages(b, 2, func(after store.Stream) ([]store.Stream, error) { return b.s.Streams(t.Context(), after.ID, 2) },
		func(s store.Stream) wire.StreamID { return s.ID }, func(page int) {
			marked(stream(page%10), 2+page)
			marked(stream(11+2*page), 2)
			marked(stream(100+page), 1)
			marked(stream(10+2*(page%12)), 3+page)
		}, old, nil)
}

func testQuarantinedPagesUnder(t *testing.T, h Harness) {
	for _, released := range []bool{false, true} {
		for _, of := range []wire.StreamID{{}, stream(2)} {
			testQuarantinedPagesOf(t, h, of, released)
		}
	}
}

func testQuarantinedPagesOf(t *testing.T, h Harness, of wire.StreamID, released bool) {
	t.Helper()
	b := open(t, h)
	release := func(id wire.ObsID) {
		b.do(func(ctx context.Context, st store.Steps) error { return st.Release(ctx, id, "by") })
	}
	var old, never []wire.ObsID
	for i := range 24 {
		q := quarantinedLine(obsID(stream(1+i%3), 8+i, "a"))
		b.quarantine(q)
		asked := of == (wire.StreamID{}) || q.ID.Stream() == of
		switch {
		case i%4 == 3: // released at the beginning; all others stay quarantined, unless released in between
			release(q.ID)
		case i%4 == 2:
			continue
		}
		if (i%4 == 3) == released && asked {
			old = append(old, q.ID)
		} else if i%4 != 2 {
			never = append(never, q.ID)
		}
	}
	pages(b, 2, func(after store.Quarantined) ([]store.Quarantined, error) {
		return b.s.QuarantinedLines(t.Context(), of, after.ID, released, 2)
	}, func(q store.Quarantined) wire.ObsID { return q.ID }, func(page int) {
		b.quarantine(quarantinedLine(obsID(stream(1+page%3), 1+page, "b")), quarantinedLine(obsID(stream(1+page%3), 90+page, "b")))
		release(obsID(stream(1+page%3), 1+page, "b"))
		if i := 4*page + 2; i < 24 {
			release(obsID(stream(1+i%3), 8+i, "a"))
		}
	}, old, never)
}

func testEntryPages(t *testing.T, h Harness) {
	b := open(t, h)
	ctx := t.Context()
	var old, never []string
	put := func(section, name string, expires int64) {
		e, err := b.s.Get(ctx, section, name)
		if err != nil {
			e = store.Entry{Section: section, Name: name}
		}
		e.Data, e.Expires = append(e.Data, 'x'), expires
		b.must(errOf(b.s.Put(ctx, e)))
	}
	for i := range 20 {
		name := fmt.Sprintf("用户 %02d/m", i)
		expires := []int64{0, farAway, longAgo, farAway - 5}[i%4]
		put("user", name, expires)
		switch i % 4 {
		case 0, 1:
			old = append(old, name)
		case 2:
			never = append(never, name)
		}
	}
	pages(b, 2, func(after store.Entry) ([]store.Entry, error) { return b.s.List(ctx, "user", after.Name, 2) },
		func(e store.Entry) string { return e.Name }, func(page int) {
			put("user", fmt.Sprintf("用户 %02d/a", page%20), 0)
			put("user", fmt.Sprintf("用户 %02d/z", page%20), 0)
			put("user", old[page%len(old)], []int64{0, farAway}[page%2])
			put("users", fmt.Sprintf("用户 %02d/z", page%20), 0)
			put("use", fmt.Sprintf("用户 %02d/z", page%20), 0)
			b.must(b.s.Expire(ctx, farAway-4))
		}, old, never)
}

func testUnprojectedPages(t *testing.T, h Harness) {
	b := open(t, h)
	var old, never []store.FrameKey
	var going []store.Frame
	for i := range 24 {
		f := frame(stream(i%3), 1+i, 1+i, "a")
		f.Received = 1000 + int64(i/6) // several with the same moment
		b.commit(f)
		switch i % 4 {
		case 0, 1:
			old = append(old, f.Key)
		case 2:
			going = append(going, f)
		case 3:
			b.mark(f.Key)
			never = append(never, f.Key)
		}
	}
	pages(b, 2, func(after store.Frame) ([]store.Frame, error) { return b.s.Unprojected(t.Context(), after, 2) },
		func(f store.Frame) store.FrameKey { return f.Key }, func(page int) {
			if page < len(going) { // backwards from the last: the cursor itself is marked, too
				b.mark(going[len(going)-1-page].Key)
			}
			f := frame(stream(5), 1+page, 1+page, "a")
			f.Received = 2000
			b.commit(f)
		}, old, never)
}

func testFeedPages(t *testing.T, h Harness) {
	b := open(t, h)
	mark := func(s, seq int, unit string) store.FrameKey {
		k := b.commitTouched(frame(stream(s), seq, seq, "a"), []string{"r"}, []string{unit})
		b.mark(k)
		return k
	}
	want := map[store.FrameKey]bool{}
	for i := range 18 {
		unit := []string{"u", "v"}[i%2]
		if k := mark(1+i%3, 1+i, unit); unit == "u" {
			want[k] = true
		}
	}
	seen := map[store.FrameKey]bool{}
	cursor := ""
	for page := 0; ; page++ {
		p, err := b.s.Feed(t.Context(), cursor, "u", 2)
		b.must(err)
		for _, e := range p.Entries {
			seen[e.Key] = true
		}
		if cursor = p.Next; !p.More {
			break
		}
		if page < 6 {
			want[mark(page%6, 100+page, "u")] = true // streams before, within and after the streams returned
		}
	}
	for k := range want {
		if !seen[k] {
			t.Errorf("%v was not shown", k)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d frames of the unit were shown, want %d", len(seen), len(want))
	}
}
