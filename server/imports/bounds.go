package imports

import (
	"bytes"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// Bounds of what a batch keeps besides its valid rows.
const (
	maxFaults = 1000
	maxNotes  = 1000
	maxHeld   = 16 << 20 // bytes of rejected rows, and of the rows above the header
)

// addReject notes a faulty row. Beyond the bounds rows and faults are counted only: they are still in the user's file.
func (b *Batch) addReject(r *row, faults []Fault) {
	b.Faulty++
	size := r.size()
	if len(b.Faults) >= maxFaults || b.held+size > maxHeld {
		b.unsaid += len(faults)
		return
	}
	b.held += size
	b.Faults = append(b.Faults, faults...)
	b.rejects = append(b.rejects, *r)
}

// size is a row's share of memory in bytes, roughly.
func (r *row) size() int {
	n := 128 + len(r.raw) + 64*len(r.typed)
	for _, c := range r.cells {
		n += 16 + len(c)
	}
	return n
}

func (b *Batch) addNotes(notes ...Note) {
	keep := min(len(notes), max(maxNotes-len(b.Notes), 0))
	b.Notes = append(b.Notes, notes[:keep]...)
	b.quiet += len(notes) - keep
}

// sayRest says how many faults and notes are not listed.
func (b *Batch) sayRest() {
	if b.unsaid > 0 {
		n, rows := itoa(b.unsaid), itoa(b.Faulty-len(b.rejects))
		b.Faults = append(b.Faults, Fault{Code: CodeMore, Message: schema.Text{
			ZH: "另有 " + n + " 处错误（" + rows + " 行）没有列出，这些行也不进有错行的文件：请先改好以上各处，再整个导入一次",
			EN: n + " more faults (in " + rows + " rows) are not listed, and their rows are in no file of rejects: mend the above first, then import the whole file again",
		}})
	}
	if b.quiet > 0 {
		n := itoa(b.quiet)
		b.Notes = append(b.Notes, Note{Fault{Code: CodeMore, Message: schema.Text{ZH: "另有 " + n + " 条注意没有列出", EN: n + " more notes are not listed"}}})
	}
}

// rowStore holds valid rows packed: a million rows would take half a gigabyte as values.
type rowStore struct {
	kind    *schema.Kind
	count   int
	lines   packedLines
	numbers []int32 // of the rows, as a spreadsheet counts
}

func (s *rowStore) add(v schema.Values, number int) {
	s.count++
	s.numbers = append(s.numbers, int32(number))
	s.lines.add(s.kind.Encode(v))
}

// each calls do with every row, in order. It stops at the first error.
func (s *rowStore) each(do func(values schema.Values) error) error {
	return s.lines.each(func(line []byte) error {
		v, _ := s.kind.Decode(line) // as encoded: without faults
		return do(v)
	})
}

// packedLines are lines without a newline, packed some at a time.
type packedLines struct {
	packed [][]byte // packedRows lines each
	open   [][]byte // lines not yet packed
}

const (
	packedRows = 512
	maxChunk   = 64 << 20 // unpacked bytes of packedRows rows; a row has at most maxHeld bytes by the bounds of its fields
)

func (p *packedLines) add(line []byte) {
	if p.open = append(p.open, line); len(p.open) == packedRows {
		p.packed = append(p.packed, bytes.Clone(wire.PackLines(p.open))) // the packer's buffer has room for the unpacked lines
		p.open = p.open[:0]
	}
}

// each calls do with every line, in order. It stops at the first error.
func (p *packedLines) each(do func(line []byte) error) error {
	for _, chunk := range p.packed {
		lines, err := wire.UnpackLines(chunk, maxChunk)
		if err != nil {
			return err
		}
		if err := eachOf(lines, do); err != nil {
			return err
		}
	}
	return eachOf(p.open, do)
}

func eachOf(lines [][]byte, do func(line []byte) error) error {
	for _, line := range lines {
		if err := do(line); err != nil {
			return err
		}
	}
	return nil
}
