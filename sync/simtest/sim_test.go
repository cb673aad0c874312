package simtest

import (
	"os"
	"strconv"
	"testing"
)

// defaultSeeds is how many worlds a plain go test lives through.
const defaultSeeds = 40

// setupOfSeed is the world of a seed.
func setupOfSeed(seed uint64) setup {
	all := topologies()
	return all[seed%uint64(len(all))]
}

// playSeed plays a seed and returns the hash of the trace.
func playSeed(s setup, seed uint64, trace func(string)) (hash string, err error) {
	w, err := newWorld(s, seed, trace)
	if err != nil {
		return "", err
	}
	defer w.close()
	err = w.play()
	return w.traceHash(), err
}

func seedRange(t testing.TB) (from, to uint64) {
	t.Helper()
	if text := os.Getenv("ROADBOOK_SIM_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n, n
	}
	n := uint64(defaultSeeds)
	if text := os.Getenv("ROADBOOK_SIM_SEEDS"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return 1, n
}

// TestSimulation plays one world per seed.
func TestSimulation(t *testing.T) {
	from, to := seedRange(t)
	for seed := from; seed <= to; seed++ {
		s := setupOfSeed(seed)
		t.Run(strconv.FormatUint(seed, 10)+"-"+s.String(), func(t *testing.T) {
			t.Parallel()
			var trace func(string)
			if from == to {
				trace = func(line string) { t.Log(line) }
			}
			if _, err := playSeed(s, seed, trace); err != nil {
				t.Errorf("seed %d: %v\nreplay: ROADBOOK_SIM_SEED=%d go test ./sync/simtest -run TestSimulation -v", seed, err, seed)
			}
		})
	}
}

// TestReplay: a seed is the same world each time.
func TestReplay(t *testing.T) {
	for seed := range uint64(len(topologies())) {
		s := setupOfSeed(seed)
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			a, errA := playSeed(s, seed, nil)
			b, errB := playSeed(s, seed, nil)
			if a != b || errA != nil || errB != nil {
				t.Errorf("seed %d is %s, then %s (%v, %v)", seed, a, b, errA, errB)
			}
		})
	}
}
