package main

import "testing"

// A server that keeps much alive is granted more, lest the collector run for nothing.
func TestMemoryLimitFitsWhatLives(t *testing.T) {
	for live, want := range map[int64]int64{0: memoryLimit, 50 << 20: memoryLimit, 200 << 20: 300 << 20, 2 << 30: 3 << 30} {
		if got := limitFor(live); got != want {
			t.Errorf("%d MB alive: %d MB, want %d", live>>20, got>>20, want>>20)
		}
	}
	if n := liveBytes(); n <= 0 || n > 1<<40 {
		t.Errorf("%d bytes are alive", n)
	}
}
