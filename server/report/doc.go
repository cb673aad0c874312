// Package report lays out the official tables: from a year's figures to cells, and from cells to a workbook and a
// printable page. So far the 项目支出绩效自评表, one table a project.
//
// Promises: scores are exact (rational numbers, rounded once, half away from zero). The literal target is printed,
// whatever its merits. A row without a value has no score and leaves the total open, with the reason. Typed text is
// text and never a formula. The same input gives the same bytes, and a digest over the cells stands at the foot, so
// that a printed sheet, a page and a file can be compared. Refusals are *wire.Error, in Chinese and English.
//
// A Sheet is pure data: both renderers only read it.
package report

import "roadbook/sync/wire"

// badRequest is a bad request with its detail in both languages.
func badRequest(zh, en string) *wire.Error {
	e := wire.Refuse(wire.CodeBadRequest, "")
	e.Message.ZH += "：" + zh
	e.Message.EN += ": " + en
	return e
}
