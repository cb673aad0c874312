package report

import (
	"fmt"
	"html"
	"maps"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"roadbook/server/query"
)

// writtenCell is an area of a sheet as written by hand.
type writtenCell struct{ area, kind, text, unit string }

func readByHand(t *testing.T, name string) (out []writtenCell) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		p := append(strings.Split(line, "\t"), "", "")
		out = append(out, writtenCell{p[0], p[1], strings.ReplaceAll(p[2], `\n`, "\n"), p[3]})
	}
	return out
}

var inputs = map[string]func(*testing.T) Input{"project1": project1, "project3": project3}

func TestWorkbookEqualsTheSheetMadeByHand(t *testing.T) {
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			f := workbook(t, sheet(t, input(t)))
			var cells, merged []string
			for _, w := range readByHand(t, name) {
				cells = append(cells, compare(t, f, w))
				if strings.Contains(w.area, ":") {
					merged = append(merged, w.area)
				}
			}
			checkMerged(t, f, merged)
			checkNothingElse(t, f, cells)
		})
	}
}

// compare compares a cell of a workbook with the sheet written by hand; it returns the address, "" for an empty cell.
func compare(t *testing.T, f *excelize.File, w writtenCell) string {
	t.Helper()
	at, _, _ := strings.Cut(w.area, ":")
	shown, err := f.GetCellValue(tab, at)
	if err != nil {
		t.Fatal(err)
	}
	if want := w.text + w.unit; shown != want {
		t.Errorf("%s shows %q, by hand %q", w.area, shown, want)
	}
	kind, err := f.GetCellType(tab, at)
	if err != nil {
		t.Fatal(err)
	}
	isText := kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString
	if formula, err := f.GetCellFormula(tab, at); err != nil || formula != "" || (w.kind == "t") != isText {
		t.Errorf("%s: formula %q, type %v, by hand %s, %v", w.area, formula, kind, w.kind, err)
	}
	if w.kind == "n" {
		raw, err := f.GetCellValue(tab, at, excelize.Options{RawCellValue: true})
		if got, ok := new(big.Rat).SetString(raw); err != nil || !ok || got.Cmp(decimal(w.text)) != 0 {
			t.Errorf("%s is stored as %q, by hand %s", w.area, raw, w.text)
		}
	}
	if w.kind == "e" {
		return ""
	}
	return at
}

func checkMerged(t *testing.T, f *excelize.File, want []string) {
	t.Helper()
	merged, err := f.GetMergeCells(tab)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range merged {
		got = append(got, m.GetStartAxis()+":"+m.GetEndAxis())
	}
	last := "A" + strconv.Itoa(rowsOf(want)+1) + ":J" + strconv.Itoa(rowsOf(want)+1) // the digest
	if want = append(want, last); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("merged %v\nby hand %v", got, want)
	}
}

// rowsOf is the last row of areas.
func rowsOf(areas []string) (n int) {
	for _, a := range areas {
		_, end, _ := strings.Cut(a, ":")
		row, err := strconv.Atoi(end[1:])
		if err == nil {
			n = max(n, row)
		}
	}
	return n
}

func checkNothingElse(t *testing.T, f *excelize.File, want []string) {
	t.Helper()
	rows, err := f.GetRows(tab)
	if err != nil {
		t.Fatal(err)
	}
	for r, row := range rows {
		for c, text := range row {
			at := address(r+1, c+1)
			if text != "" && !slices.Contains(want, at) && !strings.HasPrefix(text, "摘要 digest sha256:") {
				t.Errorf("%s has %q, by hand nothing", at, text)
			}
		}
	}
}

var cellPattern = regexp.MustCompile(`(?s)<td id="([A-Z]\d+)" class="\w+"(?: colspan="(\d+)")?(?: rowspan="(\d+)")?><bdi>(.*?)</bdi></td>`)

func TestPageEqualsTheSheetMadeByHand(t *testing.T) {
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			page, err := HTML(sheet(t, input(t)))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, b := range cellPattern.FindAllStringSubmatch(string(page), -1) {
				got[areaOf(b[1], b[2], b[3])] = html.UnescapeString(b[4])
			}
			want := map[string]string{}
			for _, w := range readByHand(t, name) {
				want[w.area] = w.text + w.unit
			}
			for _, area := range slices.Sorted(maps.Keys(got)) {
				if strings.HasPrefix(got[area], "摘要 digest sha256:") {
					delete(got, area)
				}
			}
			if !maps.Equal(got, want) {
				for area := range want {
					if text, ok := got[area]; !ok || text != want[area] {
						t.Errorf("%s shows %q (%v), by hand %q", area, text, ok, want[area])
					}
				}
				t.Errorf("%d areas, by hand %d", len(got), len(want))
			}
		})
	}
}

// areaOf names the area of a cell with spans.
func areaOf(at, across, down string) string {
	if across == "" && down == "" {
		return at
	}
	col, row := int(at[0]-'A')+1, 0
	if _, err := fmt.Sscan(at[1:], &row); err != nil {
		return ""
	}
	span := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0
		}
		return n - 1
	}
	return at + ":" + address(row+span(down), col+span(across))
}

// A relief of 23.5 % seen on 1.2 km for an hour: no score of it is made up, neither the literal one nor the advised one.
func TestNoScoreOfTooFew(t *testing.T) {
	in := project3(t)
	setTooFew(in.Figures, "P3-1", query.Sample{Number: "72000", Least: "1800000", Unit: "米·分"})
	s := sheet(t, in)
	if s.Score.Open != 3 || s.Score.Points != "47.03" || s.Score.Of != "50.00" || s.Score.Band != "" { // 67.66 − 20.63 of 75 − 25
		t.Errorf("the score is %+v", s.Score)
	}
	for _, a := range s.Advice {
		if a.Row == "P3-1" && (a.Literal != "" || a.Advisory != "") {
			t.Errorf("advised %+v", a)
		}
	}
	at := map[string]string{}
	for _, c := range s.Cells {
		at[address(c.Row, c.Col)] = c.Text
	}
	want := "未评：样本不足（1.2 公里·小时，至少须 30 公里·小时）；得分待机关填写并说明理由\n缓解好于预期。"
	if !strings.HasPrefix(at["I13"], want) || at["F13"] != "23.5" || at["H13"] != "未评" {
		t.Errorf("the row says %q, %q, %q", at["F13"], at["H13"], at["I13"])
	}
}
