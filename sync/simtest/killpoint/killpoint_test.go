package killpoint

import "testing"

func TestDueOnceAtTheNthPassing(t *testing.T) {
	p, err := Parse("Mark:2:after")
	if err != nil {
		t.Fatal(err)
	}
	passings := []struct {
		step   string
		before bool
		due    bool
	}{
		{"Mark", true, false}, {"Mark", false, false}, {"Touch", false, false},
		{"Mark", true, false}, {"Mark", false, true}, {"Mark", false, false},
	}
	for i, s := range passings {
		if got := p.Due(s.step, s.before); got != s.due {
			t.Errorf("passing %d: due is %v", i, got)
		}
	}
	if (*Point)(nil).Due("Mark", true) {
		t.Error("nowhere is due")
	}
	if p, err = Parse("Mark:1"); err != nil || !p.Due("Mark", true) {
		t.Error("before is what is meant where nothing is said", err)
	}
}

func TestWhatIsNoPoint(t *testing.T) {
	for _, text := range []string{"Mark", "Mark:0", "Mark:x", ":1", "Mark:1:around", "Mark:1:after:all"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q was read as a point", text)
		}
	}
}
