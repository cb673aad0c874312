package reconcile_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/imports"
	"roadbook/server/reconcile"
	"roadbook/server/store/sqlitestore"
)

// mostMemory bounds the peak resident memory of a process that compares as many rows and records as there may be, in kB. The test has
// few, and so a bound of its own; the long form has as many of each as ROADBOOK_MEMORY_ROWS says (NOTES.md).
const (
	mostMemory = 256 << 10
	someRows   = 8_000
	someMemory = 84 << 10
)

func memoryRows(t *testing.T) (rows, most int) {
	t.Helper()
	text := os.Getenv("ROADBOOK_MEMORY_ROWS")
	if text == "" {
		return someRows, someMemory
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 2 || n > imports.MostCompared {
		t.Fatalf("ROADBOOK_MEMORY_ROWS=%s: want 2 to %d", text, imports.MostCompared)
	}
	return n, mostMemory
}

// TestMemory: a table against as many records, of which nine in ten have no partner on either side. The records are written by another
// process than the one that compares.
func TestMemory(t *testing.T) {
	n, most := memoryRows(t)
	dir := t.TempDir()
	for _, kind := range reconcile.Kinds {
		write(t, filepath.Join(dir, kind+"-here.csv"), n, 0, memoryTables[kind])
		write(t, filepath.Join(dir, kind+".csv"), n, n-n/10, memoryTables[kind])
	}
	inChild(t, "write", dir)
	want := fmt.Sprintf(" equal %d +0, ", n/10)
	for _, kind := range reconcile.Kinds {
		line := inChild(t, kind, dir)
		t.Log(kind, line)
		peak, _ := strconv.Atoi(regexp.MustCompile(`peak=(\d+)`).FindStringSubmatch(line)[1])
		if peak == 0 || peak > most || !strings.Contains(line, want) {
			t.Errorf("%s: %s; want %s in at most %d kB", kind, line, want, most)
		}
	}
}

// memoryTables are the header and the row with a number, by kind.
var memoryTables = map[string]struct{ header, row string }{
	"plate":       {"unit,occurred_at,plate_type,plate_number,business", "office-1,2020-%02[2]d-%02[3]d,02,冀F%05[1]X,register"},
	"enforcement": {"unit,occurred_at,violation_code,plate_number,plate_type,road_type,action,document_number", "check-1,2020-%02[2]d-%02[3]d %02[4]d:10,1344,冀F%05[1]X,02,12,fine,13063620200%07[1]d"},
	"accident":    {"source_key,unit,occurred_at,platform_number,case_number,severity,procedure,road_type,dead,injured", "a%[1]d,squad-1,2020-%02[2]d-%02[3]d %02[4]d:10,13063620200%07[1]d,122-2020-%07[1]d,injury,general,12,0,1"},
}

func write(t *testing.T, path string, n, from int, of struct{ header, row string }) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, of.header)
	for i := from; i < from+n; i++ {
		fmt.Fprintf(w, of.row+"\n", i, i/28%12+1, i%28+1, i%24)
	}
	must(t, w.Flush())
	must(t, f.Close())
}

// inChild does work in a process of its own and returns its line.
func inChild(t *testing.T, work, dir string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMemoryChild$", "-test.timeout=30m")
	cmd.Env = append(os.Environ(), "ROADBOOK_MEMORY_WORK="+work, "ROADBOOK_MEMORY_FILE="+dir)
	out, err := cmd.CombinedOutput()
	line := regexp.MustCompile(`peak=.*`).Find(out)
	if err != nil || line == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(line)
}

// TestMemoryChild is a process of its own: it writes the records of all kinds, or compares those of one.
func TestMemoryChild(t *testing.T) {
	work, dir := os.Getenv("ROADBOOK_MEMORY_WORK"), os.Getenv("ROADBOOK_MEMORY_FILE")
	if work == "" {
		return // only inChild starts it
	}
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(dir, "r.db")})
	must(t, err)
	w := newWorld(t, s)
	found := ""
	for _, kind := range reconcile.Kinds {
		switch work {
		case "write":
			writeRecords(w, kind, filepath.Join(dir, kind+"-here.csv"))
		case kind:
			found = classes(compareFile(w, kind, filepath.Join(dir, kind+".csv")))
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	must(t, err)
	fmt.Printf("peak=%s %s\n", regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)[1], found)
}

func writeRecords(w *world, kind, path string) {
	data, err := os.ReadFile(path)
	must(w.t, err)
	w.here(kind, string(data))
}

func compareFile(w *world, kind, path string) *reconcile.Report {
	f, err := os.Open(path)
	must(w.t, err)
	defer f.Close()
	info, err := f.Stat()
	must(w.t, err)
	m, err := imports.ComparisonMapping(schema.Default(), kind)
	must(w.t, err)
	r, err := w.rec.Run(w.t.Context(), reconcile.Question{
		Scope: reconcile.Scope{Year: 2020}, Mapping: m, File: path, Src: f, Size: info.Size(), By: "zhou",
	})
	must(w.t, err)
	return r
}
