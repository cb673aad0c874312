package house

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// top is the repository's top folder, seen from here.
const top = "../.."

// questions of a newcomer, each with the file of the answer and words of the answer.
var questions = []struct{ question, file, words string }{
	{"how do I try it", "README.md", "go run ./server demo"},
	{"where is a kind added", "schema/README.md", "data/kinds/"},
	{"where does a code table or a formula come from", "schema/DOMAIN.md", "GA/T"},
	{"what is a frame", "sync/WORDS.md", "| frame |"},
	{"which bytes does a device sign", "sync/PROTOCOL.md", "signature"},
	{"where is a total counted", "sync/tally/count.go", "func Contributions("},
	{"which of two values for one field wins", "sync/merge/register.go", "register"},
	{"which packages may import which", "sync/house/house_test.go", "var allowed"},
	{"what must a store do", "server/store/store.go", "type Store interface"},
	{"what breaks when a step of the write path is left out", "server/store/WRITE-PATH.md", "without"},
	{"how do I install with TLS", "server/OPERATING.md", "## Proxy and TLS"},
	{"how do I back up", "server/OPERATING.md", "## Backup and restore"},
	{"which figures do I watch, and when is somebody called", "server/OPERATING.md", "## Monitoring"},
	{"what do tests not show", "server/MEASURED.md", "## Not shown by any test"},
	{"how fast is it, and by which command", "server/MEASURED.md", "loadtest bench"},
	{"how large can it grow", "server/SCALE.md", "## Shard keys"},
	{"which role may call a route", "server/api/routes.go", "/v1/acts"},
	{"how is a spreadsheet imported", "server/imports/README.md", "--dry-run"},
	{"where are the words on the pages", "server/web/words.go", "绩效总览"},
	{"what does the client's exit code 9 mean", "client/README.md", "| 9 |"},
	{"how do I run a cluster", "docker/README.md", "docker compose up"},
}

// TestQuestionsAreAnswered: each file gives its answer, and README leads to its folder in at most two links.
func TestQuestionsAreAnswered(t *testing.T) {
	near := reached(t, "README.md", 2)
	for _, q := range questions {
		text, err := os.ReadFile(filepath.Join(top, q.file))
		if err != nil || !strings.Contains(string(text), q.words) {
			t.Errorf("%q: %s does not say %q (%v)", q.question, q.file, q.words, err)
		}
		if !near[path.Dir(q.file)] {
			t.Errorf("%q: README does not lead to %s in two links", q.question, path.Dir(q.file))
		}
	}
	if near["server/auth/testdata"] {
		t.Error("a folder that no page names was reached")
	}
}

// reached names the folders within so many links of a page. The folders in the map are links of README.
func reached(t *testing.T, page string, steps int) map[string]bool {
	t.Helper()
	folders := map[string]bool{path.Dir(page): true}
	pages := []string{page}
	for range steps {
		var next []string
		for _, p := range pages {
			targets := links(t, p)
			if p == "README.md" {
				targets = append(targets, mapped(t)...)
			}
			for _, target := range targets {
				folder := target
				if strings.Contains(path.Base(target), ".") {
					folder = path.Dir(target)
				}
				folders[folder] = true
				next = append(next, pagesOf(target, folder)...)
			}
		}
		pages = next
	}
	return folders
}

// pagesOf names the page that a link opens: itself, or the README.md of a folder.
func pagesOf(target, folder string) []string {
	if target == folder {
		target += "/README.md"
	}
	if _, err := os.Stat(filepath.Join(top, target)); err != nil || !strings.HasSuffix(target, ".md") {
		return nil
	}
	return []string{target}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// links lists a page's links into the repository, as paths from its top, without anchors.
func links(t *testing.T, page string) (out []string) {
	t.Helper()
	for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
		target, _, _ := strings.Cut(m[1], "#")
		if target == "" || strings.Contains(target, "://") {
			continue
		}
		out = append(out, path.Join(path.Dir(page), target))
	}
	return out
}

// TestLinksLeadSomewhere: every link of every page names an existing file, and an existing heading if it names a heading.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := 0
	for _, page := range allPages(t) {
		pages++
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if fault := brokenLink(t, page, m[1]); fault != "" {
				t.Errorf("%s: %s: %s", page, m[1], fault)
			}
		}
	}
	if pages < 15 {
		t.Fatalf("only %d pages found", pages)
	}
	for _, bad := range []string{"nowhere.md", "README.md#no-such-heading", "#no-such-heading"} {
		if brokenLink(t, "README.md", bad) == "" {
			t.Errorf("%s passes", bad)
		}
	}
}

func brokenLink(t *testing.T, page, target string) string {
	t.Helper()
	if strings.Contains(target, "://") {
		return ""
	}
	file, heading, _ := strings.Cut(target, "#")
	file = path.Join(path.Dir(page), file)
	if strings.HasPrefix(target, "#") {
		file = page
	}
	if _, err := os.Stat(filepath.Join(top, file)); err != nil {
		return "no such file"
	}
	if heading != "" && !slices.Contains(headings(read(t, file)), heading) {
		return "no such heading"
	}
	return ""
}

// headings of a page as GitHub and GitLab spell them in links: lower case, hyphens for spaces, no punctuation.
func headings(text string) (out []string) {
	for line := range strings.Lines(text) {
		title := strings.TrimLeft(line, "#")
		if title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(title)))
	}
	return out
}

// TestMap compares README's map with the packages: each room down to the second level, deeper ones by name or by the
// room around them.
func TestMap(t *testing.T) {
	rooms := mapped(t)
	for _, room := range rooms {
		if info, err := os.Stat(filepath.Join(top, room)); err != nil || !info.IsDir() {
			t.Errorf("the map names %s, which is not there", room)
		}
	}
	for _, p := range goList(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		if !slices.Contains(rooms, room) && (strings.Count(room, "/") < 2 || !slices.Contains(rooms, path.Dir(room))) {
			t.Errorf("the map does not name %s", room)
		}
	}
}

// mapped reads README's map: a line a room, two blanks a depth, the names of several rooms side by side.
func mapped(t *testing.T) (rooms []string) {
	t.Helper()
	_, text, found := strings.Cut(read(t, "README.md"), "## The map\n```\n")
	text, _, closed := strings.Cut(text, "\n```")
	if !found || !closed {
		t.Fatal("README has no map")
	}
	var above []string
	for line := range strings.Lines(text) {
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if depth > len(above) {
			t.Fatalf("the map's line %q has no room above it", line)
		}
		above = above[:depth]
		var first string
		for name := range strings.FieldsSeq(line) {
			name, isRoom := strings.CutSuffix(name, "/")
			if !isRoom {
				break
			}
			room := path.Join(append(slices.Clone(above), name)...)
			rooms = append(rooms, room)
			if first == "" {
				first = name
			}
		}
		above = append(above, first)
	}
	return rooms
}

// TestFrontDoor: README is short and in one language, and so is the Chinese page beside it.
func TestFrontDoor(t *testing.T) {
	english, chinese := read(t, "README.md"), read(t, "README.zh.md")
	for name, text := range map[string]string{"README.md": english, "README.zh.md": chinese} {
		if n := strings.Count(text, "\n"); n > 120 {
			t.Errorf("%s has %d lines, at most 120", name, n)
		}
	}
	for _, line := range mixedLines(english, false) {
		t.Errorf("README.md mixes languages: %s", line)
	}
	for _, line := range mixedLines(chinese, true) {
		t.Errorf("README.zh.md mixes languages: %s", line)
	}
	if len(mixedLines("the record 记录 counts\n", false)) != 1 || len(mixedLines("演示数据 this is an invented year\n", true)) != 1 {
		t.Error("a mixed line passes")
	}
}

var (
	code         = regexp.MustCompile("(?s)```.*?```|`[^`]*`")
	address      = regexp.MustCompile(`\]\([^)]*\)`)
	englishWords = regexp.MustCompile(`\b[a-z]+(?: [a-z]+){3,}\b`)
	han          = regexp.MustCompile(`\p{Han}`)
)

// mixedLines finds the lines outside code that speak the other language: in English any Han character, in Chinese four
// English words in a row. The link to the other page is neither.
func mixedLines(text string, zh bool) (out []string) {
	text = address.ReplaceAllString(code.ReplaceAllString(text, ""), "]")
	for line := range strings.Lines(text) {
		foreign := han.MatchString(line)
		if zh {
			foreign = englishWords.MatchString(line)
		}
		if foreign && strings.TrimSpace(line) != "[中文]" {
			out = append(out, line)
		}
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// allPages lists the Markdown files of the repository.
func allPages(t *testing.T) (pages []string) {
	t.Helper()
	err := filepath.WalkDir(top, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != top {
			return filepath.SkipDir
		}
		if strings.HasSuffix(name, ".md") {
			page, err := filepath.Rel(top, name)
			pages = append(pages, filepath.ToSlash(page))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}
