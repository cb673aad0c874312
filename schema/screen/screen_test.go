package screen

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"roadbook/schema"
)

// TestStatesAreTheTable: states.json says what the table of client/field/DESIGN.md says.
func TestStatesAreTheTable(t *testing.T) {
	page, err := os.ReadFile("../../client/field/DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| state | 中文 | shape | colour | meaning |\n|---|---|---|---|---|\n")
	if !found {
		t.Fatal("DESIGN.md has no table of states")
	}
	states := States()
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 {
			break
		}
		if len(states) == 0 {
			t.Fatalf("states.json lacks %s", line)
		}
		s := states[0]
		states = states[1:]
		want := []string{"`" + s.Name + "`", s.Word.ZH, s.Shape, s.Colour}
		for i, w := range want {
			if got := strings.TrimSpace(cells[i+1]); got != w {
				t.Errorf("%s: DESIGN.md says %s, states.json %s", s.Name, got, w)
			}
		}
	}
	if len(states) != 0 {
		t.Errorf("states.json has more: %v", states)
	}
}

// TestFaultsDoNotLoad: a missing language, an unknown shape, a lost insertion are refused at loading.
func TestFaultsDoNotLoad(t *testing.T) {
	const shapes = `"shapes": {"ring": [{"draw": "line", "d": "M0 0"}]}`
	const state = `{"state": "saved", "word": {"zh": "已存本机", "en": "Saved here"}, "shape": "ring", "colour": "grey"}`
	const word = `{"undo": {"zh": "撤销", "en": "Undo"}}`
	good := `{"states": [` + state + `], ` + shapes + `}`
	for _, c := range []struct{ states, words, want string }{
		{good, word, ""},
		{good, `{"undo": {"zh": "撤销"}}`, "words.json: undo: a language is missing"},
		{good, `{"undo": {"zh": "", "en": "Undo"}}`, "words.json: undo: a language is missing"},
		{good, `{"undo": {"zh": "撤销 {it}", "en": "Undo"}}`, "words.json: undo: insertions"},
		{good, `{"undo": {"zh": "{n}", "en": "{n}"}}`, "words.json: undo: insertions"},
		{good, `{"undo": {"zh": "撤销", "en": "Undo", "fr": "Annuler"}}`, "unknown field"},
		{good, `{}`, "no words"},
		{good, word + word, "more than one value"},
		{`{"states": [` + state + `,` + state + `], ` + shapes + `}`, word, "saved: twice"},
		{strings.Replace(good, "Saved here", "", 1), word, "saved: a language is missing"},
		{strings.Replace(good, `"ring", "colour"`, `"disc", "colour"`, 1), word, `no shape "disc"`},
		{strings.Replace(good, "grey", "pink", 1), word, `no colour "pink"`},
		{strings.Replace(good, `"line"`, `"script"`, 1), word, `stroke "script"`},
	} {
		_, err := load(fstest.MapFS{"states.json": {Data: []byte(c.states)}, "words.json": {Data: []byte(c.words)}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %s: %v, want %q", c.states, c.words, err, c.want)
		}
	}
}

func TestFilesAndWords(t *testing.T) {
	for _, name := range []string{"tokens.css", "components.css", "states.json", "words.json", "examples.json"} {
		if len(File(name)) < 100 {
			t.Errorf("%s has %d bytes", name, len(File(name)))
		}
	}
	if File("none.css") != nil || File("templates") != nil {
		t.Error("a file that is none was given")
	}
	if w, ok := Word("short"); !ok || w != (schema.Text{ZH: "还差", EN: "Still to do"}) {
		t.Errorf("short is %v", w)
	}
	if _, ok := Word("none"); ok {
		t.Error("a word that is none was given")
	}
}

// TestNumber counts by hand; client/field/view/look.js writes the same.
func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := number(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}
