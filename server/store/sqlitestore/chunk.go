package sqlitestore

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
)

// chunk contains the records of a few neighbouring sequences of a stream: one row.
type chunk struct {
	key     int64
	entries []*entry // by low, tail
	stored  bool     // the table has a row
	dirty   bool
}

// entry is a record in a chunk. An entry is decoded only on request.
type entry struct {
	ref
	raw         []byte // as stored, without ref; nil after a change
	parsed      bool
	dirty       bool
	rec         store.Record
	packedPlace int64 // packed place
	// the contributions and the unit of the record's last count
	counted []contribution
	unit    int64
}

// contribution is one contribution included in the totals.
type contribution struct {
	measure int64
	day     clock.Day
	amount  int64
}

// The stored form of a chunk: entries one after another, each
//
//	low | odd<<7 (1 byte), tail (10 bytes; odd: length, text), length of the body, body
//
//	body = flags, revision, [place], [group], [unit], [contributions], [departed], state (merge.Encode)
const (
	flagOwnGroup  = 1 << iota // the group is the record's own id
	flagKindGroup             // the group begins with "kind|" of the place
	flagDayGroup              // the group ends with "|day" of the place
	flagPlace
	flagCounted
	flagUnit // counted for another unit than the place's
	flagDeparted
)

const oddBit = 0x80

var errChunk = errors.New("sqlitestore: a damaged row of records")

func (c *chunk) find(r ref) *entry {
	i, ok := c.search(r)
	if !ok {
		return nil
	}
	return c.entries[i]
}

func (c *chunk) search(r ref) (int, bool) {
	return slices.BinarySearchFunc(c.entries, r, func(e *entry, r ref) int {
		return cmp.Or(cmp.Compare(e.low, r.low), strings.Compare(e.tail, r.tail))
	})
}

// add inserts an entry for r, not stored yet.
func (c *chunk) add(r ref) *entry {
	i, _ := c.search(r)
	e := &entry{ref: r, parsed: true}
	c.entries = slices.Insert(c.entries, i, e)
	return e
}

func decodeChunk(key int64, b []byte) (*chunk, error) {
	c := &chunk{key: key, stored: true, entries: make([]*entry, 0, 1<<chunkBits)}
	all := make([]entry, 0, 1<<chunkBits)
	for d := (reader{b: b}); len(d.b) > 0; {
		first := d.byte()
		e := entry{ref: ref{chunk: key, low: first &^ oddBit, odd: first&oddBit != 0}}
		if e.odd {
			e.tail = string(d.take(int(d.uint())))
		} else {
			e.tail = string(d.take(10))
		}
		e.raw = d.take(int(d.uint()))
		if d.bad {
			return nil, errChunk
		}
		all = append(all, e)
	}
	for i := range all {
		c.entries = append(c.entries, &all[i])
	}
	return c, nil
}

// encode writes the chunk's row.
func (c *chunk) encode(s *Store, b, room []byte) (_, _ []byte) {
	for _, e := range c.entries {
		raw := e.raw
		if raw == nil {
			if e.rec.Rev == 0 {
				continue // cached, never stored
			}
			room = e.encode(s, room[:0])
			raw = room
		}
		if e.odd {
			b = append(b, e.low|oddBit)
			b = binary.AppendUvarint(b, uint64(len(e.tail)))
		} else {
			b = append(b, e.low)
		}
		b = append(b, e.tail...)
		b = binary.AppendUvarint(b, uint64(len(raw)))
		b = append(b, raw...)
	}
	return b, room
}

// id is the record's id.
func (e *entry) id(s *Store) string {
	switch {
	case e.rec.ID != "":
	case e.odd:
		e.rec.ID = e.tail
	default:
		e.rec.ID = joinID(s.streams.text(streamOf(e.chunk)), seqOf(e.chunk, e.low), e.tail)
	}
	return e.rec.ID
}

func (e *entry) encode(s *Store, b []byte) []byte {
	flags, group := e.groupForm(s)
	if e.packedPlace != 0 {
		flags |= flagPlace
	}
	if len(e.counted) > 0 {
		flags |= flagCounted
		if unit, _, _ := unpackPlace(e.packedPlace); unit != e.unit {
			flags |= flagUnit
		}
	}
	if len(e.rec.Departed) > 0 {
		flags |= flagDeparted
	}
	b = binary.AppendUvarint(append(b, flags), uint64(e.rec.Rev))
	if e.packedPlace != 0 {
		b = binary.AppendUvarint(b, uint64(e.packedPlace))
	}
	if flags&flagOwnGroup == 0 {
		b = appendText(b, group)
	}
	if flags&flagUnit != 0 {
		b = binary.AppendUvarint(b, uint64(e.unit))
	}
	if flags&flagCounted != 0 {
		b = e.appendCounted(b)
	}
	if flags&flagDeparted != 0 {
		b = appendDeparted(b, e.rec.Departed)
	}
	return merge.AppendEncode(b, &e.rec.State, e.rec.ID)
}

func (e *entry) appendCounted(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(e.counted)))
	for _, a := range e.counted {
		b = binary.AppendUvarint(b, uint64(a.measure))
		b = binary.AppendVarint(b, int64(a.day)-e.day())
		b = binary.AppendVarint(b, a.amount)
	}
	return b
}

func (e *entry) day() int64 {
	_, _, day := unpackPlace(e.packedPlace)
	return int64(day)
}

// groupForm removes from a group's name the parts contained in the id or the place.
func (e *entry) groupForm(s *Store) (flags byte, group string) {
	if e.rec.Group == e.rec.ID {
		return flagOwnGroup, ""
	}
	group = e.rec.Group
	_, kind, day := unpackPlace(e.packedPlace)
	if rest, ok := strings.CutPrefix(group, s.kinds.text(kind)+"|"); ok {
		flags, group = flags|flagKindGroup, rest
	}
	if cut := len(group) - 9; cut >= 0 && group[cut] == '|' && group[cut+1] != '0' {
		if n, err := strconv.ParseUint(group[cut+1:], 10, 32); err == nil && int64(n) == int64(day) {
			flags, group = flags|flagDayGroup, group[:cut]
		}
	}
	return flags, group
}

// parse decodes the stored bytes.
func (e *entry) parse(s *Store) error {
	if e.parsed {
		return nil
	}
	d := reader{b: e.raw}
	id, flags := e.id(s), d.byte()
	e.rec.Rev = int64(d.uint())
	if flags&flagPlace != 0 {
		e.packedPlace = int64(d.uint())
	}
	e.rec.Place = s.place(e.packedPlace)
	e.parseGroup(s, &d, flags)
	e.parseUnit(&d, flags)
	if flags&flagDeparted != 0 {
		e.rec.Departed = d.departed()
	}
	if d.bad {
		return fmt.Errorf("record %s: %w", id, errChunk)
	}
	var err error
	e.rec.State, err = merge.Decode(d.b, id)
	if err != nil {
		return fmt.Errorf("record %s: %w", id, err)
	}
	e.parsed = true
	return nil
}

// parseCount decodes only the contributions of the record's last count.
func (e *entry) parseCount() error {
	d := reader{b: e.raw}
	flags := d.byte()
	d.uint()
	if flags&flagPlace != 0 {
		e.packedPlace = int64(d.uint())
	}
	if flags&flagOwnGroup == 0 {
		d.take(int(d.uint()))
	}
	e.parseUnit(&d, flags)
	if d.bad {
		return errChunk
	}
	return nil
}

func (e *entry) parseUnit(d *reader, flags byte) {
	e.unit, _, _ = unpackPlace(e.packedPlace)
	if flags&flagUnit != 0 {
		e.unit = int64(d.uint())
	}
	if flags&flagCounted != 0 {
		e.parseCounted(d)
	}
}

func (e *entry) parseGroup(s *Store, d *reader, flags byte) {
	if flags&flagOwnGroup != 0 {
		e.rec.Group = e.rec.ID
		return
	}
	group := d.text()
	_, kind, day := unpackPlace(e.packedPlace)
	if flags&flagKindGroup != 0 {
		group = s.kinds.text(kind) + "|" + group
	}
	if flags&flagDayGroup != 0 {
		group += "|" + strconv.Itoa(int(day))
	}
	e.rec.Group = group
}

func (e *entry) parseCounted(d *reader) {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.bad = true
		return
	}
	e.counted = make([]contribution, n)
	for i := range e.counted {
		e.counted[i] = contribution{
			measure: int64(d.uint()),
			day:     clock.Day(e.day() + d.int()), amount: d.int(),
		}
	}
}

// storedPlace reads the place without decoding the rest.
func (e *entry) storedPlace() int64 {
	if e.parsed {
		return e.packedPlace
	}
	d := reader{b: e.raw}
	flags := d.byte()
	d.uint()
	if flags&flagPlace == 0 {
		return 0
	}
	return int64(d.uint())
}

// change marks the entry and its chunk for writing.
func (e *entry) change(c *chunk) {
	e.raw, e.dirty, c.dirty = nil, true, true
}
