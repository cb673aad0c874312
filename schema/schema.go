// Package schema defines the kinds of observation, with their fields, codes and rules, as data.
//
// The package promises: all faults of an input are reported at once, each with a stable code, the field and a message
// in Chinese and English; values are canonical, so that equal values are ==; nothing here does I/O, reads a clock or
// changes after loading. Many goroutines may share a Schema.
//
// The data are in schema/data. schema/README.md describes their format and the language of conditions, schema/DOMAIN.md
// their sources.
package schema

import (
	"io/fs"
	"sync"

	"roadbook/schema/data"
)

// Schema is a set of kinds with their code tables. It never changes after Load.
type Schema struct {
	kinds  []*Kind // by number
	byName map[string]*Kind
	tables map[string]*CodeTable
	plates *plates
	envs   *environments
	doubts []*Doubt
	digest string
	rules  func() (Rules, error)
}

// Digest names the content of all files: other kinds, codes or doubts have another digest.
func (s *Schema) Digest() string { return s.digest }

// Default returns the embedded kinds and code tables, parsed once. It panics if they are faulty, which a test of this
// package excludes.
func Default() *Schema { return defaultSchema() }

var defaultSchema = sync.OnceValue(func() *Schema {
	s, err := Load(data.FS)
	if err != nil {
		panic(err)
	}
	return s
})

// Load reads kinds/*.yaml, plates.yaml, doubts.yaml and codes/*.yaml. Its error joins all faults, each with file, line and reason.
func Load(fsys fs.FS) (*Schema, error) { return load(fsys) }

// Kind returns a kind by name.
func (s *Schema) Kind(name string) (*Kind, bool) {
	k, ok := s.byName[name]
	return k, ok
}

// Kinds returns all kinds in the order of their numbers: K0 … K19, then the ledgers L1 …. The slice is the schema's own.
func (s *Schema) Kinds() []*Kind { return s.kinds }

// Codes returns a code table by name.
func (s *Schema) Codes(table string) (*CodeTable, bool) {
	t, ok := s.tables[table]
	return t, ok
}
