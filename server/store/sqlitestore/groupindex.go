package sqlitestore

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strconv"
)

// groupIndex finds the records naming a group: pairs (group key, record number). Nearly every record adds one
// pair, and nearly no pair is ever read again. So pairs are kept in sorted runs, one run per Batch, merged from time
// to time: writing is sequential whatever the groups' names. For most new groups, each run's filter in memory
// shows that the group is new. Pairs of small Batches gather in the table member first; removed pairs are listed in
// the table gone.
//
// The batch's changes are kept apart until endTransaction.
type groupIndex struct {
	runs    []*sortedRun
	member  map[int64][]int64
	members int
	gone    map[pair]bool
	added   []pair
	removed map[pair]bool
	next    *indexState // state after the batch's flush; nil before
}

// pair is a group's key and a record's number.
type pair [2]int64

func comparePairs(a, b pair) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }

// indexState is the state of the index after a flush.
type indexState struct {
	runs    []*sortedRun
	member  map[int64][]int64
	members int
}

const (
	memberLimit = 2048 // pairs in the table member before they become a run
	mergeRuns   = 8    // number of runs of like size to merge into one
	sizeBits    = 3    // like size: the same number of bits, divided by this
)

func (s *Store) loadGroups(c *conn) error {
	x := &groupIndex{
		member: map[int64][]int64{}, gone: map[pair]bool{}, removed: map[pair]bool{},
	}
	s.groups = x
	return firstError(
		func() error { return x.loadRuns(c) },
		func() error {
			return c.each(`SELECT g, r FROM member`, func(r row) error {
				x.member[r.int(0)] = append(x.member[r.int(0)], r.int(1))
				x.members++
				return nil
			})
		},
		func() error {
			return c.each(`SELECT g, r FROM gone`, func(r row) error { x.gone[pair{r.int(0), r.int(1)}] = true; return nil })
		},
	)
}

// groupKey is the number that identifies a group in the index: day (16 bits), hash (47 bits). It is stored in the
// file.
func groupKey(name string) int64 {
	day := int64(0)
	if cut := len(name) - 9; cut >= 0 && name[cut] == '|' {
		if n, err := strconv.ParseUint(name[cut+1:], 10, 32); err == nil {
			day = int64(n/10000*372+n/100%100*31+n%100) & 0xffff
		}
	}
	return day<<47 | int64(fnv64(name)&(1<<47-1))
}

// fnv64 is FNV-1a with an additional final mixing step.
func fnv64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	return h * 0x9e3779b97f4a7c15 >> 8
}

func (x *groupIndex) add(key, record int64) {
	at := pair{key, record}
	if len(x.removed) > 0 {
		delete(x.removed, at)
	}
	x.added = append(x.added, at)
}

func (x *groupIndex) remove(key, record int64) {
	at := pair{key, record}
	x.added = slices.DeleteFunc(x.added, func(p pair) bool { return p == at })
	x.removed[at] = true
}

// find returns the stored records under a key, without the removed pairs.
func (x *groupIndex) find(c *conn, key int64) (records []int64, err error) {
	records = append(records, x.member[key]...)
	for _, r := range x.runs {
		if r.mayHave(key) {
			if records, err = r.find(c, key, records); err != nil {
				return nil, err
			}
		}
	}
	return slices.DeleteFunc(records, func(n int64) bool {
		at := pair{key, n}
		return x.removed[at] || (x.gone[at] && !slices.Contains(x.added, at))
	}), nil
}

// mayHave reports whether a stored record may name the group; false is certain.
func (x *groupIndex) mayHave(key int64) bool {
	return len(x.member[key]) > 0 || slices.ContainsFunc(x.runs, func(r *sortedRun) bool { return r.mayHave(key) })
}

// storedMembers is find for readers: it uses only their snapshot of the file.
func storedMembers(c *conn, key int64) (records []int64, err error) {
	var runs []*sortedRun
	gather := func(r row) error { records = append(records, r.int(0)); return nil }
	if err := c.each(`SELECT r FROM member WHERE g=?`, gather, key); err != nil {
		return nil, err
	}
	err = c.each(`SELECT id, n, fences FROM run`, func(r row) error { runs = append(runs, readRun(r)); return nil })
	for _, r := range runs {
		if err == nil {
			records, err = r.find(c, key, records)
		}
	}
	if err != nil {
		return nil, err
	}
	err = c.each(`SELECT r FROM gone WHERE g=?`, func(r row) error {
		records = slices.DeleteFunc(records, func(n int64) bool { return n == r.int(0) })
		return nil
	}, key)
	return records, err
}

// flush writes the batch's pairs.
func (x *groupIndex) flush(c *conn) error {
	if len(x.added)+len(x.removed) == 0 {
		return nil
	}
	x.next = &indexState{runs: slices.Clone(x.runs), member: x.member, members: x.members}
	return firstError(
		func() error { return x.flushGone(c) },
		func() error { return x.flushAdded(c) },
		func() error { return x.merge(c) },
	)
}

func (x *groupIndex) flushGone(c *conn) error {
	for at := range x.removed {
		if err := c.exec(`INSERT OR IGNORE INTO gone(g, r) VALUES(?,?)`, at[0], at[1]); err != nil {
			return err
		}
	}
	if len(x.gone) == 0 {
		return nil
	}
	for _, at := range x.added {
		if x.gone[at] {
			if err := c.exec(`DELETE FROM gone WHERE g=? AND r=?`, at[0], at[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// flushAdded puts few pairs into the table member, and many pairs into a new run.
func (x *groupIndex) flushAdded(c *conn) error {
	if len(x.added) == 0 {
		return nil
	}
	fresh := slices.Clone(x.added)
	slices.SortFunc(fresh, comparePairs)
	fresh = slices.Compact(fresh)
	if x.members+len(fresh) <= memberLimit {
		x.next.member, x.next.members = maps.Clone(x.member), x.members+len(fresh)
		for _, at := range fresh {
			if err := c.exec(`INSERT OR IGNORE INTO member(g, r) VALUES(?,?)`, at[0], at[1]); err != nil {
				return err
			}
			if !slices.Contains(x.member[at[0]], at[1]) {
				x.next.member[at[0]] = append(slices.Clone(x.next.member[at[0]]), at[1])
			}
		}
		return nil
	}
	for key, records := range x.member {
		for _, n := range records {
			fresh = append(fresh, pair{key, n})
		}
	}
	slices.SortFunc(fresh, comparePairs)
	if x.members > 0 {
		if err := c.exec(`DELETE FROM member`); err != nil {
			return err
		}
	}
	x.next.member, x.next.members = map[int64][]int64{}, 0
	return x.newRun(c, slices.Compact(fresh))
}

func (x *groupIndex) newRun(c *conn, ps []pair) error {
	id := int64(1)
	for _, r := range x.next.runs {
		id = max(id, r.id+1)
	}
	r, err := writeRun(c, id, ps)
	x.next.runs = append(x.next.runs, r)
	return err
}

// merge merges runs of like size into one, once there are mergeRuns of them.
func (x *groupIndex) merge(c *conn) error {
	size := func(r *sortedRun) int { return bits.Len(uint(r.n)) / sizeBits }
	like := map[int]int{}
	for _, r := range x.next.runs {
		like[size(r)]++
	}
	for class, n := range like {
		if n < mergeRuns {
			continue
		}
		var ps []pair
		var rest []*sortedRun
		for _, r := range x.next.runs {
			if size(r) != class {
				rest = append(rest, r)
				continue
			}
			var err error
			if ps, err = r.pairs(c, ps); err != nil {
				return err
			}
			if err := r.drop(c); err != nil {
				return err
			}
		}
		x.next.runs = rest
		slices.SortFunc(ps, comparePairs)
		return x.newRun(c, slices.Compact(ps))
	}
	return nil
}

// endTransaction adopts or drops the batch's changes.
func (x *groupIndex) endTransaction(committed bool) {
	if committed && x.next != nil {
		x.runs, x.member, x.members = x.next.runs, x.next.member, x.next.members
		for at := range x.removed {
			x.gone[at] = true
		}
		for _, at := range x.added {
			delete(x.gone, at)
		}
	}
	x.next = nil
	x.added = x.added[:0]
	clear(x.removed)
}
