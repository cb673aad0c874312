package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/schema/screen"
	"roadbook/sync/wire"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// templateSet holds the pages of one language, by name.
type templateSet map[string]*template.Template

var pageNames = []string{"signin", "overview", "project", "indicator", "record", "doubts", "reports", "budgets", "targets", "emptyyear", "error"}

// parse parses every page's template once per language, with the language's words.
func parse() (map[string]templateSet, error) {
	sets := map[string]templateSet{}
	for _, lang := range []string{langZH, langEN} {
		sets[lang] = templateSet{}
		for _, name := range pageNames {
			t, err := template.New(name).Option("missingkey=error").Funcs(functions(lang)).
				ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/"+name+".html")
			if err != nil {
				return nil, fmt.Errorf("page %s: %w", name, err)
			}
			sets[lang][name] = t
		}
	}
	return sets, nil
}

// functions are the functions for the templates of a language.
func functions(lang string) template.FuncMap {
	return template.FuncMap{
		"t":       func(name string) (string, error) { return mustWord(lang, name) },
		"say":     func(prefix string, name any) string { return say(lang, prefix, fmt.Sprint(name)) },
		"has":     func(name string) bool { _, ok := words[name]; return ok },
		"in":      func(t schema.Text) string { return t.In(lang) },
		"num":     grouped,
		"wan":     wan,
		"amount":  func(n int64, unit string) string { return amount(lang, n, unit) },
		"sum":     func(n, unit string) string { return amountText(lang, n, unit) },
		"unit":    func(unit string) string { return measureUnit(lang, unit) },
		"minute":  func(s string) string { return moment(s, toMinute) },
		"second":  func(s string) string { return moment(s, toSecond) },
		"share":   share,
		"short":   shortID,
		"asset":   assetPath,
		"carried": func(n *catalogue.Carried) string { return carriedList(lang, n) },
		"list":    func(vs ...any) []any { return vs },
		"deref":   func(s *string) string { return derefString(s) },
	}
}

func derefString(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// assets by requested name. A name contains a digest of the content, so that browsers may cache the file for good.
var assets, assetNames = readAssets()

type assetFile struct {
	body []byte
	mime string
}

func readAssets() (map[string]assetFile, map[string]string) {
	files, names := map[string]assetFile{}, map[string]string{}
	mimes := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // the files are embedded
	}
	for _, e := range entries {
		body, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			panic(err)
		}
		if e.Name() == "style.css" {
			body = append(screen.File("tokens.css"), body...)
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), ext) + "-" + hex.EncodeToString(sum[:6]) + ext
		files[name], names[e.Name()] = assetFile{body, mimes[ext]}, name
	}
	return files, names
}

func assetPath(name string) string { return "/assets/" + assetNames[name] }

func asset(c *fiber.Ctx) error {
	f, ok := assets[c.Params("name")]
	if !ok {
		return wire.Refuse(wire.CodeNotFound, "")
	}
	c.Set(fiber.HeaderContentType, f.mime)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'")
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Status(http.StatusOK).Send(f.body)
}

// carriedList names what is carried over: "27 targets, 5 projects with budget and plan".
func carriedList(lang string, n *catalogue.Carried) string {
	var parts []string
	if n.Rows > 0 {
		parts = append(parts, strconv.Itoa(n.Rows)+word(lang, "to_revise_rows"))
	}
	if n.Projects > 0 {
		parts = append(parts, strconv.Itoa(n.Projects)+word(lang, "to_revise_projects"))
	}
	if n.Department {
		parts = append(parts, word(lang, "to_revise_department"))
	}
	return strings.Join(parts, word(lang, "to_revise_and"))
}
