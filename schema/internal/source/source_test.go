package source

import (
	"errors"
	"testing"
)

type sample struct {
	Name  string   `yaml:"name"`
	Items []item   `yaml:"items"`
	Flow  []string `yaml:"flow"`
}

type item struct {
	Code string         `yaml:"code"`
	More map[string]int `yaml:"more"`
}

const good = `# a comment
name: x
items:
  - code: a
  - code: &anchor b
    more: {one: 1, two: 2}
flow: [p, q,
  r]
`

func TestAt(t *testing.T) {
	var out sample
	doc, err := Read([]byte(good), "f.yaml", &out)
	if err != nil || out.Items[1].More["two"] != 2 || out.Items[1].Code != "b" {
		t.Fatalf("%v, %+v", err, out)
	}
	tests := []struct {
		path         []any
		line, column int
	}{
		{nil, 2, 1},
		{[]any{"name"}, 2, 7},
		{[]any{"items", 0, "code"}, 4, 11},
		{[]any{"items", 1}, 5, 5},
		{[]any{"items", 1, "more", "two"}, 6, 25},
		{[]any{"flow", 2}, 8, 3},
		{[]any{"items", 1, "nothing"}, 5, 5}, // the nearest existing part
		{[]any{"items", 7}, 4, 3},
		{[]any{"nothing", "at", 1}, 2, 1},
	}
	for _, tt := range tests {
		if line, column := doc.At(tt.path...); line != tt.line || column != tt.column {
			t.Errorf("%v stands at %d:%d, want %d:%d", tt.path, line, column, tt.line, tt.column)
		}
	}
	if got := doc.Fault("wrong", "name").Error(); got != "f.yaml:2:7: wrong" {
		t.Errorf("got %s", got)
	}
}

func TestKeyAt(t *testing.T) {
	var out sample
	doc, err := Read([]byte(good), "f.yaml", &out)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path         []any
		line, column int
		ok           bool
	}{
		{nil, 0, 0, false},
		{[]any{"name"}, 2, 1, true},
		{[]any{"items"}, 3, 1, true},
		{[]any{"items", 0}, 4, 5, true},
		{[]any{"items", 1, "more"}, 6, 5, true},
		{[]any{"items", 1, "more", "two"}, 6, 20, true},
		{[]any{"items", 2}, 0, 0, false},
		{[]any{"items", 1, "nothing"}, 0, 0, false},
		{[]any{"nothing", "at", 1}, 0, 0, false},
	}
	for _, tt := range tests {
		if line, column, ok := doc.KeyAt(tt.path...); line != tt.line || column != tt.column || ok != tt.ok {
			t.Errorf("%v stands at %d:%d %v, want %d:%d", tt.path, line, column, ok, tt.line, tt.column)
		}
	}
}

func TestReadFaults(t *testing.T) {
	tests := []struct {
		name, text string
		line       int
	}{
		{"unknown key", "name: x\ncolour: y\n", 2},
		{"key twice", "name: x\nname: y\n", 2},
		{"wrong type", "name: x\nitems: 5\n", 2},
		{"not YAML", "name: [x\n", 1},
		{"two documents", "name: x\n---\nname: y\n", 0},
		{"empty", "", 0},
		{"only a comment", "# nothing\n", 0},
	}
	for _, tt := range tests {
		var out sample
		_, err := Read([]byte(tt.text), "f.yaml", &out)
		var at *Error
		if !errors.As(err, &at) || at.File != "f.yaml" || at.Line != tt.line || at.Reason == "" {
			t.Errorf("%s: %v, want a fault in line %d", tt.name, err, tt.line)
		}
	}
}
