package killpoint

import (
	"testing"
	"time"
)

func TestShift(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "3h": 3 * time.Hour, "-26h30m": -26*time.Hour - 30*time.Minute} {
		t.Setenv(ClockVariable, text)
		if got := Shift(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	t.Setenv(ClockVariable, "tomorrow")
	defer func() {
		if recover() == nil {
			t.Error("a text that is no duration shifted nothing in silence")
		}
	}()
	Shift()
}
