package sqlitestore

import (
	"encoding/binary"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// reader decodes stored bytes; bad is set if the bytes end too soon.
type reader struct {
	b   []byte
	bad bool
}

func (d *reader) byte() byte {
	if len(d.b) == 0 {
		d.bad = true
		return 0
	}
	x := d.b[0]
	d.b = d.b[1:]
	return x
}

func (d *reader) uint() uint64 {
	x, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *reader) int() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *reader) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.bad, d.b = true, nil
		return nil
	}
	x := d.b[:n:n]
	d.b = d.b[n:]
	return x
}

func (d *reader) text() string { return string(d.take(int(d.uint()))) }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendDeparted encodes Departed in full, since entries are rare and short-lived.
func appendDeparted(b []byte, ls []store.Departed) []byte {
	b = binary.AppendUvarint(b, uint64(len(ls)))
	for _, l := range ls {
		b = appendText(appendText(b, l.Place.Unit), l.Place.Kind)
		b = binary.AppendVarint(binary.AppendVarint(b, int64(l.Place.Day)), int64(l.Place.Bucket))
		b = appendText(appendText(b, l.Group), l.Frame.Stream.String())
		b = binary.AppendUvarint(binary.AppendUvarint(b, l.Frame.First), l.Frame.Last)
		b = append(b, l.Frame.Head[:]...)
	}
	return b
}

func (d *reader) departed() (ls []store.Departed) {
	for range d.uint() {
		var l store.Departed
		l.Place.Unit, l.Place.Kind = d.text(), d.text()
		l.Place.Day, l.Place.Bucket = clock.Day(d.int()), int32(d.int())
		l.Group = d.text()
		l.Frame.Stream = parseStream(d.text())
		l.Frame.First, l.Frame.Last = d.uint(), d.uint()
		copy(l.Frame.Head[:], d.take(len(l.Frame.Head)))
		if d.bad {
			return nil
		}
		ls = append(ls, l)
	}
	return ls
}

// appendNumbers writes sorted numbers as runs: the number of runs, then for each run the distance from the previous
// run and the length less one.
func appendNumbers(b []byte, ns []int64) []byte {
	var runs [][2]int64
	for _, n := range ns {
		if last := len(runs) - 1; last >= 0 && runs[last][0]+runs[last][1] == n {
			runs[last][1]++
			continue
		}
		runs = append(runs, [2]int64{n, 1})
	}
	b = binary.AppendUvarint(b, uint64(len(runs)))
	at := int64(0)
	for _, run := range runs {
		b = binary.AppendVarint(b, run[0]-at)
		b = binary.AppendUvarint(b, uint64(run[1]-1))
		at = run[0] + run[1]
	}
	return b
}

// numbers decodes the form of appendNumbers and appends to ns.
func (d *reader) numbers(ns []int64) []int64 {
	at := int64(0)
	for range d.uint() {
		at += d.int()
		length := int64(d.uint()) + 1
		if d.bad || length > 1<<32 {
			d.bad = true
			return nil
		}
		for range length {
			ns = append(ns, at)
			at++
		}
	}
	return ns
}

// frameForm contains the columns of a frame besides its key and lines.
type frameForm struct {
	_          struct{} `cbor:",toarray"`
	Prev       wire.Hash
	Sig        []byte
	LineFaults []store.LineFaults
	Forked     []uint64
	Received   int64
	Unit       string
	Role       string
	Rules      int
	Earlier    []string
}

// oldFrameForm is the form up to format 3, without the rules.
type oldFrameForm struct {
	_          struct{} `cbor:",toarray"`
	Prev       wire.Hash
	Sig        []byte
	LineFaults []store.LineFaults
	Forked     []uint64
	Received   int64
	Unit       string
	Role       string
}

// decodeFrameForm reads a form of this program or of one before. The first byte of an array of so few elements tells
// their number.
func decodeFrameForm(raw []byte) (f frameForm, err error) {
	const oldElements = 0x80 | 7
	if len(raw) == 0 || raw[0] != oldElements {
		return f, cbor.Unmarshal(raw, &f)
	}
	var o oldFrameForm
	err = cbor.Unmarshal(raw, &o)
	return frameForm{
		Prev: o.Prev, Sig: o.Sig, LineFaults: o.LineFaults, Forked: o.Forked, Received: o.Received, Unit: o.Unit, Role: o.Role,
	}, err
}

// streamForm is a stream's row.
type streamForm struct {
	_        struct{} `cbor:",toarray"`
	Rev, N   int64
	Ranges   []wire.Range
	Last     lastForm
	Boots    []clock.Boot
	Received int64
	Forks    int64
	Longest  uint64 // sequences in the longest frame
	End      uint64 // last sequence of all frames
	Top      int64  // 1 + the last of the stream's chunks
}

type lastForm struct {
	_           struct{} `cbor:",toarray"`
	First, Last uint64
	Head        wire.Hash
}

func encodeForm(v any) []byte {
	b, err := cbor.Marshal(v)
	if err != nil {
		panic(err) // all forms are encodable types of this package
	}
	return b
}

func sortedSet[T int64 | string](xs []T) []T {
	slices.Sort(xs)
	return slices.Compact(xs)
}
