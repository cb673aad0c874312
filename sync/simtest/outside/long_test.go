package outside

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// longForm reports whether the environment asks for the long form: ROADBOOK_OUTSIDE=long.
func longForm(t *testing.T) bool {
	t.Helper()
	switch text := os.Getenv("ROADBOOK_OUTSIDE"); text {
	case "":
		return false
	case "long":
		return true
	default: // a mistyped value must not pass for the long form
		t.Fatalf("ROADBOOK_OUTSIDE=%s: long, or nothing", text)
		return false
	}
}

// TestLongKills kills the server and clients in turn, at any moment, while all clients log and sync without pause. The
// server starts again at once. 200 kills each in the long form.
func TestLongKills(t *testing.T) {
	t.Parallel()
	kills, crews := 4, 4
	if longForm(t) {
		kills, crews = 200, 12
	}
	w := newWorld(t)
	s := w.serve("")
	began := time.Now()
	f := w.startFleet(s, crews)
	for range kills {
		w.must(f.runFor(w.rng.Int64N(int64(800 * time.Millisecond))))
		s.Kill()
		s.start()
		w.must(f.killOne())
	}
	w.must(f.finish())
	lines := f.checkAgainst(s)
	s.restart() // reads everything from the disk
	f.checkAgainst(s)
	peak, err := s.PeakMemory()
	w.must(err)
	if o := s.command("verify"); o.Exit != 0 {
		t.Errorf("verify: %v", o)
	}
	table(t, [][2]string{
		{"kills of the server, of clients", fmt.Sprintf("%d, %d", kills, f.kills)},
		{"clients, observations, saves cut off that stand", fmt.Sprintf("%d, %d, %d", crews, lines, f.unprinted)},
		{"took", time.Since(began).Round(time.Second).String()},
		{"memory of the last server at its peak", fmt.Sprintf("%d MB", peak>>20)},
	})
}

// table prints figures with their date, as Markdown.
func table(t *testing.T, rows [][2]string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | figure |\n|---|---|\n", time.Now().Format(time.DateOnly))
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s |\n", r[0], r[1])
	}
	t.Logf("\n%s", b.String())
}
