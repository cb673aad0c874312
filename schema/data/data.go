// Package data embeds what is said about the world as data: kinds, code tables, plate patterns, catalogues.
// It promises nothing about their content; schema and schema/catalogue read and check them.
package data

import "embed"

// FS holds kinds/*.yaml (kinds by theme), plates.yaml, codes/*.yaml (one code table a file) and catalogues/*.yaml (one version a file),
// lints.yaml (what can be doubtful about a target's wording).
//
//go:embed kinds/*.yaml plates.yaml lints.yaml codes/*.yaml catalogues/*.yaml
var FS embed.FS
