package schema

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// repository knows the targets that a pointer may have: files, headings of Markdown files, declared Go names.
type repository struct {
	root     string
	headings map[string][]string // anchors by Markdown file
	names    map[string]bool     // all declared names
	texts    []passage
}

// passage is a comment group of a Go file, or a paragraph of a Markdown file.
type passage struct {
	file string // relative to the root
	line int
	text string // a single line
}

func openRepository(t testing.TB, root string) *repository {
	t.Helper()
	r := &repository{root: root, headings: map[string][]string{}, names: map[string]bool{}}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != root && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		file, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		file = filepath.ToSlash(file)
		switch ext := filepath.Ext(name); {
		case ext == ".go" && !strings.Contains(file, "/testdata/"):
			return r.readGo(file)
		case ext == ".md":
			return r.readMarkdown(file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *repository) readGo(file string) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, filepath.Join(r.root, file), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	documents := map[*ast.CommentGroup]string{} // the name that a comment documents, and begins with
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			documents[n.Doc] = r.declare(n.Name)
		case *ast.GenDecl:
			if spec, ok := n.Specs[0].(*ast.ValueSpec); ok {
				documents[n.Doc] = spec.Names[0].Name
			}
		case *ast.TypeSpec:
			r.declare(n.Name)
		case *ast.ValueSpec:
			documents[n.Doc] = r.declare(n.Names...)
		case *ast.Field:
			documents[n.Doc] = r.declare(n.Names...)
		}
		return true
	})
	for _, group := range f.Comments {
		text := strings.Join(strings.Fields(group.Text()), " ")
		text = strings.TrimLeft(strings.TrimPrefix(text, documents[group]), ": ")
		r.texts = append(r.texts, passage{file, fset.Position(group.Pos()).Line, text})
	}
	return nil
}

// declare notes names and returns the first.
func (r *repository) declare(names ...*ast.Ident) (first string) {
	for _, name := range slices.Backward(names) {
		first = name.Name
		r.names[first] = true
	}
	return first
}

func (r *repository) readMarkdown(file string) error {
	data, err := os.ReadFile(filepath.Join(r.root, file))
	if err != nil {
		return err
	}
	r.headings[file] = []string{}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimRight(line, "\n")
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			r.headings[file] = append(r.headings[file], anchor(title))
		}
		r.texts = append(r.texts, passage{file, n, strings.TrimSpace(line)})
	}
	return nil
}

// anchor is the name under which Markdown readers know a heading.
func anchor(title string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(strings.TrimSpace(title)) {
		switch {
		case c == ' ' || c == '-':
			b.WriteByte('-')
		case c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c):
			b.WriteRune(c)
		}
	}
	return b.String()
}

var (
	// published matches a published text by its number, its full title, or its address.
	published = regexp.MustCompile(`\b(GA|GB|GM|JT)(/T)? ?\d[\d.]*(-\d{4})?|公安部令第\d+号|〔\d{4}〕\d+号|` +
		`\b(RFC|ISO|ISO/IEC|FIPS|IEEE) ?\d[\d.-]*|《[^》]+》|https?://[\w.-]+\.\w+/?`)
	// document matches a Markdown file, with a heading if one is named.
	document = regexp.MustCompile(`[\w./-]*[\w-]\.md(#[\pL\pN_-]+)?`)
	// address matches an address of the Web.
	address = regexp.MustCompile(`https?://[^\s)"“”]+`)
	// link matches a link of Markdown.
	link = regexp.MustCompile(`\[([^\]]*)\]\(([^)\s]+)\)`)
	// sourceFile matches the path of a file that is not a Markdown file.
	sourceFile = regexp.MustCompile(`[\w./-]*\w\.(go|yaml|txt|json|sql)\b`)
	// see matches the words that make the rest of a sentence a pointer.
	see    = regexp.MustCompile(`(?:^|[.;:,(] *)(?:[Ff]or the [\w' -]{1,40} )?(?:[Ss]ee|[Ss]ources?:) ([^;)]*?)(?:[;)]|\. |\.$|$)`)
	goName = regexp.MustCompile("^`?[A-Za-z_][\\w]*(\\.\\w+)*`?$")
	// vague matches words for pages that only their author can find.
	vague = regexp.MustCompile(`\bthe design\b|\bdesign's\b|\b(domain|performance|design|architecture) page\b|\bthe house style\b`)
)

// exists reports whether a path of the file's folder, of a folder above, or of the root is a file.
func (r *repository) exists(from, target string) (found string, ok bool) {
	for dir := path.Dir(from); ; dir = path.Dir(dir) {
		found = path.Join(dir, target)
		if _, err := os.Stat(filepath.Join(r.root, found)); err == nil && !strings.HasPrefix(found, "..") {
			return found, true
		}
		if dir == "." {
			return "", false
		}
	}
}

// refuseDocument returns the reason to refuse a document, with its heading if given, "" if the file and the heading exist.
func (r *repository) refuseDocument(from, pointer string) string {
	target, heading, hasHeading := strings.Cut(pointer, "#")
	file, ok := r.exists(from, target)
	switch {
	case !ok:
		return "there is no file " + target
	case hasHeading && !slices.Contains(r.headings[file], heading):
		return file + " has no heading " + heading
	}
	return ""
}

// refuse returns the reason to refuse a pointer, "" if all its documents exist and it has a target at all.
func (r *repository) refuse(from, pointer string) string {
	found := published.MatchString(pointer)
	for _, doc := range document.FindAllString(address.ReplaceAllString(pointer, ""), -1) {
		if reason := r.refuseDocument(from, doc); reason != "" {
			return reason
		}
		found = true
	}
	for _, other := range sourceFile.FindAllString(pointer, -1) {
		if _, ok := r.exists(from, other); !ok {
			return "there is no file " + other
		}
		found = true
	}
	if !found && !r.declared(from, pointer) {
		return "“" + pointer + "” names no file, no published text and no Go name"
	}
	return ""
}

// declared reports whether a pointer consists of files of the same folder and of declared Go names only.
func (r *repository) declared(from, pointer string) bool {
	words := strings.FieldsFunc(pointer, func(c rune) bool { return c == ' ' || c == ',' })
	for _, word := range words {
		if word == "and" || word == "or" {
			continue
		}
		if _, ok := r.exists(from, word); ok {
			continue
		}
		word = strings.TrimSuffix(word, "()")
		parts := strings.Split(strings.Trim(word, "`"), ".")
		if !goName.MatchString(word) || !r.names[parts[len(parts)-1]] {
			return false
		}
	}
	return len(words) > 0
}

// check returns the reasons to refuse a text that stands in a file.
func (r *repository) check(file, text string) (reasons []string) {
	text = link.ReplaceAllStringFunc(text, func(l string) string {
		target := link.FindStringSubmatch(l)[2]
		if strings.HasPrefix(target, "#") {
			target = path.Base(file) + target
		}
		if document, _, _ := strings.Cut(target, "#"); !strings.Contains(target, "://") {
			if _, ok := r.exists(file, document); !ok {
				reasons = append(reasons, "there is no file "+document)
			}
		}
		return target
	})
	for _, m := range see.FindAllStringSubmatch(text, -1) {
		if reason := r.refuse(file, m[1]); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	for _, doc := range document.FindAllString(address.ReplaceAllString(text, ""), -1) {
		if reason := r.refuseDocument(file, doc); reason != "" && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	for _, words := range vague.FindAllString(text, -1) {
		reasons = append(reasons, "“"+words+"” is a page that nobody else can find")
	}
	return reasons
}
