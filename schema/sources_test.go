package schema

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"roadbook/schema/data"
)

// Every source of the data is a published text or a section of schema/DOMAIN.md, and every pointer of a comment or a
// document leads to a file of the repository, a published text or a Go name.
func TestPointersLeadSomewhere(t *testing.T) {
	r := openRepository(t, "..")
	if len(r.texts) < 1000 || len(r.headings) < 5 {
		t.Fatalf("%d passages, %d documents: not the whole repository", len(r.texts), len(r.headings))
	}
	for _, p := range r.texts {
		for _, reason := range r.check(p.file, p.text) {
			t.Errorf("%s:%d: %s", p.file, p.line, reason)
		}
	}
}

func TestSourcesOfTheData(t *testing.T) {
	r := openRepository(t, "..")
	n := 0
	err := fs.WalkDir(data.FS, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(data.FS, file)
		for line := range strings.Lines(string(text)) {
			if m := sourceLine.FindStringSubmatch(line); m != nil {
				n++
				if reason := r.refuseSource(m[1]); reason != "" {
					t.Errorf("%s: %s", file, reason)
				}
			}
			if _, comment, ok := strings.Cut(line, "# "); ok {
				for _, reason := range r.check("schema/data/"+file, strings.TrimSpace(comment)) {
					t.Errorf("%s: %s", file, reason)
				}
			}
		}
		return err
	})
	if err != nil || n < 20 {
		t.Fatalf("%d sources, %v", n, err)
	}
}

var sourceLine = regexp.MustCompile(`^source: *(.*)`)

// refuseSource returns the reason to refuse the source of a data file. Each of its parts must be a target.
func (r *repository) refuseSource(source string) string {
	for part := range strings.SplitSeq(strings.TrimSuffix(source, ", to be confirmed by HQ"), ", ") {
		if published.FindString(part) == part && part != "" || document.FindString(part) == part && part != "" {
			if reason := r.refuse("schema/data/codes", part); reason != "" {
				return reason
			}
			continue
		}
		return "“" + part + "” is neither a published text nor a section of a document"
	}
	return ""
}

func TestSourcesThatAreRefused(t *testing.T) {
	r := openRepository(t, "..")
	for _, source := range []string{
		"", "domain.md", "domain.md, K14", "working knowledge, to be confirmed by HQ", "GA/T", "GA 36-2018, domain.md",
		"schema/DOMAIN.md#no-such-heading", "schema/NOWHERE.md", "schema/DOMAIN.md, K2", "the design", "公安部令", "experience",
	} {
		if r.refuseSource(source) == "" {
			t.Errorf("the source %q is taken", source)
		}
	}
	for _, source := range []string{
		"GA/T 16.7", "GA 36-2018", "GB/T 33171-2016", "GB 1589", "公安部令第146号, schema/DOMAIN.md#code-tables", "RFC 3339", "ISO 8601",
		"FIPS 180-4", "《中华人民共和国道路交通安全法》", "https://example.org/", "schema/DOMAIN.md#users, to be confirmed by HQ",
	} {
		if reason := r.refuseSource(source); reason != "" {
			t.Errorf("the source %q is refused: %s", source, reason)
		}
	}
}

func TestPointersThatAreRefused(t *testing.T) {
	r := openRepository(t, "..")
	for _, text := range []string{
		"The limit is 7 days, see domain.md.", "Groups are joined (see the design).", "See the wiki.", "Sums; see below.",
		"source: somebody told me", "As write-path.md has it.", "The goals of the performance page.", "Where the design was left.",
		"For the limit see the ministry.", "Points as in schema/DOMAIN.md#no-such-heading.", "See Reader.NoSuchMethodAnywhere.", "[Codes](CODES.md)",
		"The steps of the design's write path.", "A rule (source: GA/T).",
	} {
		if len(r.check("schema/check.go", text)) == 0 {
			t.Errorf("%q is taken", text)
		}
	}
	for _, text := range []string{
		"For the limit see schema/DOMAIN.md#accidents-and-deaths.", "README.md describes the format.", "The sum (see Compile).",
		"See Kind.Decode and Encode.", "Source: RFC 8032, section 5.1.", "Each goroutine must see its own values.", "nil: no value, see functions.go",
		"source: 《道路交通事故处理程序规定》, article 3", "One goroutine runs at a time by design.", "It is in ../sync/PROTOCOL.md.",
		"As https://example.org/guide.md has it.", "[Codes](DOMAIN.md#code-tables) and [users](#users).",
	} {
		if reasons := r.check("schema/check.go", text); len(reasons) > 0 {
			t.Errorf("%q is refused: %s", text, strings.Join(reasons, "; "))
		}
	}
}
