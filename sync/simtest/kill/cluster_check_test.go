//go:build mongo

package kill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

// convergence bounds the time of the sweeper: until a server counts as dead, plus two rounds. The runs without a
// rule wait no longer than this either.
const convergence = time.Minute

// converge waits until the frames left by dead servers are projected, and exactly one server sweeps.
func (c *cluster) converge() {
	c.t.Helper()
	var left, sweepers int
	for until := time.Now().Add(convergence); time.Now().Before(until); time.Sleep(programs.Pause) {
		sweepers = 0
		for _, s := range c.servers {
			m, err := c.hq.Metrics(s.URL)
			c.must(err)
			left, sweepers = m[`roadbook_stored{what="unprojected"}`], sweepers+m["roadbook_sweeping"]
		}
		if left == 0 && sweepers == 1 {
			return
		}
	}
	c.t.Errorf("%d frames are left behind, %d servers look for such", left, sweepers)
}

// verify runs the server's verify command and checks that all servers give the same figure.
func (c *cluster) verify() {
	c.t.Helper()
	for _, s := range c.servers {
		rows, err := c.hq.Figures(s.URL)
		c.must(err)
		c.want("P5-1 of the server at "+s.URL, rows["P5-1"].Value, fmt.Sprint(c.truth.sets()))
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), programs.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.args[0], append(slices.Clone(c.args[1:]), "verify")...)
	cmd.Env = programs.CleanEnv()
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Errorf("server verify: %v\n%s", err, out)
	}
}

// rulesOfMany are the rules that only several servers need. Without each rule the test must fail, and by its checks.
var rulesOfMany = []string{"Lease", "Sweep", "EpochOrder"}

// runs is how many seeds a rule is tried without: EpochOrder showed in five runs of six.
const runs = 12

// TestClusterNotices runs TestCluster, in a process of its own, without each rule in turn.
func TestClusterNotices(t *testing.T) {
	for _, rule := range rulesOfMany {
		t.Run(rule, func(t *testing.T) {
			for n := 1; ; n++ {
				seed := randomSeed(t)
				out, err := runWithout(t, rule, seed)
				var failed *exec.ExitError
				switch {
				case err == nil && n == runs:
					t.Fatalf("%d runs without it, and none failed", runs)
				case err == nil:
					continue
				case !errors.As(err, &failed) || !checkFailure.Match(out):
					t.Fatalf("seed %d: %v, and not by what it found:\n%s", seed, err, out)
				}
				t.Logf("noticed in run %d, seed %d: %s", n, seed, checkFailure.Find(out))
				return
			}
		})
	}
}

// checkFailure matches the message of a failed check: 7 is the exit code of a verify with findings.
var checkFailure = regexp.MustCompile(`.*(, people said|left behind|server verify: exit status 7).*`)

func runWithout(t *testing.T, rule string, seed uint64) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCluster$", "-test.v", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), "ROADBOOK_CLUSTER_WITHOUT="+rule, "ROADBOOK_CLUSTER_KILLS=6", fmt.Sprint("ROADBOOK_SEED=", seed))
	return cmd.CombinedOutput()
}
