package imports

import (
	"bytes"
	"io"

	"roadbook/schema"
)

func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// saveAs is the end of each sentence about a file of another format.
var saveAs = schema.Text{ZH: "：请用 Excel 或 WPS 打开，另存为 .xlsx", EN: ": open it in a spreadsheet program and save it as .xlsx"}

// otherFormats are beginnings of files that people take for tables.
var otherFormats = []struct {
	begin  string // in lower case
	zh, en string
}{
	{"<html", "是网页（HTML），只是名字像表格", "this is a web page (HTML) with a table's name"},
	{"<!doctype", "是网页（HTML），只是名字像表格", "this is a web page (HTML) with a table's name"},
	{"<table", "是网页（HTML），只是名字像表格", "this is a web page (HTML) with a table's name"},
	{"<meta", "是网页（HTML），只是名字像表格", "this is a web page (HTML) with a table's name"},
	{"<?xml", "是 XML 文件，不是 .xlsx", "this is an XML file, no .xlsx"},
	{"%pdf", "是 PDF", "this is a PDF"},
	{`{\rtf`, "是 RTF 文档", "this is an RTF document"},
	{"rar!", "是压缩包，请先解压", "this is an archive: unpack it first"},
	{"7z\xbc\xaf", "是压缩包，请先解压", "this is an archive: unpack it first"},
	{"\x1f\x8b", "是压缩包，请先解压", "this is an archive: unpack it first"},
}

// otherArchives are names of parts within archives other than .xlsx.
var otherArchives = []struct{ part, zh, en string }{
	{"xl/workbook.xml", "", ""}, // a workbook
	{"xl/workbook.bin", "是二进制工作簿（.xlsb）", "this is a binary workbook (.xlsb)"},
	{"content.xml", "是 OpenDocument 文件（.ods）", "this is an OpenDocument file (.ods)"},
	{"word/document.xml", "是 Word 文档", "this is a Word document"},
}

// maxOLE bounds the search for a password's mark in an old workbook, in bytes; maxNames that for an archive's names.
const (
	maxOLE   = 64 << 20
	maxNames = 1 << 20
)

// refuseFormat refuses files that are no table, with the way to make one.
func refuseFormat(head []byte, src io.ReaderAt, size int64) *Fault {
	switch {
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		if contains(src, min(size, maxOLE), wide("EncryptedPackage")) {
			return noTable("工作簿有密码：请用 Excel 或 WPS 打开，去掉密码后另存为 .xlsx", "the workbook has a password: open it, take the password off and save it as .xlsx")
		}
		return noTable("是旧式工作簿（.xls、.et）"+saveAs.ZH, "this is an old workbook (.xls, .et)"+saveAs.EN)
	case isZip(head):
		return refuseArchive(src, size)
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n"))
	for _, o := range otherFormats {
		if bytes.HasPrefix(text, []byte(o.begin)) {
			return noTable(o.zh+saveAs.ZH, o.en+saveAs.EN)
		}
	}
	return nil
}

// refuseArchive looks at the names at an archive's end.
func refuseArchive(src io.ReaderAt, size int64) *Fault {
	end := make([]byte, min(size, maxNames))
	if n, _ := src.ReadAt(end, size-int64(len(end))); n < len(end) {
		return nil // the reader of workbooks says more
	}
	end = bytes.ToLower(end)
	for _, o := range otherArchives {
		if bytes.Contains(end, []byte(o.part)) {
			if o.zh == "" {
				return nil
			}
			return noTable(o.zh+saveAs.ZH, o.en+saveAs.EN)
		}
	}
	return nil
}

// wide writes ASCII as UTF-16, as names in old workbooks are.
func wide(s string) (out []byte) {
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// contains looks for bytes in the first size bytes.
func contains(src io.ReaderAt, size int64, what []byte) bool {
	const step = 1 << 20
	buffer := make([]byte, step+len(what))
	for at := int64(0); at < size; at += step {
		n, _ := src.ReadAt(buffer[:min(int64(len(buffer)), size-at)], at)
		if bytes.Contains(buffer[:n], what) {
			return true
		}
	}
	return false
}
