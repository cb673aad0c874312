// Package field holds the field app's pages: the files that a maker serves. DESIGN.md is the reference.
package field

import (
	"embed"
	"io/fs"
	"strings"

	"roadbook/schema/screen"
)

//go:embed *.html *.js *.css makers pages rules view/*.js
var files embed.FS

// Files are the pages' files, and below screen/ the colours, components, states and words of schema/screen.
func Files() fs.FS { return pages{} }

type pages struct{}

// Open implements fs.FS.
func (pages) Open(name string) (fs.File, error) {
	if below, ok := strings.CutPrefix(name, "screen/"); ok {
		return screen.Files().Open(below)
	}
	return files.Open(name)
}
