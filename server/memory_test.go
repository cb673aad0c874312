package main

import "testing"

// A server with much live data gets a higher limit, so that the collector does not run without effect.
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
