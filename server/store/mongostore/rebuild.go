package mongostore

import (
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
)

// rebuildPage is the number of chunks one round of Rebuild reads.
const rebuildPage = 64

// Rebuild evaluates every group and counts every bucket anew under a version of the catalogue. Other processes may go
// on in the meantime; until the end, sums are a mixture of versions. After the change of version, Rebuild looks once
// more for buckets counted by the old version in the meantime. An interrupted Rebuild may be run again: buckets
// already counted under the version are skipped, except if the version is already current, since a full recount under
// the same name is then intended.
func (s *Store) Rebuild(ctx context.Context, version string, self store.SelfFunc, count store.CountFunc, progress func(done, of int64)) error {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	_, total, err := s.docs.Total(ctx, Records, "size", nil)
	if err != nil {
		return err
	}
	current, err := s.CountedBy(ctx)
	if err != nil {
		return err
	}
	st := &steps{Store: s, version: version, rebuilding: true}
	return s.batch(ctx, st, func(st *steps) error {
		buckets, err := st.regroupAll(ctx, self, current == version)
		if err != nil {
			return err
		}
		var done int64
		for chunk := range slices.Chunk(buckets, bucketsAtOnce) {
			n, err := st.recountBuckets(ctx, chunk, nil, count)
			if err != nil {
				return err
			}
			done = min(done+int64(n), total)
			progress(done, total)
		}
		if err := st.makeVersionCurrent(ctx); err != nil {
			return err
		}
		if err := st.recountStale(ctx, count); err != nil {
			return err
		}
		progress(total, total)
		return nil
	})
}

// regroupAll evaluates the groups of all records and returns the ids of the buckets with a document or a record: all
// buckets, or those without a final count under the version.
func (s *steps) regroupAll(ctx context.Context, self store.SelfFunc, all bool) ([]string, error) {
	buckets := map[string]struct{}{}
	for after := ""; ; {
		raws, err := s.docs.Scan(ctx, Records, Query{
			Where: []Cond{{"_id", Above, after}}, Sort: "_id", Limit: rebuildPage, Only: []string{"leaves", "groups"},
		})
		if err != nil {
			return nil, err
		}
		docs, err := decodeAll[chunkDoc](raws)
		if err != nil {
			return nil, err
		}
		if len(docs) == 0 {
			break
		}
		var names []string
		for i := range docs {
			names = append(names, docs[i].Groups...)
			for _, bucket := range docs[i].Buckets {
				buckets[bucket] = struct{}{}
			}
		}
		if _, err := s.Regroup(ctx, names, self); err != nil {
			return nil, err
		}
		after = docs[len(docs)-1].ID
	}
	if err := s.regroupStored(ctx, self); err != nil {
		return nil, err
	}
	raws, err := s.docs.Scan(ctx, Buckets, Query{Only: []string{"version", "epoch", "counted"}})
	if err != nil {
		return nil, err
	}
	docs, err := decodeAll[bucketDoc](raws)
	for i := range docs {
		if d := &docs[i]; all || d.Version != s.version || d.Counted != d.Epoch {
			buckets[d.ID] = struct{}{}
		} else {
			delete(buckets, d.ID)
		}
	}
	return slices.Sorted(maps.Keys(buckets)), err
}

// regroupStored evaluates the groups with a stored evaluation: a group without any record loses its members.
func (s *steps) regroupStored(ctx context.Context, self store.SelfFunc) error {
	for after := ""; ; {
		page, err := s.Groups(ctx, after, rebuildPage)
		if err != nil || len(page) == 0 {
			return err
		}
		names := make([]string, len(page))
		for i := range page {
			names[i] = page[i].Name
		}
		after = names[len(names)-1]
		if _, err := s.Regroup(ctx, names, self); err != nil {
			return err
		}
	}
}

// makeVersionCurrent makes the version current.
func (s *steps) makeVersionCurrent(ctx context.Context) error {
	taken, err := s.docs.Insert(ctx, Meta, []any{metaDoc{ID: "catalogue", Version: s.version}})
	if err == nil && taken[0] {
		_, err = s.docs.Change(ctx, Meta, []Change{{ID: "catalogue", Set: bson.D{{Key: "version", Value: s.version}}}})
	}
	if err == nil {
		s.currentVersion.Store(&s.version)
	}
	return err
}

// CountAs counts under the version that another process made current.
func (s *Store) CountAs(ctx context.Context, version string) error {
	current, err := s.CountedBy(ctx)
	if err != nil {
		return err
	}
	if current != version {
		return wrongVersion(current, version)
	}
	s.currentVersion.Store(&version)
	return nil
}

// recountStale counts the buckets last counted under another version, and buckets that another process raised and has not
// counted yet: that process may have found the old version current, and its count loses against this later one.
func (s *steps) recountStale(ctx context.Context, count store.CountFunc) error {
	raws, err := s.docs.Scan(ctx, Buckets, Query{Only: []string{"version", "epoch", "counted"}})
	if err != nil {
		return err
	}
	docs, err := decodeAll[bucketDoc](raws)
	if err != nil {
		return err
	}
	var stale []string
	for i := range docs {
		if docs[i].Version != s.version || docs[i].Counted != docs[i].Epoch {
			stale = append(stale, docs[i].ID)
		}
	}
	for chunk := range slices.Chunk(stale, bucketsAtOnce) {
		if _, err := s.recountBuckets(ctx, chunk, nil, count); err != nil {
			return err
		}
	}
	return nil
}
