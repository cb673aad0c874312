package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// The same figures are the same bytes, however often.
func TestSameInputSameBytes(t *testing.T) {
	for name, input := range inputs {
		first := xlsx(t, sheet(t, input(t)))
		page, err := HTML(sheet(t, input(t)))
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			s := sheet(t, input(t))
			if again, err := HTML(s); err != nil || !bytes.Equal(page, again) {
				t.Fatalf("%s: another page, %v", name, err)
			}
			if !bytes.Equal(first, xlsx(t, s)) {
				t.Fatalf("%s: another workbook", name)
			}
		}
	}
}

func TestDigestIsOverTheCells(t *testing.T) {
	s := sheet(t, project3(t))
	book := xlsx(t, s)
	printed, computed, err := CheckDigest(book)
	if err != nil || printed != s.Digest || computed != s.Digest {
		t.Fatalf("%s printed, %s computed, %s made, %v", printed, computed, s.Digest, err)
	}
	for _, change := range []func(*excelize.File) error{
		func(f *excelize.File) error { return f.SetCellValue(tab, "J6", 7.73) },
		func(f *excelize.File) error { return f.SetCellStr(tab, "J6", "7.72") }, // a number made a text
		func(f *excelize.File) error { return f.SetCellStr(tab, "I14", "补记") },  // an empty cell filled
		func(f *excelize.File) error { return f.UnmergeCell(tab, "A13", "A14") },
		func(f *excelize.File) error { return f.SetCellStyle(tab, "F13", "F13", 0) }, // the % is gone
	} {
		if changed, computed := changedDigest(t, book, change); changed != s.Digest || computed == s.Digest {
			t.Errorf("printed %s, computed %s after a change", changed, computed)
		}
	}
	if same, computed := changedDigest(t, book, func(*excelize.File) error { return nil }); same != computed {
		t.Error("saving again changed the digest")
	}
	if _, _, err := CheckDigest([]byte("no workbook")); err == nil {
		t.Error("what is no workbook has a digest")
	}
}

func changedDigest(t *testing.T, book []byte, change func(*excelize.File) error) (printed, computed string) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := change(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if printed, computed, err = CheckDigest(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	return printed, computed
}

// The digest of the canonical text of two cells, as written by hand, by sha256sum.
func TestCanonicalForm(t *testing.T) {
	s := &Sheet{}
	s.putText(Title, 1, 1, 1, 10, "a<b\n\"中\"")
	s.putNumber(2, 7, 7, "12.50", "%")
	s.putText(Left, 2, 8, 2, 8, "")
	want := "roadbook sheet 1\n" + `["A1","J1","t","a<b\n\"中\"",""]` + "\n" + `["G2","G2","n","12.5","%"]` + "\n"
	if got := string(s.Canonical()); got != want {
		t.Errorf("%s", got)
	}
}

func TestPropertiesTellTheFacts(t *testing.T) {
	s := sheet(t, project3(t))
	f := workbook(t, s)
	p, err := f.GetDocProps()
	if err != nil || p.Title != "项目支出绩效自评表" || p.Created != "2021-01-02T00:30:00Z" || p.Modified != p.Created || p.Keywords != "sha256:"+s.Digest {
		t.Errorf("%+v, %v", p, err)
	}
	custom, err := f.GetCustomProps()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range custom {
		got[c.Name] = fmt.Sprint(c.Value)
	}
	for name, want := range map[string]string{
		"Digest": "sha256:" + s.Digest, "Catalogue": "shunping-2020@1", "At": "2020-12-31", "Cutoff": "2021-01-02T08:30:00+08:00",
		"NotReported": "2", "Reported": "31", "Expected": "36", "Locked": "", "Demo": "true",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, not %q", name, got[name], want)
		}
	}
	head, err := f.GetHeaderFooter(tab)
	if err != nil || !strings.Contains(head.OddHeader, "演示数据") {
		t.Errorf("a page of demo data does not say so: %+v, %v", head, err)
	}
}

func TestPrintsOnePageWide(t *testing.T) {
	f := workbook(t, sheet(t, project1(t)))
	layout, err := f.GetPageLayout(tab)
	if err != nil || *layout.Size != 9 || *layout.Orientation != "portrait" || *layout.FitToWidth != 1 {
		t.Errorf("%+v, %v", layout, err)
	}
	for _, n := range f.GetDefinedName() {
		if n.Name == "_xlnm.Print_Area" && n.RefersTo == tab+"!$A$1:$J$22" {
			return
		}
	}
	t.Errorf("print area %+v", f.GetDefinedName())
}

// Texts of people stay texts: no formula in any part of the workbook, no markup on the page.
func TestTextsOfPeopleAreInert(t *testing.T) {
	evil := "=HYPERLINK(\"http://x\",\"y\")\n<script>alert(1)</script>&amp;\x00\x07\xff _x000D_ +1 -1 @x"
	in := project3(t)
	in.Entries = &Entries{Projects: map[string]ProjectEntries{project3Code: {
		Unit: evil, Achieved: evil, Deviations: map[string]string{"P3-2": evil}, FilledBy: evil,
		Choices: map[string]Choice{"P3-3": {Use: Literal, By: evil}},
	}}}
	s := sheet(t, in)
	book := xlsx(t, s)
	r, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range r.File {
		p, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if err != nil || bytes.Contains(b, []byte("<f>")) || bytes.Contains(b, []byte("<f ")) {
			t.Errorf("%s has a formula, %v", part.Name, err)
		}
	}
	f := workbook(t, s)
	if got, err := f.GetCellValue(tab, "H4"); err != nil || !strings.HasPrefix(got, `=HYPERLINK("http://x","y")`) || !strings.Contains(got, "\ufffd x000D_ +1 -1 @x") {
		t.Errorf("%q, %v", got, err)
	}
	if printed, computed, err := CheckDigest(book); err != nil || printed != computed {
		t.Errorf("%s, %s, %v", printed, computed, err)
	}
	page, err := HTML(s)
	if err != nil || bytes.Contains(page, []byte("<script")) || !bytes.Contains(page, []byte("&lt;script&gt;")) {
		t.Errorf("a script on the page, %v", err)
	}
}

// A row whose success scores nothing has a second score, on the screen only.
func TestAdviceStandsOnTheScreenOnly(t *testing.T) {
	s := sheet(t, project3(t))
	want := []Advice{
		// at least 20 wanted and 23.5 reached: all 25
		{Row: "P3-1", Name: "交通拥堵路段里程缓解率", Target: "<20%", Reading: "≥20%", Literal: "20.63", Advisory: "25.00", Choice: &Choice{Advisory, "王", "2021-01-05"}},
		// 5 % of at least 10: 15 × 5/10
		{Row: "P3-3", Name: "交通事故下降率（%）", Target: "≤10%", Reading: "≥10%", Literal: "15.00", Advisory: "7.50"},
	}
	if len(s.Advice) != len(want) {
		t.Fatalf("%+v", s.Advice)
	}
	for i := range want {
		got := s.Advice[i]
		if (got.Choice == nil) != (want[i].Choice == nil) || got.Choice != nil && *got.Choice != *want[i].Choice {
			t.Errorf("choice %+v", got.Choice)
		}
		got.Choice, want[i].Choice = nil, nil
		if got != want[i] {
			t.Errorf("%+v\nby hand %+v", got, want[i])
		}
	}
	if bytes.Contains(s.Canonical(), []byte("7.50")) {
		t.Error("the advisory score is printed")
	}
	page, err := HTML(s)
	if err != nil || !bytes.Contains(page, []byte("<td>7.50</td>")) {
		t.Errorf("the advisory score is not on the screen, %v", err)
	}
}
