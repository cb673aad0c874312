package imports_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"roadbook/server/imports"
	"roadbook/server/imports/sheet/sheettest"
)

// mostMemory bounds the peak resident memory of a process reading any one file, in kB.
const mostMemory = 256 << 10

// TestMemoryChild is a process of its own: it reads the file named by the environment and prints its peak of memory.
func TestMemoryChild(t *testing.T) {
	name := os.Getenv("ROADBOOK_READ_FILE")
	if name == "" {
		return // only TestMemory starts it
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m := load(t, people)
	if strings.Contains(name, "above") {
		m = load(t, strings.Replace(people, "kind:", "header_row: 90\nkind:", 1))
	}
	b := imports.ReadFrom(m, name, f, info.Size())
	rejects := 0
	if b.Faulty > 0 && !b.Broken {
		content, err := b.Rejects()
		if err != nil {
			t.Fatal(err)
		}
		rejects = len(content)
	}
	fmt.Printf("peak=%s valid=%d faulty=%d faults=%d rejects=%d first=%.60v\n", peak(t), b.Valid(), b.Faulty, len(b.Faults), rejects, append(b.Faults, imports.Fault{})[0].Message.EN)
}

// Files that took gigabytes are read in little memory, by a process of its own. The numbers are in NOTES.md.
func TestMemory(t *testing.T) {
	for name, tt := range map[string]struct {
		ext   string
		write func(w io.Writer) error
		want  string // of the child's line
	}{
		"a cell in the last column of 8,000 rows": {".xlsx", columnXFD, "valid=0 faulty=8000 faults=1001"},
		"a wrong separator":                       {".csv", wrongSeparator, "first=the header has no column"},
		"30,000 faulty rows":                      {".csv", faultyRows, "valid=0 faulty=30000 faults=1002"},
		"a part of 512 MiB that nobody needs":     {".xlsx", unneededPart, "valid=1 faulty=0"},
		"a sheet of 900 MiB of blanks":            {".xlsx", blankSheet, "valid=1 faulty=0"},
		"a cell over 900 lines of 60 kB":          {".csv", manyLines, "valid=0 faulty=900 faults=416"},
		"64 MiB of texts":                         {".xlsx", manyTexts, "valid=1 faulty=0"},
		"900 rejects of many long cells":          {".xlsx", longRejects, "valid=0 faulty=900"},
		"a directory of 300,000 entries":          {".xlsx", manyEntries, "the archive's directory is too large"},
		"50,000 merged areas":                     {".xlsx", mergedAreas, "valid=1 faulty=0"},
		"a row of 1,000 long shared texts":        {".xlsx", longRow, "first=the file can't be read: row 1 holds to"},
		"a header of 500,000 columns":             {".csv", wideHeader, "first=the header has 500000 columns"},
		"rows of commas above the header":         {".above.csv", commasAbove, "first=the row has more than"},
		"100,000 good rows":                       {".csv", goodRows, "valid=100000 faulty=0"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t"+tt.ext)
			writeFile(t, path, tt.write)
			line := inChild(t, "^TestMemoryChild$", path)
			t.Log(line)
			if peak := peakOf(line); peak == 0 || peak > mostMemory || !strings.Contains(line, tt.want) {
				t.Errorf("%s; want %s in at most %d kB", line, tt.want, mostMemory)
			}
		})
	}
}

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

// TestMemoryOfImports: a large file is written while it is planned, and the importer's past stays packed: again and
// undone too.
func TestMemoryOfImports(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	writeFile(t, path, goodRows)
	line := inChild(t, "^TestMemoryOfImportsChild$", path)
	t.Log(line)
	if peak := peakOf(line); peak == 0 || peak > mostMemory || !strings.Contains(line, "created=100000 unchanged=100000 voided=100000") {
		t.Errorf("%s; want at most %d kB", line, mostMemory)
	}
}

// TestMemoryOfImportsChild is a process of its own, as TestMemoryChild.
func TestMemoryOfImportsChild(t *testing.T) {
	name := os.Getenv("ROADBOOK_READ_FILE")
	if name == "" {
		return
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, stores["sqlite"](t))
	var runs []*imports.Run
	for range 2 {
		run, err := w.im.Import(t.Context(), imports.ReadFrom(load(t, people), name, f, info.Size()), imports.Options{By: "zhou"})
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	withFigures(w)
	out, err := w.im.Outlook(t.Context(), imports.ReadFrom(load(t, people), name, f, info.Size()), nil)
	if err != nil || out.Changes.Unchanged != 100_000 {
		t.Fatal(err, out)
	}
	undone := w.undo(runs[0].ID)
	fmt.Printf("peak=%s created=%d unchanged=%d voided=%d\n", peak(t), runs[0].Changes.Created, runs[1].Changes.Unchanged, undone.Changes.Voided)
}

// peak is the process's greatest resident memory so far, in kB.
func peak(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	return string(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)[1])
}

func peakOf(line string) int {
	n, _ := strconv.Atoi(regexp.MustCompile(`peak=(\d+)`).FindStringSubmatch(line)[1])
	return n
}

// inChild runs a test in a process of its own and returns its line.
func inChild(t *testing.T, test, path string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+test)
	cmd.Env = append(os.Environ(), "ROADBOOK_READ_FILE="+path)
	out, err := cmd.CombinedOutput()
	line := regexp.MustCompile(`peak=.*`).Find(out)
	if err != nil || line == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(line)
}

// zipped writes a workbook with more to write into its parts.
func zipped(w io.Writer, b sheettest.Book, part string, more func(io.Writer) error) error {
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(len(b.Bytes())))
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
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

func commasAbove(w io.Writer) error { return repeat(w, strings.Repeat(",", 1_000_000)+"\n", 99) }
