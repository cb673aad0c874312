package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"testing"

	"roadbook/server/imports/sheet"
	"roadbook/server/imports/sheet/sheettest"
)

// zipOf is an archive of one file.
func zipOf(t testing.TB, name, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// FuzzParts reads workbooks whose parts are anything. The answer is cells or an error in words.
// go test -fuzz FuzzParts -fuzztime 10m ./server/imports/sheet
func FuzzParts(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c t="inlineStr"><is><r><t>a&amp;</t></r><rPh><t>b</t></rPh></is></c></row>`,
		`<mergeCells><mergeCell ref="A1:B3"/></mergeCells>`, `#,##0.00_);[Red]\(0\)`, `<t>x_x000D_</t>`, "44197.5")
	f.Add(`<row hidden="1"><c><f>A1</f></c></row><row/>`, `<autoFilter ref="A1:B2"/>`, `yyyy"年"m"月"`, `<r><t>a</t></r>`, "1E-7")
	f.Add(`<row><c t="d"><v>2020-01-01T00:00:00Z</v></c><c t="e"><v>#N/A</v></c></row>`, ``, `0\.0,"万";-0;;@`, `<![CDATA[x]]>`, "-1")
	f.Fuzz(func(t *testing.T, rows, after, format, text, stored string) {
		book := sheettest.Book{Sheets: []sheettest.Sheet{{Rows: rows + sheettest.Row(1000, sheettest.Number(stored, 1)), After: after}}, Formats: []string{format}, Texts: []string{text}}
		mustAnswer(t, book.Bytes())
	})
}

// FuzzFile reads files that are anything.
// go test -fuzz FuzzFile -fuzztime 10m ./server/imports/sheet
func FuzzFile(f *testing.F) {
	f.Add(sheettest.One(sheettest.Row(1, sheettest.Text("a"), sheettest.Number("1", 0))).Bytes())
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xd0\xcf\x11\xe0"))
	f.Fuzz(mustAnswer)
}

func mustAnswer(t *testing.T, data []byte) {
	_, err := read(data)
	var e *sheet.Error
	if err != nil && !errors.As(err, &e) && !errors.Is(err, sheet.ErrNoSheet) {
		t.Errorf("%T %v", err, err)
	}
}
