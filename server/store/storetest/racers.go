package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// Sixteen callers do the same at once, half of them on another server: one is first, and its write stands.
var racerTests = map[string]func(*testing.T, Harness){
	"CommitFrameInsertsOne":          testCommitRace,
	"ReplaceRecordsStoresOne":        testReplaceRace,
	"FixBootsKeepsEachOnesOwn":       testOwnBootRace,
	"MarkLeavesNoGap":                testMarkAllRace,
	"QuarantineKeepsTheFirst":        testQuarantineRace,
	"ReleaseKeepsTheFirst":           testReleaseRace,
	"TouchAddsUpAllOfThem":           testTouchRace,
	"ClearDepartedTakesItsFramesOwn": testClearRace,
}

const racers = 16

// atOnce runs fn sixteen times at once, each in a Batch of its own, by turns on the servers. None may fail.
func atOnce(bs []*bench, fn func(ctx context.Context, st store.Steps, i int) error) {
	bs[0].t.Helper()
	errs := make([]error, racers)
	race(racers, func(i int) {
		ctx := bs[0].t.Context()
		errs[i] = bs[i%len(bs)].s.Batch(ctx, func(st store.Steps) error { return fn(ctx, st, i) })
	})
	for _, err := range errs {
		bs[0].must(err)
	}
}

func testCommitRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	var stored [racers]store.Frame
	var existed [racers]bool
	atOnce(bs, func(ctx context.Context, st store.Steps, i int) (err error) {
		f := frame(stream(1), 1, 3, "a")
		f.Received, f.Unit = int64(1000+i), fmt.Sprintf("unit-%d", i)
		stored[i], existed[i], err = st.CommitFrame(ctx, f)
		return err
	})
	first := slices.Index(existed[:], false)
	if first < 0 {
		t.Fatal("the frame stood for all 16: nobody inserted it")
	}
	for i := range stored {
		if existed[i] != (i != first) {
			t.Errorf("racers %d and %d both inserted the frame", first, i)
		}
		if stored[i].Received != int64(1000+first) || stored[i].Unit != fmt.Sprintf("unit-%d", first) {
			t.Errorf("racer %d was told %d of %s, but racer %d was first", i, stored[i].Received, stored[i].Unit, first)
		}
	}
	if got := bs[1].frames(stream(1), 1, 3); len(got) != 1 || got[0].Received != int64(1000+first) {
		t.Errorf("%d frames stand, want the one of racer %d", len(got), first)
	}
}

// testReplaceRace: at most one caller learns that its write was stored (a store without transactions may report a
// landed write as lost), and one write stands, whole.
func testReplaceRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	id := obsID(stream(1), 1, "a")
	for rev := range int64(3) {
		var lost [racers]bool
		atOnce(bs, func(ctx context.Context, st store.Steps, i int) error {
			r := rec(id, 100*rev+int64(i), place(fmt.Sprintf("u%d", i), 20200101))
			r.Rev = rev
			at, err := replace(ctx, st, []store.Record{r})
			lost[i] = len(at) > 0
			return err
		})
		got := bs[1].read(id.String())[0]
		by := amountOf(&got) - 100*rev
		if got.Rev != rev+1 || by < 0 || by >= racers || got.Place.Unit != fmt.Sprintf("u%d", by) {
			t.Fatalf("16 writes over revision %d left revision %d, amount %d in %s", rev, got.Rev, amountOf(&got), got.Place.Unit)
		}
		for i := range lost {
			if !lost[i] && int64(i) != by {
				t.Errorf("racer %d was told that it stored, but what racer %d wrote stands", i, by)
			}
		}
		if bs[0].s.Traits().Atomic && lost[by] {
			t.Errorf("racer %d stored and was told that it lost", by)
		}
	}
}

func testOwnBootRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	var got [racers]store.Stream
	want := make([]clock.Boot, racers)
	for i := range want {
		want[i] = clock.Boot{ID: fmt.Sprintf("boot%04d", i), Base: int64(1000 + i)}
	}
	atOnce(bs, func(ctx context.Context, st store.Steps, i int) (err error) {
		got[i], err = st.FixBoots(ctx, stream(1), want[i:i+1])
		return err
	})
	for i := range got {
		if !slices.Contains(got[i].Boots, want[i]) {
			t.Errorf("racer %d was not told its own boot: %v", i, got[i].Boots)
		}
	}
	if stands := bs[1].summary(stream(1)); !sameBoots(stands.Boots, want...) {
		t.Errorf("%d boots stand, want all 16: %v", len(stands.Boots), stands.Boots)
	}
}

func testMarkAllRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	keys := make([]store.FrameKey, racers)
	for i := range keys {
		f := frame(stream(1), 1+i, 1+i, "a")
		bs[0].commit(f)
		keys[i] = f.Key
	}
	var first, again [racers]int64
	for _, numbers := range []*[racers]int64{&first, &again} {
		atOnce(bs, func(ctx context.Context, st store.Steps, i int) (err error) {
			numbers[i], err = st.Mark(ctx, keys[i])
			return err
		})
	}
	if first != again {
		t.Errorf("marked again, the frames have the numbers %v, not %v", again, first)
	}
	sorted := slices.Sorted(slices.Values(first[:]))
	if !slices.Equal(sorted, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}) {
		t.Errorf("16 frames have the numbers %v, want 1 to 16", sorted)
	}
	for i, f := range bs[1].frames(stream(1), 1, racers) {
		if f.N != first[i] {
			t.Errorf("frame %d stands with number %d, its racer was told %d", i, f.N, first[i])
		}
	}
	sum := bs[1].summary(stream(1))
	if want := rangeOf(stream(1), 1, racers, "a"); sum.N != racers || len(sum.Ranges) != 1 || sum.Ranges[0] != want {
		t.Errorf("summary N=%d %v, want %d %v", sum.N, sum.Ranges, racers, want)
	}
}

func testQuarantineRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	id := obsID(stream(1), 1, "a")
	atOnce(bs, func(ctx context.Context, st store.Steps, i int) error {
		q := quarantinedLine(id)
		q.Unit, q.Received = fmt.Sprintf("u%d", i), int64(i)
		return st.Quarantine(ctx, []store.Quarantined{q})
	})
	got := bs[1].quarantinedLines(stream(1), false)
	want := quarantinedLine(id)
	want.Received = got[id].Received
	want.Unit = fmt.Sprintf("u%d", want.Received)
	if len(got) != 1 || want.Received < 0 || want.Received >= racers || !reflect.DeepEqual(got[id], want) {
		t.Errorf("16 racers quarantined %+v, want the line once, as one of them said", got)
	}
	if c := counted(bs[0]); c.Quarantined != 1 {
		t.Errorf("%d lines are counted as quarantined, want 1", c.Quarantined)
	}
}

func testReleaseRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	id := obsID(stream(1), 1, "a")
	bs[0].quarantine(quarantinedLine(id))
	var seen [racers]string
	atOnce(bs, func(ctx context.Context, st store.Steps, i int) error {
		return st.Release(ctx, id, fmt.Sprintf("by-%02d", i))
	})
	race(racers, func(i int) { // every caller gets the same name, also when asking again
		rows, err := bs[i%2].s.QuarantinedLines(t.Context(), stream(1), noObsID, true, 10)
		if err == nil && len(rows) == 1 {
			seen[i] = rows[0].Released
		}
	})
	for i := range seen {
		if seen[i] == "" || seen[i] != seen[0] {
			t.Errorf("released by %q for one reader and by %q for another", seen[0], seen[i])
		}
	}
	bs[1].do(func(ctx context.Context, st store.Steps) error { return st.Release(ctx, id, "later") })
	if got := bs[0].quarantinedLines(stream(1), true); got[id].Released != seen[0] {
		t.Errorf("released by %q, then by %q; the first to say so stands", seen[0], got[id].Released)
	}
	if c := counted(bs[0]); c.Quarantined != 0 {
		t.Errorf("%d lines are counted as quarantined, want none", c.Quarantined)
	}
}

func testTouchRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	f := frame(stream(1), 1, 1, "a")
	bs[0].commit(f)
	var records, units []string
	for i := range racers {
		records, units = append(records, fmt.Sprintf("r%02d", i)), append(units, fmt.Sprintf("u%02d", i/2))
	}
	atOnce(bs, func(ctx context.Context, st store.Steps, i int) error {
		return st.Touch(ctx, f.Key, records[i:i+1], units[i:i+1])
	})
	bs[1].mark(f.Key)
	got := bs[0].frames(stream(1), 1, 1)[0]
	slices.Sort(got.Touched)
	slices.Sort(got.Units)
	if !slices.Equal(got.Touched, records) || !slices.Equal(got.Units, slices.Compact(units)) {
		t.Errorf("touched %v in %v; want all 16 in 8 units", got.Touched, got.Units)
	}
}

// testClearRace: twelve frames clear their entries in one record's Departed, while four write to the record.
func testClearRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	r := rec(obsID(stream(1), 1, "a"), 1, place("u", 20200101))
	keys := make([]store.FrameKey, racers)
	for i := range keys {
		keys[i] = frame(stream(2), 1+i, 1+i, "a").Key
		r.Departed = append(r.Departed, store.Departed{Place: place("v", 20200101), Group: "g", Frame: keys[i]})
	}
	bs[0].put(r)
	atOnce(bs, func(ctx context.Context, st store.Steps, i int) error {
		if i < 12 {
			return st.ClearDeparted(ctx, keys[i], []string{r.ID})
		}
		rs, err := st.Records(ctx, []string{r.ID})
		if err != nil {
			return err
		}
		_, err = replace(ctx, st, rs) // lost or not
		return err
	})
	var left []store.FrameKey
	for _, l := range bs[1].read(r.ID)[0].Departed {
		left = append(left, l.Frame)
	}
	slices.SortFunc(left, compareKeys)
	if !slices.Equal(left, keys[12:]) {
		t.Errorf("12 of 16 frames cleared what they left, there remains %v", left)
	}
}
