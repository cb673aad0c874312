package sheet_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"roadbook/server/imports/sheet"
	"roadbook/server/imports/sheet/sheettest"
)

// read returns all cells of the first visible sheet as text: K:text for the kinds, rows by "|".
func read(data []byte) (string, error) {
	b, err := sheet.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", err
	}
	info, err := b.FirstVisible()
	if err != nil {
		return "", err
	}
	rows, err := b.Rows(info)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var out []string
	for {
		r, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(out, "|"), nil
		}
		if err != nil {
			return "", err
		}
		line := fmt.Sprint(r.Number)
		for i := range r.Cells {
			c := &r.Cells[i]
			text, ok := c.Shown()
			line += fmt.Sprintf(" %s%s%s", letter[c.Kind], map[bool]string{true: "+"}[c.Merged], text)
			if !ok {
				line += "!"
			}
		}
		out = append(out, line)
	}
}

var letter = map[sheet.Kind]string{
	sheet.Empty: "-", sheet.Text: "T:", sheet.Numeric: "N:", sheet.Long: "L:", sheet.Bool: "B:", sheet.Date: "D:", sheet.Failed: "E:", sheet.NoValue: "F:",
	sheet.Strange: "?:",
}

func TestCells(t *testing.T) {
	for name, tt := range map[string]struct{ rows, want string }{
		"kinds":             {`<row r="2"><c r="B2" t="b"><v>0</v></c><c r="D2"><v>1.50</v></c><c t="e"><v>#SPILL!</v></c></row>`, "2 - B:FALSE - N:1.5 E:#SPILL!!"},
		"no places":         {`<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/><row><c><v>4</v></c></row>`, "1 N:1 - N:3|2|3 N:4"},
		"CDATA and comment": {`<row><c t="inlineStr"><is><t>a<![CDATA[<b> & ]]>c<!-- x --></t></is></c></row>`, "1 T:a<b> & c"},
		"entities":          {`<row><c t="inlineStr"><is><t>&lt;&#x4e2d;&#65;&quot;&apos;&gt;&amp;</t></is></c></row>`, `1 T:<中A"'>&`},
		"escapes":           {`<row><c t="inlineStr"><is><t>a_x000D_` + "\n" + `b_x005F_x000D__x00zz_</t></is></c></row>`, "1 T:a\nb_x000D__x00zz_"},
		"a value inline":    {`<row><c t="inlineStr"><v>x</v></c></row>`, "1 T:x"},
		"two contents":      {`<row><c t="inlineStr"><v>1.0</v><is><t>1.</t></is></c><c t="inlineStr"><v>2</v><is><t>2</t></is></c></row>`, "1 ?:1.0 / 1.! T:2"},
		"ISO dates":         {`<row><c t="d"><v>2021-01-01T10:10:10.000</v></c><c t="d"><v>2021-01-01</v></c><c t="d"><v>x</v></c></row>`, "1 D:2021-01-01 10:10:10! D:2021-01-01! ?:x!"},
		"numbers":           {`<row><c><v>1E-3</v></c><c><v>0.1E+3</v></c><c><v>30.000000000000004</v></c><c><v>1e15</v></c><c><v>Inf</v></c><c><v>0x10</v></c></row>`, "1 N:0.001 N:100 N:30 L:1000000000000000! ?:Inf! ?:0x10!"},
		"formulas":          {`<row><c><f>A1</f></c><c><f>A1</f><v>2</v></c><c t="str"><f>A1</f><v></v></c><c t="str"><f>A</f></c></row>`, "1 F:! N:2 - F:!"},
		"a prefix":          {`<x:row xmlns:x="y"><x:c><x:v>1</x:v></x:c></x:row>`, "1 N:1"},
	} {
		got, err := read(sheettest.One(tt.rows).Bytes())
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, tt.want)
		}
	}
}

// Formats by hand, as Excel and LibreOffice show them.
func TestFormats(t *testing.T) {
	for _, tt := range []struct{ code, stored, want string }{
		{"General", "1234.5", "1234.5"}, {"G/通用格式", "12", "12"}, {"@", "12", "12"}, {"0", "12.5", "13"}, {"0", "-12.5", "-13"}, {"0.00", "1.005", "1.01"},
		{"0000000", "123", "0000123"}, {"000-0000", "5551234", "555-1234"}, {"#,##0", "1234567", "1,234,567"}, {"#,##0.00", "0.5", "0.50"}, {"#", "0", ""},
		{"0,000", "7", "0,007"}, {"0.##", "1.5", "1.5"}, {"0%", "0.95", "95%"}, {"0.00%", "0.00125", "0.13%"}, {`0\.0,"万"`, "123456", "12.3万"},
		{`0.0,"k"`, "1234", "1.2k"}, {`"No "00`, "7", "No 07"}, {"0;(0);\"-\"", "-3", "(3)"}, {"0;(0);\"-\"", "0", "-"}, {"[Red]0", "3", "3"}, {".00", "12.5", "12.50"},
		{"[$¥-804]0.0", "2", "¥2.0"}, {"0_ ", "2", "2 "}, {";;;", "2", ""}, {`\A0`, "2", "A2"}, {"999", "1", "999"}, {"0.0", "9.96", "10.0"}, {"00.0", "0.04", "00.0"},
		{"0.00E+00", "1", "!"}, {"# ?/?", "1.5", "!"}, {"[>5]0;0", "1", "!"}, {"yyyy", "1", "!"}, {"[DBNum1]0", "1", "!"}, {"[h]:mm", "1", "!"}, {strings.Repeat("0", 256), "1", "!"},
	} {
		book := sheettest.One(sheettest.Row(1, sheettest.Number(tt.stored, 1)))
		book.Formats = []string{tt.code}
		want := "1 N:" + tt.want
		if tt.want == "!" {
			want = "1 N:" + tt.stored + "!"
		}
		if got, err := read(book.Bytes()); got != want {
			t.Errorf("%s of %s: %q, %v; want %q", tt.stored, tt.code, got, err, want)
		}
	}
}

// What a format shows of a day, and which are none.
func TestFormatsOfDates(t *testing.T) {
	for code, want := range map[string]sheet.Shows{
		"yyyy-mm-dd": sheet.Day, `m"月"d"日"`: sheet.Day, "mm": sheet.Day, "h:mm": sheet.Clock, "mm:ss": sheet.Clock, `上午/下午h"时"`: sheet.Clock, "[$-409]d/m/yy h:mm AM/PM;@": sheet.Moment,
		"yyyy/m/d h:mm:ss.000": sheet.Moment, "[h]:mm": sheet.Elapsed, "[mm]:ss": sheet.Elapsed, `"day "0`: sheet.Number, `\d0`: sheet.Number, "[Red]0": sheet.Number, "General": sheet.Number,
		"0.00E+00": sheet.Number, "aaaa": sheet.Day, "[$-F800]dddd, mmmm dd, yyyy": sheet.Day, "_dy": sheet.Day, "G/通用格式": sheet.Number, "[DBNum1]yyyy年m月d日": sheet.Day, "[$¥-804]0": sheet.Number,
	} {
		book := sheettest.One(sheettest.Row(1, sheettest.Number("44000", 1)))
		book.Formats = []string{code}
		data := book.Bytes()
		b, err := sheet.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := b.Rows(b.Sheets[0])
		if err != nil {
			t.Fatal(err)
		}
		r, err := rows.Next()
		if err != nil || r.Cells[0].Format.Shows != want {
			t.Errorf("%s shows %v, want %v (%v)", code, r.Cells[0].Format.Shows, want, err)
		}
		rows.Close()
	}
}

func TestTime(t *testing.T) {
	for _, tt := range []struct {
		from1904 bool
		stored   string
		want     string
	}{
		{false, "61", "1900-03-01 00:00:00"}, {false, "60", ""}, {false, "-1", ""}, {false, "2958465.5", "9999-12-31 12:00:00"}, {false, "2958466", ""}, {true, "0", "1904-01-01 00:00:00"},
		{true, "42734", "2020-12-31 00:00:00"}, {false, "44196.99999653", "2020-12-31 23:59:59"}, {false, "44196.9999999995", "2021-01-01 00:00:00"},
		{false, "44196.99999999", "2020-12-31 23:59:59"}, {false, "44196.4166666667", "2020-12-31 10:00:00"}, {false, "2958465.9999999999", ""},
	} {
		b := &sheet.Book{Date1904: tt.from1904}
		at, ok := b.Time(tt.stored)
		if got := at.Format(time.DateTime); ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%s: %s %v, want %s", tt.stored, got, ok, tt.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	one := sheettest.One(sheettest.Row(1, sheettest.Text("a")))
	with := func(part, content string) []byte {
		b := one
		b.Parts = map[string]string{part: content}
		return b.Bytes()
	}
	rows := func(xml string) []byte { return sheettest.One(xml).Bytes() }
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"no archive":          {[]byte("a,b\n1,2\n"), "不是 .xlsx 工作簿"},
		"nothing":             {nil, "不是 .xlsx 工作簿"},
		"an old workbook":     {append([]byte("\xd0\xcf\x11\xe0"), make([]byte, 600)...), "旧式 .xls 或有密码"},
		"another archive":     {zipOf(t, "a.txt", "x"), "不是工作簿"},
		"an entity":           {with("xl/workbook.xml", `<!DOCTYPE a [<!ENTITY x "y">]><workbook/>`), "不是工作簿的 XML"},
		"another encoding":    {with("xl/workbook.xml", `<?xml version="1.0" encoding="GBK"?><workbook/>`), "编码不是 UTF-8"},
		"UTF-16":              {with("xl/workbook.xml", "\xff\xfe<\x00"), "UTF-16"},
		"cut off":             {with("xl/workbook.xml", `<workbook><sheets>`), "不完整"},
		"too deep":            {with("xl/workbook.xml", strings.Repeat("<a>", 65)), "嵌套过深"},
		"wrong end":           {rows(`<row></c></row>`), "不是工作簿的 XML"},
		"rows out of order":   {rows(`<row r="2"/><row r="2"/>`), "第 2 行之后的行号不对"},
		"too many rows":       {rows(`<row r="1048577"/>`), "行数超过"},
		"cells out of order":  {rows(`<row r="1"><c r="B1"/><c r="A1"/></row>`), "“A1”不对"},
		"a cell of row 2":     {rows(`<row r="1"><c r="A2"/></row>`), "“A2”不对"},
		"column XFE":          {rows(`<row r="1"><c r="XFE1"/></row>`), "“XFE1”不对"},
		"no such text":        {rows(`<row><c t="s"><v>5</v></c></row>`), "缺少共享文字"},
		"no such style":       {rows(`<row><c s="5"><v>5</v></c></row>`), "格式表不完整"},
		"a long text":         {rows(`<row><c t="str"><v>` + strings.Repeat("a", 300_000) + `</v></c></row>`), "文字太长"},
		"a long text, pieces": {rows(`<row><c t="inlineStr"><is>` + strings.Repeat("<t>"+strings.Repeat("a", 1000)+"</t>", 300) + `</is></c></row>`), "文字太长"},
		"a wrong area":        {sheettest.Book{Sheets: []sheettest.Sheet{{After: `<mergeCells><mergeCell ref="B2:A1"/></mergeCells>`}}}.Bytes(), "合并单元格“B2:A1”不对"},
	} {
		_, err := read(tt.data)
		var e *sheet.Error
		if !errors.As(err, &e) || !strings.Contains(e.Text.ZH, tt.want) || e.Text.EN == "" {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func TestMerged(t *testing.T) {
	book := sheettest.One(sheettest.Row(1, sheettest.Text("a"), sheettest.Text("b")), sheettest.Row(2, "", "", sheettest.Text("x")), sheettest.Row(4, sheettest.Text("own")), sheettest.Row(5))
	book.Sheets[0].After = `<mergeCells><mergeCell ref="A1:A5"/><mergeCell ref="B1:C2"/><mergeCell ref="D1:D9"/><mergeCell ref="A7"/></mergeCells>`
	if got, err := read(book.Bytes()); got != "1 T:a T:b|2 T:+a T:+b T:x|4 T:own|5 T:+a" {
		t.Errorf("%q %v", got, err)
	}
}

// tokens are what the standard library reads of an XML text: names without prefix, texts between them.
func tokens(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		tok, err := d.RawToken()
		if err != nil {
			return out.String()
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			fmt.Fprintf(&out, "<%s>", tok.Name.Local)
		case xml.EndElement:
			fmt.Fprintf(&out, "</%s>", tok.Name.Local)
		case xml.CharData:
			out.Write(tok)
		}
	}
}

// The cells of a shared text are those of the standard library's own reader.
func TestTextsAsTheStandardLibraryReadsThem(t *testing.T) {
	for _, text := range []string{"a&amp;b", "<![CDATA[]]]]><![CDATA[>x]]>", "a\r\nb\rc", "\u00a0中\t", "<!-- - -->x", "<?pi ?>y", "&#13;&#10;z"} {
		want := tokens(t, "<t>"+text+"</t>")
		want = strings.ReplaceAll(want[3:len(want)-4], "\r\n", "\n")
		got, err := read(sheettest.One(`<row><c t="inlineStr"><is><t>` + text + `</t></is></c></row>`).Bytes())
		if err != nil || got != "1 T:"+want {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
}
