package web

import (
	"fmt"
	"maps"
	"strings"

	"roadbook/schema"
)

// words are all texts of the pages, by name.
var words = allWords(pageWords, doubtWords)

func allWords(tables ...map[string][2]string) map[string][2]string {
	all := map[string][2]string{}
	for _, table := range tables {
		for name := range table {
			if _, twice := all[name]; twice {
				panic("web: two words are named " + name)
			}
		}
		maps.Copy(all, table)
	}
	return all
}

// word returns a text of the pages in a language, or the name of a missing text.
func word(lang, name string) string {
	w, ok := words[name]
	if !ok {
		return name
	}
	return schema.Text{ZH: w[0], EN: w[1]}.In(lang)
}

// mustWord is word for templates, with an error for a missing text.
func mustWord(lang, name string) (string, error) {
	if _, ok := words[name]; !ok {
		return "", fmt.Errorf("web: there is no word %q", name)
	}
	return word(lang, name), nil
}

// say is word for a name that came with data, as the act of a line: a name without a text is shown as it is, because a
// later program may have written it.
func say(lang, prefix, name string) string {
	if w, ok := words[prefix+name]; ok {
		return schema.Text{ZH: w[0], EN: w[1]}.In(lang)
	}
	if strings.TrimSpace(name) == "" {
		return "—"
	}
	return name
}
