package clock

import (
	"testing"

	"pgregory.net/rapid"
)

// The day of the table is 15 December 2020 in Shanghai; 08:00 there is 1607990400000.
const (
	at0755 = 1607990100000
	at0800 = 1607990400000
	at0900 = 1607994000000
	at1000 = 1607997600000
	at1100 = 1608001200000
	at1200 = 1608004800000
	at1600 = 1608019200000
	at1700 = 1608022800000
	at1800 = 1608026400000
	at1900 = 1608030000000
	at2000 = 1608033600000
	hour   = 3600000
)

// sleepCase is a line in a boot that began at 08:00. Every want is worked by hand.
type sleepCase struct {
	name    string
	mono    int64 // of the line
	wall    int64 // of the line
	nowWall int64 // wall clock at the fixing
	want    int64
	grade   Grade
}

// Saved at 09:00, asleep from 10:00 to 18:00, fixed at 19:00: the steady clock shows 1 h and 3 h, the base is 16:00.
var sleptBeforeFixing = []sleepCase{
	{"wall right", hour, at0900, at1900, at0900, Estimated},
	{"wall 5 s fast", hour, at0900 + 5000, at1900 + 5000, at0900, Estimated},
	{"wall 5 s slow", hour, at0900 - 5000, at1900 - 5000, at0900, Estimated},
	{"wall 1 h fast", hour, at1000, at2000, at0900, Estimated},
	{"wall 1 h slow", hour, at0800, at1800, at0900, Estimated},
	{"wall 1 h slow, set forward before the fixing", hour, at0800, at1900, at0800, Estimated},
	{"wall 1 h fast, set back before the fixing", hour, at1000, at1900, at1000, Estimated},
	{"wall 1970, set right before the fixing", hour, 5 * hour, at1900, at1700, Estimated}, // nothing tells of the sleep
	{"wall 2099, set back before the fixing", hour, 4_070_908_800_000, at1900, at1700, Estimated},
	{"wall 2 h slow, set forward: before anything known", hour, at0900 - 2*hour, at1900, at1700, Estimated},
	{"saved after the sleep, at 18:30", 2*hour + hour/2, at1800 + hour/2, at1900, at1800 + hour/2, Exact},
	{"saved after the sleep, wall 1 h wrong", 2*hour + hour/2, at1900 + hour/2, at2000, at1800 + hour/2, Exact},
	{"2 s apart", 2 * hour, at1800 + 2000, at1900, at1800, Exact},
	{"2.001 s slow, set right", 2 * hour, at1800 - 2001, at1900, at1800 - 2001, Estimated},
	{"2.001 s fast, set right", 2 * hour, at1800 + 2001, at1900, at1800, Estimated},
}

// Fixed at 09:00, asleep from 10:00 to 18:00, saved at 19:00: the steady clock shows 1 h and 3 h, the base is 08:00.
var sleptAfterFixing = []sleepCase{
	{"wall right", 3 * hour, at1900, at0900, at1900, Estimated},
	{"wall 5 s fast", 3 * hour, at1900 + 5000, at0900 + 5000, at1900, Estimated},
	{"wall 5 s slow", 3 * hour, at1900 - 5000, at0900 - 5000, at1900, Estimated},
	{"wall 1 h fast", 3 * hour, at2000, at1000, at1900, Estimated},
	{"wall 1 h slow", 3 * hour, at1800, at0800, at1900, Estimated},
	{"wall set forward 1 h after the fixing", 3 * hour, at2000, at0900, at2000, Estimated},
	{"wall set back 1 h after the fixing", 3 * hour, at1800, at0900, at1800, Estimated},
	{"wall 1 h fast, set back after the fixing", 3 * hour, at1900, at1000, at1800, Estimated},
	{"wall set to 2099 after the fixing", 3 * hour, 4_070_908_800_000, at0900, at1100, Estimated},
	{"wall set to 1970 after the fixing", 3 * hour, 5, at0900, at1100, Estimated},
	{"saved before the sleep, at 10:00", 2 * hour, at1000, at0900, at1000, Exact},
}

// The machine never slept; the line is saved at 09:00, the boot fixed at 11:00: 1 h and 3 h, the base is 08:00.
var awakeBeforeFixing = []sleepCase{
	{"wall right", hour, at0900, at1100, at0900, Exact},
	{"wall 5 s fast", hour, at0900 + 5000, at1100 + 5000, at0900, Exact},
	{"wall 5 s slow", hour, at0900 - 5000, at1100 - 5000, at0900, Exact},
	{"wall 1 h wrong", hour, at1000, at1200, at0900, Exact},
	{"wall 5 s fast, set right", hour, at0900 + 5000, at1100, at0900, Estimated},
	{"wall 1 h fast, set back", hour, at1000, at1100, at0900, Estimated},
	{"wall 2 h slow, set forward: before anything known", hour, at0900 - 2*hour, at1100, at0900, Estimated},
	{"wall 1970, then right", hour, hour, at1100, at0900, Estimated},
	{"wall 2099, then right", hour, 4_070_908_800_000, at1100, at0900, Estimated},
	{"wall 1 h slow, set forward: like a sleep", hour, at0800, at1100, at0800, Estimated},
}

func TestSleepByHand(t *testing.T) {
	for _, table := range []struct {
		name  string
		fixed int64 // true time of the fixing
		known int64
		cases []sleepCase
	}{
		{"slept before the fixing", at1900, at0755, sleptBeforeFixing},
		{"slept after the fixing", at0900, at0900, sleptAfterFixing},
		{"awake before the fixing", at1100, at0755, awakeBeforeFixing},
	} {
		for _, c := range table.cases {
			mono := int64(3 * hour) // at the fixing
			if table.fixed == at0900 {
				mono = hour
			}
			boot := FixBoot("b", &BootSample{Boot: "b", Mono: mono, Wall: c.nowWall}, ServerReading{Now: table.fixed}, nil)
			if ms, grade := Correct(Evidence{Mono: c.mono, Wall: c.wall, Known: table.known}, boot); ms != c.want || grade != c.grade {
				t.Errorf("%s, %s: %d %s, want %d %s", table.name, c.name, ms, grade, c.want, c.grade)
			}
		}
	}
}

// A sleep ends within 366 days, known or not; it may lie between a line and a fixing of the same steady millisecond.
func TestSleepAtItsBounds(t *testing.T) {
	const year = 366 * 24 * hour
	boot := Boot{ID: "b", Base: at0800, V: 2, Offset: at0800, Mono: 1000}
	for _, c := range []struct {
		name       string
		mono, wall int64
		known      int64
		want       int64
	}{
		{"a year", 2000, at0800 + 2000 + year, 0, at0800 + 2000 + year},
		{"a year and 1 ms", 2000, at0800 + 2000 + year + 1, 0, at0800 + 2000},
		{"a year before", 500, at0800 + 500 - year, 0, at0800 + 500 - year},
		{"a year and 1 ms before", 500, at0800 + 500 - year - 1, 0, at0800 + 500},
		{"as early as known", 500, at0800 + 500 - hour, at0800 + 500 - hour, at0800 + 500 - hour},
		{"1 ms before known", 500, at0800 + 500 - hour, at0800 + 501 - hour, at0800 + 500},
		{"behind at the fixing", 1000, at0800 + 1000 - hour, 0, at0800 + 1000 - hour},
		{"behind 1 ms after it", 1001, at0800 + 1001 - hour, 0, at0800 + 1001},
		{"ahead 1 ms before it", 999, at0800 + 999 + hour, 0, at0800 + 999},
		{"ahead at the fixing", 1000, at0800 + 1000 + hour, 0, at0800 + 1000 + hour},
	} {
		if ms, grade := Correct(Evidence{Mono: c.mono, Wall: c.wall, Known: c.known}, boot); ms != c.want || grade != Estimated {
			t.Errorf("%s: %d %s, want %d", c.name, ms, grade, c.want)
		}
	}
}

func TestFixBootWithTheWallClock(t *testing.T) {
	const now = 1608000000000
	for _, c := range []struct {
		name    string
		wall    int64
		offered *Boot
		want    Boot
	}{
		{"told", now + 5000, nil, Boot{ID: "b", Base: now - 400, V: 2, Offset: now + 4600, Mono: 400}},
		{"not told", 0, nil, Boot{ID: "b", Base: now - 400}},
		{"1970", 3, nil, Boot{ID: "b", Base: now - 400, V: 2, Offset: -397, Mono: 400}},
		{"before 1970", -3, nil, Boot{ID: "b", Base: now - 400, V: 2, Offset: -400, Mono: 400}},
		{"absurd", 1<<63 - 1, nil, Boot{ID: "b", Base: now - 400, V: 2, Offset: MaxMs - 400, Mono: 400}},
		{"version 1 stays version 1", now, &Boot{ID: "b", Base: 77}, Boot{ID: "b", Base: 77}},
		{"version 2 stays", 0, &Boot{ID: "b", Base: 77, V: 2, Offset: 5, Mono: 6}, Boot{ID: "b", Base: 77, V: 2, Offset: 5, Mono: 6}},
	} {
		got := FixBoot("b", &BootSample{Boot: "b", Mono: 400, Wall: c.wall}, ServerReading{Now: now}, c.offered)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if in := got.In(1); in != (Boot{ID: "b", Base: got.Base}) || got.In(2) != got {
			t.Errorf("%s: in version 1 %+v", c.name, in)
		}
	}
	far := FixBoot("b", &BootSample{Boot: "b", Mono: 400, Wall: now}, ServerReading{Now: now, FarOff: true, Latest: now + 9}, nil)
	if far != (Boot{ID: "b", Ceiling: now + 9}) {
		t.Errorf("by a clock far off: %+v", far)
	}
}

// Whatever the constant error of the wall clock, and however often the machine sleeps: each time is within 2 s of the
// truth, and exact only if no sleep of more than 2 s lies between saving and fixing.
func TestAnySleepsWithAConstantError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		skew := rapid.Int64Range(-365*24*hour, 365*24*hour).Draw(t, "skew")
		type moment struct{ at, mono int64 }
		var moments []moment
		at, mono := int64(at0800), int64(0)
		for range rapid.IntRange(2, 8).Draw(t, "moments") {
			sleep := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 5000), rapid.Int64Range(0, 20*24*hour)).Draw(t, "sleep")
			awake := rapid.Int64Range(0, 10*hour).Draw(t, "awake")
			at, mono = at+sleep+awake, mono+awake
			moments = append(moments, moment{at, mono})
		}
		n := rapid.IntRange(0, len(moments)-1).Draw(t, "fixing")
		fixed := moments[n]
		boot := FixBoot("b", &BootSample{Boot: "b", Mono: fixed.mono, Wall: fixed.at + skew}, ServerReading{Now: fixed.at}, nil)
		for i, m := range moments {
			known := int64(at0755)
			if i > n {
				known = fixed.at
			}
			got, grade := Correct(Evidence{Mono: m.mono, Wall: m.at + skew, Known: known}, boot)
			slept := (fixed.at - fixed.mono) - (m.at - m.mono)
			if off := got - m.at; max(off, -off) > 2000 {
				t.Fatalf("saved at %d, corrected to %d %s", m.at, got, grade)
			}
			if exact := max(slept, -slept) <= 2000; exact != (grade == Exact) {
				t.Fatalf("slept %d ms between saving and fixing: %s", slept, grade)
			}
		}
	})
}

// A machine that never sleeps: where its wall clock was set in a direction in which no sleep leads, base + mono stands;
// a clock set by at most 2 s changes nothing at all.
func TestSettingAClockIsNoSleep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		saved, fixed := rapid.Int64Range(0, 100*hour).Draw(t, "saved"), rapid.Int64Range(0, 100*hour).Draw(t, "fixed")
		skew := rapid.Int64Range(-365*24*hour, 365*24*hour).Draw(t, "skew")
		jump := rapid.OneOf(rapid.Int64Range(-2000, 2000), rapid.Int64Range(-40*365*24*hour, 70*365*24*hour)).Draw(t, "jump")
		boot := FixBoot("b", &BootSample{Boot: "b", Mono: fixed, Wall: at0800 + fixed + skew}, ServerReading{Now: at0800 + fixed}, nil)
		ev := Evidence{Mono: saved, Wall: at0800 + saved + skew + jump, Known: at0755}
		got, grade := Correct(ev, boot)
		likeSleep := jump < 0 && saved <= fixed || jump > 0 && saved >= fixed
		small := max(jump, -jump) <= 2000
		if small != (grade == Exact) {
			t.Fatalf("set by %d ms: %s", jump, grade)
		}
		if (small || !likeSleep) && got != at0800+saved {
			t.Fatalf("set by %d ms: %d, want %d", jump, got, at0800+saved)
		}
	})
}

// The same line of a boot of version 1 is base + mono, exact, as before.
func TestVersion1IsAsBefore(t *testing.T) {
	boot := Boot{ID: "b", Base: at1600}
	if ms, grade := Correct(Evidence{Mono: hour, Wall: at0900, Known: at0755}, boot); ms != at1700 || grade != Exact {
		t.Errorf("%d %s", ms, grade)
	}
}

// ruleParts are the parts of the rule of version 2, so that a test can take each out.
type ruleParts struct{ drift, offset, direction, known, bound, wall bool }

// correctWithout is the rule anew, with some parts missing.
func correctWithout(ev Evidence, b Boot, no ruleParts) (ms int64, grade Grade) {
	steady, offset, slack := b.Base+ev.Mono, b.Offset, int64(2000)
	if no.offset {
		offset = b.Base // as if the wall clock had been right at the fixing
	}
	if no.drift {
		slack = 0
	}
	d := ev.Wall - ev.Mono - offset
	if d >= -slack && d <= slack {
		return steady, Exact
	}
	before := d < 0 && ev.Mono <= b.Mono
	after := d > 0 && ev.Mono >= b.Mono
	switch {
	case no.wall,
		!no.direction && !before && !after,
		!no.bound && (d < -366*24*hour || d > 366*24*hour),
		!no.known && steady+d < ev.Known:
		return steady, Estimated
	}
	return steady + d, Estimated
}

// The tables need each part of the rule, and all parts together are the rule.
func TestTablesNeedEachPartOfTheRule(t *testing.T) {
	failures := func(no ruleParts) (n int) {
		for _, table := range []struct {
			fixed, mono, known int64
			cases              []sleepCase
		}{{at1900, 3 * hour, at0755, sleptBeforeFixing}, {at0900, hour, at0900, sleptAfterFixing}, {at1100, 3 * hour, at0755, awakeBeforeFixing}} {
			for _, c := range table.cases {
				b := Boot{Base: table.fixed - table.mono, V: 2, Offset: c.nowWall - table.mono, Mono: table.mono}
				ms, grade := correctWithout(Evidence{Mono: c.mono, Wall: c.wall, Known: table.known}, b, no)
				if ms != c.want || grade != c.grade {
					n++
				}
			}
		}
		return n
	}
	if n := failures(ruleParts{}); n != 0 {
		t.Errorf("%d cases fail with every part", n)
	}
	for name, no := range map[string]ruleParts{
		"2 s": {drift: true}, "offset": {offset: true}, "direction": {direction: true}, "known": {known: true},
		"366 days": {bound: true}, "the wall clock": {wall: true},
	} {
		if failures(no) == 0 {
			t.Errorf("no case needs %s", name)
		}
	}
}
