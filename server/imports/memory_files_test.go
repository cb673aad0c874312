package imports_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"roadbook/server/imports/sheet/sheettest"
)

func writeFile(t *testing.T, path string, write func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
}

// zipped writes a workbook with more to write into its parts.
func zipped(w io.Writer, b sheettest.Book, part string, more func(io.Writer) error) error {
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(len(b.Bytes())))
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, f := range r.File {
		if f.Name != part {
			if err := out.Copy(f); err != nil {
				return err
			}
		}
	}
	f, err := out.Create(part)
	if err == nil {
		err = more(f)
	}
	if err != nil {
		return err
	}
	return out.Close()
}

func repeat(w io.Writer, text string, n int) error {
	for range n {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

func rowsOf(n int, row func(i int) string) func(io.Writer) error {
	return func(w io.Writer) error {
		for i := range n {
			if _, err := io.WriteString(w, row(i+2)); err != nil {
				return err
			}
		}
		return nil
	}
}

// sheetPart writes a worksheet below the titles.
func sheetPart(w io.Writer, book sheettest.Book, rows func(io.Writer) error, after string) error {
	return zipped(w, book, "xl/worksheets/sheet1.xml", func(w io.Writer) error {
		if _, err := io.WriteString(w, `<worksheet><sheetData>`+titles); err != nil {
			return err
		}
		if err := rows(w); err != nil {
			return err
		}
		_, err := io.WriteString(w, `</sheetData>`+after+`</worksheet>`)
		return err
	})
}

var goodRow = sheettest.Row(2, txt("1"), txt("check-1"), txt(noon))

func columnXFD(w io.Writer) error {
	return sheetPart(w, sheettest.One(""), rowsOf(8000, func(i int) string { return fmt.Sprintf(`<row r="%d"><c r="XFD%[1]d"><v>1</v></c></row>`, i) }), "")
}

const csvTitles = "编号,单位,时间,案号,受伤,备注\n"

func wrongSeparator(w io.Writer) error {
	return repeat(w, strings.ReplaceAll(csvTitles, ",", "~")+"1~check-1~2020-06-30 12:00~~~\n", 10_000)
}

func faultyRows(w io.Writer) error {
	_, err := io.WriteString(w, csvTitles)
	if err != nil {
		return err
	}
	return repeat(w, "a;b,c\n", 30_000)
}

func unneededPart(w io.Writer) error {
	return zipped(w, sheettest.One(titles+goodRow), "xl/media/image1.xml", func(w io.Writer) error { return repeat(w, strings.Repeat(" ", 1<<20), 512) })
}

func blankSheet(w io.Writer) error {
	return sheetPart(w, sheettest.One(""), func(w io.Writer) error {
		if _, err := io.WriteString(w, goodRow); err != nil {
			return err
		}
		return repeat(w, strings.Repeat(`<row><c s="0"/><c s="0"/><c/></row>`, 1000), 900)
	}, strings.Repeat(" ", 1000))
}

func manyLines(w io.Writer) error {
	_, err := io.WriteString(w, csvTitles+"1,check-1,2020-06-30 12:00,,,\"")
	if err != nil {
		return err
	}
	return repeat(w, strings.Repeat("x", 60_000)+"\n", 900)
}

func manyTexts(w io.Writer) error {
	return zipped(w, sheettest.One(titles+goodRow), "xl/sharedStrings.xml", func(w io.Writer) error {
		if _, err := io.WriteString(w, "<sst>"); err != nil {
			return err
		}
		err := repeat(w, "<si><t>"+strings.Repeat("x", 60)+"</t></si>", 1_000_000)
		if err == nil {
			_, err = io.WriteString(w, "</sst>")
		}
		return err
	})
}

func longRejects(w io.Writer) error {
	return sheetPart(w, sheettest.One(""), rowsOf(900, func(i int) string {
		return sheettest.Row(i, txt("1"), txt(strings.Repeat("b", 100_000)), txt("never"), txt(strings.Repeat("c", 100_000)))
	}), "")
}

func manyEntries(w io.Writer) error {
	out := zip.NewWriter(w)
	for i := range 300_000 {
		if _, err := out.CreateHeader(&zip.FileHeader{Name: strconv.Itoa(i)}); err != nil {
			return err
		}
	}
	return out.Close()
}

func mergedAreas(w io.Writer) error {
	var areas strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&areas, `<mergeCell ref="A%d:A%d"/>`, 2*i+10, 2*i+11)
	}
	return sheetPart(w, sheettest.One(""), rowsOf(1, func(int) string { return goodRow }), "<mergeCells>"+areas.String()+"</mergeCells>")
}

func goodRows(w io.Writer) error { return manyGoodRows(w, 100_000) }

func manyGoodRows(w io.Writer, n int) error {
	if _, err := io.WriteString(w, csvTitles); err != nil {
		return err
	}
	for i := range n {
		if _, err := fmt.Fprintf(w, "%d,check-1,2020-06-30 12:%02d,1306362020%08d,%d,东关路口 %d 号\n", i, i%60, i, i%5, i%977); err != nil {
			return err
		}
	}
	return nil
}

func longRow(w io.Writer) error {
	book := sheettest.One(`<row r="1">` + strings.Repeat(`<c t="s"><v>0</v></c>`, 1000) + `</row>`)
	book.Texts = []string{"<t>" + strings.Repeat("x", 200_000) + "</t>"}
	_, err := w.Write(book.Bytes())
	return err
}

func wideHeader(w io.Writer) error { return repeat(w, strings.Repeat("a,", 499_999)+"b\n", 1) }

func commasAbove(w io.Writer) error { return repeat(w, strings.Repeat(",", 150_000)+"\n", 99) }
