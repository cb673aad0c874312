package web

import (
	"regexp"
	"strings"
	"testing"
)

var (
	variable = regexp.MustCompile(`var\((--[a-z-]+)\)`)
	property = regexp.MustCompile(`(--[a-z-]+):`)
)

// TestStyleHasTokens: the served sheet defines every name that its rules use, before the rules.
func TestStyleHasTokens(t *testing.T) {
	css := string(assets[assetNames["style.css"]].body)
	defined := map[string]bool{}
	for _, m := range property.FindAllStringSubmatch(css, -1) {
		defined[m[1]] = true
	}
	names := variable.FindAllStringSubmatch(css, -1)
	if len(names) < 100 {
		t.Errorf("only %d names used", len(names))
	}
	for _, m := range names {
		if !defined[m[1]] {
			t.Errorf("%s is not defined", m[1])
		}
	}
	if tokens, rules := strings.Index(css, ":root"), strings.Index(css, "* { box-sizing"); tokens < 0 || rules < tokens {
		t.Errorf("tokens at %d, rules at %d", tokens, rules)
	}
}
