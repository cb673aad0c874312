package command

import (
	"strings"
	"testing"
)

func TestPasswordFromAPipe(t *testing.T) {
	for in, want := range map[string]string{
		"a secret\n": "a secret", "a secret\r\nanother\n": "a secret", "a secret": "a secret", "": "",
		strings.Repeat("x", 5000): strings.Repeat("x", maxLine), // longer than any allowed password
	} {
		var errs strings.Builder
		p := &Program{In: strings.NewReader(in), Err: &errs}
		if got, err := p.ReadPassword(t.Context()); got != want || err != nil || errs.Len() > 0 {
			t.Errorf("%.20q: %.20q, %v, said %q", in, got, err, errs.String())
		}
	}
	t.Setenv("ROADBOOK_PASSWORD", "from the environment")
	p := &Program{In: strings.NewReader("a secret\n")}
	if got, err := p.ReadPassword(t.Context()); got != "from the environment" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
