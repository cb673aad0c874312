package report

import (
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/catalogue"
)

// carried1 is project 1 in 2026, carried over from 2020: the items of the list are revised.
func carried1(t *testing.T, revised ...string) Input {
	t.Helper()
	return carried(t, project1(t), revised...)
}

func carried(t *testing.T, in Input, revised ...string) Input {
	t.Helper()
	text, err := catalogue.EmbeddedText(in.Catalogue)
	if err == nil {
		text, err = catalogue.CarryOver(text, "c.yaml", 2026, schema.Default())
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := catalogue.Revise(text, "c.yaml", schema.Default(), revised, catalogue.NewFacts{})
	if err != nil {
		t.Fatal(err)
	}
	in.Catalogue, in.Project = r.Catalogue, r.Projects[in.Project.No-1]
	in.Figures.Year, in.Figures.At, in.Figures.Catalogue = 2026, "2026-12-31", r.Name()
	for i := range in.Figures.Rows {
		in.Figures.Rows[i].CarriedFrom = r.CarriedFrom(in.Figures.Rows[i].ID)
	}
	in.Figures.Budgets[in.Project.No-1].CarriedFrom = in.Project.CarriedFrom
	return in
}

func textsOf(s *Sheet) map[string]string {
	at := map[string]string{}
	for i := range s.Cells {
		at[s.Cells[i].Address()] = s.Cells[i].Shown()
	}
	return at
}

const carriedMark = "\n（沿用2020年，待核定）"

// By hand: nothing is revised, so there is a value and no score in any line, and the money of 2020 is text with its mark. When
// the ledger knows this year's budget, 300 000 of 400 000 is 75 %, 7.5 of 10 points.
func TestNoScoreOfCarriedOver(t *testing.T) {
	in := carried1(t)
	s := sheet(t, in)
	const open = "未评：沿用以前年度，待核定"
	for at, want := range map[string]string{
		"A2": "（2026年度）", "E6": "30.0000" + carriedMark, "F6": "30.0000" + carriedMark, "G6": "30.0000", "I6": "", "J6": open,
		"E7": "30.0000" + carriedMark, "F7": "", "G7": "", "E13": "≥90%" + carriedMark, "F13": "90%", "H13": "未评", "I13": open,
		"I14": "另列：接报到到场平均时间 0.8 小时\n另列：接报到处置完毕平均时间 无数据\n" + open, "H18": "未完成", "I18": "未评 6 项；已评得分 0.00，满分 0.00",
	} {
		if got := textsOf(s)[at]; got != want {
			t.Errorf("%s is %q, want %q", at, got, want)
		}
	}
	if !strings.HasSuffix(textsOf(s)["B11"], carriedMark) || s.Score.Open != 6 || len(s.Advice) != 0 || s.Facts.ToRevise != 6 {
		t.Errorf("goals %q, %+v, %+v", textsOf(s)["B11"], s.Score, s.Facts)
	}
	for _, c := range s.Cells {
		if c.Number && c.Row <= 9 && c.Col < 7 {
			t.Errorf("%s is a number: %s", c.Address(), c.Text)
		}
	}
	in.Figures.Budgets[0].Adjusted = new("400000.00")
	got := textsOf(sheet(t, in))
	for at, want := range map[string]string{"E6": "30.0000" + carriedMark, "F6": "40.0000", "G6": "30.0000", "I6": "75.00%", "J6": "7.50", "F7": "", "I13": open} {
		if got[at] != want {
			t.Errorf("with the ledger's budget %s is %q, want %q", at, got[at], want)
		}
	}
}

// The second reading of a capped drop is no score either.
func TestNoAdviceOfCarriedOver(t *testing.T) {
	in := project3(t)
	in.Entries = nil
	if n := len(sheet(t, in).Advice); n == 0 {
		t.Fatal("the year's own sheet advises nothing")
	}
	if s := sheet(t, carried(t, in)); len(s.Advice) != 0 || s.Facts.ToRevise != 6 {
		t.Errorf("advised %+v", s.Advice)
	}
}

// A revised row and a revised project are scored as ever, beside what is still carried over.
func TestRevisedItemsAreScored(t *testing.T) {
	s := sheet(t, carried1(t, "P1-1", "1"))
	got := textsOf(s)
	for at, want := range map[string]string{
		"E6": "30.0000", "I6": "100.00%", "J6": "10.00", "E13": "≥90%", "F13": "90%", "I13": "", "E14": "≤0.5小时" + carriedMark, "H14": "未评",
	} {
		if got[at] != want {
			t.Errorf("%s is %q, want %q", at, got[at], want)
		}
	}
	if s.Facts.ToRevise != 4 || s.Score.Open != 4 || strings.Contains(got["B11"], "待核定") {
		t.Errorf("%+v %+v %q", s.Facts, s.Score, got["B11"])
	}
}

// The page and the workbook say on top, at the foot and in the properties that the sheet is not to be submitted.
func TestBothFormatsTellOfCarriedOver(t *testing.T) {
	const words = "项沿用以前年度、待核定，核定前不评分，不得上报"
	s := sheet(t, carried1(t))
	page, err := HTML(s)
	if err != nil || strings.Count(string(page), "6 "+words) != 2 || !strings.Contains(string(page), "（沿用2020年，待核定）") {
		t.Errorf("the page: %v", err)
	}
	f := workbook(t, s)
	head, err := f.GetHeaderFooter(tab)
	if err != nil || !strings.Contains(head.OddHeader, words) {
		t.Errorf("the workbook's pages: %+v %v", head, err)
	}
	rows, err := f.GetRows(tab)
	if err != nil {
		t.Fatal(err)
	}
	var cells []string
	for _, row := range rows {
		cells = append(cells, row...)
	}
	if all := strings.Join(cells, "\n"); !strings.Contains(all, words) || strings.Count(all, "待核定）") != 9 { // five targets, three amounts, the goals
		t.Errorf("the workbook's cells: %q", all)
	}
	if page, err = HTML(sheet(t, project1(t))); err != nil || strings.Contains(string(page), "待核定") {
		t.Errorf("a year's own sheet: %v", err)
	}
}
