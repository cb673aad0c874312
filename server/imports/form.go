package imports

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"roadbook/schema"
)

// Encodings of CSV files.
const (
	utf8Text    = "utf-8"
	gb18030Text = "gb18030"
	latin1Text  = "latin-1"
	utf16Text   = "utf-16"   // in a mapping: either order of bytes
	utf16LE     = "utf-16le" // found in a file
	utf16BE     = "utf-16be"
)

// encodingNames are the mapping's words; people also write the names of what GB18030 contains.
var encodingNames = map[string]string{
	utf8Text: utf8Text, gb18030Text: gb18030Text, latin1Text: latin1Text, utf16Text: utf16Text, utf16LE: utf16LE, utf16BE: utf16BE,
	"utf8": utf8Text, "gbk": gb18030Text, "gb2312": gb18030Text,
}

// form says how a file is written, by its content: names of files lie.
type form struct {
	format    string // "csv", "xlsx"
	encoding  string // of CSV
	separator rune   // of CSV
	lineEnd   byte   // of CSV: '\n', or '\r' of old Macintosh programs
	sepLine   []byte // Excel's first line "sep=;", as bytes; no row
}

// openTable opens a file by its content. The mapping's encoding and separator win over what the content looks like.
func openTable(m *Mapping, src io.ReaderAt, size int64) (table, form, *Fault) {
	head := make([]byte, min(size, 4096))
	if n, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) || int64(n) < int64(len(head)) {
		return nil, form{}, noTable("读文件出错", "the file could not be read to its end")
	}
	f := form{format: "csv", lineEnd: '\n'}
	if isZip(head) {
		f.format = "xlsx"
	}
	if wrong := refuseFormat(head, src, size); wrong != nil {
		return nil, f, wrong
	}
	if m.format != "" && m.format != f.format {
		return nil, f, noTable("映射写明 format: "+m.format+"，文件内容却是 "+f.format+"；请删去 format 一行，或另存文件",
			"the mapping says format: "+m.format+", the content is "+f.format+": remove that line, or save the file anew")
	}
	if f.format == "xlsx" {
		t, wrong := openXLSX(m, src, size)
		return t, f, wrong
	}
	if wrong := f.findEncoding(m, head, src, size); wrong != nil {
		return nil, f, wrong
	}
	if wrong := f.findSeparator(m, src, size); wrong != nil {
		return nil, f, wrong
	}
	t := openCSV(m, &f, src, size)
	return t, f, nil
}

// noTable is the fault of a file that is no table.
func noTable(zh, en string) *Fault {
	return &Fault{Code: CodeUnreadable, Message: textsOf(faultTexts[CodeUnreadable], []any{zh}, []any{en})}
}

// findEncoding decides by the bytes alone: UTF-16 by its mark or its zeros, else UTF-8 if all of it is, else GB18030 if
// all of it is.
func (f *form) findEncoding(m *Mapping, head []byte, src io.ReaderAt, size int64) *Fault {
	wide := orderOf(head)
	switch {
	case m.encoding == utf16Text:
		f.encoding = wide
		if wide == "" {
			f.encoding = utf16LE
		}
		return nil
	case m.encoding == "" && wide != "":
		f.encoding = wide
		return nil
	case m.encoding != utf16LE && m.encoding != utf16BE && bytes.IndexByte(head, 0) >= 0:
		return noTable("不是表格文件（内容是二进制）：请用 Excel 或 WPS 另存为 .xlsx 或“CSV UTF-8”", "this is no table, the content is binary: save it as .xlsx or “CSV UTF-8” with a spreadsheet program")
	}
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		f.lineEnd = '\r'
	}
	if f.encoding = m.encoding; f.encoding != "" {
		return nil
	}
	return f.countLines(src, size)
}

// orderOf recognises UTF-16 by its mark, or by zeros in one of the two places of ASCII; "" for other content.
func orderOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return utf16LE
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return utf16BE
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[0] == 0 && zeros[1] > 0:
		return utf16LE
	case zeros[1] == 0 && zeros[0] > 0:
		return utf16BE
	}
	return ""
}

// lineCount counts a file's lines by encoding.
type lineCount struct {
	asUTF8, notUTF8                      int // lines with Chinese; lines with other bytes
	firstUTF8, firstNotUTF8, firstNotGBK int // line numbers, 0 = none
}

// strangers is how rarely a line of GB18030 looks like UTF-8 by chance.
const strangers = 500

func (f *form) countLines(src io.ReaderAt, size int64) *Fault {
	var c lineCount
	lines := bufio.NewReaderSize(io.NewSectionReader(src, 0, size), bufferFor(size))
	for n := 1; ; n++ {
		line, err := lines.ReadSlice(f.lineEnd)
		if errors.Is(err, bufio.ErrBufferFull) || len(line) == 0 {
			break // too long: refused when read
		}
		c.add(n, line)
		if err != nil {
			break
		}
	}
	f.encoding = utf8Text
	switch {
	case c.notUTF8 == 0:
		return nil
	case c.asUTF8 >= c.notUTF8:
		return mixedFault(c.firstNotUTF8, "不是 UTF-8，别处是", "is no UTF-8, the rest is")
	case c.firstNotGBK > 0:
		return mixedFault(c.firstNotGBK, "既不是 UTF-8，也不是 GB18030", "is neither UTF-8 nor GB18030")
	case c.asUTF8*strangers >= c.notUTF8:
		return mixedFault(c.firstUTF8, "是 UTF-8，别处是 GB18030", "is UTF-8, the rest is GB18030")
	}
	f.encoding = gb18030Text
	return nil
}

func (c *lineCount) add(n int, line []byte) {
	mark := func(at *int) {
		if *at == 0 {
			*at = n
		}
	}
	if utf8.Valid(line) {
		if bytes.ContainsFunc(line, func(r rune) bool { return r >= 0x800 && r != 0xfeff }) {
			c.asUTF8++
			mark(&c.firstUTF8)
		}
		return
	}
	c.notUTF8++
	mark(&c.firstNotUTF8)
	if !validGB(line) {
		mark(&c.firstNotGBK)
	}
}

// mixedFault: no one encoding reads the file.
func mixedFault(row int, zh, en string) *Fault {
	return &Fault{Row: row, Code: CodeMixed, Message: schema.Text{
		ZH: "这一行的编码" + zh + "：请用 Excel 或 WPS 打开，改好乱码，另存为“CSV UTF-8”或 .xlsx；要按某一编码逐格检查，用 --encoding 指明",
		EN: "this row " + en + ": open the file in a spreadsheet program, mend what is garbled, and save it as “CSV UTF-8” or .xlsx; to check cell by cell, say --encoding",
	}}
}
