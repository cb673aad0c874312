package imports_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"roadbook/server/imports"
)

// Rows of one accident stand far apart, so that they are read at different times: one counts, and three are said.
func TestOutlookOfRowsFarApart(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	table := accidentHead
	for i := range 1200 {
		number := "B" + strconv.Itoa(1_000_000+i)
		if i%400 == 0 {
			number = "A1234567"
		}
		table += "squad-1,2020-03-01 09:00," + strconv.Itoa(i) + "," + number + ",property,simple,0,2020-03-02\n"
	}
	out := foretell(w, namedMapping(t, "accident", "clerk"), table)
	if got := said(out); got != "same_key_in_file 402,802" || out.Counting != 1198 || out.Changes.Created != 1200 {
		t.Errorf("%q, %d count", got, out.Counting)
	}
}

// Above the bound the store is not asked, and the answer says so; rows that repeat each other are found all the same, and too many of
// one key are left out and counted.
func TestOutlookOfAVeryLargeTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores["sqlite"](t))
	withFigures(w)
	w.importTable(namedMapping(t, "accident", "earlier"), accidentHead+"squad-1,2020-03-01 09:00,1,B0000000,property,simple,0,2020-03-02\n")
	var table strings.Builder
	table.WriteString(accidentHead)
	for i := range imports.MaxMet + 1 {
		n := i
		switch {
		case i == imports.MaxMet:
			n = 5 // as row 7
		case i > 80_000:
			n = 99_999_999
		}
		fmt.Fprintf(&table, "squad-1,2020-03-01 09:00,%d,B%07d,property,simple,0,2020-03-02\n", i, n)
	}
	out, err := w.im.Outlook(t.Context(), imports.Read(namedMapping(t, "accident", "clerk"), "t.csv", []byte(table.String())), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := said(out); !out.Apart || got != "same_key_in_file 100002" || out.Unmet != 19_999 || out.Counting != 80_001 {
		t.Errorf("%q, %d left out, %d count, apart %v", got, out.Unmet, out.Counting, out.Apart)
	}
}

// Every row takes over the number of the row behind: each accident leaves one group for another that a row leaves as well.
func TestOutlookOfShiftedNumbers(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	shifted := func(by int) string {
		table := accidentHead
		for i := range 1100 {
			table += fmt.Sprintf("squad-%d,2020-03-01 09:00,%d,B%07d,property,simple,0,2020-03-02\n", i%3, i, i+by)
		}
		return table
	}
	m := namedMapping(t, "accident", "clerk")
	foretell(w, m, shifted(0))
	out := foretell(w, m, shifted(1))
	if out.Counting != 1100 || out.Changes.Amended != 1100 || len(out.Remarks) > 0 || out.WhyNone == nil {
		t.Errorf("%d count, %+v, %s", out.Counting, out.Changes, said(out))
	}
}
