package imports_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"roadbook/schema"
	"roadbook/server/imports"
)

const tasks = "项目编码,任务名称,应完成日期,单位\r\n451-01,\"更换,标志\n牌\",2020年6月30日,check-1\r\n"

// task imports a file with the single row of tasks by a mapping and checks the record.
func task(t *testing.T, m *imports.Mapping, name string, data []byte) {
	t.Helper()
	b := imports.Read(m, name, data)
	if len(b.Faults) > 0 || b.Valid() != 1 {
		t.Fatalf("%d valid rows, faults %v", b.Valid(), b.Faults)
	}
	w := newWorld(t, stores["sqlite"](t))
	if _, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou"}); err != nil {
		t.Fatal(err)
	}
	v := w.views("task")["451-01|更换,标志\\n牌"]
	if got := text(v, "task") + text(v, "due_on") + text(v, "unit") + text(v, "occurred_at"); got != `"更换,标志\n牌""2020-06-30""check-1""2020-06-30T00:00:00+08:00"` {
		t.Errorf("the task is %s, of %v", got, w.views("task"))
	}
}

func taskMapping(t *testing.T, edits ...string) *imports.Mapping {
	text, err := imports.Template(schema.Default(), "task")
	if err != nil {
		t.Fatal(err)
	}
	return load(t, strings.NewReplacer(edits...).Replace(text))
}

func TestUTF8WithAndWithoutMark(t *testing.T) {
	task(t, standard(t, "task"), "t.csv", []byte(tasks))
	task(t, standard(t, "task"), "t.csv", []byte("\ufeff"+tasks))
}

func TestGB18030(t *testing.T) {
	data, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(tasks))
	if err != nil {
		t.Fatal(err)
	}
	task(t, taskMapping(t, "# encoding: gb18030", "encoding: gb18030"), "t.csv", data)
	b := imports.Read(standard(t, "task"), "t.csv", data)
	if b.Valid() != 1 || b.Preview().Encoding != "gb18030" {
		t.Errorf("without a word: %v", b.Faults)
	}
	b = imports.Read(taskMapping(t, "# encoding: gb18030", "encoding: utf-8"), "t.csv", data)
	if len(b.Faults) != 1 || b.Faults[0].Place().ZH != "第 1 行 A 列" || !strings.HasSuffix(b.Faults[0].Message.ZH, "则按内容判断") {
		t.Errorf("read as UTF-8: %v", b.Faults)
	}
	bad := bytes.Replace(data, []byte("check-1"), []byte("check\xff1"), 1)
	b = imports.Read(taskMapping(t, "# encoding: gb18030", "encoding: gb18030"), "t.csv", bad)
	if len(b.Faults) != 1 || b.Faults[0].Code != imports.CodeEncoding || b.Faults[0].Column != "D" {
		t.Errorf("a broken byte: %v", b.Faults)
	}
}

func TestLatin1(t *testing.T) {
	m := load(t, strings.Replace(accidents, "name: test", "name: test\nencoding: latin-1\nseparator: \";\"", 1))
	table := strings.ReplaceAll(header+strings.Replace(one, "Day", "Été", 1)+strings.Replace(two, "South", "Besançon", 1), ",", ";")
	data, err := charmap.ISO8859_1.NewEncoder().Bytes([]byte(table))
	if err != nil {
		t.Fatal(err)
	}
	b := imports.Read(m, "t.csv", data)
	if b.Valid() != 1 || len(b.Faults) != 1 || !strings.Contains(b.Faults[0].Message.EN, "“Besançon” is not among") {
		t.Fatalf("%d valid, %v", b.Valid(), b.Faults)
	}
	w := newWorld(t, stores["sqlite"](t))
	var rejects []byte
	_, err = w.im.Import(t.Context(), b, imports.Options{AcceptValid: true, Rejects: func(_ string, c []byte) (string, error) {
		rejects = c
		return "r", nil
	}})
	if got := text(w.views("accident")["1"], "remark"); err != nil || got != `"North 1; Light=Été"` {
		t.Errorf("remark is %s, %v", got, err)
	}
	if lines := bytes.Split(rejects, []byte("\r\n")); len(lines) != 3 || !bytes.HasPrefix(lines[1], []byte("2;Besan\xe7on;")) ||
		!bytes.HasSuffix(lines[0], []byte(`;"Reason"`)) || !bytes.Contains(lines[1], []byte("is not among the mapping's values")) {
		t.Errorf("rejects: %q", rejects)
	}
}

func TestTabsWithoutQuotes(t *testing.T) {
	m := load(t, strings.Replace(accidents, "name: test", "name: test\nseparator: tab\nquote: none", 1))
	b := imports.Read(m, "t.tsv", []byte(strings.ReplaceAll(header+strings.Replace(one, "Clear", `"Clear`, 1), ",", "\t")))
	if b.Valid() != 1 {
		t.Errorf("%v", b.Faults)
	}
}

// workbook writes rows into a sheet.
func workbook(t *testing.T, sheet string, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		t.Fatal(err)
	}
	for i, cells := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = f.SetSheetRow(sheet, at, &cells)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWorkbook(t *testing.T) {
	due := time.Date(2020, 6, 30, 0, 0, 0, 0, time.UTC)
	rows := [][]any{{"项目编码", "任务名称", "应完成日期", "单位"}, {"451-01", "更换,标志\n牌", due, "check-1"}}
	task(t, standard(t, "task"), "t.xlsx", workbook(t, "计划", rows...))
	task(t, taskMapping(t, "header_row: 1", "header_row: 3\nsheet: 计划"), "t.xlsx",
		workbook(t, "计划", append([][]any{{"二〇二〇年任务计划"}, {}}, rows...)...))
	b := imports.Read(taskMapping(t, "header_row: 1", "header_row: 1\nsheet: 表二"), "t.xlsx", workbook(t, "计划", rows...))
	if len(b.Faults) != 1 || b.Faults[0].Code != imports.CodeNoSheet || !strings.Contains(b.Faults[0].Message.ZH, "表二") {
		t.Errorf("a sheet that is not there: %v", b.Faults)
	}
	rows[1][2] = 20200630 // eight digits are a day and no serial number
	task(t, standard(t, "task"), "t.xlsx", workbook(t, "计划", rows...))
	for _, number := range []any{2020, 20201345} {
		rows[1][2] = number
		if b = imports.Read(standard(t, "task"), "t.xlsx", workbook(t, "计划", rows...)); b.Faulty != 1 {
			t.Errorf("the number %v: %v", number, b.Faults)
		}
	}
	rows[1][2] = "#N/A"
	b = imports.Read(standard(t, "task"), "t.xlsx", workbook(t, "计划", rows...))
	if len(b.Faults) == 0 || b.Faults[0].Code != imports.CodeCell || b.Faults[0].Place().ZH != "第 2 行 C 列（应完成日期）" {
		t.Errorf("an error value: %v", b.Faults)
	}
}

// A date and a time of day in cells of their own, and numbers as a spreadsheet stores them.
func TestWorkbookDateAndTime(t *testing.T) {
	when := time.Date(2020, 7, 4, 0, 0, 0, 0, time.UTC)
	table := workbook(t, "s", []any{"Id", "Town", "Date", "Time", "Severity", "Dead", "Weather", "Light"},
		[]any{7, "North", when, 0.75, "K", 1, "Clear", "Day"}, []any{8, "East", when, 0.5, "A", nil, "Clear", "Day"})
	m := load(t, strings.Replace(accidents, `"YYYY-MM-DD hh:mm"`, `"YYYY-MM-DD hh:mm:ss"`, 1))
	b := imports.Read(m, "t.XLSX", table)
	if b.Valid() != 1 || b.Faulty != 1 {
		t.Fatalf("%v", b.Faults)
	}
	w := newWorld(t, stores["sqlite"](t))
	var rejects []byte
	_, err := w.im.Import(t.Context(), b, imports.Options{AcceptValid: true, Rejects: func(_ string, c []byte) (string, error) {
		rejects = c
		return "r", nil
	}})
	v := w.views("accident")["7"]
	if text(v, "occurred_at") != `"2020-07-05T06:00:00+08:00"` || text(v, "dead") != "1" { // 18:00 -04:00
		t.Errorf("at %s, dead %s, %v", text(v, "occurred_at"), text(v, "dead"), err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(rejects))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f2, _ := f.GetCellValue("Sheet1", "B2")
	reason, _ := f.GetCellValue("Sheet1", "I2")
	if f2 != "East" || !strings.Contains(reason, "“East”不在对照表中") {
		t.Errorf("rejects say %q, %q", f2, reason)
	}
	_ = f.SetCellValue("Sheet1", "B2", "South")
	var fixed bytes.Buffer
	if err := f.Write(&fixed); err != nil {
		t.Fatal(err)
	}
	b = imports.Read(m, "fixed.xlsx", fixed.Bytes())
	run, err := w.im.Import(t.Context(), b, imports.Options{})
	if err != nil || run.Changes.Created != 1 || text(w.views("accident")["8"], "occurred_at") != `"2020-07-05T00:00:00+08:00"` {
		t.Errorf("the rejects put right: %+v, %v, %v", run, err, b.Faults)
	}
}

// Clocks in the mapping's zone: daylight saving put back on 1 November 2020 (06:00 UTC) and forward on 8 March (07:00).
func TestDaylightSaving(t *testing.T) {
	tests := []struct{ rule, date, time, want string }{
		{"ambiguous: earlier", "2020-11-01", "01:30", `"2020-11-01T13:30:00+08:00"`},   // 05:30 UTC, -04:00
		{"ambiguous: later", "2020-11-01", "01:30", `"2020-11-01T14:30:00+08:00"`},     // 06:30 UTC, -05:00
		{"nonexistent: forward", "2020-03-08", "02:30", `"2020-03-08T15:30:00+08:00"`}, // 07:30 UTC = 03:30 -04:00
	}
	for _, tt := range tests {
		m := load(t, strings.Replace(accidents, "name: test", "name: test\n"+tt.rule, 1))
		table := header + strings.Replace(strings.Replace(one, "2020-01-02", tt.date, 1), "10:00", tt.time, 1)
		b := imports.Read(m, "t.csv", []byte(table))
		if b.Valid() != 1 || len(b.Notes) != 1 || !strings.Contains(b.Notes[0].Message.ZH, "按映射取为") {
			t.Fatalf("%s: %v %v", tt.rule, b.Faults, b.Notes)
		}
		w := newWorld(t, stores["sqlite"](t))
		w.importTable(m, table)
		if got := text(w.views("accident")["1"], "occurred_at"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
}

// Every kind's standard mapping takes a table of its own header; encoding/csv writes the table, so that both agree on
// the CSV format.
func TestStandardMappingTakesItsTable(t *testing.T) {
	rows := map[string][]map[string]string{
		"baseline":      {{"unit": "check-1", "measure": "accident_counted", "period_from": "2019-01-01", "period_to": "2019-01-31", "number": "12", "source": "2019 年报, 第 3 页"}},
		"segment":       {{"segment": "S231-1", "name": "“保阜路”", "km": "12.5", "road_type": "二级公路", "from_day": "2020/1/1"}},
		"facility_plan": {{"plan_item": "A-01", "facility_type": "电子警察", "planned": "3", "from_day": "2020-01-01"}},
		"vehicles_due":  {{"unit": "office-1", "occurred_at": "2020-06-30", "due": "1200"}},
		"budget":        {{"occurred_at": "2020-06-30", "project": "451-01", "adjusted_fen": "1000000"}},
		"expectation":   {{"expected_unit": "check-1", "expected_kind": "事故", "every": "每日", "from_day": "2020-01-01"}},
		"unit_entry":    {{"code": "check-1", "name": "一号检查站", "unit_type": "检查站", "from_day": "2020-01-01"}},
		"site_entry":    {{"code": "s1", "name": "城东路口", "lon": "115.1", "lat": "38.8", "crs": "WGS84", "from_day": "2020-01-01"}},
		"offsite":       {{"unit": "hq", "period_from": "2020-01-01", "period_to": "2020-01-31", "road_type": "10", "number": "345", "source_system": "六合一"}},
		"count":         {{"unit": "hq", "what": "complaints", "period_from": "2020-01-01", "period_to": "2020-01-31", "number": "5", "source_system": "12345"}},
		"task":          {{"unit": "hq", "project": "451-01", "task": "A", "due_on": "2020-06-30"}},
		"accident":      {{"source_key": "1", "unit": "check-1", "occurred_at": "2020-01-02 10:00", "severity": "不明"}},
	}
	for kind, rows := range rows {
		m := standard(t, kind)
		zh, en := imports.Headers(m.Kind)
		for _, names := range [][]string{zh, en} {
			var out bytes.Buffer
			w := csv.NewWriter(&out)
			_ = w.Write(names)
			for _, row := range rows {
				var cells []string
				for _, field := range en {
					cells = append(cells, row[field])
				}
				_ = w.Write(cells)
			}
			w.Flush()
			if b := imports.Read(m, "t.csv", out.Bytes()); b.Valid() != len(rows) || len(b.Faults) > 0 {
				t.Errorf("%s: %d valid, %v\n%s", kind, b.Valid(), b.Faults, out.String())
			}
		}
	}
}

// The digest of the file is not the row's: the same row in next month's file is no change.
func TestSameRowInAnotherFile(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	m := standard(t, "offsite")
	head := "unit,period_from,period_to,road_type,number,source_system\n"
	jan := "hq,2020-01-01,2020-01-31,10,345,six\n"
	w.importTable(m, head+jan)
	first := text(w.views("offsite")["six|2020-01-01|2020-01-31|10"], "file_digest")
	if run := w.importTable(m, head+jan+"hq,2020-02-01,2020-02-29,10,300,six\n"); run.Changes != (imports.Changes{Created: 1, Unchanged: 1}) {
		t.Errorf("%+v", run.Changes)
	}
	if run := w.importTable(m, head+strings.Replace(jan, "345", "346", 1)); run.Changes.Amended != 1 {
		t.Errorf("%+v", run.Changes)
	}
	v := w.views("offsite")["six|2020-01-01|2020-01-31|10"]
	if text(v, "number") != "346" || text(v, "file_digest") == first || len(first) != 66 {
		t.Errorf("number %s, digest %s after %s", text(v, "number"), text(v, "file_digest"), first)
	}
}
