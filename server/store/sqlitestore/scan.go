package sqlitestore

import (
	"context"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// maxGathered bounds the records gathered from the places of one kind. With more records of a kind, a scan of all
// records is better, since it soon fills a page.
const maxGathered = 1 << 16

// ScanRecords pages through records by stream, sequence, hash; odd ids come last. The records of a unit, or of a kind,
// are found through their places. Any other query, and a query for a frequent kind, scans all records.
func (s *Store) ScanRecords(ctx context.Context, q store.RecordQuery) (out []store.Record, err error) {
	f := recordScan{s: s, q: q, limit: int(pageSize(q.Limit)), out: &out}
	if !f.resolve() {
		return nil, nil
	}
	err = s.read(ctx, func(v *view) error {
		if q.Unit == "" && q.Kind == "" {
			return f.scanAll(v)
		}
		numbers, many, err := f.placeNumbers(v)
		if err != nil {
			return err
		}
		if many {
			return f.scanAll(v)
		}
		return f.byPlace(v, numbers)
	})
	return out, err
}

type recordScan struct {
	s          *Store
	q          store.RecordQuery
	unit, kind int64
	limit      int
	out        *[]store.Record
	after      recordOrder
}

// recordOrder is a position in the order of records.
type recordOrder struct {
	odd    bool
	stream string
	seq    uint64
	tail   string
}

func (a recordOrder) before(b recordOrder) bool {
	if a.odd != b.odd {
		return b.odd
	}
	if a.stream != b.stream {
		return a.stream < b.stream
	}
	if a.seq != b.seq {
		return a.seq < b.seq
	}
	return a.tail < b.tail
}

func orderOf(id string) recordOrder {
	stream, seq, hash, ok := cutID(id)
	if !ok {
		return recordOrder{odd: true, tail: id}
	}
	return recordOrder{stream: stream, seq: seq, tail: string(hash[:])}
}

// resolve looks up the numbers of the query's names; false if a name has no number.
func (f *recordScan) resolve() bool {
	f.unit, f.kind = f.s.units.find(f.q.Unit), f.s.kinds.find(f.q.Kind)
	if f.q.After != "" {
		f.after = orderOf(f.q.After)
	}
	return (f.q.Unit == "" || f.unit != 0) && (f.q.Kind == "" || f.kind != 0)
}

func (f *recordScan) fits(p int64) bool {
	unit, kind, day := unpackPlace(p)
	return (f.unit == 0 || unit == f.unit) && (f.kind == 0 || kind == f.kind) &&
		(f.q.From == 0 || day >= f.q.From) && (f.q.To == 0 || day <= f.q.To)
}

// scanAll reads all records after the query's position, stream by stream.
func (f *recordScan) scanAll(v *view) error {
	if !f.after.odd {
		err := v.eachStream(f.after.stream, true, func(id string) error {
			n, from := f.s.streams.find(id), uint64(0)
			if id == f.after.stream {
				from = f.after.seq
			}
			err := f.chunks(v, n<<(32-chunkBits)|int64(from>>chunkBits), (n+1)<<(32-chunkBits)-1)
			if err == nil && f.full() {
				err = errStop
			}
			return err
		})
		if err != nil || f.full() {
			return err
		}
	}
	return f.scanOdd(v)
}

func (f *recordScan) full() bool { return len(*f.out) >= f.limit }

func (f *recordScan) chunks(v *view, from, to int64) error {
	return v.c.each(`SELECT k, d FROM chunk WHERE k BETWEEN ? AND ? ORDER BY k`, func(r row) error {
		c, err := decodeChunk(r.int(0), r.blob(1))
		if err != nil {
			return err
		}
		for _, e := range c.entries {
			if err := f.take(e); err != nil {
				return err
			}
		}
		if f.full() {
			return errStop
		}
		return nil
	}, from, to)
}

// take adds an entry to the page if it matches, lies after the query's position, and there is room.
func (f *recordScan) take(e *entry) error {
	if f.full() || !f.fits(e.storedPlace()) {
		return nil
	}
	if f.q.After != "" && !f.after.before(orderOf(e.id(f.s))) {
		return nil
	}
	if err := e.parse(f.s); err != nil {
		return err
	}
	*f.out = append(*f.out, e.rec)
	return nil
}

// scanOdd reads and sorts all odd entries every time, since they are few.
func (f *recordScan) scanOdd(v *view) error {
	var es []*entry
	err := v.c.each(`SELECT k, d FROM chunk WHERE k<0`, func(r row) error {
		c, err := decodeChunk(r.int(0), r.blob(1))
		if err == nil {
			es = append(es, c.entries...)
		}
		return err
	})
	if err != nil {
		return err
	}
	return f.takeSorted(es)
}

func (f *recordScan) takeSorted(es []*entry) error {
	slices.SortFunc(es, func(a, b *entry) int {
		x, y := orderOf(a.id(f.s)), orderOf(b.id(f.s))
		switch {
		case x.before(y):
			return -1
		case y.before(x):
			return 1
		}
		return 0
	})
	for _, e := range es {
		if err := f.take(e); err != nil {
			return err
		}
	}
	return nil
}

// byPlace takes the records that came to the query's places.
func (f *recordScan) byPlace(v *view, numbers []int64) error {
	byStream := map[string][]int64{}
	var odd []*entry
	for _, n := range sortedSet(numbers) {
		if n < 0 {
			if err := v.eachNumbered(n, func(e *entry) { odd = append(odd, e) }); err != nil {
				return err
			}
			continue
		}
		key, _ := chunkOf(n)
		text := f.s.streams.text(streamOf(key))
		if text >= f.after.stream && !f.after.odd {
			byStream[text] = append(byStream[text], n)
		}
	}
	for _, text := range sortedKeys(byStream) {
		if err := f.takeNumbered(v, byStream[text]); err != nil || f.full() {
			return err
		}
	}
	return f.takeSorted(odd)
}

func (f *recordScan) takeNumbered(v *view, ns []int64) (err error) {
	var c *chunk
	for _, n := range ns {
		key, low := chunkOf(n)
		if f.full() {
			return nil
		}
		if streamText := f.s.streams.text(streamOf(key)); streamText == f.after.stream && seqOf(key, low) < f.after.seq {
			continue
		}
		if c == nil || c.key != key {
			if c, err = v.chunk(key); err != nil {
				return err
			}
		}
		for _, e := range c.entries {
			if e.low == low {
				if err := f.take(e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// placeNumbers returns the numbers of the records that came to the unit's places, or to the places of every unit if
// the query names only a kind; many reports more records of the kind than worth gathering.
func (f *recordScan) placeNumbers(v *view) (numbers []int64, many bool, err error) {
	from, to := f.q.From, f.q.To
	if to == 0 {
		to = clock.Day(1<<dayBits - 1)
	}
	units := []int64{f.unit}
	if f.q.Unit == "" {
		if units = f.s.units.numbers(); len(units) > maxGathered {
			return nil, true, nil
		}
	}
	for _, unit := range units {
		for _, kind := range f.kinds() {
			err := v.c.each(`SELECT d FROM place WHERE p BETWEEN ? AND ?`, func(r row) error {
				d := reader{b: r.s.ColumnRawBlob(0)}
				if numbers = d.numbers(numbers); d.bad {
					return errChunk
				}
				return nil
			}, packPlace(unit, kind, from), packPlace(unit, kind, to))
			if err != nil {
				return nil, false, err
			}
			if f.q.Unit == "" && len(numbers) > maxGathered {
				return nil, true, nil
			}
		}
	}
	return numbers, false, nil
}

// kinds are the numbers of the query's kinds.
func (f *recordScan) kinds() []int64 {
	if f.kind != 0 {
		return []int64{f.kind}
	}
	var kinds []int64
	for k := range int64(maxKinds) + 1 {
		if k == 0 || f.s.kinds.text(k) != "" {
			kinds = append(kinds, k)
		}
	}
	return kinds
}
