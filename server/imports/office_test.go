//go:build office

package imports_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadbook/server/imports/sheet"
	"roadbook/server/imports/sheet/sheettest"
)

// A workbook with every kind of cell: the reader's texts are those shown by LibreOffice. ROADBOOK_WORKBOOKS names a folder of
// further workbooks, read in the same way. The test needs soffice (libreoffice-calc).
func TestCellsAsLibreOfficeShowsThem(t *testing.T) {
	dir := t.TempDir()
	books := []string{filepath.Join(dir, "own.xlsx"), filepath.Join(dir, "own1904.xlsx")}
	for i, name := range books {
		if err := os.WriteFile(name, manyCells(i == 1).Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if more := os.Getenv("ROADBOOK_WORKBOOKS"); more != "" {
		found, err := filepath.Glob(filepath.Join(more, "*.xls?"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no workbooks in %s: %v", more, err)
		}
		books = append(books, found...)
	}
	for _, path := range books {
		t.Run(filepath.Base(path), func(t *testing.T) { compareBook(t, path) })
	}
}

// manyCells is a workbook without formulas: LibreOffice would compute them anew. No time is close to midnight: LibreOffice
// rounds 23:59:59.7 over the day, the reader never does.
func manyCells(from1904 bool) sheettest.Book {
	formats := []string{
		"0000000", "#,##0.00", "0%", "0.00%", "000-0000", `0\.0,"万"`, `"A-"000`, "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss", `[$¥-804]#,##0.00`, "0_ ", "0.##", `#,##0;(#,##0);"-"`,
	}
	var rows string
	for row, stored := range []string{"0", "123", "44196.75", "1234567.891", "0.95", "44196.5", "130636202005120", "12.5"} {

		cells := []string{n(stored, 0)}
		for style := range formats {
			if stored == "130636202005120" && style >= 7 && style <= 9 {
				cells = append(cells, "") // no day has this number
				continue
			}
			cells = append(cells, n(stored, style+1))
		}
		rows += sheettest.Row(row+1, cells...)
	}
	rows += sheettest.Row(20, txt("2E10"), txt("1.50"), val("s", "0"), val("s", "1"), val("b", "1"), val("b", "0"), val("e", "#N/A"), val("e", "#DIV/0!"), txt("a\nb"), txt("=1+1"))
	book := sheettest.One(rows)
	book.Formats, book.Date1904 = formats, from1904
	book.Texts = []string{"<r><t>2020</t></r><r><t>.10</t></r>", "<t>課</t><rPh><t>か</t></rPh>"}
	return book
}

// compareBook compares each visible sheet with LibreOffice's CSV file of it.
func compareBook(t *testing.T, path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := sheet.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Logf("refused: %v", err)
		if _, ok := errors.AsType[*sheet.Error](err); !ok {
			t.Error("not in words")
		}
		return
	}
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "soffice", "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to",
		"csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,false,true,false,false,-1", "--outdir", dir, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	for _, info := range b.Sheets {
		if _, err := b.Find(info.Name); err != nil {
			continue // a chart
		}
		text, err := os.ReadFile(filepath.Join(dir, base+"-"+info.Name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(text))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		compareSheet(t, b, info, want)
	}
}

func compareSheet(t *testing.T, b *sheet.Book, info sheet.Info, want [][]string) {
	rows, err := b.Rows(info)
	if err != nil {
		t.Fatalf("%s: %v", info.Name, err)
	}
	defer rows.Close()
	cells := 0
	for {
		r, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", info.Name, err)
		}
		for i := range r.Cells {
			c := &r.Cells[i]
			if c.Kind == sheet.Empty || c.Merged {
				continue
			}
			cells++
			shown := ""
			if r.Number <= len(want) && i < len(want[r.Number-1]) {
				shown = want[r.Number-1][i]
			}
			if why := differs(b, c, shown); why != "" {
				t.Errorf("%s row %d column %d: %s, LibreOffice shows %q", info.Name, r.Number, i+1, why, shown)
			}
		}
	}
	t.Logf("%s: %d cells", info.Name, cells)
}

// differs says how a cell is read unlike shown, "" if it is read so or refused by an import.
func differs(b *sheet.Book, c *sheet.Cell, shown string) string {
	text, ok := c.Shown()
	switch {
	case c.Kind == sheet.NoValue, c.Kind == sheet.Strange, c.Kind == sheet.Long:
		return "" // a fault
	case c.Kind == sheet.Failed && (strings.HasPrefix(shown, "#") || strings.HasPrefix(shown, "Err:")):
		return "" // a fault
	case c.Kind == sheet.Date:
		return unlessEqual(c.Text, shown)
	case c.Kind == sheet.Numeric && c.Format.Shows == sheet.Elapsed:
		return "" // a fault
	case c.Kind == sheet.Numeric && c.Format.Shows != sheet.Number:
		at, ok := b.Time(c.Text)
		if !ok {
			return "" // a fault
		}
		return unlessEqual(at.Format(time.DateTime), shown)
	case !ok && c.Kind == sheet.Numeric:
		return "" // a fault
	}
	if strings.TrimSpace(strings.TrimSuffix(text, ".")) == strings.TrimSpace(strings.TrimSuffix(shown, ".")) {
		return ""
	}
	if c.Kind == sheet.Numeric && c.Format.Code == "General" { // LibreOffice shows ten digits of a number, the reader fifteen
		var x, y float64
		if _, err := fmt.Sscan(text+" "+shown, &x, &y); err == nil && x-y < 1e-4 && y-x < 1e-4 {
			return ""
		}
	}
	return fmt.Sprintf("read as %q", text)
}

// unlessEqual accepts a shown date or time of day that is part of the moment read.
func unlessEqual(moment, shown string) string {
	for _, form := range []string{"January 2006", "January 2, 2006", "令和3年1月2日"} { // the third year of 令和 is 2021
		if at, err := time.Parse(form, shown); err == nil && strings.HasPrefix(moment[5:], at.Format("01-02")) {
			return ""
		}
	}
	for _, form := range []string{"2006-01-02", "01/02/2006", "2006/01/02"} {
		day, clock, _ := strings.Cut(shown, " ")
		at, err := time.Parse(form, day)
		if err == nil && strings.HasPrefix(moment, at.Format(time.DateOnly)) && strings.HasSuffix(moment, clock) {
			return ""
		}
	}
	if strings.Count(shown, ":") == 2 && strings.HasSuffix(moment, shown) {
		return ""
	}
	return "is at " + moment
}
