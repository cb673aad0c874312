package web_test

import (
	"strings"
	"testing"
)

// A record's page says its doubts in words, and how many deaths of an accident count.
func TestDoubtsOnTheRecordsPage(t *testing.T) {
	b, y := newYear(t)
	for path, want := range map[string][]string{
		"/records/" + y.Late:               {"存疑 1 有未计入 “2019”年还没有发布指标", "存疑不改变任何数字"},
		"/records/" + y.Late + "?lang=en":  {"Doubts 1 not all counted no targets for 2019 yet"},
		"/records/" + y.Fatal + "?lang=zh": {"7日内死亡 1"},
	} {
		text := textOf(b.page(path))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q: %s", path, w, text)
			}
		}
	}
	if text := textOf(b.page("/records/" + y.Fatal + "?lang=zh")); strings.Contains(text, "存疑") {
		t.Errorf("the accident in order is in doubt: %s", text)
	}
}
