// Package data embeds the data files: kinds, code tables, plate patterns, catalogues.
// The package promises nothing about their content; schema and schema/catalogue read and check the files.
package data

import "embed"

// FS holds kinds/*.yaml (kinds by theme), plates.yaml, codes/*.yaml (a code table each), catalogues/*.yaml (a version
// each), doubts.yaml (signs that a record misses its figure), lints.yaml (possible doubts about the wording of a target) and least.yaml (least numbers for a verdict).
//
//go:embed kinds/*.yaml plates.yaml doubts.yaml lints.yaml least.yaml codes/*.yaml catalogues/*.yaml
var FS embed.FS
