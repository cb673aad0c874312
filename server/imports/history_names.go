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

func (d namedLine) named() namedLine { return d }

func (d namedLine) compare(o namedLine) int {
	return cmp.Or(bytes.Compare(d.name[:], o.name[:]), cmp.Compare(d.line, o.line))
}

// rowLine is the first line of a row under its rowKey, with a digest of its values.
type rowLine struct {
	namedLine
	values keyDigest
}

// nameIndex finds lines by name. It is in parts by the first byte of the names: one that grows is copied, and a million at once would
// double the memory.
type nameIndex[T interface{ named() namedLine }] [256][]T

func (x *nameIndex[T]) add(v T) {
	part := &x[v.named().name[0]]
	*part = append(*part, v)
}

// sort makes ready for find, and gives the room for growth back.
func (x *nameIndex[T]) sort() {
	for i, part := range x {
		slices.SortFunc(part, func(a, b T) int { return a.named().compare(b.named()) })
		x[i] = slices.Clone(part)
	}
}

// find returns the lines under a name in the order of the log. The index is sorted.
func (x *nameIndex[T]) find(name lineName) []T {
	part := x[name[0]]
	from, _ := slices.BinarySearchFunc(part, name, func(v T, name lineName) int { return v.named().compare(namedLine{name: name}) })
	to := from
	for to < len(part) && part[to].named().name == name {
		to++
	}
	return part[from:to]
}

// shared calls do with all lines of each name that has several, in the order of the names. It stops at the first error.
func (x *nameIndex[T]) shared(do func([]T) error) error {
	for _, part := range x {
		for from := 0; from < len(part); {
			to := from + 1
			for to < len(part) && part[to].named().name == part[from].named().name {
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
