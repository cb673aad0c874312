package imports_test

import (
	"strings"
	"testing"

	"roadbook/server/imports"
	"roadbook/server/imports/sheet/sheettest"
)

// people is a mapping for the sheets below, written by people. Their columns stand in this order.
const people = `
name: people
kind: accident
source_key: "{编号}"
fields:
  unit: {column: 单位}
  occurred_at: {column: 时间}
  severity: {value: injury}
  case_number: {column: 案号}
  injured: {column: 受伤}
  remark: {column: 备注}
`

var (
	titles = sheettest.Row(1, sheettest.Texts("编号", "单位", "时间", "案号", "受伤", "备注")...)
	n      = sheettest.Number
	txt    = sheettest.Text
	val    = sheettest.Value
)

const noon = "2020-06-30 12:00"

// sheetOf is a workbook of one sheet below the titles; each row is numbered from 2.
func sheetOf(rows ...[]string) sheettest.Book {
	all := titles
	for i, cells := range rows {
		all += sheettest.Row(i+2, cells...)
	}
	return sheettest.One(all)
}

// found lists the faults and notes of a file: place, code.
func found(b *imports.Batch) string {
	var out []string
	for _, f := range b.Faults {
		out = append(out, strings.TrimSpace(f.Place().ZH+" "+f.Code))
	}
	for _, n := range b.Notes {
		out = append(out, strings.TrimSpace("note "+n.Place().ZH+" "+n.Code))
	}
	return strings.Join(out, "; ")
}

// fieldsOf imports a batch's valid rows and returns fields of a record, by the row's key.
func fieldsOf(t *testing.T, b *imports.Batch, fields ...string) func(key string) string {
	t.Helper()
	w := newWorld(t, stores["sqlite"](t))
	keep := func(string, []byte) (string, error) { return "r", nil }
	if _, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou", AcceptValid: true, Rejects: keep}); err != nil {
		t.Fatalf("%v: %v", err, b.Faults)
	}
	views := w.views("accident")
	return func(key string) string {
		var out []string
		for _, f := range fields {
			out = append(out, strings.Trim(text(views[key], f), `"`))
		}
		return strings.Join(out, " ")
	}
}

// Codes typed into cells of the format "text" stay as typed, in all three ways to store a text.
func TestTextStaysText(t *testing.T) {
	book := sheetOf(
		[]string{txt("1.10"), txt("check-1"), txt(noon), txt("2E10"), "", txt("1.50")},
		[]string{txt("1.1"), txt("check-1"), txt(noon), val("s", "1"), "", val("s", "0")},
		[]string{val("str", "007"), txt("check-1"), txt(noon), val("str", "2020.10"), "", txt("1e5")},
	)
	book.Texts = []string{"<t>3.0</t>", "<r><t>2020</t></r><r><rPr/><t>.10</t></r><rPh><t>读音</t></rPh>"}
	b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
	if got := found(b); got != "" {
		t.Fatal(got)
	}
	get := fieldsOf(t, b, "case_number", "remark")
	for key, want := range map[string]string{"1.10": "2E10 1.50", "1.1": "2020.10 3.0", "007": "2020.10 1e5"} {
		if got := get(key); got != want {
			t.Errorf("row %s says %q, want %q", key, got, want)
		}
	}
}

// A case number of 18 digits typed as a number has lost three, and CSV files show it with an exponent.
func TestLongNumbersAreRefused(t *testing.T) {
	book := sheetOf(
		[]string{txt("1"), txt("check-1"), txt(noon), n("130636202005120000", 0)},
		[]string{txt("2"), txt("check-1"), txt(noon), n("1.30636202005120E17", 0)},
		[]string{n("130636202005120000", 1), txt("check-1"), txt(noon), n("130636202005120", 0)},
		[]string{txt("4"), txt("check-1"), txt(noon), n("1306362020051", 2), n("1", 0), n("0.00001", 0)},
	)
	book.Formats = []string{"0", "0.00E+00"}
	b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
	if got := found(b); got != "第 2 行 D 列（案号） long_number; 第 3 行 D 列（案号） long_number; 第 4 行 A 列（编号） long_number; 第 5 行 F 列（备注） not_as_shown; 第 5 行 D 列（案号） not_as_shown" {
		t.Error(got)
	}
	if m := b.Faults[0].Message; !strings.Contains(m.ZH, "设为“文本”") || !strings.Contains(m.EN, "to “text”") || !strings.Contains(m.ZH, "重新录入") {
		t.Errorf("the fault does not say how to mend the sheet: %v", m)
	}
	csv := "编号,单位,时间,案号,受伤,备注\n1,check-1,2020-06-30 12:00,1.30636E+17,,\n1.30636E+17,check-1,2020-06-30 12:00,2E10,,1E5\n"
	if got := found(imports.Read(load(t, people), "t.csv", []byte(csv))); got != "第 2 行 D 列（案号） exponent; 第 3 行 A 列（编号） exponent" {
		t.Error(got)
	}
}

// Numbers in fields of text are read as shown.
func TestNumbersAsShown(t *testing.T) {
	book := sheetOf(
		[]string{n("123", 1), txt("check-1"), txt(noon), n("45", 2), n("1", 0), n("1234.5", 3)},
		[]string{n("130636202005", 0), txt("check-1"), txt(noon), n("12", 0), n("2", 4), n("0.30000000000000004", 0)},
	)
	book.Formats = []string{"0000000", `"A-"000`, "#,##0.00", "0_ "}
	b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
	if got := found(b); got != "" {
		t.Fatal(got)
	}
	get := fieldsOf(t, b, "case_number", "injured", "remark")
	for key, want := range map[string]string{"0000123": "A-045 1 1,234.50", "130636202005": "12 2 0.3"} {
		if got := get(key); got != want {
			t.Errorf("row %s says %q, want %q", key, got, want)
		}
	}
}

// 95.00 % is stored as 0.95, and 12 万 as 12 or as 120000: a number must be what its cell shows.
func TestNumbersThatShowAnother(t *testing.T) {
	for format, stored := range map[string]string{"0.00%": "2", `0"万"`: "12", `0\.0,"万"`: "120000", "#,##0,": "3000", ";;;": "5", "yyyy-m-d": "44197", "[>1]0;0": "3"} {
		book := sheetOf([]string{txt("1"), txt("check-1"), txt(noon), "", n(stored, 1)})
		book.Formats = []string{format}
		b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
		if got := found(b); got != "第 2 行 E 列（受伤） not_as_shown" {
			t.Errorf("%s: %s", format, got)
		}
	}
	for format, stored := range map[string]string{"#,##0": "1234", `_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ `: "0", `[$¥-804]#,##0`: "12", `0"人"`: "3", "0.00": "4", "@": "6"} {
		book := sheetOf([]string{txt("1"), txt("check-1"), txt(noon), "", n(stored, 1)})
		book.Formats = []string{format}
		b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
		if got := found(b); got != "" {
			t.Errorf("%s: %s", format, got)
		} else if got := fieldsOf(t, b, "injured")("1"); got != stored {
			t.Errorf("%s: %s injured, want %s", format, got, stored)
		}
	}
}

// A sheet made by a program has formulas never computed; newer errors are errors too.
func TestFormulasWithoutResult(t *testing.T) {
	b := imports.Read(load(t, people), "t.xlsx", sheetOf(
		[]string{txt("1"), txt("check-1"), txt(noon), `<c><f>A1&amp;"x"</f></c>`, `<c><f>1+1</f><v/></c>`},
		[]string{val("e", "#SPILL!"), txt("check-1"), txt(noon), val("e", "#CALC!")},
		[]string{txt("3"), txt("check-1"), txt(noon), txt("#SPILL!"), `<c><f>1+1</f><v>2</v></c>`, `<c t="str"><f>""</f><v></v></c>`},
		[]string{`<c><f>A1</f></c>`, txt("check-1"), txt(noon)},
		[]string{txt("5"), txt("check-1"), txt(noon), val("n", "abc"), val("b", "7"), val("z", "1")},
	).Bytes())
	if got := found(b); got != "第 2 行 D 列（案号） no_result; 第 2 行 E 列（受伤） no_result; 第 3 行 D 列（案号） cell_error; 第 3 行 A 列（编号） cell_error; "+
		"第 4 行 D 列（案号） cell_error; 第 5 行 A 列（编号） no_result; 第 6 行 F 列（备注） strange_cell; 第 6 行 D 列（案号） strange_cell; 第 6 行 E 列（受伤） strange_cell" {
		t.Error(got)
	}
}

// 单位 is written once and merged over three rows: each row is of that unit. A merged number would count thrice.
func TestMergedCells(t *testing.T) {
	book := sheetOf(
		[]string{txt("1"), txt("check-1"), txt(noon), "", n("1", 0)},
		[]string{txt("2"), "", txt(noon), txt("b")},
		[]string{txt("3"), "", txt(noon), txt("c")},
		[]string{txt("4"), txt("check-1"), txt(noon)},
		[]string{},
	)
	book.Sheets[0].After = `<mergeCells><mergeCell ref="B2:B4"/><mergeCell ref="C5:C6"/></mergeCells>`
	b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
	if got := found(b); got != "note 第 3 行 B 列（单位） merged" || b.Total != 4 {
		t.Fatalf("%s, %d rows", got, b.Total)
	}
	if m := b.Notes[0].Message; !strings.Contains(m.ZH, "2 格") || !strings.Contains(m.ZH, "第 3、4 行") {
		t.Errorf("the note says %s", m.ZH)
	}
	if get := fieldsOf(t, b, "unit"); get("2") != "check-1" || get("3") != "check-1" {
		t.Errorf("units %q, %q", get("2"), get("3"))
	}
	book.Sheets[0].After = `<mergeCells><mergeCell ref="B2:B4"/><mergeCell ref="E2:E3"/></mergeCells>`
	if got := found(imports.Read(load(t, people), "t.xlsx", book.Bytes())); got != "第 3 行 E 列（受伤） merged_number; note 第 3 行 B 列（单位） merged" {
		t.Error(got)
	}
}

// The first tab is a hidden draft; the second is meant, and a third holds something too.
func TestHiddenSheet(t *testing.T) {
	row := sheettest.Row(2, txt("1"), txt("check-1"), txt(noon))
	book := sheettest.Book{Sheets: []sheettest.Sheet{
		{Name: "草稿", State: "veryHidden", Rows: titles + strings.Replace(row, ">1<", ">draft<", 1)}, {Name: "正式", Rows: titles + row},
		{Name: "汇总", Rows: titles}, {Name: "Sheet4"},
	}}
	b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
	if got := found(b); got != "note  other_sheets" || !strings.Contains(b.Notes[0].Message.ZH, "正式") ||
		!strings.Contains(b.Notes[0].Message.ZH, "草稿（隐藏）、汇总") || strings.Contains(b.Notes[0].Message.ZH, "Sheet4") {
		t.Errorf("%s %v", got, b.Notes)
	}
	if fieldsOf(t, b, "unit")("1") != "check-1" {
		t.Error("the visible sheet was not imported")
	}
	m := load(t, strings.Replace(people, "kind:", "sheet: 草稿\nkind:", 1))
	if b := imports.Read(m, "t.xlsx", book.Bytes()); fieldsOf(t, b, "unit")("draft") != "check-1" {
		t.Error("a hidden sheet named by the mapping is meant")
	}
}

// A filter was left on, and a column is hidden: nothing is left out unsaid, nor taken unsaid.
func TestFilteredRows(t *testing.T) {
	book := sheettest.One(titles, sheettest.Row(2, txt("1"), txt("check-1"), txt(noon)),
		sheettest.HiddenRow(3, `hidden="1"`, txt("2"), txt("check-1"), txt(noon)), sheettest.HiddenRow(4, `hidden="1"`))
	book.Sheets[0].Before = `<cols><col min="4" max="4" hidden="1"/><col min="7" max="9" hidden="1"/></cols>`
	book.Sheets[0].After = `<autoFilter ref="A1:F3"/>`
	b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
	if got := found(b); got != "note 第 3 行 hidden_row; note 第 1 行 D 列（案号） hidden_column" || b.Valid() != 2 {
		t.Errorf("%s, %d rows", got, b.Valid())
	}
	if m := b.Notes[0].Message; !strings.Contains(m.ZH, "1 行") || !strings.Contains(m.ZH, "筛选") || !strings.Contains(m.ZH, "删除") {
		t.Errorf("the note says %s", m.ZH)
	}
}

// Shortly before midnight of 31 December it is still the old year, in one cell and in two.
func TestNothingIsRoundedOverADay(t *testing.T) {
	const date, last = "44196", ".99999653" // 31 December 2020, 23:59:59.7
	book := sheetOf(
		[]string{txt("1"), txt("check-1"), n(date+last, 1)},
		[]string{txt("2"), txt("check-1"), n(date+".416666666666664", 1)}, // 10:00 as sums give it
		[]string{txt("3"), txt("check-1"), n(date+".9999999999", 1)},      // midnight as sums give it
		[]string{txt("4"), txt("check-1"), n(date+".5", 2)},
	)
	book.Formats = []string{"yyyy-mm-dd hh:mm:ss", "yyyy/m/d"}
	get := fieldsOf(t, imports.Read(load(t, people), "t.xlsx", book.Bytes()), "occurred_at")
	for key, want := range map[string]string{
		"1": "2020-12-31T23:59:59+08:00", "2": "2020-12-31T10:00:00+08:00", "3": "2021-01-01T00:00:00+08:00", "4": "2020-12-31T12:00:00+08:00",
	} {
		if got := get(key); got != want {
			t.Errorf("row %s is at %s, want %s", key, got, want)
		}
	}
	book = sheetOf(
		[]string{txt("1"), txt("check-1"), n(date, 2), n("0"+last, 3)},
		[]string{txt("2"), txt("check-1"), n(date+".7", 2), n("44000"+last, 3)}, // each cell holds more than it shows
		[]string{txt("3"), txt("check-1"), n(date, 2), n("0.5", 4)},
	)
	book.Formats = []string{"", "yyyy/m/d", "h:mm", `上午/下午h"时"mm"分"`}
	m := load(t, strings.Replace(strings.Replace(people, "{column: 时间}", "{join: [时间, 案号], formats: [\"YYYY-MM-DD HH:mm\"]}", 1), "  case_number: {column: 案号}\n", "", 1))
	get = fieldsOf(t, imports.Read(m, "t.xlsx", book.Bytes()), "occurred_at")
	for key, want := range map[string]string{"1": "2020-12-31T23:59:59+08:00", "2": "2020-12-31T23:59:59+08:00", "3": "2020-12-31T12:00:00+08:00"} {
		if got := get(key); got != want {
			t.Errorf("joined row %s is at %s, want %s", key, got, want)
		}
	}
}

// 1-2 became a date when typed: a text field refuses it. A date in a cell without a date's format is noted.
func TestDatesWhereNoneWereMeant(t *testing.T) {
	book := sheetOf(
		[]string{txt("1"), txt("check-1"), txt(noon), n("43832", 1), n("1", 0), txt("x")},
		[]string{txt("2"), txt("check-1"), n("44012.5", 0)},
		[]string{txt("3"), txt("check-1"), n("44013.5", 0)},
		[]string{txt("4"), txt("check-1"), n("1.75", 2)},
	)
	book.Formats = []string{`m"月"d"日"`, "[h]:mm"}
	b := imports.Read(load(t, people), "t.xlsx", book.Bytes())
	if got := found(b); got != "第 2 行 D 列（案号） date_as_text; 第 5 行 C 列（时间） bad_date; note 第 3 行 C 列（时间） plain_date" {
		t.Error(got)
	}
	if m := b.Notes[0].Message; !strings.Contains(m.ZH, "2 格") || !strings.Contains(m.ZH, "2020-06-30 12:00:00") {
		t.Errorf("the note says %s", m.ZH)
	}
}
