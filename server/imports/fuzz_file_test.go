package imports_test

import (
	"runtime"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"roadbook/server/imports"
)

// FuzzFile reads files that are anything: no panic, no control character in a fault, at most 256 MiB, and the file of
// rejects is read as the file was. go test -fuzz FuzzFile -fuzztime 10m ./server/imports
func FuzzFile(f *testing.F) {
	m := standard(f, "segment")
	bad := strings.Replace(roads, "12.5", "很长", 1)
	f.Add([]byte(bad))
	f.Add(in(f, simplifiedchinese.GB18030, "sep=;\r\n"+strings.ReplaceAll(bad, ",", ";")))
	f.Add(append([]byte{0xff, 0xfe}, utf16(f, unicode.LittleEndian, strings.ReplaceAll(bad, ",", "\t"))...))
	f.Add(utf16(f, unicode.BigEndian, bad))
	f.Add([]byte(strings.ReplaceAll(bad, "\r\n", "\r")))
	f.Add(roadBook())
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	var before runtime.MemStats // other tests of the process have had their share
	runtime.ReadMemStats(&before)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := imports.Read(m, "t.csv", data)
		for _, f := range b.Faults {
			if strings.ContainsAny(f.String(), "\x00\x07\x08\x1b\x7f\u202e\n\r") {
				t.Errorf("%q", f.String())
			}
		}
		var memory runtime.MemStats
		if runtime.ReadMemStats(&memory); memory.HeapSys > before.HeapSys+256<<20 {
			t.Errorf("%d bytes take %d MiB", len(data), (memory.HeapSys-before.HeapSys)>>20)
		}
		if b.Broken || b.Faulty == 0 || b.Preview().Format != "csv" {
			return
		}
		out, err := b.Rejects()
		if err != nil {
			t.Fatal(err)
		}
		if again := imports.Read(m, "t.csv", out); again.ReadAs() != b.ReadAs() {
			t.Errorf("%s, the rejects %s %v: %q", b.ReadAs(), again.ReadAs(), again.Faults, out)
		}
	})
}
