package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mostPronouns bounds the pronouns and relatives among 100 words of a package's comments. Models of the field (restic,
// wtf, upspin) have 1.4 to 3.0. A comment above the bound speaks in riddles: it says "what it was asked for" for a name.
const mostPronouns = 4.0

// pronouns counts in 100 words.
var pronouns = strings.Fields("that which who whoever whom whose what where it they those one others")

// fewWords: a share of fewer words says nothing.
const fewWords = 60

var word = regexp.MustCompile(`[A-Za-z]+(?:['’][A-Za-z]+)?`)

// TestComments: each package's comments name things.
func TestComments(t *testing.T) {
	words, found := map[string]int{}, map[string]int{}
	eachFile(t, func(room string, file *ast.File) {
		for _, text := range comments(file) {
			w, p := count(text)
			words[room] += w
			found[room] += p
		}
	})
	if len(words) < 30 {
		t.Fatalf("comments of only %d packages found", len(words))
	}
	for room, n := range words {
		if share := 100 * float64(found[room]) / float64(n); n >= fewWords && share > mostPronouns {
			t.Errorf("%s: %.1f pronouns and relatives in 100 words of comment (%d of %d), at most %.0f", room, share, found[room], n, mostPronouns)
		}
	}
}

// TestCountOfPronouns counts by hand.
func TestCountOfPronouns(t *testing.T) {
	w, p := count("// deal gives each of those for whom was asked the documents that it asked for, by a field.")
	if w != 18 || p != 4 {
		t.Errorf("%d words, %d pronouns; want 18 and 4", w, p)
	}
}

func count(text string) (words, found int) {
	for _, w := range word.FindAllString(text, -1) {
		words++
		for _, p := range pronouns {
			if strings.EqualFold(w, p) {
				found++
			}
		}
	}
	return words, found
}

// comments lists a file's comments, without directives.
func comments(file *ast.File) (out []string) {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if !strings.HasPrefix(c.Text, "//go:") && !strings.HasPrefix(c.Text, "//nolint") {
				out = append(out, c.Text)
			}
		}
	}
	return out
}

// files holds the positions of all parsed files.
var files = token.NewFileSet()

// eachFile calls fn with every Go file of the repository, whatever its build tags, and its folder.
func eachFile(t *testing.T, fn func(room string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != top && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(files, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		room, err := filepath.Rel(top, filepath.Dir(name))
		fn(filepath.ToSlash(room), file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
