// Package source lets packages outside of schema read their own YAML files as schema does: strictly, with the place of
// every fault.
package source

import "roadbook/schema/internal/source"

// Error is a fault at a place of a file.
type Error = source.Error

// Document is a parsed file that knows the place of each value.
type Document = source.Document

// Read parses data into out, a pointer to a struct with yaml tags. Its error is an *Error.
func Read(data []byte, file string, out any) (*Document, error) { return source.Read(data, file, out) }

// Translate puts the reason of an Error of Read into words for people, in Chinese and English.
func Translate(reason string) (zh, en string) { return source.Translate(reason) }
