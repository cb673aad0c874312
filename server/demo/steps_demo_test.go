//go:build demo

package demo

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestPrintedStepsAreTrue runs the printed commands and checks that P5-1 of the printed year rises.
func TestPrintedStepsAreTrue(t *testing.T) {
	bin, dir := t.TempDir(), t.TempDir()
	server, client := plannedFacility(t, bin, "server"), plannedFacility(t, bin, "client")
	data := dir + "/demo"
	s, steps := printedSteps(t, server, "demo", "--data", data, "--listen", "127.0.0.1:0", "--volume", "3")
	typed := func(step string) {
		step = strings.NewReplacer("go run ./client", client, "go run ./server", server).Replace(strings.TrimSpace(step))
		cmd := exec.CommandContext(t.Context(), "sh", "-c", step)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader("yes\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", step, err, out)
		}
	}
	shown := regexp.MustCompile(`http://\S+/overview\?year=(\d+)`).FindAllStringSubmatch(steps, -1)
	if len(shown) != 2 || shown[0][1] != "2020" {
		t.Fatalf("pages %v in %s", shown, steps)
	}
	sets := func() int64 {
		for _, r := range s.rows("/v1/indicators?year=" + shown[1][1]) {
			if r.ID == "P5-1" {
				return s.whole(r.Value)
			}
		}
		return -1
	}
	before := sets()
	commands := regexp.MustCompile(`(?m)^  go run .*$`).FindAllString(steps, -1)
	if len(commands) != 7 {
		t.Fatalf("%d commands in %s", len(commands), steps)
	}
	for _, step := range commands[:6] {
		typed(step)
	}
	if minutesAfter := sets(); minutesAfter != before+1 {
		t.Errorf("P5-1 of %s is %d after the steps, %d before", shown[1][1], minutesAfter, before)
	}
	s.terminate()
	typed(commands[6])
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the demo's data are still there: %v", err)
	}
}

// printedSteps starts a demo without --json and returns its output once ready.
func printedSteps(t *testing.T, server string, args ...string) (*served, string) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), server, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var printed strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		printed.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "demo remove") {
			break
		}
	}
	s := &served{t: t, cmd: cmd}
	for at, pattern := range map[*string]string{&s.Ready.URL: `serving at  (\S+)`, &s.Ready.User: `administrator  (\S+)`, &s.Ready.Password: `\(shown this once\)  (\S+)`} {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(printed.String()); m != nil {
			*at = m[1]
		}
	}
	s.signIn()
	return s, printed.String()
}

// rows are the indicators of a path.
func (s *served) rows(path string) []figure {
	s.t.Helper()
	var tab table
	s.read(s.ask(http.MethodGet, path, nil), &tab)
	if len(tab.Rows) != 27 {
		s.t.Fatalf("%s rows in %s", strconv.Itoa(len(tab.Rows)), path)
	}
	return tab.Rows
}
