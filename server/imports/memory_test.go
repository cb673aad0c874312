package imports_test

import (
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
)

// mostMemory bounds the peak resident memory of a process with any one file, in kB.
const mostMemory = 256 << 10

// The test of imports has few rows and so a bound of its own. The long form has as many rows as ROADBOOK_MEMORY_ROWS says, under
// mostMemory: a million take some minutes (NOTES.md).
const (
	someRows   = 15_000
	someMemory = 112 << 10 // kB
)

func memoryRows(t *testing.T) (rows, most int) {
	t.Helper()
	text := os.Getenv("ROADBOOK_MEMORY_ROWS")
	if text == "" {
		return someRows, someMemory
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > imports.MaxRows {
		t.Fatalf("ROADBOOK_MEMORY_ROWS=%s: want 1 to %d", text, imports.MaxRows)
	}
	return n, mostMemory
}

// memoryWork is work for a process of its own, about a file. Its line on standard output begins with the peak of memory.
type memoryWork func(t *testing.T, read func(mapping string) *imports.Batch)

var memoryWorks = map[string]memoryWork{"read": readWork, "import": importWork}

// TestMemoryChild is a process of its own: it does the work named by the environment with a file.
func TestMemoryChild(t *testing.T) {
	work, name := memoryWorks[os.Getenv("ROADBOOK_MEMORY_WORK")], os.Getenv("ROADBOOK_MEMORY_FILE")
	if work == nil {
		return // only inChild starts it
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
	work(t, func(mapping string) *imports.Batch { return imports.ReadFrom(load(t, mapping), name, f, info.Size()) })
}

func readWork(t *testing.T, read func(mapping string) *imports.Batch) {
	mapping := people
	if strings.Contains(os.Getenv("ROADBOOK_MEMORY_FILE"), "above") {
		mapping = strings.Replace(people, "kind:", "header_row: 90\nkind:", 1)
	}
	b := read(mapping)
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

// importWork imports a file twice, foretells the file once more, and takes the first run back.
func importWork(t *testing.T, read func(mapping string) *imports.Batch) {
	w := newWorld(t, stores["sqlite"](t))
	withFigures(w)
	var runs []*imports.Run
	peaks := ""
	for range 2 {
		run, err := w.im.Import(t.Context(), read(people), imports.Options{By: "zhou"})
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
		peaks += peak(t) + " "
	}
	undone := w.undo(runs[0].ID)
	peaks += peak(t)
	again, err := w.im.Outlook(t.Context(), read(people), nil)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("peak=%s created=%d unchanged=%d voided=%d restored=%d before=%s\n",
		peak(t), runs[0].Changes.Created, runs[1].Changes.Unchanged, undone.Changes.Voided, again.Changes.Restored, peaks)
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
			t.Parallel()
			path := filepath.Join(t.TempDir(), "t"+tt.ext)
			writeFile(t, path, tt.write)
			line := inChild(t, "read", path)
			t.Log(line)
			if peak := peakOf(line); peak == 0 || peak > mostMemory || !strings.Contains(line, tt.want) {
				t.Errorf("%s; want %s in at most %d kB", line, tt.want, mostMemory)
			}
		})
	}
}

// TestMemoryOfImports: a large file is written while it is planned, and the importer's past is read from the log where a row differs:
// again and undone too.
func TestMemoryOfImports(t *testing.T) {
	t.Parallel()
	n, most := memoryRows(t)
	path := filepath.Join(t.TempDir(), "t.csv")
	writeFile(t, path, func(w io.Writer) error { return manyGoodRows(w, n) })
	line := inChild(t, "import", path)
	t.Log(line)
	want := fmt.Sprintf("created=%d unchanged=%[1]d voided=%[1]d restored=%[1]d", n)
	if peak := peakOf(line); peak == 0 || peak > most || !strings.Contains(line, want) {
		t.Errorf("%s; want %s in at most %d kB", line, want, most)
	}
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

// inChild does work about a file in a process of its own and returns its line.
func inChild(t *testing.T, work, path string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMemoryChild$", "-test.timeout=30m")
	cmd.Env = append(os.Environ(), "ROADBOOK_MEMORY_WORK="+work, "ROADBOOK_MEMORY_FILE="+path)
	out, err := cmd.CombinedOutput()
	line := regexp.MustCompile(`peak=.*`).Find(out)
	if err != nil || line == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(line)
}
