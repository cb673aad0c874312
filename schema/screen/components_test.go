package screen

import (
	"bytes"
	"encoding/json"
	"html/template"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// props makes the properties of a component.
var props = map[string]func() any{
	"button": func() any { return &Button{} }, "field": func() any { return &Field{} }, "plate": func() any { return &Plate{} },
	"choice": func() any { return &Choice{} }, "picker": func() any { return &Picker{} }, "check": func() any { return &Check{} },
	"state": func() any { return &Mark{} }, "banner": func() any { return &Banner{} }, "summary": func() any { return &Summary{} },
	"table": func() any { return &Table{} }, "rows": func() any { return &Rows{} }, "total": func() any { return &Total{} },
	"nav": func() any { return &Nav{} }, "dialog": func() any { return &Dialog{} }, "toast": func() any { return &Toast{} },
	"empty": func() any { return &Empty{} },
}

type example struct {
	Component string `json:"component"`
	State     string `json:"state"`
	Props     any    `json:"props"`
}

func examples(t *testing.T) (all []example) {
	t.Helper()
	if err := decode(files, "examples.json", &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestComponents compares every template with the golden markup; client/field/view does the same in JavaScript.
func TestComponents(t *testing.T) {
	golden, seen := readGolden(t), map[string]bool{}
	for _, e := range examples(t) {
		for _, lang := range []string{"zh", "en"} {
			name := e.Component + ": " + e.State + ": " + lang
			want, found := golden[name]
			seen[name] = found
			switch got := render(t, e, lang); {
			case !found && lang == "zh":
				t.Errorf("no golden markup for %s:\n%s", name, got)
			case found && got != want:
				t.Errorf("%s\n got %s\nwant %s", name, got, want)
			}
		}
	}
	for name := range golden {
		if !seen[name] {
			t.Errorf("golden markup for %s, which is no example", name)
		}
	}
	for component := range props {
		if !slices.ContainsFunc(keys(golden), func(name string) bool {
			return strings.HasPrefix(name, component+": ") && strings.HasSuffix(name, ": en")
		}) {
			t.Errorf("no golden markup for %s in English", component)
		}
	}
}

func keys(of map[string]string) (out []string) {
	for k := range of {
		out = append(out, k)
	}
	return out
}

func render(t *testing.T, e example, lang string) string {
	t.Helper()
	made, known := props[e.Component]
	if !known {
		t.Fatalf("no component %s", e.Component)
	}
	body, err := json.Marshal(inLanguage(e.Props, lang))
	if err != nil {
		t.Fatal(err)
	}
	p := made()
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		t.Fatalf("%s %s: %v", e.Component, e.State, err)
	}
	set, err := Add(template.New("page"), lang)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := set.ExecuteTemplate(&out, "rb-"+e.Component, p); err != nil {
		t.Fatalf("%s %s: %v", e.Component, e.State, err)
	}
	return out.String()
}

// inLanguage puts a text in place of every {zh, en}.
func inLanguage(v any, lang string) any {
	switch v := v.(type) {
	case map[string]any:
		if zh, is := v["zh"]; is && len(v) == 2 {
			return map[string]any{"zh": zh, "en": v["en"]}[lang]
		}
		out := map[string]any{}
		for k, inner := range v {
			out[k] = inLanguage(inner, lang)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = inLanguage(inner, lang)
		}
		return out
	}
	return v
}

var (
	heading = regexp.MustCompile(`(?m)^<!-- (.+) -->\n`)
	layout  = regexp.MustCompile(`\n *`)
	drawing = regexp.MustCompile(`\[\[([^\]]+)\]\]`)
)

// drawn is the markup of a shape.
func drawn(t *testing.T, name string) string {
	t.Helper()
	out := `<svg class="rb-shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">`
	for _, s := range loaded.Shapes[name] {
		out += `<path class="rb-` + s.Draw + `" d="` + s.D + `"></path>`
	}
	return out + `</svg>`
}

// readGolden reads testdata/components.html: a comment names an example, and line breaks with the blanks after are layout.
// [[ring]] stands for the drawing of a ring.
func readGolden(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/components.html")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	at := heading.FindAllSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name := string(text[m[2]:m[3]])
		if _, twice := out[name]; twice {
			t.Errorf("golden markup for %s twice", name)
		}
		markup := layout.ReplaceAllString(string(text[m[1]:end]), "")
		out[name] = drawing.ReplaceAllStringFunc(markup, func(s string) string { return drawn(t, s[2:len(s)-2]) })
	}
	return out
}

// TestMarkupEscapes: typed text is never markup.
func TestMarkupEscapes(t *testing.T) {
	got := render(t, example{"field", "", map[string]any{"id": "x", "label": "<b>", "value": `"><script>`, "fault": "<i>"}}, "zh")
	if strings.Contains(got, "<b>") || strings.Contains(got, "<script>") || strings.Contains(got, "<i>") {
		t.Error(got)
	}
	got = render(t, example{"button", "", map[string]any{"text": "x", "href": "javascript:alert(1)"}}, "zh")
	if strings.Contains(got, "javascript:") {
		t.Error(got)
	}
}
