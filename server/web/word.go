package web

import (
	"fmt"
	"strings"

	"roadbook/schema"
)

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
