package main

import (
	"testing"
	"time"
)

// The build's moment is the release's where that is set, and never before the source could be built.
func TestBuilt(t *testing.T) {
	defer func(was string) { release = was }(release)
	for set, want := range map[string]time.Time{
		"": noSooner, "yesterday": noSooner, "2001-01-01T00:00:00Z": noSooner,
		"2031-05-06T07:08:09Z": time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC),
	} {
		if release = set; !built().Equal(want) {
			t.Errorf("%q: %v, want %v", set, built(), want)
		}
	}
	if noSooner.After(time.Now()) {
		t.Error("this test runs before its source could be built")
	}
}
