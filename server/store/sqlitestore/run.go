package sqlitestore

import (
	"encoding/binary"
	"slices"
)

// sortedRun is a sorted run of pairs, in pages of pagePairs; 16 bytes a pair, big-endian.
type sortedRun struct {
	id     int64
	n      int
	fences []int64  // the first key of each page
	filter []uint64 // four bits of one word for each key; four keys a word
}

const pagePairs = 240 // a page of pairs and its row fit into a page of the file

func readRun(r row) *sortedRun {
	out := &sortedRun{id: r.int(0), n: int(r.int(1))}
	for b := r.s.ColumnRawBlob(2); len(b) >= 8; b = b[8:] {
		out.fences = append(out.fences, int64(binary.BigEndian.Uint64(b)))
	}
	return out
}

func (x *groupIndex) loadRuns(c *conn) error {
	err := c.each(`SELECT id, n, fences FROM run ORDER BY id`, func(r row) error { x.runs = append(x.runs, readRun(r)); return nil })
	for _, r := range x.runs {
		if err != nil {
			return err
		}
		r.filter = make([]uint64, r.n/4+1)
		err = r.pages(c, 0, len(r.fences), func(b []byte) {
			for ; len(b) >= 16; b = b[16:] {
				r.addToFilter(int64(binary.BigEndian.Uint64(b)))
			}
		})
	}
	return err
}

func (r *sortedRun) pageKey(i int) int64 { return r.id<<24 | int64(i) }

// pages reads pages from..to.
func (r *sortedRun) pages(c *conn, from, to int, fn func(b []byte)) error {
	return c.each(`SELECT d FROM run_page WHERE k>=? AND k<?`, func(x row) error {
		fn(x.s.ColumnRawBlob(0))
		return nil
	}, r.pageKey(from), r.pageKey(to))
}

// filterBits is a key's word in the filter, and its bits.
func (r *sortedRun) filterBits(key int64) (word int, mask uint64) {
	h := uint64(key) * 0x9e3779b97f4a7c15
	word = int(h >> 32 * uint64(len(r.filter)) >> 32)
	h = (h ^ h>>29) * 0xbf58476d1ce4e5b9
	return word, 1<<(h>>58) | 1<<(h>>52&63) | 1<<(h>>46&63) | 1<<(h>>40&63)
}

func (r *sortedRun) addToFilter(key int64) {
	word, mask := r.filterBits(key)
	r.filter[word] |= mask
}

func (r *sortedRun) mayHave(key int64) bool {
	word, mask := r.filterBits(key)
	return r.filter[word]&mask == mask
}

// find appends the records under a key.
func (r *sortedRun) find(c *conn, key int64, out []int64) ([]int64, error) {
	from, _ := slices.BinarySearch(r.fences, key) // these pages begin with the key or later keys
	to := from
	for to < len(r.fences) && r.fences[to] == key {
		to++
	}
	err := r.pages(c, max(from-1, 0), to, func(b []byte) {
		for ; len(b) >= 16; b = b[16:] {
			switch k := int64(binary.BigEndian.Uint64(b)); {
			case k == key:
				out = append(out, int64(binary.BigEndian.Uint64(b[8:])))
			case k > key:
				return
			}
		}
	})
	return out, err
}

// pairs appends all pairs.
func (r *sortedRun) pairs(c *conn, ps []pair) ([]pair, error) {
	ps = slices.Grow(ps, r.n)
	err := r.pages(c, 0, len(r.fences), func(b []byte) {
		for ; len(b) >= 16; b = b[16:] {
			ps = append(ps, pair{int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:]))})
		}
	})
	return ps, err
}

func (r *sortedRun) drop(c *conn) error {
	return firstError(
		func() error {
			return c.exec(`DELETE FROM run_page WHERE k>=? AND k<?`, r.pageKey(0), r.pageKey(len(r.fences)))
		},
		func() error { return c.exec(`DELETE FROM run WHERE id=?`, r.id) },
	)
}

// writeRun stores sorted pairs as a run.
func writeRun(c *conn, id int64, ps []pair) (*sortedRun, error) {
	r := &sortedRun{id: id, n: len(ps), filter: make([]uint64, len(ps)/4+1)}
	s, err := c.stmt(`INSERT INTO run_page(k, d) VALUES(?, ?)`)
	if err != nil {
		return nil, err
	}
	var page, fences []byte
	for chunk := range slices.Chunk(ps, pagePairs) {
		page = page[:0]
		for _, p := range chunk {
			page = binary.BigEndian.AppendUint64(page, uint64(p[0]))
			page = binary.BigEndian.AppendUint64(page, uint64(p[1]))
			r.addToFilter(p[0])
		}
		if err := put(s, r.pageKey(len(r.fences)), page); err != nil {
			return nil, err
		}
		r.fences = append(r.fences, chunk[0][0])
		fences = binary.BigEndian.AppendUint64(fences, uint64(chunk[0][0]))
	}
	return r, c.exec(`INSERT INTO run(id, n, fences) VALUES(?,?,?)`, id, int64(r.n), fences)
}
