package imports

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/server/imports/sheet"
)

// use is what a cell's content is taken for.
type use int

const (
	asText   use = iota // the text shown; a date is a mistyped text
	asPart              // a part of a template: a date is one
	asNumber            // the number, which the cell must show
	asTime
)

func (f *fieldMap) use() use {
	switch {
	case f.template != nil:
		return f.template.use()
	case len(f.formats) > 0:
		return asTime
	case f.field.Type == schema.TypeInt || f.field.Type == schema.TypeDecimal:
		return asNumber
	}
	return asText
}

// use of a template's cells: a single column is the text itself.
func (t template) use() use {
	if len(t) == 1 {
		return asText
	}
	return asPart
}

// checkCells refuses cells without a proper text: broken bytes, a spreadsheet's errors, numbers unlike the text shown.
func (w *rowChecker) checkCells(cells []int, field string, as use) bool {
	ok := true
	for _, i := range cells {
		wrong, bad := w.cellFault(i, as)
		if !bad {
			continue
		}
		wrong.Field, ok = field, false
		w.addFault(wrong, i)
	}
	return ok
}

// shownExponent is the form in which spreadsheet programs write long numbers into a CSV file.
var shownExponent = regexp.MustCompile(`^-?[1-9](\.[0-9]+)?E[+-][0-9]{2,3}$`)

// lostZeros is the form of a long number of which a spreadsheet program kept fifteen digits.
var lostZeros = regexp.MustCompile(`^[1-9][0-9]{14}0+$`)

// cellErrors are a spreadsheet's texts for failed formulas, in a table without types.
var cellErrors = []string{
	"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!",
	"#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#PYTHON!", "#EXTERNAL!",
}

func (w *rowChecker) cellFault(i int, as use) (wrong Fault, bad bool) {
	text := w.row.cell(i)
	switch {
	case strings.ContainsRune(text, utf8.RuneError):
		return fault(CodeEncoding, w.batch.form.encoding), true
	case slices.Contains(cellErrors, text):
		return fault(CodeCell, text), true
	}
	c := w.row.typedCell(i)
	if c == nil {
		if as == asText && lostZeros.MatchString(text) {
			w.tally(CodeLostZeros, i, text)
		}
		return fault(CodeExponent, text), as == asText && shownExponent.MatchString(text)
	}
	switch c.Kind {
	case sheet.Failed:
		return fault(CodeCell, c.Text), true
	case sheet.NoValue:
		return fault(CodeNoResult), true
	case sheet.Strange:
		return fault(CodeStrange, c.Text), true
	case sheet.Long:
		return fault(CodeLong, c.Text), true
	case sheet.Numeric:
		return numberFault(c, as)
	case sheet.Date:
		return fault(CodeDateAsText, c.Text), as == asText || as == asNumber
	}
	return fault(CodeMergedNumber, c.Text), as == asNumber && c.Merged && c.Kind == sheet.Text
}

// numberFault compares a stored number with its shown text.
func numberFault(c *sheet.Cell, as use) (wrong Fault, bad bool) {
	date := c.Format.Shows != sheet.Number
	shown, ok := c.Format.Show(c.Text)
	switch as {
	case asTime:
		return wrong, false
	case asNumber:
		if c.Merged {
			return fault(CodeMergedNumber, c.Text), true
		}
		return fault(CodeNotShown, c.Text, orFormat(shown, ok, c)), !ok || !sheet.SameNumber(c.Text, shown)
	case asPart:
		if date {
			return wrong, false
		}
	}
	if date {
		return fault(CodeDateAsText, c.Format.Code), true
	}
	_, ok = c.Shown()
	return fault(CodeNotShown, c.Text, orFormat(shown, ok, c)), !ok
}

// orFormat is the shown text, or the format of a text not known.
func orFormat(shown string, ok bool, c *sheet.Cell) string {
	if ok && shown != "" {
		return shown
	}
	return "[" + c.Format.Code + "]"
}

func (w *rowChecker) fieldText(f *fieldMap, s fieldSource) string {
	switch {
	case s.absent:
		return ""
	case f.constant != nil:
		return *f.constant
	case f.template != nil:
		return w.fillTemplate(f.template)
	case len(f.join) > 0:
		var texts []string
		for _, i := range s.cells {
			if text := w.cellText(f, i); text != "" {
				texts = append(texts, text)
			}
		}
		return strings.Join(texts, f.with)
	}
	return w.cellText(f, s.cells[0])
}

// cellText is the text of a cell. For a field with a time or a day, a number may be a spreadsheet's date; for a field
// with a number it is the stored number.
func (w *rowChecker) cellText(f *fieldMap, i int) string {
	c := w.row.typedCell(i)
	if c == nil {
		return w.row.cell(i)
	}
	if c.Merged {
		w.tally(CodeMerged, i, w.row.cell(i))
	}
	switch {
	case len(f.formats) > 0:
		return w.dateText(f, c, i)
	case c.Kind == sheet.Numeric && f.use() == asNumber:
		return c.Text
	}
	return w.row.cell(i)
}

// dateText is a workbook's date as text. A number without the format of a date is one if it may be.
func (w *rowChecker) dateText(f *fieldMap, c *sheet.Cell, i int) string {
	part := wholeMoment
	switch {
	case len(f.join) > 0:
		part = shownPart
	case f.field.Type == schema.TypeDay:
		part = dayPart
	}
	text, date, plain := w.table.timeText(c, part)
	w.fromDate = w.fromDate || date
	if plain {
		w.tally(CodePlainDate, i, text)
	}
	if !date {
		return w.row.cell(i)
	}
	return text
}
