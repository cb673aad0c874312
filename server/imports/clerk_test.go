package imports_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"roadbook/server/imports"
	"roadbook/server/imports/sheet/sheettest"
)

// roads is a table as a clerk fills it in.
const roads = "路段编号,路段名称,里程（公里）,道路类型,生效日\r\nS231-1,“保阜路”,12.5,二级公路,2020/1/1\r\nS231-2,朝阳路,3,二级公路,2020/1/1\r\n"

// in writes text in another encoding.
func in(t testing.TB, e encoding.Encoding, text string) []byte {
	t.Helper()
	out, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func utf16(t testing.TB, order unicode.Endianness, text string) []byte {
	return in(t, unicode.UTF16(order, unicode.IgnoreBOM), text)
}

// Files as Chinese Excel, WPS and editors save them, read without a word about their form.
func TestFilesOfAClerkAreRead(t *testing.T) {
	gbk := simplifiedchinese.GBK
	tabs, semicolons := strings.ReplaceAll(roads, ",", "\t"), strings.ReplaceAll(roads, ",", ";")
	tests := []struct {
		name, file string
		data       []byte
		as         string
	}{
		{"CSV of Chinese Excel", "路段.csv", in(t, gbk, roads), "CSV, GB18030, “,”"},
		{"CSV UTF-8 of Excel", "路段.csv", []byte("\ufeff" + roads), "CSV, UTF-8, “,”"},
		{"Unicode text of Excel", "路段.txt", append([]byte{0xff, 0xfe}, utf16(t, unicode.LittleEndian, tabs)...), "CSV, UTF-16LE, Tab"},
		{"the same without a mark", "路段.txt", utf16(t, unicode.LittleEndian, tabs), "CSV, UTF-16LE, Tab"},
		{"big end first", "路段.txt", append([]byte{0xfe, 0xff}, utf16(t, unicode.BigEndian, tabs)...), "CSV, UTF-16BE, Tab"},
		{"semicolons of another Windows", "路段.csv", in(t, gbk, semicolons), "CSV, GB18030, “;”"},
		{"Excel's line with the separator", "路段.csv", in(t, gbk, "sep=;\r\n"+semicolons), "CSV, GB18030, “;”"},
		{"old Macintosh", "路段.csv", in(t, gbk, strings.ReplaceAll(roads, "\r\n", "\r")), "CSV, GB18030, “,”"},
		{"tabs called CSV", "路段.csv", in(t, gbk, tabs), "CSV, GB18030, Tab"},
		{"a CSV called .xlsx", "路段.xlsx", in(t, gbk, roads), "CSV, GB18030, “,”"},
		{"a CSV called .xls", "路段.xls", []byte(roads), "CSV, UTF-8, “,”"},
		{"a workbook called .csv", "路段.csv", roadBook(), "XLSX"},
		{"a workbook called .et", "路段.et", roadBook(), "XLSX"},
	}
	for _, tt := range tests {
		b := imports.Read(standard(t, "segment"), tt.file, tt.data)
		if b.Valid() != 2 || len(b.Faults) > 0 || b.ReadAs() != tt.as {
			t.Errorf("%s: %d valid, %s, %v", tt.name, b.Valid(), b.ReadAs(), b.Faults)
			continue
		}
		w := newWorld(t, stores["sqlite"](t))
		if _, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou"}); err != nil {
			t.Fatal(err)
		}
		if v := w.views("segment")["S231-1|2020-01-01"]; text(v, "name") != `"“保阜路”"` || text(v, "km") != `"12.5"` {
			t.Errorf("%s: %s %s of %v", tt.name, text(v, "name"), text(v, "km"), w.views("segment"))
		}
	}
}

func roadBook() []byte {
	var rows string
	for i, line := range strings.Split(strings.TrimSpace(roads), "\r\n") {
		rows += sheettest.Row(i+1, sheettest.Texts(strings.Split(line, ",")...)...)
	}
	return sheettest.One(rows).Bytes()
}

// Files that can't be read say how to mend them.
func TestFilesOfAClerkThatAreRefused(t *testing.T) {
	gb := func(s string) []byte { return in(t, simplifiedchinese.GBK, s) }
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	tests := []struct {
		name  string
		data  []byte
		place string
		zh    string
	}{
		{"old .xls called .xlsx", []byte(ole), "", "是旧式工作簿（.xls、.et）：请用 Excel 或 WPS 打开，另存为 .xlsx"},
		{"a password", []byte(ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), "", "工作簿有密码：请用 Excel 或 WPS 打开，去掉密码后另存为 .xlsx"},
		{"a web page of the platform", []byte("\r\n<HTML><table><tr><td>路段编号"), "", "是网页（HTML），只是名字像表格：请用 Excel"},
		{"a PDF", []byte("%PDF-1.4\n\x00\x01"), "", "是 PDF：请用"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01"), "", "内容是二进制"},
		{"full-width commas in all", []byte(strings.ReplaceAll(roads, ",", "，")), "第 1 行", "表头用的是中文输入法的“，”：请改成半角逗号"},
		{"one full-width comma", []byte(strings.Replace(roads, "路段编号,路段名称", "路段编号，路段名称", 1)), "第 1 行 A 列（路段编号，路段名称）", "中文输入法的“，”"},
		{"a title above the header", gb("二〇二〇年路段台账,,,,\r\n填报：周,,,,\r\n" + roads), "第 1 行", "表头却像在第 3 行：请删去上面的标题行，或在映射里写 header_row: 3"},
		{"two files copied together", append(gb(roads), "S231-3,解放路,3,二级公路,2020/1/1\r\n"...), "第 4 行", "这一行的编码是 UTF-8，别处是 GB18030"},
		{"cut off in a character", []byte(roads[:strings.Index(roads, "朝")+2]), "第 3 行", "这一行的编码不是 UTF-8，别处是"},
		{"a shorter name", gb(strings.Replace(roads, "路段编号", "路段", 1)), "第 1 行 A 列（路段）", "不认识“路段”列，请改名或删除；最相近的：路段编号"},
		{"a name of nothing", gb(strings.Replace(roads, "路段名称", "甲", 1)), "第 1 行 B 列（甲）", "；表中还可以有：单位、地点代码、经度、纬度、坐标系、备注、路段名称、失效日"},
	}
	for _, tt := range tests {
		b := imports.Read(standard(t, "segment"), "路段.csv", tt.data)
		if !b.Broken || len(b.Faults) != 1 {
			t.Errorf("%s: %v", tt.name, b.Faults)
			continue
		}
		f := b.Faults[0]
		if f.Place().ZH != tt.place || !strings.Contains(f.Message.ZH, tt.zh) || f.Message.EN == f.Message.ZH || f.Message.EN == "" {
			t.Errorf("%s: %v", tt.name, f)
		}
	}
}

// A line break of Alt+Enter within a cell, with the line end of Windows, is a line break of the text.
func TestLineBreakInACell(t *testing.T) {
	for _, end := range []string{"\r\n", "\n", "\r"} {
		task(t, standard(t, "task"), "t.csv", []byte(strings.Replace(tasks, "标志\n牌", "标志"+end+"牌", 1)))
	}
	task(t, standard(t, "task"), "t.csv", []byte(strings.NewReplacer("\r\n", "\r", "\n", "\r").Replace(tasks)))
}

// The file of rejects is written as the file was: encoding, separator, Excel's line.
func TestRejectsAreWrittenAsTheFile(t *testing.T) {
	bad := strings.Replace(roads, "12.5", "很长", 1)
	gb := func(s string) []byte { return in(t, simplifiedchinese.GBK, s) }
	wide := append([]byte{0xff, 0xfe}, utf16(t, unicode.LittleEndian, strings.ReplaceAll(bad, ",", "\t"))...)
	tests := []struct {
		name, file string
		data       []byte
		begin      []byte
		rejects    string
	}{
		{"GB18030", "a.xls", gb(bad), gb("路段编号,路段名称,里程（公里）,道路类型,生效日,\"原因 Reason\"\r\nS231-1,“保阜路”,很长,"), "a.rejects-r.csv"},
		{"sep", "a.csv", gb("sep=;\r\n" + strings.ReplaceAll(bad, ",", ";")), gb("sep=;\r\n路段编号;路段名称;里程（公里）;"), "a.rejects-r.csv"},
		{"UTF-16", "a.txt", wide, wide[:50], "a.rejects-r.txt"},
	}
	for _, tt := range tests {
		b := imports.Read(standard(t, "segment"), tt.file, tt.data)
		out, err := b.Rejects()
		if err != nil || b.Faulty != 1 || b.Valid() != 1 || !bytes.HasPrefix(out, tt.begin) || b.RejectsName("r") != tt.rejects {
			t.Errorf("%s: %v %v, %s, %q", tt.name, err, b.Faults, b.RejectsName("r"), out)
		}
		again := imports.Read(standard(t, "segment"), tt.file, out)
		if again.Faulty != 1 || again.Valid() != 0 || again.ReadAs() != b.ReadAs() {
			t.Errorf("%s, the rejects read again: %s %v", tt.name, again.ReadAs(), again.Faults)
		}
	}
}

// What the mapping or --encoding says wins over the content.
func TestSaidWins(t *testing.T) {
	m := standard(t, "segment")
	b := imports.Read(taskMapping(t, "# separator: tab", "separator: \"|\""), "t.csv", []byte(strings.ReplaceAll(strings.ReplaceAll(tasks, ",标志", ""), ",", "|")))
	if b.Valid() != 1 || b.Preview().Separator != "|" {
		t.Errorf("%v", b.Faults)
	}
	for name, want := range map[string]string{"gbk": "gb18030", "GB18030": "gb18030", "": "gb18030"} {
		as, ok := m.WithEncoding(name)
		if b := imports.Read(as, "t.csv", in(t, simplifiedchinese.GBK, roads)); !ok || b.Valid() != 2 || b.Preview().Encoding != want {
			t.Errorf("%s: %v", name, b.Faults)
		}
	}
	as, _ := m.WithEncoding("utf-8")
	if b := imports.Read(as, "t.csv", in(t, simplifiedchinese.GBK, roads)); !b.Broken {
		t.Error("GB18030 passed as UTF-8")
	}
	if _, ok := m.WithEncoding("ebcdic"); ok {
		t.Error("an encoding that nobody knows")
	}
}

// No control character of a file reaches a terminal, be it in a name, a header or a cell.
func TestNothingSteersTheTerminal(t *testing.T) {
	b := imports.Read(standard(t, "segment"), "a\x1b[2Jb\u202e.csv", []byte(strings.Replace(roads, "路段名称", "路段名\x1b[31m称\u202e", 1)))
	said := b.File
	for _, f := range b.Faults {
		said += f.String()
	}
	b = imports.Read(load(t, accidents), "t.csv", []byte(header+"1,Nor\x1b[2Jth,2020-01-02,10:00,A,,Clear,Day\n"))
	for _, f := range b.Faults {
		said += f.String()
	}
	if len(b.Faults) == 0 || strings.ContainsAny(said, "\x1b\u202e") {
		t.Errorf("%q", said)
	}
}

// A mapping with a byte order mark, as Windows' editor saves it.
func TestMappingWithAMark(t *testing.T) {
	load(t, "\ufeff"+accidents)
}
