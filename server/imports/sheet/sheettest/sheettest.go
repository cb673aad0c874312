// Package sheettest writes workbooks for tests byte by byte, with cells no spreadsheet library would write.
package sheettest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
)

// Book is a workbook as XML.
type Book struct {
	Sheets   []Sheet
	Formats  []string // number formats of the styles 1, 2, …; style 0 is General
	Texts    []string // shared texts: what stands inside <si>
	Date1904 bool
	Parts    map[string]string // more parts, or other ones in place of those written here
}

// Sheet is a worksheet: its rows, and what stands before and after them.
type Sheet struct {
	Name, State         string
	Before, Rows, After string
}

// One is a workbook of a single sheet.
func One(rows ...string) Book { return Book{Sheets: []Sheet{{Rows: strings.Join(rows, "")}}} }

const (
	main  = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	head  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
)

// Bytes is the file.
func (b Book) Bytes() []byte {
	parts := b.parts()
	maps.Copy(parts, b.Parts)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(parts[name]))
		}
		if err != nil {
			panic(err) // in memory
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func (b Book) parts() map[string]string {
	var sheets, rels, formats, styles strings.Builder
	parts := map[string]string{}
	for i, s := range b.Sheets {
		n := i + 1
		if s.Name == "" {
			s.Name = fmt.Sprintf("Sheet%d", n)
		}
		if s.State == "" {
			s.State = "visible"
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" state="%s" r:id="rId%d"/>`, html.EscapeString(s.Name), n, s.State, n)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, types, n)
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", n)] = head + `<worksheet ` + main + `>` + s.Before + `<sheetData>` + s.Rows + `</sheetData>` + s.After + `</worksheet>`
	}
	for i, code := range b.Formats {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, 164+i, html.EscapeString(code))
		fmt.Fprintf(&styles, `<xf numFmtId="%d"/>`, 164+i)
	}
	parts["_rels/.rels"] = head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + types + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	parts["xl/_rels/workbook.xml.rels"] = head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + rels.String() + `<Relationship Id="s" Type="` + types + `/styles" Target="styles.xml"/>` +
		`<Relationship Id="t" Type="` + types + `/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`
	parts["xl/workbook.xml"] = fmt.Sprintf(head+`<workbook %s xmlns:r="%s"><workbookPr date1904="%v"/><sheets>%s</sheets></workbook>`, main, types, b.Date1904, sheets.String())
	parts["xl/styles.xml"] = head + `<styleSheet ` + main + `><numFmts>` + formats.String() + `</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>` + styles.String() + `</cellXfs></styleSheet>`
	parts["xl/sharedStrings.xml"] = head + `<sst ` + main + `><si>` + strings.Join(b.Texts, "</si><si>") + `</si></sst>`
	parts["[Content_Types].xml"] = contentTypes(len(b.Sheets))
	return parts
}

// contentTypes is needed by spreadsheet programs, not by the reader.
func contentTypes(sheets int) string {
	const of = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	var out strings.Builder
	for i := range sheets {
		fmt.Fprintf(&out, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, of)
	}
	return head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + of + `sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="` + of + `styles+xml"/>` +
		`<Override PartName="/xl/sharedStrings.xml" ContentType="` + of + `sharedStrings+xml"/>` + out.String() + `</Types>`
}

// Row is a row of cells from column A on; an empty cell leaves its column free.
func Row(number int, cells ...string) string { return HiddenRow(number, "", cells...) }

// HiddenRow is a row with more attributes, such as hidden="1".
func HiddenRow(number int, attrs string, cells ...string) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<row r="%d" %s>`, number, attrs)
	for i, c := range cells {
		if c != "" {
			out.WriteString(strings.Replace(c, "<c", fmt.Sprintf(`<c r="%c%d"`, 'A'+i, number), 1))
		}
	}
	return out.String() + `</row>`
}

// Text is a cell with an inline text.
func Text(text string) string {
	return `<c t="inlineStr"><is><t>` + html.EscapeString(text) + `</t></is></c>`
}

// Number is a cell with a stored number.
func Number(stored string, style int) string {
	return fmt.Sprintf(`<c s="%d"><v>%s</v></c>`, style, stored)
}

// Value is a cell of a type with its value as stored.
func Value(kind, stored string) string {
	return fmt.Sprintf(`<c t="%s"><v>%s</v></c>`, kind, html.EscapeString(stored))
}

// Texts are cells with texts.
func Texts(texts ...string) (cells []string) {
	for _, t := range texts {
		if t == "" {
			cells = append(cells, "")
			continue
		}
		cells = append(cells, Text(t))
	}
	return cells
}
