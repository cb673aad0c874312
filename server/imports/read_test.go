package imports_test

import (
	"os"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/imports"
)

// load reads a mapping and expects no faults.
func load(t testing.TB, text string) *imports.Mapping {
	t.Helper()
	m, err := imports.Load([]byte(text), "m.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func standard(t testing.TB, kind string) *imports.Mapping {
	t.Helper()
	m, err := imports.StandardMapping(schema.Default(), kind)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// accidents is a mapping with every feature; each test's table has its columns.
const accidents = `
name: test
kind: accident
time_zone: America/New_York
required: [Id]
source_key: "{Id}"
skip:
  - {column: Id, equals: [total]}
fields:
  unit: {column: Town, values: {North: north, South: south}}
  occurred_at: {join: [Date, Time], formats: ["YYYY-MM-DD hh:mm"]}
  severity: {column: Severity, values: {K: fatal, A: injury}, unmapped: {value: unknown}}
  dead: {column: Dead}
  weather: {column: Weather, values: {Clear: "1", Rain: "3", n/a: null}, unmapped: {value: "9"}}
  light: {column: Light, values: {Day: "1"}, unmapped: leave}
  remark: {template: "{Town} {Id}"}
`

const header = "Id,Town,Date,Time,Severity,Dead,Weather,Light\n"

const writtenForm = `formats: ["YYYY-MM-DD hh:mm"]=>formats: [written]`

func TestEveryFaultHasItsSentence(t *testing.T) {
	good := "1,North,2020-01-02,10:00,A,,Clear,Day\n"
	tests := []struct {
		name, edit, table string // edit: old=>new in the mapping
		place             string
		zh, en            string
	}{
		{"an empty file", "", "", "", "第 1 行应是表头", "row 1 should be the header"},
		{"nothing below the header", "", header, "", "表头之下没有数据", "no rows below the header"},
		{"a column that is missing", "", "Id,Town,Date,Time,Severity,Dead,Weather\n" + good, "第 1 行（Light）", "没有“Light”列", "no column “Light”"},
		{"a workbook that is none", "kind: accident=>kind: accident\nformat: xlsx", header, "", "文件无法读取", "can't be read"},
		{"binary content", "", "Id,\x00\x00\x01\x00", "", "内容是二进制", "the content is binary"},
		{"bytes of another encoding", "kind: accident=>kind: accident\nencoding: utf-8", header + "1,Nor\xb1th,2020-01-02,10:00,A,,Clear,Day\n", "第 2 行 B 列（Town）", "不属于 utf-8 编码", "not utf-8"},
		{"a quotation mark that never closes", "", header + good + "2,\"North,2020-01-02,10:00,A,,Clear,Day\n" + "3,South,2020-01-02,10:00,A,,Clear,Day\n", "第 3 行", "引号没有配对", "does not close"},
		{"text behind a quotation mark", "", header + "1,\"North\"ern,2020-01-02,10:00,A,,Clear,Day\n", "第 2 行", "引号没有配对", "does not close"},
		{"too many cells", "", header + "1,North,2020-01-02,10:00,A,,Clear,Day,x\n", "第 2 行", "该行有 9 格", "the row has 9 cells"},
		{"a required column without a value", "", header + ",North,2020-01-02,10:00,A,,Clear,Day\n", "第 2 行 A 列（Id）", "不能为空", "must not be empty"},
		{"no source key", "required: [Id]=>required: []", header + ",North,2020-01-02,10:00,A,,Clear,Day\n", "第 2 行", "来源键为空", "source key is empty"},
		{"a source key twice", "", header + good + good, "第 3 行", "来源键“1”与第 2 行相同", "source key “1” of row 2"},
		{"a value that is not mapped", "", header + "1,East,2020-01-02,10:00,A,,Clear,Day\n", "第 2 行 B 列（Town）", "“East”不在对照表中", "“East” is not among"},
		{"a date of another form", "", header + "1,North,2/1/2020,10:00,A,,Clear,Day\n", "第 2 行 C 列（Date）", "“2/1/2020 10:00”不是 YYYY-MM-DD hh:mm", "not a time or date of the form YYYY-MM-DD hh:mm"},
		{"a date that is none", "", header + "1,North,2020-02-30,10:00,A,,Clear,Day\n", "第 2 行 C 列（Date）", "“2020-02-30 10:00”不是", "not a time or date"},
		{"a day without a year", writtenForm, header + "1,North,11-30,10:00,A,,Clear,Day\n", "第 2 行 C 列（Date）", "没有写年份，表格里不能推算", "a table does not say when it was filled in"},
		{"a day that may be two", writtenForm, header + "1,North,3/4/2020,10:00,A,,Clear,Day\n", "第 2 行 C 列（Date）", "请写成 2020-03-04 10:00 或 2020-04-03 10:00", "write 2020-03-04 10:00 or"},
		{"a word for a day", "", header + "1,North,昨天,10:00,A,,Clear,Day\n", "第 2 行 C 列（Date）", "“昨天 10:00”不是 YYYY-MM-DD hh:mm", "not a time or date"},
		{"a time that was twice", "", header + "1,North,2020-11-01,01:30,A,,Clear,Day\n", "第 2 行 C 列（Date）", "出现两次", "happened twice"},
		{"a time that never was", "", header + "1,North,2020-03-08,02:30,A,,Clear,Day\n", "第 2 行 C 列（Date）", "不存在", "never was"},
		{"a field of the wrong type", "", header + "1,North,2020-01-02,10:00,A,two,Clear,Day\n", "第 2 行 F 列（Dead）", "应为整数", "must be a whole number"},
		{"a field out of range", "", header + "1,North,2020-01-02,10:00,K,-1,Clear,Day\n", "第 2 行 F 列（Dead）", "应在 0 到 1000 之间", "between 0 and 1000"},
		{"a field that must have a value", "", header + "1,,2020-01-02,10:00,A,,Clear,Day\n", "第 2 行 B 列（Town）", "“单位”必须填写", "“Unit” must have a value"},
		{"a rule of the kind", "", header + "1,North,2020-01-02,10:00,A,2,Clear,Day\n", "第 2 行 F 列（Dead）", "其他事故必须为 0", "no other accident has any"},
		{"strict: a column too many", "kind: accident=>kind: accident\nstrict: true", strings.Replace(header, "Light", "Light,More", 1) + good, "第 1 行 I 列（More）", "不认识“More”列", "column “More” is not known"},
		{"strict: a column twice", "kind: accident=>kind: accident\nstrict: true", strings.Replace(header, "Light", "Light,Id", 1) + good, "第 1 行 I 列（Id）", "“Id”列重复", "stands more than once"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old, edited, _ := strings.Cut(tt.edit, "=>")
			m := load(t, strings.Replace(accidents, old, edited, 1))
			b := imports.Read(m, "t.csv", []byte(tt.table))
			if len(b.Faults) != 1 {
				t.Fatalf("faults: %v", b.Faults)
			}
			f := b.Faults[0]
			if f.Place().ZH != tt.place || !strings.Contains(f.Message.ZH, tt.zh) || !strings.Contains(f.Message.EN, tt.en) {
				t.Errorf("%q, %q · %q", f.Place().ZH, f.Message.ZH, f.Message.EN)
			}
		})
	}
}

func TestAllFaultsOfAFileAtOnce(t *testing.T) {
	b := imports.Read(load(t, accidents), "t.csv", []byte(header+
		"1,East,2020-13-02,10:00,A,x,Clear,Day\n"+ // three faults
		"2,North,2020-01-02,10:00,A,,Clear,Day\n"+
		"\n"+
		"total,,,,,,,\n"+
		"3,North,2020-01-02,25:00,A,,Clear,Day\n"))
	if b.Total != 4 || b.Skipped != 1 || b.Valid() != 1 || b.Faulty != 2 || len(b.Faults) != 4 {
		t.Fatalf("%d rows, %d skipped, %d valid, %d faulty: %v", b.Total, b.Skipped, b.Valid(), b.Faulty, b.Faults)
	}
	var at []string
	for _, f := range b.Faults {
		at = append(at, f.Place().EN)
	}
	want := "row 2, column B (Town); row 2, column C (Date); row 2, column F (Dead); row 6, column C (Date)"
	if got := strings.Join(at, "; "); got != want {
		t.Errorf("faults at %s, want %s", got, want)
	}
}

func TestMappingFaults(t *testing.T) {
	tests := []struct{ name, old, edited, want string }{
		{"not YAML", "kind: accident", "kind: [", "m.yaml:"},
		{"brackets without end", "kind: accident", "kind: " + strings.Repeat("[", 50_000), "m.yaml:3:38: 嵌套超过 32 层，请检查缩进和括号 · the file nests deeper than 32 levels"},
		{"another encoding", "kind: accident", "kind: accident\nlabel: {zh: \xd6\xd0}", "文件不是 UTF-8 文本，请另存为 UTF-8 编码 · the file is not UTF-8 text"},
		{"an unknown key", "kind: accident", "kind: accident\ncolour: red", "m.yaml:4:1:"},
		{"no name", "name: test", "name: 测试", "m.yaml:2:7: name 须为"},
		{"an unknown kind", "kind: accident", "kind: crash", "m.yaml:3:7: 没有种类“crash” · there is no kind"},
		{"an unknown encoding", "kind: accident", "kind: accident\nencoding: ebcdic", "m.yaml:4:11: encoding 应为 utf-8, gb18030, latin-1"},
		{"an unknown format", "kind: accident", "kind: accident\nformat: dbf", "m.yaml:4:9: format 应为 csv, xlsx"},
		{"a separator of two", "kind: accident", "kind: accident\nseparator: ab", "separator 应为一个字符"},
		{"a header nowhere", "kind: accident", "kind: accident\nheader_row: -1", "header_row 应在 1 到 100"},
		{"an unknown zone", "America/New_York", "America/Newyork", "m.yaml:4:12: 没有时区“America/Newyork”"},
		{"an unknown rule of time", "kind: accident", "kind: accident\nambiguous: maybe", "ambiguous 应为 reject, earlier, later"},
		{"an unknown field", "dead: {", "deaths: {", "“accident”没有字段“deaths”"},
		{"a required field without a source", "  unit: {column: Town, values: {North: north, South: south}}\n", "", "缺少必填字段“unit”"},
		{"two sources", "{column: Dead}", "{column: Dead, value: 1}", "column、join、value、template 之一"},
		{"no source", "{column: Dead}", "{optional: true}", "column、join、value、template 之一"},
		{"a value that the field does not take", "K: fatal", "K: deadly", "没有代码“deadly”"},
		{"a constant that the field does not take", "{column: Dead}", "{value: some}", "应为整数"},
		{"unmapped without values", "{column: Dead}", "{column: Dead, unmapped: keep}", "unmapped 只与 values 同用"},
		{"an unknown rule for what is unmapped", "unmapped: leave", "unmapped: perhaps", "unmapped 应为 reject、keep、leave"},
		{"a form that can't be read", `YYYY-MM-DD hh:mm"]`, `DD.MM.JJJJ"]`, "无法理解格式“DD.MM.JJJJ”"},
		{"forms of no time", "{column: Dead}", "{column: Dead, formats: ['YYYY-MM-DD']}", "formats 只用于时间和日期"},
		{"a brace that does not close", `"{Id}"`, `"{Id"`, "花括号没有配对"},
		{"a template with an unknown field", `"{Id}"`, `"{.idd}"`, "模板中没有字段“idd”"},
		{"a template with an unknown word", `"{Id}"`, `"{@size}"`, "@digest、@file、@row"},
		{"no source key", `source_key: "{Id}"`, "", "缺少 source_key"},
		{"the source key as a field", "dead: {", "source_key: {", "来源键写在 source_key"},
		{"a skip rule that says nothing", "equals: [total]", "empty: false", "skip 需要 equals"},
		{"a skip rule that is no expression", "equals: [total]", "matches: '('", "不是正则表达式"},
		{"one value twice", "North: north", "North: north, north: south", "是同一个值"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(accidents, tt.old, tt.edited, 1)
			if text == accidents {
				t.Fatal("the test changes nothing")
			}
			_, err := imports.Load([]byte(text), "m.yaml", schema.Default())
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "m.yaml:") {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestStandardMappingsOfAllKinds(t *testing.T) {
	for _, name := range imports.ImportableKinds(schema.Default()) {
		m := standard(t, name)
		zh, en := imports.Headers(m.Kind)
		for _, header := range [][]string{zh, en} {
			b := imports.Read(m.WithOwners(&imports.Owners{}), "t.csv", []byte(strings.Join(header, ",")+"\n"))
			if len(b.Faults) != 1 || b.Faults[0].Code != imports.CodeNoRows {
				t.Errorf("%s: the template's own header has faults: %v", name, b.Faults)
			}
		}
	}
}

func TestNewHavenMappingLoads(t *testing.T) {
	data, err := os.ReadFile("mappings/newhaven.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := imports.Load(data, "newhaven.yaml", schema.Default()); err != nil || m.Kind.Name != "accident" {
		t.Fatal(err)
	}
}

// Times as people write them, in the mapping's zone; New York is at UTC-5 in winter.
func TestWrittenTimesInATable(t *testing.T) {
	m := load(t, strings.Replace(accidents, `formats: ["YYYY-MM-DD hh:mm"]`, "formats: [written]", 1))
	for written, want := range map[string]string{
		"2020-01-02,9:50": "2020-01-02T22:50:00+08:00", "2020.1.2,9：50": "2020-01-02T22:50:00+08:00", "2020年1月2日,下午3点20": "2020-01-03T04:20:00+08:00",
		"20200102,0950": "2020-01-02T22:50:00+08:00", "2020-01-02T09:50:00+08:00,": "2020-01-02T09:50:00+08:00",
	} {
		b := imports.Read(m, "t.csv", []byte(header+"1,North,"+written+",A,,Clear,Day\n"))
		w := newWorld(t, stores["sqlite"](t))
		if _, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou"}); err != nil {
			t.Fatalf("%s: %v, %v", written, b.Faults, err)
		}
		if got := strings.Trim(text(w.views("accident")["1"], "occurred_at"), `"`); got != want {
			t.Errorf("%s is %s, want %s", written, got, want)
		}
	}
}

// A header without its unit of measure is understood, and the check says in which unit; 金额 may be yuan and is not.
func TestHeaderWithoutUnitOfMeasure(t *testing.T) {
	b := imports.Read(standard(t, "congestion"), "t.csv", []byte("来源键,单位,发生时间,路段,里程,时长（分钟）,拥堵程度\n1,check-1,2020-06-30 9:50,G336,2.5,15,中度\n"))
	if b.Valid() != 1 || len(b.Faults) > 0 || len(b.Notes) != 1 || b.Notes[0].String() != "第 1 行 E 列（里程）：按“里程（公里）”读 · row 1, column E (里程): is read as “Length (km)”" {
		t.Errorf("%v %v", b.Faults, b.Notes)
	}
	b = imports.Read(standard(t, "expenditure"), "t.csv", []byte("单位,发生时间,项目编码,金额,凭证号\nhq,2020-06-30,451,100,1\n"))
	if !b.Broken || !strings.Contains(b.Faults[0].Message.ZH, "“金额”列") {
		t.Errorf("%v", b.Faults)
	}
}

// A table's plates and violations are read as a person's: a letter for a digit is a fault, and words are codes.
func TestPlatesAndViolationsOfATable(t *testing.T) {
	b := imports.Read(standard(t, "enforcement"), "t.csv", []byte("单位,发生时间,违法代码,号牌号码,号牌种类,道路类型,处理方式,文书编号\n"+
		"check-1,2020-06-30 9:50,闯红灯,冀F12345,,12,罚款,1\ncheck-1,2020-06-30 9:50,1039,冀F1234O,,12,罚款,2\n"+
		"check-1,2020-06-30 9:50,1039,冀F1234O,02,12,罚款,3\ncheck-1,2020-06-30 9:50,闯黄灯,保定123456,99,12,罚款,4\n"))
	var got []string
	for _, f := range b.Faults {
		got = append(got, f.Place().ZH+" "+f.Code)
	}
	if want := "第 3 行 D 列（号牌号码） bad_plate|第 4 行 D 列（号牌号码） bad_plate|第 5 行 C 列（违法代码） bad_pattern"; strings.Join(got, "|") != want || b.Valid() != 1 {
		t.Errorf("%v, %d valid rows", b.Faults, b.Valid())
	}
}

// A column may bear the name that everybody says.
func TestEverydayNames(t *testing.T) {
	for _, name := range []string{"号牌号码", "车牌号", "车牌号码", "plate_number"} {
		b := imports.Read(standard(t, "plate"), "t.csv", []byte("单位,发生时间,号牌种类,"+name+",业务类型\n"+"office-1,2020-06-30 12:00,小型汽车,冀F12345,注册登记\n"))
		if b.Valid() != 1 || len(b.Faults) > 0 {
			t.Errorf("%s: %v", name, b.Faults)
		}
	}
}
