package recounttest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestRecountStandsAlone: the recount must share no code with the counting programs.
func TestRecountStandsAlone(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out)); !slices.Equal(got, []string{"roadbook/server/demo/truth", "roadbook/server/demo/recounttest"}) {
		t.Errorf("the recount stands on %v", got)
	}
}
