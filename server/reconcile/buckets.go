package reconcile

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sort"
)

// buckets are entries under hashes of names, sixteen bytes each. Two names of one hash only cost a second look.
type buckets struct {
	here []*Entry // sorted by time
	list []bucketed
}

type bucketed struct {
	hash  uint64
	place uint32 // in here
}

var bucketSeed = maphash.MakeSeed()

func hashOf(name string) uint64 { return maphash.String(bucketSeed, name) }

// newBuckets puts the unmatched entries under the names of index.
func newBuckets(here []*Entry, index func(*Entry) []string) *buckets {
	names := 0
	for _, e := range here {
		if !e.matched {
			names += len(index(e))
		}
	}
	b := &buckets{here: here, list: make([]bucketed, 0, names)} // never grown: a copy would double the memory
	for i, e := range here {
		if e.matched {
			continue
		}
		for _, name := range index(e) {
			b.list = append(b.list, bucketed{hashOf(name), uint32(i)})
		}
	}
	slices.SortFunc(b.list, func(x, y bucketed) int { return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.place, y.place)) })
	return b
}

// named is a bucket, sorted by time.
func (b *buckets) named(name string) []bucketed {
	hash := hashOf(name)
	from := sort.Search(len(b.list), func(i int) bool { return b.list[i].hash >= hash })
	size := sort.Search(len(b.list)-from, func(i int) bool { return b.list[from+i].hash > hash })
	return b.list[from : from+size]
}

// around calls do with the entries of a bucket near a row's moment, and half a day before and after.
func (b *buckets) around(name string, t *Entry, do func(*Entry)) {
	const halfDay = noon * 60_000
	bucket := b.named(name)
	if len(bucket) <= 4*neighbours {
		for _, x := range bucket {
			do(b.here[x.place])
		}
		return
	}
	for _, at := range []int64{t.At, t.At - halfDay, t.At + halfDay} {
		i := sort.Search(len(bucket), func(i int) bool { return b.here[bucket[i].place].At >= at })
		for _, x := range bucket[max(i-neighbours, 0):min(i+neighbours, len(bucket))] {
			do(b.here[x.place])
		}
	}
}
