package imports

import "slices"

// touches counts the rows of each group by the hash of its name: eight bytes a row, in parts by the first byte of the hashes, so that a
// growing part is copied alone.
type touches [256][]uint64

func (t *touches) add(hash uint64) {
	part := &t[hash>>56]
	*part = append(*part, hash)
}

// sort makes ready for of, when all is added, and gives the room for growth back.
func (t *touches) sort() {
	for i, part := range t {
		slices.Sort(part)
		t[i] = slices.Clone(part)
	}
}

// of is the number of rows that touch a group.
func (t *touches) of(hash uint64) int {
	part := t[hash>>56]
	from, _ := slices.BinarySearch(part, hash)
	to, _ := slices.BinarySearch(part[from:], hash+1) // no loop: all rows may share one group
	return to
}
