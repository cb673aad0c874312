package schema

import (
	"strings"
	"unicode/utf8"
)

// Code is an entry of a code table.
type Code struct {
	Code  string
	Label Text
	Alias []string
}

// names are all texts that stand for the code.
func (c Code) names() []string { return append([]string{c.Code, c.Label.ZH, c.Label.EN}, c.Alias...) }

// CodeTable is a list of codes with its source: a published standard or a section of schema/DOMAIN.md.
type CodeTable struct {
	Name, Source, Version string
	Label                 Text
	Codes                 []Code

	variants bool // one more character behind a code names a variant of it

	byCode map[string]int    // code → index
	byText map[string]string // code, label or alias, clean and in lower case → code
}

// Lookup finds a code by the code itself, its Chinese or English name or an alias; letter case does not matter.
func (t *CodeTable) Lookup(text string) (code string, ok bool) {
	if i, ok := t.byCode[text]; ok {
		return t.Codes[i].Code, true
	}
	code, ok = t.byText[foldName(text)]
	return code, ok
}

func foldName(name string) string { return strings.ToLower(CleanName(name)) }

// Get returns the entry of a code.
func (t *CodeTable) Get(code string) (Code, bool) {
	i, ok := t.byCode[code]
	if !ok {
		return Code{}, false
	}
	return t.Codes[i], true
}

// Lists reports whether the table has a code, or the code of which this one is a variant.
func (t *CodeTable) Lists(code string) bool {
	_, ok := t.listed(code)
	return ok
}

func (t *CodeTable) listed(code string) (Code, bool) {
	if c, ok := t.Get(code); ok || !t.variants || code == "" {
		return c, ok
	}
	return t.Get(code[:len(code)-1])
}

// Short is the label, or the first alias of a label that is a whole sentence.
func (c Code) Short() string {
	const word = 8 // characters
	if len(c.Alias) > 0 && utf8.RuneCountInString(c.Label.ZH) > word {
		return c.Alias[0]
	}
	return c.Label.ZH
}

// index builds the lookups. It returns a text that names two different codes, "" if all texts are unambiguous. A code
// itself comes before the label of another code.
func (t *CodeTable) index() (ambiguous string) {
	t.byCode = make(map[string]int, len(t.Codes))
	t.byText = make(map[string]string, 4*len(t.Codes))
	for i, c := range t.Codes {
		if _, twice := t.byCode[c.Code]; twice {
			return c.Code
		}
		t.byCode[c.Code] = i
		for _, name := range c.names() {
			name = foldName(name)
			if other, taken := t.byText[name]; taken && other != c.Code {
				return name
			}
			t.byText[name] = c.Code
		}
	}
	return ""
}
