package localdb

import "testing"

// A steady clock that stops in sleep: the first look after a sleep finds another boot, whose clock begins at 0. A wall
// clock set back begins none, nor hides the sleep that follows.
func TestABootNeverSpansASleep(t *testing.T) {
	wall, up := int64(start), int64(777)
	c := newProcessClock(func() int64 { return wall }, func() int64 { return up })
	last := ""
	for _, step := range []struct {
		name      string
		wall, up  int64 // ms that go by
		newBoot   bool
		mono      int64
		wallShown int64
	}{
		{name: "at the start", newBoot: true, mono: 0, wallShown: start},
		{name: "an hour awake", wall: 3600_000, up: 3600_000, mono: 3600_000, wallShown: start + 3600_000},
		{name: "2 s apart", wall: 12_000, up: 10_000, mono: 3610_000, wallShown: start + 3612_000},
		{name: "another millisecond apart", wall: 1001, up: 1000, newBoot: true, mono: 0, wallShown: start + 3613_001},
		{name: "asleep for 8 h", wall: 8*3600_000 + 5000, up: 5000, newBoot: true, mono: 0, wallShown: start + 32418_001},
		{name: "set back by 9 h", wall: -9 * 3600_000, up: 0, mono: 0, wallShown: start + 18_001},
		{name: "a minute awake", wall: 60_000, up: 60_000, mono: 60_000, wallShown: start + 78_001},
		{name: "asleep for 3 s", wall: 3000, up: 0, newBoot: true, mono: 0, wallShown: start + 81_001},
	} {
		wall, up = wall+step.wall, up+step.up
		boot, mono := c.Boot()
		if (boot != last) != step.newBoot || mono != step.mono || c.Wall() != step.wallShown {
			t.Errorf("%s: another boot %v, mono %d, wall %+d", step.name, boot != last, mono, c.Wall()-start)
		}
		last = boot
	}
}
