package sqlitestore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Batches large enough to make runs of their own, and enough Batches to merge runs: every group is found in the same
// database and in a reopened database, by the writer and by readers; departed records stay away.
func TestManyGroups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "groups.db")
	open := func() store.Store {
		s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	const batches, size = 10, 2200
	name := func(n int) string { return fmt.Sprintf("plate|02|冀F%05d|register|202012%02d", n, 1+n%28) }
	stream := wire.StreamID{Device: "dev0000001", Epoch: "ep0ch001"}
	id := func(n int) wire.ObsID { return wire.NewObsID(stream, uint64(n+1), wire.Hash{byte(n), byte(n >> 8)}) }
	s := open()
	put := func(recs []store.Record, regroup ...string) (members []string) {
		t.Helper()
		ctx := context.Background()
		err := s.Batch(ctx, func(st store.Steps) error {
			lost, err := st.ReplaceRecords(ctx, recs)
			if err != nil || len(lost) > 0 {
				return fmt.Errorf("lost %v: %w", lost, err)
			}
			members, err = st.Regroup(ctx, regroup, func(r *store.Record) merge.Member { return merge.Member{Record: r.ID} })
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return members
	}
	for b := range batches {
		recs := make([]store.Record, size)
		for i := range recs {
			n := b*size + i
			recs[i] = store.Record{
				ID: id(n).String(), Group: name(n % (batches*size - 5)), // the last five join the first five's groups
				State: merge.State{Obs: []merge.Obs{{ID: id(n), Act: wire.Create, Kind: "plate"}}},
			}
		}
		put(recs)
	}
	check := func(n, want int) {
		t.Helper()
		rs, err := s.RecordsOfGroups(t.Context(), name(n))
		if err != nil || len(rs) != want {
			t.Fatalf("group %d has %d records, want %d: %v", n, len(rs), want, err)
		}
		members := map[string]bool{}
		for _, m := range put(nil, name(n)) {
			members[m] = true
		}
		if len(members) != want {
			t.Fatalf("group %d is evaluated with %v, want %d", n, members, want)
		}
	}
	for _, when := range []string{"at once", "reopened"} {
		t.Log(when)
		for _, n := range []int{0, 4, 5, size, batches*size - 6} {
			check(n, map[bool]int{true: 2, false: 1}[n < 5])
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open()
	}
	rs, err := s.RecordsOfGroups(t.Context(), name(0))
	if err != nil {
		t.Fatal(err)
	}
	rs[0].Group = rs[0].ID
	put(rs[:1], name(0))
	check(0, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	check(0, 1)
}
