package command

import (
	"bytes"
	"strings"
	"testing"
)

func TestCountingAnewIsShown(t *testing.T) {
	var errs bytes.Buffer
	p := &Program{Err: &errs}
	tell := p.RecountProgress()
	for done := range int64(31) {
		tell(done, 30)
	}
	tell(0, 0) // nothing to count: nothing to say
	if lines := strings.Count(errs.String(), "\n"); lines != 11 || !strings.Contains(errs.String(), "重新计数 · counting anew  30 / 30\n") {
		t.Errorf("%d lines: %s", lines, errs.String())
	}
}
