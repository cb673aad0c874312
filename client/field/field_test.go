package field

import (
	"io/fs"
	"testing"
)

// TestFiles: a maker serves the pages, the renderer and the look, and no tests.
func TestFiles(t *testing.T) {
	for _, name := range []string{
		"index.html", "design.html", "design.js", "view/render.js", "view/components.js", "rules/check.js",
		"screen/tokens.css", "screen/components.css", "screen/states.json", "screen/words.json", "screen/examples.json",
	} {
		if body, err := fs.ReadFile(Files(), name); err != nil || len(body) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(body), err)
		}
	}
	for _, name := range []string{"tests/run.test.js", "view/tests/dom.js", "screen/templates/ask.html", "screen/../field.go"} {
		if _, err := Files().Open(name); err == nil {
			t.Errorf("%s is served", name)
		}
	}
}
