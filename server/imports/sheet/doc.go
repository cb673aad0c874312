// Package sheet reads one worksheet of a workbook (.xlsx, .xlsm), row by row, with the type of every cell.
//
// Promises: a text stays a text and a number a number, each with its format; nothing is rounded over a day. Merged
// areas, hidden rows, columns and sheets are known to the caller. Only the parts needed are unpacked: the list of
// sheets, their relations, formats, shared texts and one worksheet. Memory is bounded whatever the file holds (limits
// below), and any file, however broken, ends in an error in words, never in a panic.
package sheet

import (
	"errors"
	"fmt"

	"roadbook/schema"
)

// Bounds of a workbook.
const (
	maxDirectory = 1 << 20 // bytes of the archive's directory
	maxSmallPart = 8 << 20 // unpacked bytes of the list of sheets and of the relations
	maxStyles    = 32 << 20
	maxStrings   = 512 << 20 // unpacked bytes of the shared texts
	maxSheet     = 1 << 30   // unpacked bytes of a worksheet
	maxTexts     = 64 << 20  // bytes of the shared texts themselves
	maxTextCount = 4 << 20
	maxText      = 256 << 10 // bytes of one cell, attribute or name
	maxRowText   = 2 << 20   // bytes of all cells of a row
	maxAttrs     = 64
	maxDepth     = 64
	maxRow       = 1 << 20 // rows of a worksheet
	maxColumn    = 1 << 14 // columns of a worksheet
	maxMerged    = 50_000
	maxSheets    = 1000
	maxFormats   = 1 << 16
	maxCode      = 255 // characters of a format

	// MaxColumns is the greatest number of columns whose cells are returned.
	MaxColumns = 1000
)

// Error says in both languages why a workbook can't be read.
type Error struct{ Text schema.Text }

func (e *Error) Error() string { return e.Text.ZH + " · " + e.Text.EN }

func refuse(zh, en string, args ...any) error {
	return &Error{schema.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}}
}

// wrapped turns errors of the archive and of inflating into an Error.
func wrapped(err error) error {
	if _, ok := errors.AsType[*Error](err); err == nil || ok {
		return err
	}
	return refuse("文件已损坏：%v", "the file is damaged: %v", err)
}

// ErrNoSheet: the workbook has no sheet of the wanted name.
var ErrNoSheet = errors.New("no such sheet")
