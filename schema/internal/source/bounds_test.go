package source

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// hostile are files whose parsing takes far more than their bytes. The first, in 50 kB, took 5 GB.
func hostile() map[string]string {
	var deep, wide strings.Builder
	for i := range 40 {
		fmt.Fprintf(&deep, "%sa:\n", strings.Repeat(" ", i))
	}
	wide.WriteString(strings.Repeat("k", 990) + ": {a: [" + strings.Repeat("1, ", 19_000) + "]}\n")
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 10))
	}
	return map[string]string{
		"nests deeper":         strings.Repeat("[", 50_000),
		"nests deeper: blocks": deep.String(),
		"nests deeper: dashes": strings.Repeat("- ", 5000),
		"nests deeper: maps":   strings.Repeat("{a: ", 5000),
		"words and signs":      strings.Repeat("]", 500_000),
		"words and signs: [":   "[" + strings.Repeat(",", 500_000),
		"words and signs: *":   strings.Repeat("*a ", 100_000),
		"one document":         strings.Repeat("---\na\n", 50_000),
		"length of its keys":   wide.String(),
		"longer than 1000":     strings.Repeat("k", 2000) + ": 1",
		"aliases":              laughs,
		"larger than":          "a: " + strings.Repeat("x", 1<<20),
		"not UTF-8":            "\xd6\xd0\xce\xc4: 1", // 中文 as GB18030
		"not UTF-8: UTF-16":    "\xff\xfea\x00:\x00 \x001\x00",
		"not UTF-8: UTF-16 LE": "a\x00:\x00 \x001\x00",
	}
}

func TestHostileFilesAreRefusedCheaply(t *testing.T) {
	for name, text := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var out any
		_, err := Read([]byte(text), "f.yaml", &out)
		runtime.ReadMemStats(&after)
		want, _, _ := strings.Cut(name, ":")
		var at *Error
		if !errors.As(err, &at) || at.File != "f.yaml" || !strings.Contains(at.Reason, want) {
			t.Errorf("%s: %.200v", name, err)
			continue
		}
		if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 160 {
			t.Errorf("%s: %d MiB", name, spent)
		}
		if zh, en := Translate(at.Reason); strings.Contains(zh, "YAML") || strings.Contains(en, "YAML") {
			t.Errorf("%s has no words of its own: %s · %s", name, zh, en)
		}
	}
}

// Long texts, lines and lists within the bounds are read.
func TestFilesWithinTheBounds(t *testing.T) {
	var list strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&list, "k%d: 1\n", i)
	}
	nested := strings.Repeat("[", 30) + strings.Repeat("]", 30)
	for name, text := range map[string]string{
		"a long line": "a: " + strings.Repeat("中", 170_000), "many lines": "a: |\n" + strings.Repeat("  x\n", 100_000),
		"brackets in a text": "a: '" + strings.Repeat("[", 100_000) + "'", "many keys": list.String(), "nested": nested,
		"a byte order mark": "\ufeffa: 1\n", "an alias": "a: &a [1, 2]\nb: *a\n",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var out any
		_, err := Read([]byte(text), "f.yaml", &out)
		runtime.ReadMemStats(&after)
		if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; err != nil || spent > 160 {
			t.Errorf("%s: %d MiB, %.200v", name, spent, err)
		}
	}
	var out struct {
		Name string `yaml:"name"`
	}
	if _, err := Read([]byte("\ufeffname: x\n"), "f.yaml", &out); err != nil || out.Name != "x" {
		t.Errorf("behind a byte order mark: %v %+v", err, out)
	}
}

// No file takes more than 256 MiB at once, nor panics. Run it with GOMEMLIMIT and -fuzz FuzzRead.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	for _, text := range hostile() {
		f.Add([]byte(text[:min(len(text), 300)]))
	}
	var before runtime.MemStats // other tests of the process have had their share
	runtime.ReadMemStats(&before)
	f.Fuzz(func(t *testing.T, data []byte) {
		var out sample
		doc, err := Read(data, "f.yaml", &out)
		var after runtime.MemStats
		runtime.ReadMemStats(&after)
		if after.HeapSys > before.HeapSys+256<<20 {
			t.Errorf("%d bytes take %d MiB", len(data), (after.HeapSys-before.HeapSys)>>20)
		}
		if err == nil {
			doc.At("items", 0, "code")
			doc.KeyAt("items", 0, "code")
		}
	})
}
