package sheet

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strings"
)

// Book is an open workbook: its sheets, formats and shared texts.
type Book struct {
	Sheets   []Info
	Date1904 bool // days are counted from 1 January 1904

	parts   map[string]*zip.File // by lower-case name
	formats []*Format            // of each cell style
	texts   texts
}

// Info describes a sheet in the order of the tabs.
type Info struct {
	Name   string
	Hidden bool
	part   string // "" for a chart
}

// quotaReader bounds the bytes read while the archive's directory is read: a file may claim a million entries.
type quotaReader struct {
	src  io.ReaderAt
	left int64 // -1 = no bound
}

func (q *quotaReader) ReadAt(p []byte, off int64) (int, error) {
	if q.left >= 0 {
		if q.left -= int64(len(p)); q.left < 0 {
			return 0, refuse("压缩目录太大", "the archive's directory is too large")
		}
	}
	return q.src.ReadAt(p, off)
}

// Open reads a workbook of size bytes. src stays in use until the last row is read. The error is an *Error.
func Open(src io.ReaderAt, size int64) (*Book, error) {
	b, err := open(src, size)
	return b, wrapped(err)
}

func open(src io.ReaderAt, size int64) (*Book, error) {
	quota := &quotaReader{src: src, left: maxDirectory}
	archive, err := zip.NewReader(quota, size)
	if err != nil {
		return nil, explainNoArchive(src, err)
	}
	quota.left = -1
	b := &Book{parts: map[string]*zip.File{}}
	for _, f := range archive.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if b.parts[name] == nil {
			b.parts[name] = f
		}
	}
	return b, b.readParts()
}

// explainNoArchive: old workbooks and those with a password are OLE files.
func explainNoArchive(src io.ReaderAt, err error) error {
	var head [4]byte
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if _, wrong := src.ReadAt(head[:], 0); wrong == nil && string(head[:]) == "\xd0\xcf\x11\xe0" {
		return refuse("是旧式 .xls 或有密码的工作簿，请去掉密码，另存为 .xlsx", "this is an old .xls workbook, or one with a password: save it as .xlsx without a password")
	}
	return refuse("不是 .xlsx 工作簿，请用 Excel 或 WPS 另存为 .xlsx", "this is no .xlsx workbook: save it as .xlsx with a spreadsheet program")
}

// part opens an unpacked part; at most limit bytes are read.
func (b *Book) part(name string, limit int64) (*scanner, io.Closer, error) {
	f := b.parts[strings.ToLower(name)]
	if f == nil {
		return nil, nil, refuse("工作簿缺少 %s", "the workbook lacks %s", clip(name))
	}
	if f.Flags&1 != 0 || f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, nil, refuse("工作簿加密或压缩方式不支持，请另存为 .xlsx", "the workbook is encrypted or packed in an unknown way: save it anew as .xlsx")
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	return newScanner(r, limit), r, nil
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// relations are the targets of a part's relations, by ID and by the last word of their type.
type relations struct{ byID, byType map[string]string }

func (b *Book) relations(of string) (relations, error) {
	out := relations{map[string]string{}, map[string]string{}}
	dir, file := path.Split(of)
	s, closer, err := b.part(dir+"_rels/"+file+".rels", maxSmallPart)
	if err != nil {
		return out, err
	}
	defer closer.Close()
	return out, s.each(func(name string) error {
		if name != "Relationship" || strings.EqualFold(s.attr("TargetMode"), "External") {
			return nil
		}
		target := strings.ReplaceAll(s.attr("Target"), `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = "/" + dir + target
		}
		target = strings.TrimPrefix(path.Clean(target), "/")
		kind := path.Base(s.attr("Type"))
		if len(out.byID) > 10*maxSheets {
			return refuse("工作表太多", "there are too many sheets")
		}
		out.byID[s.attr("Id")] = target
		if kind == "worksheet" {
			out.byType[target] = kind // tells a worksheet from a chart
		} else if out.byType[kind] == "" {
			out.byType[kind] = target
		}
		return nil
	})
}

// each calls do at the start of every element, to the end of the text.
func (s *scanner) each(do func(name string) error) error {
	for {
		ev, err := s.next()
		if err != nil || ev == evEOF {
			return err
		}
		if ev == evStart {
			if err := do(string(s.name)); err != nil {
				return err
			}
		}
	}
}

func (b *Book) readParts() error {
	root, err := b.relations("")
	if err != nil {
		return refuse("不是工作簿，请用 Excel 或 WPS 另存为 .xlsx", "this is no workbook: save it as .xlsx with a spreadsheet program")
	}
	main := root.byType["officeDocument"]
	rels, err := b.relations(main)
	if err != nil {
		return err
	}
	if err := b.readSheets(main, rels); err != nil {
		return err
	}
	if err := b.readStyles(rels.byType["styles"]); err != nil {
		return err
	}
	return b.readTexts(rels.byType["sharedStrings"])
}

func (b *Book) readSheets(main string, rels relations) error {
	s, closer, err := b.part(main, maxSmallPart)
	if err != nil {
		return err
	}
	defer closer.Close()
	return s.each(func(name string) error {
		switch {
		case name == "workbookPr":
			b.Date1904 = b.Date1904 || isTrue(s.attr("date1904"))
		case name == "sheet" && len(b.Sheets) == maxSheets:
			return refuse("工作表太多", "there are too many sheets")
		case name == "sheet":
			target := rels.byID[s.relation()]
			if rels.byType[target] != "worksheet" {
				target = ""
			}
			state := s.attr("state")
			b.Sheets = append(b.Sheets, Info{Name: s.attr("name"), Hidden: state != "" && state != "visible", part: target})
		}
		return nil
	})
}

func isTrue(text string) bool { return text == "1" || text == "true" || text == "on" }

// FirstVisible is the first worksheet not hidden, ErrNoSheet for none.
func (b *Book) FirstVisible() (Info, error) {
	for _, i := range b.Sheets {
		if !i.Hidden && i.part != "" {
			return i, nil
		}
	}
	return Info{}, ErrNoSheet
}

// Find is the worksheet of a name; capitals do not matter, as in a spreadsheet program.
func (b *Book) Find(name string) (Info, error) {
	for _, i := range b.Sheets {
		if strings.EqualFold(i.Name, name) && i.part != "" {
			return i, nil
		}
	}
	return Info{}, ErrNoSheet
}

// HasCells reports whether a worksheet holds any cell. Only the sheet's beginning is read.
func (b *Book) HasCells(i Info) bool {
	if i.part == "" {
		return false
	}
	const beginning = 1 << 20
	s, closer, err := b.part(i.part, beginning)
	if err != nil {
		return false
	}
	defer closer.Close()
	found := errors.New("found")
	return errors.Is(s.each(func(name string) error {
		if name == "v" || name == "is" {
			return found
		}
		return nil
	}), found)
}
