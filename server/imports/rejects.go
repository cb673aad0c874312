package imports

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// rejectColumn is the additional column of a file of rejects.
const rejectColumn = "原因 Reason"

// Latin-1 has no Chinese: only the English name fits.
const rejectColumnEN = "Reason"

// Rejects is a file of the faulty rows, in the batch's own format and encoding: all columns unchanged, and the faults
// in an additional column. Put right, the file can be imported by the same mapping.
func (b *Batch) Rejects() ([]byte, error) {
	if b.isXLSX() {
		return b.rejectsXLSX()
	}
	return b.rejectsCSV(), nil
}

// RejectsName is the name of the file of a run's rejects, beside the imported file.
func (b *Batch) RejectsName(run string) string {
	ext := path.Ext(b.File)
	name := strings.TrimSuffix(b.File, ext) + ".rejects-" + run
	if b.isXLSX() {
		return name + ".xlsx" // of an .xlsm the macros are not copied
	}
	if slices.Contains([]string{".xlsx", ".xlsm", ".xls", ".et"}, strings.ToLower(ext)) {
		ext = ".csv" // its name was wrong
	}
	return name + ext
}

func (b *Batch) isXLSX() bool { return b.form.format == "xlsx" }

// rejectsCSV copies the bytes of the rows.
func (b *Batch) rejectsCSV() []byte {
	var out bytes.Buffer
	if b.form.encoding != gb18030Text && b.form.encoding != latin1Text {
		out.Write(bom)
	}
	out.Write(b.form.sepLine)
	for i := range b.header.before {
		out.Write(withLineEnd(b.harmless(&b.header.before[i])))
	}
	out.Write(b.withReason(&b.header.row, b.inLanguage(rejectColumn, rejectColumnEN)))
	reasons := b.reasons()
	for i := range b.rejects {
		out.Write(b.withReason(&b.rejects[i], reasons[b.rejects[i].number]))
	}
	if e := wideEncodings[b.form.encoding]; e != nil {
		if whole, err := e.NewEncoder().Bytes(out.Bytes()); err == nil {
			return whole
		}
	}
	return out.Bytes()
}

func (b *Batch) inLanguage(both, english string) string {
	if b.form.encoding == latin1Text {
		return english
	}
	return both
}

func withLineEnd(line []byte) []byte {
	return append(bytes.TrimRight(bytes.Clone(line), "\r\n"), "\r\n"...)
}

// withReason is the row unchanged with an additional cell, below a heading of its own.
func (b *Batch) withReason(r *row, reason string) []byte {
	sep := string(b.form.separator)
	reason = strings.NewReplacer("\n", " ", "\r", " ").Replace(reason)
	if b.Mapping.quoted {
		reason = `"` + strings.ReplaceAll(reason, `"`, `""`) + `"`
	} else {
		reason = strings.ReplaceAll(reason, sep, " ")
	}
	tail := b.encode(strings.Repeat(sep, max(len(b.header.names)-len(r.cells), 0)+1) + reason)
	return withLineEnd(append(bytes.TrimRight(bytes.Clone(b.harmless(r)), "\r\n"), tail...))
}

// number is the form of numbers that begin with a sign.
var number = regexp.MustCompile(`^[+-][0-9 .,:%-]+$`)

// isFormula reports a text that a spreadsheet program would run when it opens a CSV file.
func isFormula(text string) bool {
	return text != "" && strings.ContainsRune("=@+-", rune(text[0])) && !number.MatchString(text) && len(text) > 1
}

// harmless is a row's bytes. A row with a formula is written anew, with an apostrophe before the formula, as spreadsheet
// programs mark texts; reading takes the apostrophe off again.
func (b *Batch) harmless(r *row) []byte {
	if !slices.ContainsFunc(r.cells, isFormula) {
		return r.raw
	}
	if r.fault == CodeQuote {
		return b.harmlessAsTyped(r)
	}
	var cells []string
	for _, c := range r.cells {
		if isFormula(c) {
			c = "'" + c
		}
		if b.Mapping.quoted && strings.ContainsAny(c, "\"\r\n"+string(b.form.separator)) {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		cells = append(cells, c)
	}
	return b.encode(strings.Join(cells, string(b.form.separator)))
}

// harmlessAsTyped keeps the quotation marks of a row as they are: written anew, a row with a mark that does not close would be a good
// row with other cells.
func (b *Batch) harmlessAsTyped(r *row) []byte {
	s := splitter{sep: b.form.separator}
	s.addLine(decodeText(b.form.encoding, r.raw))
	cells := s.finish()
	for i, c := range cells {
		text := strings.TrimLeft(c, `"`)
		if isFormula(text) {
			cells[i] = c[:len(c)-len(text)] + "'" + text
		}
	}
	return b.encode(strings.Join(cells, string(b.form.separator)))
}

// encode writes a text in the file's encoding; UTF-16 is written at the end.
func (b *Batch) encode(text string) []byte {
	switch b.form.encoding {
	case gb18030Text:
		return encodeGB(text)
	case latin1Text:
		if out, err := encoding.ReplaceUnsupported(charmap.ISO8859_1.NewEncoder()).String(text); err == nil {
			text = out
		}
	}
	return []byte(text)
}

// reasons are the faults of each row.
func (b *Batch) reasons() map[int]string {
	out := map[int]string{}
	for _, f := range b.Faults {
		text := b.inLanguage(f.Message.ZH+" · "+f.Message.EN, f.Message.EN)
		if f.Column != "" {
			text = f.Column + ": " + text
		}
		if out[f.Row] != "" {
			text = out[f.Row] + "; " + text
		}
		out[f.Row] = text
	}
	return out
}
