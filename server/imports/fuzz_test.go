package imports_test

import (
	"testing"

	"roadbook/server/imports"
)

// FuzzRead checks files that are anything, as CSV and as a workbook of two cells, and writes their rejects.
// go test -fuzz FuzzRead -fuzztime 10m ./server/imports
func FuzzRead(f *testing.F) {
	m := load(f, people)
	f.Add("1,check-1,2020-06-30 12:00,\"a\nb\",3,=1+1\n", "44012.5", "yyyy/m/d h:mm")
	f.Add("1,check-1,never,\"a", "0.95", "0%")
	f.Add("1,check-1,2020-06-30 12:00,\"a,3,=1+1\n", "44012.5", "yyyy/d/m h:mm") // read again, the mark closed
	f.Fuzz(func(t *testing.T, rows, stored, format string) {
		book := sheetOf([]string{txt("1"), txt("check-1"), n(stored, 1), txt(rows), n(stored, 1)})
		book.Formats = []string{format}
		for name, data := range map[string][]byte{"t.csv": []byte(csvTitles + rows), "t.xlsx": book.Bytes()} {
			b := imports.Read(m, name, data)
			if b.Broken || b.Faulty == 0 {
				continue
			}
			rejects, err := b.Rejects()
			if err != nil {
				t.Fatal(err)
			}
			if again := imports.Read(m, name, rejects); again.Broken || again.Valid() > 0 && again.Faulty == 0 && b.Faults[0].Code != imports.CodeSameKey {
				t.Errorf("%s: %v; the rejects as they are: %v", name, b.Faults, again.Faults)
			}
		}
	})
}
