// Package screen says how kinds, states and forms look, for HQ's pages and for the field app: colours and sizes (tokens.css),
// components (components.css, templates/), states with word, shape and colour (states.json), and shared words (words.json).
//
// The package guarantees:
//
//   - Every word is there in both languages, with the same places for insertions; a file with a gap does not load.
//   - The Go templates and the JavaScript components (client/field/view) give the same markup for the same properties.
//   - Every text reaches the minimum contrast of its density in every theme.
//   - Colour is never the only sign.
package screen

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"roadbook/schema"
)

//go:embed tokens.css components.css states.json words.json examples.json
var files embed.FS

//go:embed templates
var templates embed.FS

// State is a row of the table of states.
type State struct {
	Name   string      `json:"state"`
	Word   schema.Text `json:"word"`
	Shape  string      `json:"shape"`
	Colour string      `json:"colour"` // grey, blue, green, amber or red
}

// Stroke is one path of a shape, in a square of 16 by 16.
type Stroke struct {
	Draw string `json:"draw"` // line, dots, fill, or cut: a line in the colour of the paper
	D    string `json:"d"`
}

var (
	colours = []string{"grey", "blue", "green", "amber", "red"}
	draws   = []string{"line", "dots", "fill", "cut"}
)

// look holds the loaded tables.
type look struct {
	States []State             `json:"states"`
	Shapes map[string][]Stroke `json:"shapes"`
	words  map[string]schema.Text
}

var loaded = func() *look {
	l, err := load(files)
	if err != nil {
		panic(err) // the files are embedded, and tests load the same ones
	}
	return l
}()

// States lists all states, in the order of the table in client/field/DESIGN.md.
func States() []State { return slices.Clone(loaded.States) }

// Word returns a shared word by its key.
func Word(key string) (schema.Text, bool) {
	w, ok := loaded.words[key]
	return w, ok
}

// Files are tokens.css, components.css, states.json, words.json and examples.json, for a program that serves them.
func Files() fs.FS { return files }

// File returns the bytes of one of Files; nil for another name.
func File(name string) []byte {
	body, err := files.ReadFile(name)
	if err != nil {
		return nil
	}
	return body
}

// load reads states.json and words.json, and reports every fault.
func load(from fs.FS) (*look, error) {
	l := &look{}
	err := errors.Join(decode(from, "states.json", l), decode(from, "words.json", &l.words))
	if err != nil {
		return nil, err
	}
	return l, errors.Join(l.checkWords(), l.checkStates(), l.checkShapes())
}

// decode reads one JSON value strictly.
func decode(from fs.FS, name string, into any) error {
	body, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if dec.More() {
		return fmt.Errorf("%s: more than one value", name)
	}
	return nil
}

func (l *look) checkWords() error {
	if len(l.words) == 0 {
		return errors.New("words.json: no words")
	}
	var faults []error
	for key, text := range l.words {
		faults = append(faults, checkText("words.json: "+key, text))
	}
	return errors.Join(faults...)
}

func (l *look) checkStates() error {
	var faults []error
	seen := map[string]bool{}
	for _, s := range l.States {
		at := "states.json: " + s.Name
		faults = append(faults, checkText(at, s.Word))
		if seen[s.Name] {
			faults = append(faults, fmt.Errorf("%s: twice", at))
		}
		if l.Shapes[s.Shape] == nil {
			faults = append(faults, fmt.Errorf("%s: no shape %q", at, s.Shape))
		}
		if !slices.Contains(colours, s.Colour) {
			faults = append(faults, fmt.Errorf("%s: no colour %q", at, s.Colour))
		}
		seen[s.Name] = true
	}
	return errors.Join(faults...)
}

func (l *look) checkShapes() error {
	var faults []error
	for name, strokes := range l.Shapes {
		for _, s := range strokes {
			if !slices.Contains(draws, s.Draw) || s.D == "" {
				faults = append(faults, fmt.Errorf("states.json: shape %s: stroke %q", name, s.Draw))
			}
		}
	}
	return errors.Join(faults...)
}

var insertion = regexp.MustCompile(`\{[^}]*\}`)

// checkText: both languages are there, and insert the same things.
func checkText(at string, text schema.Text) error {
	if text.ZH == "" || text.EN == "" {
		return fmt.Errorf("%s: a language is missing", at)
	}
	zh, en := insertion.FindAllString(text.ZH, -1), insertion.FindAllString(text.EN, -1)
	if !slices.Equal(zh, en) || slices.ContainsFunc(zh, func(s string) bool { return s != "{it}" }) {
		return fmt.Errorf("%s: insertions %q and %q, want {it} in both or in none", at, zh, en)
	}
	return nil
}
