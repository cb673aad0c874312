package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

var groupTests = map[string]func(*testing.T, Harness){
	"MembersBeforeAndAfter":  testMembers,
	"EmptyAndUnknown":        testNoGroups,
	"NamedByAnothersID":      testGroupOfAnother,
	"CountSeesTheGroup":      testCountSeesGroup,
	"RecordsOfGroups":        testRecordsOfGroups,
	"NeverOvertaken":         testNeverOvertaken,
	"RacersAllEndInTheGroup": testGroupRace,
	"ScanPages":              testScanGroups,
}

// regroup evaluates groups in a batch of its own and returns the members sorted, each once.
func (b *bench) regroup(names ...string) (members []string) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) (err error) {
		members, err = st.Regroup(ctx, names, selfOf)
		return err
	})
	slices.Sort(members)
	return slices.Compact(members)
}

// groupSeen is the group given to a count function for a record: the ids of its members.
func (b *bench) groupSeen(id string) (members []string) {
	b.t.Helper()
	r := b.read(id)[0]
	b.do(func(ctx context.Context, st store.Steps) error {
		return st.Recount(ctx, []store.Place{r.Place}, []string{id}, func(r *store.Record, ms []merge.Member) []tally.Contribution {
			if r.ID == id {
				members = nil
				for _, m := range ms {
					members = append(members, m.Record)
				}
				if len(ms) == 0 {
					members = []string{id} // alone
				}
			}
			return nil
		})
	})
	return members
}

func testMembers(t *testing.T, h Harness) {
	b := open(t, h)
	p := place("u", 20200101)
	r1, r2, r3 := rec(obsID(stream(1), 1, "a"), 1, p), rec(obsID(stream(1), 2, "a"), 1, p), rec(obsID(stream(2), 1, "a"), 1, p)
	r1.Group, r2.Group, r3.Group = "g", "g", "other"
	b.put(r1, r2, r3)
	want := []string{r1.ID, r2.ID}
	if got := b.regroup("g"); !slices.Equal(got, want) {
		t.Errorf("members %v, want %v", got, want)
	}
	if got := b.regroup("g", "other"); !slices.Equal(got, []string{r1.ID, r2.ID, r3.ID}) && !slices.Equal(got, want) {
		t.Errorf("members of two groups %v; only the one that stands alone may be left out", got)
	}
	moved := b.read(r2.ID)[0]
	moved.Group = "other"
	b.put(moved)
	if got := b.regroup("g", "other"); !slices.Equal(got, []string{r1.ID, r2.ID, r3.ID}) {
		t.Errorf("after a move: %v; the moved one belongs to both", got)
	}
	if got := b.regroup("g"); !slices.Equal(got, []string{r1.ID}) {
		t.Errorf("once evaluated without it: %v, want %v", got, r1.ID)
	}
	if got := b.regroup("other"); !slices.Equal(got, []string{r2.ID, r3.ID}) {
		t.Errorf("where it went: %v", got)
	}
	moved = b.read(r1.ID)[0]
	moved.Group = "other"
	b.put(moved)
	if got := b.regroup("g"); !slices.Equal(got, []string{r1.ID}) {
		t.Errorf("the last one left, members before: %v, want %v", got, r1.ID)
	}
	if got := b.regroup("g"); len(got) != 0 {
		t.Errorf("an emptied group has members %v", got)
	}
}

func testNoGroups(t *testing.T, h Harness) {
	b := open(t, h)
	if got := b.regroup(); len(got) != 0 {
		t.Errorf("no names gave %v", got)
	}
	if got := b.regroup("nobody", obsID(stream(1), 1, "a").String()); len(got) != 0 {
		t.Errorf("groups that nobody names gave %v", got)
	}
}

func testGroupOfAnother(t *testing.T, h Harness) {
	b := open(t, h)
	p := place("u", 20200101)
	r1, r2 := rec(obsID(stream(1), 1, "a"), 1, p), rec(obsID(stream(2), 1, "a"), 1, p)
	r2.Group = r1.ID
	b.put(r1, r2)
	both := []string{r1.ID, r2.ID}
	if got := b.regroup(r1.ID); !slices.Equal(got, both) {
		t.Errorf("members %v, want %v", got, both)
	}
	for _, id := range both {
		if got := b.groupSeen(id); !slices.Equal(got, both) {
			t.Errorf("%s is counted with %v, want %v", id, got, both)
		}
	}
	back := b.read(r2.ID)[0]
	back.Group = r2.ID
	b.put(back)
	b.regroup(r1.ID, r2.ID)
	if got := b.groupSeen(r2.ID); !slices.Equal(got, []string{r2.ID}) {
		t.Errorf("apart again, it is counted with %v", got)
	}
}

func testCountSeesGroup(t *testing.T, h Harness) {
	b := open(t, h)
	r1, r2 := rec(obsID(stream(1), 1, "a"), 1, place("u", 20200101)), rec(obsID(stream(2), 1, "a"), 1, place("v", 20200102))
	r1.Group, r2.Group = "g", "g"
	b.put(r1)
	b.regroup("g")
	b.put(r2)
	if got := b.groupSeen(r1.ID); !slices.Equal(got, []string{r1.ID}) {
		t.Errorf("before the evaluation: %v", got)
	}
	b.regroup("g")
	if got := b.groupSeen(r1.ID); !slices.Equal(got, []string{r1.ID, r2.ID}) {
		t.Errorf("after the evaluation, sorted by record: %v", got)
	}
}

func testRecordsOfGroups(t *testing.T, h Harness) {
	b := open(t, h)
	p := place("u", 20200101)
	r1, r2 := rec(obsID(stream(1), 1, "a"), 1, p), rec(obsID(stream(2), 1, "a"), 2, p)
	r1.Group, r2.Group = "g", "g"
	b.put(r2, r1)
	rs, err := b.s.RecordsOfGroups(t.Context(), "g")
	b.must(err)
	if len(rs) != 2 || rs[0].ID != r1.ID || amountOf(&rs[1]) != 2 {
		t.Fatalf("members by id: %+v", rs)
	}
	moved := rs[0]
	moved.Group = moved.ID
	b.put(moved)
	if rs, err = b.s.RecordsOfGroups(t.Context(), "g"); err != nil || len(rs) != 1 || rs[0].ID != r2.ID {
		t.Errorf("one has left: %+v, %v", rs, err)
	}
	if rs, err = b.s.RecordsOfGroups(t.Context(), moved.ID); err != nil || len(rs) != 1 || rs[0].ID != moved.ID {
		t.Errorf("a group of its own: %+v, %v", rs, err)
	}
	r3 := rec(obsID(stream(1), 9, "a"), 3, p)
	r3.Group = "h"
	b.put(r3)
	rs, err = b.s.RecordsOfGroups(t.Context(), "h", "none", moved.ID, "g", "h")
	b.must(err)
	if len(rs) != 3 || rs[0].ID != moved.ID || rs[1].ID != r3.ID || rs[2].ID != r2.ID {
		t.Errorf("of several groups, by id: %+v", rs)
	}
	if rs, err = b.s.RecordsOfGroups(t.Context()); err != nil || len(rs) != 0 {
		t.Errorf("of no group: %+v, %v", rs, err)
	}
}

// testNeverOvertaken delays an evaluation after its read, lets another evaluation with a later read complete, and then
// continues the first: the first must not overwrite the second. If Batches exclude one another, the second waits, with
// the same result.
func testNeverOvertaken(t *testing.T, h Harness) {
	b := open(t, h)
	p := place("u", 20200101)
	r1, r2 := rec(obsID(stream(1), 1, "a"), 1, p), rec(obsID(stream(2), 1, "a"), 1, p)
	r3 := rec(obsID(stream(3), 1, "a"), 1, p)
	r1.Group, r2.Group, r3.Group = "g", "g", "g"
	b.put(r1, r3) // two members: a store need not evaluate a single one
	second := make(chan error, 1)
	started := false
	slow := func(r *store.Record) merge.Member {
		if !started {
			started = true
			go func() {
				ctx := context.Background()
				second <- b.s.Batch(ctx, func(st store.Steps) error {
					if _, err := replace(ctx, st, []store.Record{r2}); err != nil {
						return err
					}
					_, err := st.Regroup(ctx, []string{"g"}, selfOf)
					return err
				})
			}()
			select {
			case err := <-second:
				second <- err
			case <-time.After(100 * time.Millisecond):
			}
		}
		return selfOf(r)
	}
	b.do(func(ctx context.Context, st store.Steps) error {
		_, err := st.Regroup(ctx, []string{"g"}, slow)
		return err
	})
	if !started {
		t.Fatal("two members of a group were evaluated without asking them")
	}
	b.must(<-second)
	if got := b.groupSeen(r1.ID); !slices.Equal(got, []string{r1.ID, r2.ID, r3.ID}) {
		t.Errorf("the earlier read won: %v", got)
	}
}

func testGroupRace(t *testing.T, h Harness) {
	b := open(t, h)
	ids := make([]string, 16)
	errs := make([]error, 16)
	race(len(ids), func(i int) {
		r := rec(obsID(stream(i), 1, "a"), 1, place("u", 20200101))
		r.Group, ids[i] = "g", r.ID
		ctx := t.Context()
		errs[i] = b.s.Batch(ctx, func(st store.Steps) error {
			if _, err := replace(ctx, st, []store.Record{r}); err != nil {
				return err
			}
			_, err := st.Regroup(ctx, []string{"g"}, selfOf)
			return err
		})
	})
	for _, err := range errs {
		b.must(err)
	}
	if got := b.groupSeen(ids[0]); !slices.Equal(got, ids) {
		t.Errorf("the last evaluation has %v, want all 16", got)
	}
}
