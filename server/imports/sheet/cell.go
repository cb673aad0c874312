package sheet

import (
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a cell's content.
type Kind int

// Kinds of cells.
const (
	Empty   Kind = iota
	Text         // Text is the text, unchanged
	Numeric      // Text is the number in digits, never with an exponent; Format shows it
	Long         // a number of more than 15 digits: the workbook kept only 15. Text has zeros in their place
	Bool         // Text is TRUE or FALSE
	Date         // stored by ISO 8601: Text is 2006-01-02, 15:04:05, or both with a space, perhaps a zone
	Failed       // Text is the error of a formula: #N/A, #SPILL!, …
	NoValue      // a formula without a stored result
	Strange      // Text is no content of the cell's type
)

// Cell is a cell of a row. A Merged cell repeats the cell above: the top of a merged area.
type Cell struct {
	Kind   Kind
	Merged bool
	Text   string
	Format *Format // of Numeric and Long; nil for the others
}

// Shown is a cell's text for a reader. ok is false if the cell shows no plain text: for errors, dates and for formats
// not understood; the text is then what the workbook holds.
func (c *Cell) Shown() (text string, ok bool) {
	switch c.Kind {
	case Numeric:
		if text, ok = c.Format.Show(c.Text); !ok {
			return c.Text, false
		}
		return text, !tooSmall(c.Text) || c.Format != general && strings.ContainsAny(c.Format.Code, "0#?")
	case Empty, Text, Bool:
		return c.Text, true
	}
	return c.Text, false
}

// tooSmall reports numbers shown with an exponent for want of a format.
func tooSmall(decimal string) bool {
	return strings.HasPrefix(strings.TrimPrefix(decimal, "-"), "0.0000")
}

// rawCell collects the parts of a cell while its element is read.
type rawCell struct {
	column            int // from 0
	kind, style       string
	value, inline     []byte
	formula, hasValue bool
	hasInline         bool
}

// cell makes a cell of what was read.
func (b *Book) cell(r *rawCell) (Cell, error) {
	value := strings.TrimSpace(string(r.value))
	if r.formula && !r.hasValue && !r.hasInline {
		return Cell{Kind: NoValue}, nil
	}
	switch r.kind {
	case "s":
		if value == "" {
			return Cell{}, nil
		}
		text, ok := b.texts.at(value)
		if !ok {
			return Cell{}, refuse("工作簿缺少共享文字 %s", "the workbook lacks the shared text %s", clip(value))
		}
		return textCell(text), nil
	case "inlineStr":
		if r.hasInline && value != "" && value != strings.TrimSpace(string(r.inline)) {
			return Cell{Kind: Strange, Text: value + " / " + string(r.inline)}, nil // two contents; programs show either
		}
		if r.hasInline {
			return textCell(string(r.inline)), nil
		}
		return textCell(string(unescape(r.value))), nil
	case "str":
		return textCell(string(unescape(r.value))), nil
	case "e":
		return Cell{Kind: Failed, Text: orText(value, "#ERROR!")}, nil
	}
	if value == "" {
		if r.formula {
			return Cell{Kind: NoValue}, nil
		}
		return Cell{}, nil
	}
	switch r.kind {
	case "b":
		if b, err := strconv.ParseBool(value); err == nil {
			return Cell{Kind: Bool, Text: strings.ToUpper(strconv.FormatBool(b))}, nil
		}
	case "d":
		if text, ok := isoDate(value); ok {
			return Cell{Kind: Date, Text: text}, nil
		}
	case "", "n":
		return b.number(value, r.style)
	}
	return Cell{Kind: Strange, Text: value}, nil
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func textCell(text string) Cell {
	if text == "" {
		return Cell{}
	}
	return Cell{Kind: Text, Text: text}
}

func (b *Book) number(value, style string) (Cell, error) {
	f, err := b.format(style)
	if err != nil {
		return Cell{}, err
	}
	decimal, long, ok := decimalOf(value)
	switch {
	case !ok:
		return Cell{Kind: Strange, Text: value}, nil
	case long:
		return Cell{Kind: Long, Text: decimal, Format: f}, nil
	}
	return Cell{Kind: Numeric, Text: decimal, Format: f}, nil
}

// isoForms are the forms of dates by ISO 8601 in a workbook, and their forms in a cell's text.
var isoForms = []struct{ stored, shown string }{
	{"2006-01-02T15:04:05", "2006-01-02 15:04:05"}, {"2006-01-02T15:04", "2006-01-02 15:04:05"}, {"2006-01-02", "2006-01-02"},
	{"15:04:05", "15:04:05"}, {"15:04", "15:04:05"}, {"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00"},
}

// isoDate writes a stored date as text, cut to whole seconds.
func isoDate(stored string) (text string, ok bool) {
	for _, form := range isoForms {
		if at, err := time.Parse(form.stored, stored); err == nil {
			return at.Format(form.shown), true
		}
	}
	return stored, false
}
