// Package imports brings foreign tables into the log: CSV and XLSX files, read by a mapping that says which column
// is which field.
//
// It promises: every fault of a file is named by row and column, in Chinese and English, and nothing is written
// while there is one, unless the valid rows are asked for, and then the faulty ones stand in a file of their own as
// they came; what is unknown in the source stays unknown; what an import writes goes the one write path, as lines of
// the importer's own stream, under a key that the server holds; the same file again changes nothing, a changed row
// amends its record, a run that was cut off is completed by importing again, and a run can be undone.
//
// Read judges a file and needs no database. Importer writes. README.md describes the mapping.
package imports
