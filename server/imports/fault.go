package imports

import (
	"fmt"
	"strconv"

	"roadbook/schema"
)

// Codes of a table's faults (append-only). Faults of fields have the schema's codes.
const (
	CodeUnreadable    = "unreadable"       // no file of this format
	CodeNoSheet       = "no_sheet"         // XLSX: no such sheet
	CodeNoHeader      = "no_header"        // the file ends before the header row
	CodeNoRows        = "no_rows"          // nothing below the header
	CodeNoColumn      = "missing_column"   // the mapping names a column missing in the table
	CodeUnknownColumn = "unknown_column"   // strict: a column missing in the mapping
	CodeRepeated      = "repeated_column"  // strict: a column twice in the header
	CodeEncoding      = "bad_encoding"     // bytes outside the encoding
	CodeQuote         = "bad_quote"        // an unclosed quotation mark, or text behind a closing mark
	CodeTooWide       = "too_wide"         // more cells than the header
	CodeCell          = "cell_error"       // XLSX: #N/A and its like
	CodeEmpty         = "empty_column"     // a required column without a value
	CodeUnmapped      = "unmapped_value"   // not in the field's list of values
	CodeDate          = "bad_date"         // not in any of the formats
	CodeAmbiguous     = "ambiguous_time"   // the clock showed the time twice
	CodeNonexistent   = "nonexistent_time" // the clock never showed the time
	CodeNoKey         = "no_source_key"    // the row has an empty source key
	CodeSameKey       = "same_source_key"  // two rows of the file have the same key
	CodeBareLabel     = "bare_label"       // a note: the header leaves out the unit of measure
)

var faultTexts = map[string]schema.Text{
	CodeUnreadable:    {ZH: "文件无法读取：%v", EN: "the file can't be read: %v"},
	CodeNoSheet:       {ZH: "没有工作表“%v”", EN: "there is no sheet “%v”"},
	CodeNoHeader:      {ZH: "第 %v 行应是表头，文件没有这一行", EN: "row %v should be the header, the file has no such row"},
	CodeNoRows:        {ZH: "表头之下没有数据", EN: "there are no rows below the header"},
	CodeNoColumn:      {ZH: "表头中没有“%v”列", EN: "the header has no column “%v”"},
	CodeUnknownColumn: {ZH: "不认识“%v”列，请改名或删除", EN: "column “%v” is not known: rename or remove it"},
	CodeRepeated:      {ZH: "“%v”列重复出现", EN: "column “%v” stands more than once"},
	CodeEncoding:      {ZH: "含有不属于 %v 编码的字节，请核对 encoding", EN: "has bytes that are not %v: check the mapping's encoding"},
	CodeQuote:         {ZH: "引号没有配对", EN: "a quotation mark does not close"},
	CodeTooWide:       {ZH: "该行有 %v 格，表头只有 %v 列，可能有未加引号的分隔符", EN: "the row has %v cells, the header only %v: perhaps a separator without quotes"},
	CodeCell:          {ZH: "单元格是错误值 %v", EN: "the cell holds the error %v"},
	CodeEmpty:         {ZH: "不能为空", EN: "must not be empty"},
	CodeUnmapped:      {ZH: "“%v”不在对照表中", EN: "“%v” is not among the mapping's values"},
	CodeDate:          {ZH: "“%v”不是 %v 格式的时间或日期", EN: "“%v” is not a time or date of the form %v"},
	CodeAmbiguous:     {ZH: "%v 在时区 %v 出现两次（夏令时结束），请在映射中写明 ambiguous", EN: "%v happened twice in %v (end of daylight saving): say which by “ambiguous” in the mapping"},
	CodeNonexistent:   {ZH: "%v 在时区 %v 不存在（夏令时开始），请核对或在映射中写明 nonexistent", EN: "%v never was in %v (start of daylight saving): check it, or allow it by “nonexistent” in the mapping"},
	CodeNoKey:         {ZH: "来源键为空，无法辨认该行", EN: "the source key is empty: nothing tells this row from others"},
	CodeSameKey:       {ZH: "来源键“%v”与第 %v 行相同", EN: "has the source key “%v” of row %v"},
}

// Fault is a single fault of a table. Row counts from 1 as a spreadsheet does, 0 = the whole file. Column is the
// spreadsheet's letter and Name the header's text; both "" = the whole row.
type Fault struct {
	Row     int         `json:"row,omitempty"`
	Column  string      `json:"column,omitempty"`
	Name    string      `json:"name,omitempty"`
	Code    string      `json:"code"`
	Field   string      `json:"field,omitempty"`
	Message schema.Text `json:"message"`
}

func fault(code string, args ...any) Fault {
	t := faultTexts[code]
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = clip(s)
		}
	}
	if len(args) > 0 {
		t = schema.Text{ZH: fmt.Sprintf(t.ZH, args...), EN: fmt.Sprintf(t.EN, args...)}
	}
	return Fault{Code: code, Message: t}
}

// clip keeps a long cell from filling a message.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// Place names the place of the fault.
func (f Fault) Place() schema.Text {
	var t schema.Text
	if f.Row > 0 {
		t = schema.Text{ZH: "第 " + strconv.Itoa(f.Row) + " 行", EN: "row " + strconv.Itoa(f.Row)}
	}
	if f.Column != "" {
		t.ZH += " " + f.Column + " 列"
		t.EN += ", column " + f.Column
	}
	if f.Name != "" {
		t.ZH += "（" + f.Name + "）"
		t.EN += " (" + f.Name + ")"
	}
	return t
}

// String is the fault in both languages on a single line.
func (f Fault) String() string {
	at := f.Place()
	if at.ZH == "" {
		return f.Message.ZH + " · " + f.Message.EN
	}
	return at.ZH + "：" + f.Message.ZH + " · " + at.EN + ": " + f.Message.EN
}

// Letter is a spreadsheet's name of the column with an index from 0: A … Z, AA ….
func Letter(index int) string {
	name := ""
	for n := index + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
