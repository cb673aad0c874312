package clock

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ms(t *testing.T, rfc3339 string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// Stamps only grow and never overflow, for any wall clock and any observed stamps.
func TestStampsOnlyGrow(t *testing.T) {
	odd := rapid.OneOf(rapid.Int64(), rapid.Int64Range(1_500_000_000_000, 1_700_000_000_000),
		rapid.SampledFrom([]int64{0, -1, MaxMs, MaxMs + 1, 1<<63 - 1, -1 << 63}))
	rapid.Check(t, func(t *rapid.T) {
		var s HLCSource
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			last := s.Last
			now := odd.Draw(t, "now")
			if rapid.Bool().Draw(t, "observe") {
				s.Observe(HLC(rapid.Uint64().Draw(t, "other")), now)
			}
			if got := s.Next(now); got <= last || got.Ms() > MaxMs+MaxAhead+1 {
				t.Fatalf("%d after %d at %d", got, last, now)
			}
		}
	})
}

func TestStampsByHand(t *testing.T) {
	const ms0 = 1608000000000
	var s HLCSource
	steps := []struct {
		name string
		now  int64
		want HLC
	}{
		{"first", ms0, ms0 << 16},
		{"same millisecond", ms0, ms0<<16 + 1},
		{"set back an hour", ms0 - 3_600_000, ms0<<16 + 2},
		{"set back to 1970", 0, ms0<<16 + 3},
		{"before 1970", -5, ms0<<16 + 4},
		{"on again", ms0 + 1, (ms0 + 1) << 16},
		{"2099", 4_070_908_800_000, 4_070_908_800_000 << 16},
		{"right again", ms0 + 2, 4_070_908_800_000<<16 + 1},
	}
	for _, step := range steps {
		if got := s.Next(step.now); got != step.want {
			t.Fatalf("%s: %d, want %d", step.name, got, step.want)
		}
	}
}

func TestFullCounterCarries(t *testing.T) {
	s := HLCSource{Last: HLCAt(1000) + 1<<16 - 1}
	if got := s.Next(1000); got != HLCAt(1001) {
		t.Errorf("%d, want %d", got, HLCAt(1001))
	}
}

// Two devices make equal stamps in the same millisecond: the tie is real, and merge breaks the tie by device.
func TestTieBetweenDevices(t *testing.T) {
	var a, b HLCSource
	for range 3 {
		if x, y := a.Next(5000), b.Next(5000); x != y {
			t.Fatalf("%d and %d", x, y)
		}
	}
}

func TestObserveFollowsButNotAWrongClock(t *testing.T) {
	const now = 1608000000000
	s := HLCSource{Last: HLCAt(now)}
	s.Observe(HLCAt(now+MaxAhead)+7, now)
	if got := s.Next(now); got != HLCAt(now+MaxAhead)+8 {
		t.Errorf("a stamp a day ahead is followed, got %d", got)
	}
	before := s.Last
	s.Observe(HLCAt(now+MaxAhead+1), now)
	s.Observe(HLCAt(4_070_908_800_000), now)
	s.Observe(1<<64-1, now)
	if s.Last != before {
		t.Errorf("a wrong clock spread: %d", s.Last)
	}
	s.Observe(HLCAt(5), now)
	if s.Last != before {
		t.Error("an old stamp moved the source")
	}
}

func TestCorrect(t *testing.T) {
	const base, ceiling = 1607900000000, 1608500000000
	exact, bracket := Boot{ID: "b", Base: base}, Boot{ID: "b", Ceiling: ceiling}
	for _, c := range []struct {
		name  string
		ev    Evidence
		boot  Boot
		ms    int64
		grade Grade
	}{
		{"base known, clock right", Evidence{Mono: 1000, Wall: base + 1000}, exact, base + 1000, Exact},
		{"base known, clock 1970", Evidence{Mono: 1000, Wall: 0}, exact, base + 1000, Exact},
		{"base known, clock 2099", Evidence{Mono: 1000, Wall: 4_070_908_800_000}, exact, base + 1000, Exact},
		{"base known, mono negative", Evidence{Mono: -9}, exact, base, Exact},
		{"base known, mono absurd", Evidence{Mono: 1<<63 - 1}, exact, MaxMs, Exact},
		{"the line's own base is not believed", Evidence{Base: 5, Wall: 1608000000000}, bracket, 1608000000000, Estimated},
		{"clock plausible", Evidence{Known: 1607990000000, Wall: 1608000000000}, bracket, 1608000000000, Estimated},
		{"clock 1970", Evidence{Known: 1607990000000, Wall: 3}, bracket, 1607990000000, Estimated},
		{"clock 2099", Evidence{Known: 1607990000000, Wall: 4_070_908_800_000}, bracket, ceiling, Estimated},
		{"clock 1970, no server ever seen", Evidence{Wall: -7}, bracket, 0, Estimated},
		{"known after the arrival", Evidence{Known: ceiling + 5, Wall: 1}, bracket, ceiling, Estimated},
		{"nothing fixed", Evidence{Wall: 1<<63 - 1}, Boot{}, MaxMs, Estimated},
	} {
		if ms, grade := Correct(c.ev, c.boot); ms != c.ms || grade != c.grade {
			t.Errorf("%s: %d %s, want %d %s", c.name, ms, grade, c.ms, c.grade)
		}
	}
}

func TestCorrectedTimesStayInBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any64 := func(name string) int64 { return rapid.Int64().Draw(t, name) }
		ev := Evidence{Mono: any64("mono"), Wall: any64("wall"), Known: any64("known"), Base: any64("base")}
		boot := Boot{Base: rapid.Int64Range(0, MaxMs).Draw(t, "boot base"), Ceiling: rapid.Int64Range(0, MaxMs).Draw(t, "ceiling")}
		if got, _ := Correct(ev, boot); got < 0 || got > MaxMs {
			t.Fatal(got)
		}
	})
}

func TestFixBoot(t *testing.T) {
	const now = 1608000000000
	running, other := &BootSample{Boot: "b", Mono: 400}, &BootSample{Boot: "c", Mono: 400}
	for _, c := range []struct {
		name    string
		sample  *BootSample
		offered *Boot
		want    Boot
	}{
		{"running", running, nil, Boot{ID: "b", Base: now - 400}},
		{"another is running", other, nil, Boot{ID: "b", Ceiling: now}},
		{"none is running", nil, nil, Boot{ID: "b", Ceiling: now}},
		{"offered stands", running, &Boot{ID: "b", Base: 77}, Boot{ID: "b", Base: 77}},
		{"offered ceiling stands", running, &Boot{ID: "b", Ceiling: 77}, Boot{ID: "b", Ceiling: 77}},
		{"offered for another", nil, &Boot{ID: "c", Base: 77}, Boot{ID: "b", Ceiling: now}},
		{"offered empty", nil, &Boot{ID: "b"}, Boot{ID: "b", Ceiling: now}},
		{"mono negative", &BootSample{Boot: "b", Mono: -1}, nil, Boot{ID: "b", Ceiling: now}},
		{"mono before 1970", &BootSample{Boot: "b", Mono: now + 1}, nil, Boot{ID: "b", Ceiling: now}},
	} {
		if got := FixBoot("b", c.sample, ServerReading{Now: now}, c.offered); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// A server clock far off gives no base, and its own present is no ceiling; a boot signed before stands.
func TestFixBootByAClockFarOff(t *testing.T) {
	const now, latest = 1608000000000, 1609000000000
	running := &BootSample{Boot: "b", Mono: 400, Wall: now}
	for _, c := range []struct {
		name    string
		sample  *BootSample
		offered *Boot
		want    Boot
	}{
		{"running", running, nil, Boot{ID: "b", Ceiling: latest}},
		{"none is running", nil, nil, Boot{ID: "b", Ceiling: latest}},
		{"offered stands", running, &Boot{ID: "b", Base: 77}, Boot{ID: "b", Base: 77}},
	} {
		if got := FixBoot("b", c.sample, ServerReading{Now: now, FarOff: true, Latest: latest}, c.offered); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
