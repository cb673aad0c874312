package sqlitestore

import (
	"strconv"
)

// groupIndex finds the records that name a group. Its keys begin with the day that stands at the end of an
// event's key, so that what arrives together lies together.
type groupIndex struct {
	added, removed map[[2]int64]bool
}

func (s *Store) loadGroups(*conn) error {
	s.groups = &groupIndex{added: map[[2]int64]bool{}, removed: map[[2]int64]bool{}}
	return nil
}

// groupKey is the number under which a group's members are found: day (16 bits), hash (47 bits).
func groupKey(name string) int64 {
	day := int64(0)
	if cut := len(name) - 9; cut >= 0 && name[cut] == '|' {
		if n, err := strconv.ParseUint(name[cut+1:], 10, 32); err == nil {
			day = int64(n/10000*372+n/100%100*31+n%100) & 0xffff //nolint:gosec // 32 bits
		}
	}
	return day<<47 | int64(fnv64(name)&(1<<47-1)) //nolint:gosec // 47 bits
}

// fnv64 is FNV-1a with a last stirring: its bits stand in the file.
func fnv64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	return h * 0x9e3779b97f4a7c15 >> 8
}

func (x *groupIndex) add(key, record int64) {
	at := [2]int64{key, record}
	delete(x.removed, at)
	x.added[at] = true
}

func (x *groupIndex) remove(key, record int64) {
	at := [2]int64{key, record}
	delete(x.added, at)
	x.removed[at] = true
}

// find returns the stored members, less those removed in this batch.
func (x *groupIndex) find(c *conn, key int64) (records []int64, err error) {
	err = c.each(`SELECT r FROM member WHERE g=?`, func(r row) error {
		if n := r.int(0); !x.removed[[2]int64{key, n}] {
			records = append(records, n)
		}
		return nil
	}, key)
	return records, err
}

// stored is find for readers.
func (x *groupIndex) stored(c *conn, key int64) (records []int64, err error) {
	err = c.each(`SELECT r FROM member WHERE g=?`, func(r row) error {
		records = append(records, r.int(0))
		return nil
	}, key)
	return records, err
}

func (x *groupIndex) mayHave(int64) bool { return true }

func (x *groupIndex) settle(bool) {
	clear(x.added)
	clear(x.removed)
}
