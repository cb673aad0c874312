package verify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

var errKilled = errors.New("killed")

// rebuildScript is called at every step of the simulated engine. It counts the stored buckets, lets a clerk sync before
// a given bucket, and kills the process at another.
type rebuildScript struct {
	stored, syncAt, killAt int
	sync                   func()
	asleep                 bool
}

func (s *rebuildScript) Step(_ context.Context, op string) error {
	if op != "before change leaves" || s.asleep {
		return nil
	}
	s.stored++
	if s.stored == s.syncAt {
		s.asleep = true
		s.sync()
		s.asleep = false
	}
	if s.stored == s.killAt {
		return errKilled
	}
	return nil
}

// A rebuild beside a syncing clerk, killed half-way and run again, gives the same result as an undisturbed rebuild: the
// sums of a recount, none counted twice, and the version in force only at the end. The second run counts fewer buckets
// than a first run.
func TestRebuildKilledUnderSync(t *testing.T) {
	const buckets = 40
	for _, killAt := range []int{1, 10, 19, 28, 37, 99} { // 99: never
		for _, syncAt := range []int{1, min(killAt, buckets/2), buckets} {
			t.Run(fmt.Sprintf("killed at %d, synced at %d", killAt, syncAt), func(t *testing.T) { rebuildOnce(t, buckets, killAt, syncAt) })
		}
	}
}

func rebuildOnce(t *testing.T, buckets, killAt, syncAt int) {
	t.Helper()
	act := &rebuildScript{asleep: true}
	s, err := mongostore.New(t.Context(), simdoc.New(act), mongostore.Config{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, s)
	for i := range buckets - 2 { // each on a day, and so in a bucket, of its own
		w.now = w.now.AddDate(0, 0, 1)
		w.plate(w.a, fmt.Sprintf("冀F9K%03d", i))
	}
	w.push(w.a)
	old := w.counter.Version()
	act.killAt, act.syncAt, act.asleep = killAt, syncAt, false
	synced := int64(0)
	act.sync = func() {
		synced++
		w.plate(w.a, "冀F9K999")
		w.push(w.a)
	}
	twice := func(r *store.Record, group []merge.Member) []tally.Contribution { // the next catalogue doubles everything
		cs := slices.Clone(w.in.Count()(r, group))
		for i := range cs {
			cs[i].Amount *= 2
		}
		return cs
	}
	err = s.Rebuild(t.Context(), "next", w.in.Member(), twice, nil)
	first := act.stored
	if killed := errors.Is(err, errKilled); killed != (killAt <= buckets) || !killed && err != nil {
		t.Fatalf("killed at %d of %d: %v", killAt, first, err)
	}
	if by, _ := s.CountedBy(t.Context()); err != nil && by != old {
		t.Errorf("half a rebuild is in force: %q", by)
	}
	act.stored, act.killAt, act.syncAt = 0, 0, 0
	if err != nil {
		if err := s.Rebuild(t.Context(), "next", w.in.Member(), twice, nil); err != nil {
			t.Fatal(err)
		}
	}
	if by, _ := s.CountedBy(t.Context()); by != "next" {
		t.Errorf("in force is %q", by)
	}
	if done := killAt - 1; err != nil && act.stored > buckets-done+1 {
		t.Errorf("run again it stored %d buckets, of %d %d were done", act.stored, buckets, done)
	}
	rows, err := s.Sums(t.Context(), store.SumQuery{Measures: []string{"plate_sets"}, From: 20200101, To: 20211231})
	if err != nil {
		t.Fatal(err)
	}
	// Of newWorld's four plates two count: one was voided, another was issued by both clerks.
	if want := 2 * (int64(buckets-2) + 2 + synced); len(rows) != 1 || rows[0].Amount != want {
		t.Errorf("sums %+v, want %d", rows, want)
	}
}
