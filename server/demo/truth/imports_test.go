package truth_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestTruthStandsAlone: the recount must share no code with the counting programs.
func TestTruthStandsAlone(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out)); len(got) != 1 || got[0] != "roadbook/server/demo/truth" {
		t.Errorf("truth stands on %v", got)
	}
}
