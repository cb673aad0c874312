package imports

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

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
	CodeLong          = "long_number"      // XLSX: a number of more than 15 digits, of which the workbook kept 15
	CodeExponent      = "exponent"         // CSV: a text field with a number as 1.30636E+17
	CodeNotShown      = "not_as_shown"     // XLSX: a cell shows another text than the number it holds
	CodeDateAsText    = "date_as_text"     // XLSX: a date in a field of text
	CodeNoResult      = "no_result"        // XLSX: a formula without a stored result
	CodeStrange       = "strange_cell"     // XLSX: a cell without a content of its type
	CodeMergedNumber  = "merged_number"    // XLSX: a number merged over several rows
	CodeMerged        = "merged"           // a note: a merged cell's text was taken for the rows below
	CodePlainDate     = "plain_date"       // a note: a number without the format of a date was taken as one
	CodeHiddenRow     = "hidden_row"       // a note: hidden rows are read
	CodeHiddenColumn  = "hidden_column"    // a note: hidden columns are read
	CodeLostZeros     = "lost_zeros"       // a note, CSV: zeros behind the fifteenth digit, perhaps lost digits
	CodeOtherSheets   = "other_sheets"     // a note: the workbook has more sheets
	CodeManyColumns   = "too_many_columns" // the header is too wide
	CodeLongRow       = "long_row"         // a row of too many bytes
	CodeManyRows      = "too_many_rows"    // the file has too many rows
	CodeMixed         = "mixed_encodings"  // CSV: no one encoding reads the file
	CodeWideSeparator = "wide_separator"   // CSV: the header is separated by a full-width comma
	CodeHeaderRow     = "header_row"       // the header seems to stand in another row
	CodeNoOwner       = "no_owner"         // an item's record is not there
	CodeManyOwners    = "many_owners"      // the name of an item's record is that of several
	CodeMore          = "more"             // the number of faults or notes not listed
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
	CodeLong: {
		ZH: "数字超过 15 位，表格软件只保存了前 15 位（%v）：请把该列设为“文本”，再重新录入",
		EN: "the number has more than 15 digits, and the workbook kept only 15 (%v): set the column's format to “text” and enter it again",
	},
	CodeExponent: {
		ZH: "“%v”是表格软件缩写的数字，后面的位数已丢失：请在表格中把该列设为“文本”，重新录入后再另存为 CSV",
		EN: "“%v” is a number cut short by a spreadsheet program: set the column's format to “text” there, enter it again, and save the CSV anew",
	},
	CodeNotShown: {
		ZH: "单元格里是 %v，显示的却是 %v：请把格式改为“常规”，核对后按本列的单位重新录入（文字列请设为“文本”）",
		EN: "the cell holds %v but shows %v: set its format to “general”, check the number and enter it in the column's unit (set a column of texts to the format “text”)",
	},
	CodeDateAsText: {
		ZH: "这一列是文字，单元格却是日期（%v），可能是“1-2”之类被表格软件改成了日期：请把该列设为“文本”，再重新录入",
		EN: "the column takes text, but the cell is a date (%v): perhaps a spreadsheet program made one of “1-2”: set the column's format to “text” and enter it again",
	},
	CodeNoResult: {
		ZH: "公式没有保存计算结果：请用 Excel 或 WPS 打开、保存后再导入",
		EN: "the formula has no stored result: open the file in a spreadsheet program, save it, and import it again",
	},
	CodeStrange: {ZH: "单元格内容“%v”与其类型不符：请重新录入", EN: "the cell's content “%v” does not fit its type: enter it again"},
	CodeMergedNumber: {
		ZH: "数字 %v 的单元格是合并的，不知道每行各是多少：请取消合并，每行各填",
		EN: "the cell of the number %v is merged, so that each row's own number is not known: unmerge it and fill in each row",
	},
	CodeNoOwner: {
		ZH: "没有编号为“%v”的%v：请填平台编号、122 警情编号、此前导入的来源键或记录编号；还没有导入的，先导入",
		EN: "no %[2]v has the number “%[1]v”: write the platform's number, the 122 number, the source key of an earlier import or a record's id; if it is not there yet, import it first",
	},
	CodeManyOwners: {
		ZH: "编号“%v”属于几起不同的%v：请改填平台编号或记录编号",
		EN: "“%v” is the number of several records of the kind %v: write the platform's number or a record's id",
	},
	CodeManyColumns: {ZH: "表头有 %v 列，最多 %v 列", EN: "the header has %v columns, at most %v are read"},
	CodeManyRows:    {ZH: "超过 %v 行，请拆分成几个文件", EN: "there are more than %v rows: split the file"},
	CodeLongRow:     {ZH: "该行超过 %v 字节，可能有未配对的引号", EN: "the row has more than %v bytes: perhaps a quotation mark does not close"},
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
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = clip(s)
		}
	}
	return Fault{Code: code, Message: textsOf(faultTexts[code], args, args)}
}

// textsOf fills in a text's places, in each language.
func textsOf(t schema.Text, zh, en []any) schema.Text {
	if len(zh) == 0 {
		return t
	}
	return schema.Text{ZH: fmt.Sprintf(t.ZH, zh...), EN: fmt.Sprintf(t.EN, en...)}
}

// clip keeps a long cell from filling a message.
func clip(s string) string {
	const most = 60
	n := 0
	for i := range s {
		if n++; n > most {
			return printable(s[:i]) + "…"
		}
	}
	return printable(s)
}

// printable replaces what would steer a terminal, or turn the order of its characters, by a space.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
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
