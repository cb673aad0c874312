package imports_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"roadbook/server/imports"
	"roadbook/server/imports/sheet/sheettest"
)

// rejectsOf imports the valid rows of a batch and returns the file of the others.
func rejectsOf(t *testing.T, b *imports.Batch) (content []byte) {
	t.Helper()
	w := newWorld(t, stores["sqlite"](t))
	_, err := w.im.Import(t.Context(), b, imports.Options{AcceptValid: true, Rejects: func(_ string, c []byte) (string, error) {
		content = c
		return "r", nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A workbook of the 1904 calendar: day 42734.5 is noon of 31 December 2020. The rejects show the same day, and formulas in
// texts stay texts.
func TestRejectsOfA1904Workbook(t *testing.T) {
	book := sheetOf(
		[]string{txt("1"), txt("check-1"), n("42734.5", 1), txt("=1+1"), n("7", 2), val("b", "1")},
		[]string{txt("2"), txt("check-1"), n("42734.5", 1), txt("2E10"), n("0.95", 3), txt("0123")},
	)
	book.Date1904, book.Formats = true, []string{"yyyy-mm-dd hh:mm", "000", "0%"}
	b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
	if got := found(b); got != "第 3 行 E 列（受伤） not_as_shown" {
		t.Fatal(got)
	}
	if get := fieldsOf(t, b, "occurred_at", "case_number", "injured", "remark"); get("1") != "2020-12-31T12:00:00+08:00 =1+1 7 TRUE" {
		t.Errorf("row 1 says %s", get("1"))
	}
	rejects := rejectsOf(t, b)
	f, err := excelize.OpenReader(bytes.NewReader(rejects))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range map[string]string{"C2": "2020-12-31 12:00", "D2": "2E10", "E2": "95%", "F2": "0123"} {
		if got, _ := f.GetCellValue("Sheet1", at); got != want {
			t.Errorf("%s shows %q, want %q", at, got, want)
		}
	}
	again := imports.Read(load(t, people), "again.xlsx", rejects)
	if got := found(again); got != "第 2 行 E 列（受伤） not_as_shown" {
		t.Errorf("the rejects as they are: %s", got)
	}
	_ = f.SetCellValue("Sheet1", "E2", 95)
	_ = f.SetCellStyle("Sheet1", "E2", "E2", 0)
	var mended bytes.Buffer
	if err := f.Write(&mended); err != nil {
		t.Fatal(err)
	}
	b = imports.Read(load(t, people), "again.xlsx", mended.Bytes())
	if get := fieldsOf(t, b, "occurred_at", "case_number", "injured", "remark"); get("2") != "2020-12-31T12:00:00+08:00 2E10 95 0123" {
		t.Errorf("mended it says %s, %s", get("2"), found(b))
	}
}

// Rejects never become formulas, whatever the cells say; mended they mean the same texts.
func TestRejectsWithoutFormulas(t *testing.T) {
	link := `=HYPERLINK("http://example.org/","x")`
	book := sheetOf([]string{txt("1"), txt("check-1"), txt("-"), txt(link)})
	f, err := excelize.OpenReader(bytes.NewReader(rejectsOf(t, imports.Read(load(t, people), "t.xlsx", book.Bytes()))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if formula, _ := f.GetCellFormula("Sheet1", "D2"); formula != "" {
		t.Errorf("the workbook has the formula %s", formula)
	}
	if text, _ := f.GetCellValue("Sheet1", "D2"); text != link {
		t.Errorf("the workbook says %s", text)
	}
	head := "编号,单位,时间,案号,受伤,备注\r\n"
	rows := "1,check-1,-,\"=HYPERLINK(\"\"http://example.org/\"\",\"\"x\"\")\",,\"@SUM(1)\"\r\n2,check-1,-,+86 312,-5,\"a,b\"\r\n"
	m := load(t, people)
	out := string(rejectsOf(t, imports.Read(m, "t.csv", []byte(head+rows))))
	lines := strings.Split(out, "\r\n")
	if want := `1,check-1,-,"'=HYPERLINK(""http://example.org/"",""x"")",,'@SUM(1)`; !strings.HasPrefix(lines[1], want) {
		t.Errorf("line 2 is %s", lines[1])
	}
	if want := `2,check-1,-,+86 312,-5,"a,b",`; !strings.HasPrefix(lines[2], want) {
		t.Errorf("line 3 is %s, not unchanged", lines[2])
	}
	mended := strings.ReplaceAll(strings.ReplaceAll(out, "check-1,-,", "check-1,2020-06-30 12:00,"), ",-5,", ",5,")
	b := imports.Read(m, "t.csv", []byte(mended))
	if get := fieldsOf(t, b, "case_number", "remark"); get("1") != strings.ReplaceAll(link, `"`, `\"`)+" @SUM(1)" || get("2") != "+86 312 a,b" {
		t.Errorf("%q, %q, %s", get("1"), get("2"), found(b))
	}
}

// Of very many faults the first thousand are listed and kept, and the number of the others is said.
func TestThousandFaults(t *testing.T) {
	table := "编号,单位,时间,案号,受伤,备注\n"
	for i := range 1500 {
		table += fmt.Sprintf("%d,check-1,never,,,\n", i)
	}
	b := imports.Read(load(t, people), "t.csv", []byte(table))
	last := b.Faults[len(b.Faults)-1]
	if b.Faulty != 1500 || len(b.Faults) != 1001 || last.Code != imports.CodeMore || !strings.Contains(last.Message.ZH, "另有 500 处错误（500 行）") {
		t.Fatalf("%d faulty, %d faults, %v", b.Faulty, len(b.Faults), last)
	}
	if lines := strings.Count(string(rejectsOf(t, b)), "\r\n"); lines != 1001 {
		t.Errorf("%d lines of rejects, want the header and a thousand", lines)
	}
	table = "编号,单位,时间,案号,受伤,备注\n"
	for i := range 1200 {
		table += fmt.Sprintf("%d,check-1,2020-11-01 01:30,,,\n", i)
	}
	m := load(t, strings.Replace(people, "kind:", "time_zone: America/New_York\nambiguous: later\nkind:", 1))
	b = imports.Read(m, "t.csv", []byte(table))
	if n := len(b.Notes); n != 1001 || !strings.Contains(b.Notes[1000].Message.EN, "200 more notes") || b.Valid() != 1200 {
		t.Errorf("%d notes, the last %v", n, b.Notes[n-1])
	}
}

// A cell in the last column of every row, a header too wide, a row too long: refused or counted, never kept.
func TestWidth(t *testing.T) {
	wide := titles
	for i := 2; i < 2000; i++ {
		wide += strings.Replace(sheettest.Row(i, txt(fmt.Sprint(i)), txt("check-1"), txt(noon)), "</row>", fmt.Sprintf(`<c r="XFD%d"><v>1</v></c></row>`, i), 1)
	}
	b := imports.Read(load(t, people), "t.xlsx", sheettest.One(wide).Bytes())
	if b.Faulty != 1998 || len(b.Faults) != 1001 || !strings.Contains(b.Faults[0].Message.ZH, "该行有 16384 格") {
		t.Errorf("%d faulty, %d faults, %v", b.Faulty, len(b.Faults), b.Faults[:1])
	}
	head := strings.Replace(titles, "</row>", `<c r="XFD1"><v>1</v></c></row>`, 1)
	for name, data := range map[string][]byte{"t.xlsx": sheettest.One(head).Bytes(), "t.csv": []byte(strings.Repeat("a,", 16383) + "b\n1\n")} {
		b = imports.Read(load(t, people), name, data)
		if got := found(b); got != "第 1 行 too_many_columns" || !strings.Contains(b.Faults[0].Message.ZH, "16384") {
			t.Errorf("%s: %s %v", name, got, b.Faults)
		}
	}
	b = imports.Read(load(t, people), "t.csv", []byte("编号,单位,时间,案号,受伤,备注\n"+strings.Repeat("a", 1<<20)+"\n"))
	if got := found(b); got != "第 2 行 long_row" || !b.Broken {
		t.Error(got)
	}
}

// A format of whole numbers writes the lost digits of a long number as zeros: an honest number may end so, thus a note.
func TestZerosForLostDigits(t *testing.T) {
	b := imports.Read(load(t, people), "t.csv", []byte("编号,单位,时间,案号,受伤,备注\n130636202005121000,check-1,2020-06-30 12:00,1306362020051210,,\n2,check-1,2020-06-30 12:00,130636202005120001,,100000000000000\n"))
	if got := found(b); got != "note 第 2 行 D 列（案号） lost_zeros; note 第 2 行 A 列（编号） lost_zeros" || b.Valid() != 2 {
		t.Error(got)
	}
}

// A CSV file has no more rows than a workbook.
func TestTooManyRows(t *testing.T) {
	m := load(t, strings.Replace(people, "fields:", "skip: [{column: 编号, equals: [x]}]\nfields:", 1))
	head := "编号,单位,时间,案号,受伤,备注\n"
	for more, want := range map[int]string{0: "", 1: "第 1048578 行 too_many_rows"} {
		b := imports.Read(m, "t.csv", []byte(head+strings.Repeat("x\n", imports.MaxRows+more)))
		if got := found(b); got != want {
			t.Errorf("%d rows too many: %s", more, got)
		}
	}
}

// A row with a quotation mark that does not close keeps its fault in the rejects, also beside a cell that is made harmless.
func TestRejectsKeepAnOpenQuote(t *testing.T) {
	m := load(t, people)
	for _, cell := range []string{`"a,3,=1+1`, `"North"ern,3,=1+1`, `"a,3,4`} {
		b := imports.Read(m, "t.csv", []byte(csvTitles+"1,check-1,2020-06-30 12:00,"+cell+"\n"))
		rejects, err := b.Rejects()
		if err != nil || b.Faulty != 1 {
			t.Fatal(err, b.Faults)
		}
		if again := imports.Read(m, "t.csv", rejects); again.Valid() != 0 || again.Faulty != 1 || again.Faults[0].Code != imports.CodeQuote {
			t.Errorf("%s: the rejects %q are read as %d good rows, faults %v", cell, rejects, again.Valid(), again.Faults)
		}
		if strings.Contains(cell, "=") && !strings.Contains(string(rejects), "'=1+1") {
			t.Errorf("%s: the rejects hold a formula: %q", cell, rejects)
		}
	}
}
