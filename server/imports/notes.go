package imports

import (
	"slices"
	"strings"

	"roadbook/schema"
)

// noted counts equal remarks on a column's cells, or on rows (column -1), for one note.
type noted struct {
	code   string
	column int
	count  int
	rows   []int // the first rows
	text   string
}

const mostNamed = 10 // rows named by a note

func (c *checker) tally(code string, column, row int, text string) {
	i := slices.IndexFunc(c.tallies, func(t *noted) bool { return t.code == code && t.column == column })
	if i < 0 {
		i = len(c.tallies)
		c.tallies = append(c.tallies, &noted{code: code, column: column, text: text})
	}
	t := c.tallies[i]
	if n := len(t.rows); n > 0 && t.rows[n-1] == row {
		return // several fields may read a cell
	}
	if t.count++; len(t.rows) < mostNamed {
		t.rows = append(t.rows, row)
	}
}

func (w *rowChecker) tally(code string, column int, text string) {
	w.checker.tally(code, column, w.row.number, text)
}

// named lists the first rows.
func (t *noted) named() schema.Text {
	var list []string
	for _, r := range t.rows {
		list = append(list, itoa(r))
	}
	zh, en := "第 "+strings.Join(list, "、")+" 行", "row "+strings.Join(list, ", ")
	if t.count > len(t.rows) {
		return schema.Text{ZH: zh + "等", EN: en + " …"}
	}
	return schema.Text{ZH: zh, EN: en}
}

func (t *noted) message() schema.Text {
	n, at := itoa(t.count), t.named()
	switch t.code {
	case CodeMerged:
		return schema.Text{
			ZH: n + " 格与上面的格合并，取合并格的内容“" + clip(t.text) + "”等：" + at.ZH,
			EN: n + " cells are merged with the cell above and take its text, as “" + clip(t.text) + "”: " + at.EN,
		}
	case CodeLostZeros:
		return schema.Text{
			ZH: n + " 格超过 15 位，末尾全是 0（如 " + clip(t.text) + "），可能是表格软件丢失了后面的位数，请核对：" + at.ZH,
			EN: n + " cells have more than 15 digits and end in zeros (as " + clip(t.text) + "): perhaps a spreadsheet program lost the last digits, check them: " + at.EN,
		}
	case CodePlainDate:
		return schema.Text{
			ZH: n + " 格是数字，没有日期格式，按日期读（首格为 " + t.text + "）：" + at.ZH,
			EN: n + " cells are numbers without a date's format and are read as dates (the first as " + t.text + "): " + at.EN,
		}
	}
	return schema.Text{
		ZH: n + " 行在表中被隐藏或筛选掉，也照样读入：" + at.ZH + "；不要导入请先删除这些行",
		EN: n + " rows are hidden or filtered out in the sheet and are read all the same: " + at.EN + "; to leave them out, delete them first",
	}
}

// noteSheet tells of hidden and merged things, and of sheets not read.
func (c *checker) noteSheet() {
	for _, t := range c.tallies {
		c.batch.addNotes(Note{c.batch.header.locate(Fault{Code: t.code, Message: t.message()}, t.rows[0], t.column)})
	}
	x, ok := c.table.(*xlsxTable)
	if !ok {
		return
	}
	c.batch.date1904 = x.book.Date1904
	for _, i := range x.rows.HiddenColumns {
		if i < len(c.batch.header.names) && c.batch.header.names[i] != "" {
			f := Fault{Code: CodeHiddenColumn, Message: schema.Text{ZH: "该列在表中被隐藏，也照样读入", EN: "the column is hidden in the sheet and read all the same"}}
			c.batch.addNotes(Note{c.batch.header.locate(f, c.mapping.header, i)})
		}
	}
	if len(x.others) > 0 {
		list := strings.Join(x.others, "、")
		c.batch.addNotes(Note{Fault{Code: CodeOtherSheets, Message: schema.Text{
			ZH: "只读了工作表“" + x.name + "”，没有读：" + list + "；要读别的表，请在映射中写 sheet",
			EN: "only the sheet “" + x.name + "” was read, not: " + list + "; to read another one, name it by “sheet” in the mapping",
		}}})
	}
}
