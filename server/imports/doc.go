// Package imports brings foreign tables into the log: CSV and XLSX files, read by a mapping from columns to fields.
//
// Promises: every fault of a file is named by row and column, in Chinese and English. Nothing is written while there
// is a fault, unless the caller asks for the valid rows; the faulty rows are then kept unchanged in a file of their
// own. Unknown values of the source stay unknown. Imports use the same write path as devices, as lines of the
// importer's own stream, under a key held by the server. The same file again changes nothing; a changed row amends
// its record; a run cut off is completed by importing again; a run can be undone.
//
// Read checks a file and needs no database. Importer writes. README.md describes the mapping.
package imports
