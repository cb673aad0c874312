package doubts

import (
	"context"
	"maps"
	"slices"

	"roadbook/sync/doubt"
)

// mostEqual bounds the neighbours of a record under an equal key: the first by id. A number on a thousand records makes ten
// doubts about each record, not a thousand.
const mostEqual = 10

// neighbours finds for each record the counting records under the keys of its looks.
func (b *batch) neighbours(ctx context.Context, ids []string) (map[string][]doubt.Neighbour, error) {
	looks := map[string][]string{} // key → records looking there
	var groups []string
	for _, id := range ids {
		if b.views[id] == nil {
			continue
		}
		for _, key := range doubt.Looks(b.views[id], b.f.cfg.Schema) {
			if group, isGroup := doubt.GroupOf(key); isGroup && looks[key] == nil {
				groups = append(groups, group)
			}
			looks[key] = append(looks[key], id)
		}
	}
	near, err := b.near(ctx, groups, looks)
	if err != nil {
		return nil, err
	}
	out := map[string][]doubt.Neighbour{}
	for key, from := range looks {
		at := near[key]
		if _, isGroup := doubt.GroupOf(key); !isGroup {
			if at, err = b.bucket(ctx, hashOf(key)); err != nil {
				return nil, err
			}
		}
		for _, id := range from {
			out[id] = append(out[id], b.neighboursAt(key, id, at)...)
		}
	}
	return out, nil
}

// near finds the records under keys of groups: by their groups, and linked records by the Follower's memory.
func (b *batch) near(ctx context.Context, groups []string, looks map[string][]string) (map[string][]string, error) {
	slices.Sort(groups)
	var all []string
	for some := range slices.Chunk(groups, groupsAtOnce) {
		recs, err := b.f.cfg.Store.RecordsOfGroups(ctx, some...)
		if err != nil {
			return nil, err
		}
		if err := b.add(ctx, recs); err != nil {
			return nil, err
		}
		for i := range recs {
			all = append(all, recs[i].ID)
		}
	}
	if len(b.f.memory.linked) > 0 {
		for key := range looks {
			for id := range b.f.memory.linked[key] {
				all = append(all, id)
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if err := b.load(ctx, all...); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, id := range all {
		if b.counts(b.views[id]) {
			for _, key := range b.keys(id) {
				out[key] = append(out[key], id)
			}
		}
	}
	return out, nil
}

// neighboursAt are the neighbours of a record among the counting records under a key.
func (b *batch) neighboursAt(key, id string, at []string) (out []doubt.Neighbour) {
	code := doubt.CodeOf(key)
	for _, other := range at {
		if other != id && (code != doubt.CodeSameNumber || len(out) < mostEqual) {
			v := b.views[other]
			out = append(out, doubt.Neighbour{Code: code, Record: other, Unit: v.Unit, Day: v.Day.String()})
		}
	}
	return out
}

// bucketPage is the number of rows of a bucket read at once.
const bucketPage = 100

// bucket reads the first counting records by id under an equal key: the neighbours of any record, and a further record.
func (b *batch) bucket(ctx context.Context, hash string) ([]string, error) {
	if found, known := b.found[hash]; known {
		return found, nil
	}
	var found []string
	err := b.eachInBucket(ctx, hash, func(id string) bool {
		if b.hasKey(id, hash) && b.counts(b.views[id]) {
			found = append(found, id)
		}
		return len(found) <= mostEqual
	})
	b.found[hash] = found
	return found, err
}

// eachInBucket calls fn with the records of a bucket, read, until fn returns false.
func (b *batch) eachInBucket(ctx context.Context, hash string, fn func(id string) bool) error {
	for after := ""; ; {
		rows, err := b.f.cfg.Store.ScanSide(ctx, equalPrefix(hash), after, bucketPage)
		if err != nil {
			return err
		}
		ids := make([]string, len(rows))
		for i := range rows {
			ids[i] = recordAt(rows[i].Key)
		}
		if err := b.load(ctx, ids...); err != nil {
			return err
		}
		for _, id := range ids {
			if !fn(id) {
				return nil
			}
		}
		if len(rows) < bucketPage {
			return nil
		}
		after = rows[len(rows)-1].Key
	}
}

// hasKey reports whether the record bears the key: a row of a bucket may be left over.
func (b *batch) hasKey(id, hash string) bool {
	return slices.ContainsFunc(b.keys(id), func(key string) bool { return hashOf(key) == hash })
}

// addBucket adds the records whose neighbours change with a record of the bucket: all, unless the record stands behind
// all named neighbours.
func (b *batch) addBucket(ctx context.Context, hash, id string, out map[string]bool) error {
	first, err := b.bucket(ctx, hash)
	if err != nil || len(first) > mostEqual && id > first[mostEqual] {
		return err
	}
	return b.eachInBucket(ctx, hash, func(other string) bool {
		out[other] = true
		return true
	})
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
