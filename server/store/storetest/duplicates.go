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

// A repetition counts once: within one call, within one Batch, and as the same lines in other frames.
var duplicateTests = map[string]func(*testing.T, Harness){
	"NamesInOneCall":    testDuplicateNames,
	"LinesInOneCall":    testDuplicateLines,
	"RecordInOneCall":   testDuplicateRecord,
	"PlacesInOneCall":   testDuplicatePlaces,
	"LinesCutOtherwise": testCutOtherwise,
	"FramesAgain":       testFramesAgain,
}

func testDuplicateNames(t *testing.T, h Harness) {
	b := open(t, h)
	r1, r2 := rec(obsID(stream(1), 1, "a"), 1, place("u", 20200101)), rec(obsID(stream(1), 2, "a"), 2, place("u", 20200101))
	r1.Group, r2.Group = "g", "g"
	b.put(r1, r2)
	got := b.read(r2.ID, r1.ID, r2.ID)
	if len(got) != 3 || amountOf(&got[0]) != 2 || amountOf(&got[1]) != 1 || !reflect.DeepEqual(got[0], got[2]) {
		t.Errorf("a record asked for twice came as %+v", got)
	}
	if got := b.regroup("g", "g"); !slices.Equal(got, []string{r1.ID, r2.ID}) {
		t.Errorf("a group named twice has the members %v", got)
	}
	f := frame(stream(1), 1, 2, "a")
	b.commitTouched(f, []string{r1.ID, r1.ID, r2.ID, r1.ID}, []string{"u", "v", "u"})
	b.mark(f.Key)
	stands := b.frames(stream(1), 1, 2)[0]
	slices.Sort(stands.Touched)
	slices.Sort(stands.Units)
	if !slices.Equal(stands.Touched, []string{r1.ID, r2.ID}) || !slices.Equal(stands.Units, []string{"u", "v"}) {
		t.Errorf("touched %v in %v; want each once", stands.Touched, stands.Units)
	}
	first, second := clock.Boot{ID: "boot0001", Base: 1}, clock.Boot{ID: "boot0001", Base: 2}
	if got := b.fix(stream(2), first, second, first); !sameBoots(got.Boots, first) {
		t.Errorf("a boot that came twice stands as %v, want the first", got.Boots)
	}
}

func testDuplicateLines(t *testing.T, h Harness) {
	b := open(t, h)
	first, second := quarantinedLine(obsID(stream(1), 1, "a")), quarantinedLine(obsID(stream(1), 1, "a"))
	second.Unit = "another"
	b.quarantine(first, second, first)
	if got := b.quarantinedLines(stream(1), false); len(got) != 1 || !reflect.DeepEqual(got[first.ID], first) {
		t.Errorf("a line quarantined three times stands as %+v, want the first", got)
	}
	if c := counted(b); c.Quarantined != 1 {
		t.Errorf("it is counted %d times", c.Quarantined)
	}
}

// testDuplicateRecord: of two writes to one record over the same revision, in a single call, the first is stored and
// the second lost.
func testDuplicateRecord(t *testing.T, h Harness) {
	b := open(t, h)
	id := obsID(stream(1), 1, "a")
	for rev := range int64(2) {
		one, two := rec(id, 10+rev, place("u", 20200101)), rec(id, 20+rev, place("u", 20200101))
		one.Rev, two.Rev = rev, rev
		b.do(func(ctx context.Context, st store.Steps) error {
			lost, err := replace(ctx, st, []store.Record{one, two})
			if err == nil && !slices.Equal(lost, []int{1}) {
				t.Errorf("over revision %d: lost %v, want the second", rev, lost)
			}
			return err
		})
		if got := b.read(one.ID)[0]; got.Rev != rev+1 || amountOf(&got) != 10+rev {
			t.Errorf("over revision %d: revision %d, amount %d stand", rev, got.Rev, amountOf(&got))
		}
	}
	if c := counted(b); c.Records != 1 {
		t.Errorf("%d records are counted", c.Records)
	}
}

func testDuplicatePlaces(t *testing.T, h Harness) {
	b := open(t, h)
	r := rec(obsID(stream(1), 1, "a"), 7, place("u", 20200101))
	b.put(r)
	stands := b.read(r.ID)[0].Place
	b.do(func(ctx context.Context, st store.Steps) error {
		return st.Recount(ctx, []store.Place{stands, stands, stands}, []string{r.ID, r.ID}, countOf)
	})
	b.checkSums(map[cell]int64{
		{"u", "amount", 20200101}: 7, {"u", "items", 20200101}: 1, {"u", "started", 20200102}: 1,
	})
}

// sameLines are lines 1 to 6 of one stream, cut in four ways.
func sameLines() [][]store.Frame {
	s := stream(1)
	return [][]store.Frame{
		{frame(s, 1, 6, "a")},
		{frame(s, 1, 3, "a"), frame(s, 4, 6, "a")},
		{frame(s, 3, 5, "a"), frame(s, 1, 2, "a"), frame(s, 6, 6, "a")},
		{frame(s, 2, 6, "a")},
	}
}

// testCutOtherwise: other cuts are other frames, and all are stored; their lines are one run of the stream, and the
// record of each line is one record, counted once.
func testCutOtherwise(t *testing.T, h Harness) {
	b := open(t, h)
	r := rec(obsID(stream(1), 5, "a"), 7, place("u", 20200101))
	n := int64(0)
	for _, cut := range sameLines() {
		for _, f := range cut {
			n++
			b.do(func(ctx context.Context, st store.Steps) error {
				if _, existed, err := st.CommitFrame(ctx, f); err != nil || existed {
					t.Errorf("%d..%d: existed=%v, %v", f.Key.First, f.Key.Last, existed, err)
				}
				if f.Key.First <= 5 && 5 <= f.Key.Last {
					if _, err := project(ctx, st, f.Key, map[string]func(*store.Record){r.ID: become(r)}); err != nil {
						return err
					}
				}
				got, err := st.Mark(ctx, f.Key)
				if got != n {
					t.Errorf("%d..%d was numbered %d, want %d", f.Key.First, f.Key.Last, got, n)
				}
				return err
			})
		}
		b.checkSums(map[cell]int64{
			{"u", "amount", 20200101}: 7, {"u", "items", 20200101}: 1, {"u", "started", 20200102}: 1,
		})
		if sum := b.summary(stream(1)); !reflect.DeepEqual(sum.Ranges, []wire.Range{rangeOf(stream(1), 1, 6, "a")}) {
			t.Errorf("after %d frames the stream has %v", n, sum.Ranges)
		}
	}
	if got := b.frames(stream(1), 1, 6); len(got) != 7 {
		t.Errorf("%d frames stand, want all 7", len(got))
	}
	if c := counted(b); c.Frames != 7 || c.Records != 1 || c.Unprojected != 0 {
		t.Errorf("counts %+v; want 7 frames, 1 record", c)
	}
}

// testFramesAgain: repeated frames, in other orders and other batches, change nothing.
func testFramesAgain(t *testing.T, h Harness) {
	b := open(t, h)
	var all []store.Frame
	for _, cut := range sameLines() {
		all = append(all, cut...)
	}
	again := func(fs []store.Frame, existed bool) {
		b.do(func(ctx context.Context, st store.Steps) error {
			for _, f := range fs {
				if _, was, err := st.CommitFrame(ctx, f); err != nil || was != existed {
					t.Errorf("%d..%d: existed=%v, %v; want %v", f.Key.First, f.Key.Last, was, err, existed)
				}
				if _, err := st.Mark(ctx, f.Key); err != nil {
					return err
				}
			}
			return nil
		})
	}
	again(all, false)
	before := b.everything()
	slices.Reverse(all)
	again(all, true)
	for _, f := range all {
		again([]store.Frame{f, f}, true)
	}
	if after := b.everything(); !reflect.DeepEqual(after, before) {
		t.Errorf("frames that came again made\n%+v\nof\n%+v", after, before)
	}
}
