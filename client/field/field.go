// Package field holds the field app's pages: the files that a maker serves. DESIGN.md is the reference.
package field

import "embed"

//go:embed *.html *.js *.css makers pages
var files embed.FS

// Files are the pages' files.
func Files() embed.FS { return files }
