package reconcile

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// listHeader are the columns of the whole list.
var listHeader = []string{
	"类别 class", "行 row", "记录 record", "单位 unit", "日期 day", "内容 what", "平台计 there", "此处计 here", "差额 share", "分 score", "依据 grounds", "不同 differences",
}

// List is the whole list as a file: a workbook, or CSV in UTF-8 with a byte order mark, as Excel reads it.
func (r *Report) List(workbook bool) ([]byte, error) {
	if workbook {
		return r.workbook()
	}
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	_ = w.Write(listHeader) // into memory
	for i := range r.Findings {
		cells := r.cells(&r.Findings[i])
		for n := range cells {
			cells[n] = harmless(cells[n])
		}
		_ = w.Write(cells) // into memory
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// harmless keeps a spreadsheet from reading a text as a formula; numbers stay numbers.
func harmless(text string) string {
	if _, err := strconv.ParseInt(text, 10, 64); err != nil && text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func (r *Report) cells(f *Finding) []string {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	var fields []string
	for _, d := range f.Differences {
		fields = append(fields, d.Label.ZH+"：平台 "+d.There.ZH+"，此处 "+d.Here.ZH)
	}
	return []string{
		className(f.Class), number(f.Row), f.Record, f.Unit, f.Day, f.Name.ZH, strconv.FormatInt(f.There, 10), strconv.FormatInt(f.Here, 10),
		strconv.FormatInt(f.There-f.Here, 10), number(f.Score), f.Words.ZH, strings.Join(fields, "；"),
	}
}

func className(c Class) string {
	for _, of := range classes {
		if of.class == c {
			return of.name.ZH + " " + string(c)
		}
	}
	return string(c)
}

// workbook writes texts as texts: nothing in the list becomes a formula.
func (r *Report) workbook() (content []byte, err error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // in memory
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	row := func(n int, cells []string) error {
		values := make([]any, len(cells))
		for i, text := range cells {
			values[i] = text
			if n, err := strconv.Atoi(text); err == nil && len(text) < 10 {
				values[i] = n
			}
		}
		return w.SetRow("A"+strconv.Itoa(n), values)
	}
	if err := row(1, listHeader); err != nil {
		return nil, err
	}
	for i := range r.Findings {
		if err := row(i+2, r.cells(&r.Findings[i])); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
