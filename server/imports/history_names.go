package imports

import (
	"bytes"
	"cmp"
	"slices"
)

// lineName is the begin of a digest: 96 bits, so that two names of a store never have one.
type lineName [12]byte

func lineNameOf(text string) (n lineName) {
	d := digestOfKey(text)
	copy(n[:], d[:])
	return n
}

// namedLine is a line's index under a name.
type namedLine struct {
	name lineName
	line uint32
}

func (d namedLine) compare(o namedLine) int {
	return cmp.Or(bytes.Compare(d.name[:], o.name[:]), cmp.Compare(d.line, o.line))
}

// nameIndex finds lines by name. It is in parts by the first byte of the names: one that grows is copied, and a million at once would
// double the memory.
type nameIndex [256][]namedLine

func (x *nameIndex) add(v namedLine) {
	part := &x[v.name[0]]
	*part = append(*part, v)
}

// sort makes ready for find, and gives the room for growth back.
func (x *nameIndex) sort() {
	for i, part := range x {
		slices.SortFunc(part, namedLine.compare)
		x[i] = slices.Clone(part)
	}
}

// find returns the lines under a name in the order of the log. The index is sorted.
func (x *nameIndex) find(name lineName) []namedLine {
	part := x[name[0]]
	from, _ := slices.BinarySearchFunc(part, namedLine{name: name}, namedLine.compare)
	to := from
	for to < len(part) && part[to].name == name {
		to++
	}
	return part[from:to]
}

// shared calls do with all lines of each name that has several, in the order of the names. It stops at the first error.
func (x *nameIndex) shared(do func([]namedLine) error) error {
	for _, part := range x {
		for from := 0; from < len(part); {
			to := from + 1
			for to < len(part) && part[to].name == part[from].name {
				to++
			}
			if to > from+1 {
				if err := do(part[from:to]); err != nil {
					return err
				}
			}
			from = to
		}
	}
	return nil
}
