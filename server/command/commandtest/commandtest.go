// Package commandtest runs command lines in tests.
package commandtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"roadbook/server/command"
)

// Run runs a command line and returns its exit code.
type Run func(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int

// Try runs a command line that ends by itself.
func (run Run) Try(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

// Server is a running server, started by a command line.
type Server struct {
	Ready command.Ready
	Stop  func() int
}

// Launch starts a server by its command line and waits for the line command.Ready.
func (run Run) Launch(t *testing.T, args ...string) *Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, args, strings.NewReader(""), w, &errs)
		_ = w.Close()
		ended <- code
	}()
	stop := func() int { cancel(); return <-ended }
	t.Cleanup(cancel)
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: exit %d, %s", args, stop(), errs.String())
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	s := &Server{Stop: stop}
	if err := json.Unmarshal([]byte(line), &s.Ready); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return s
}
