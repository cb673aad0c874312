package kill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is after what time a process that does nothing is a failure.
const patience = 2 * time.Minute

// build builds both programs with their kill points and returns where they are.
func build(t *testing.T) string {
	t.Helper()
	noteSources(t)
	bin := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "killpoints", "-ldflags", "-w",
		"-o", bin+string(filepath.Separator), "roadbook/server", "roadbook/client")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// noteSources looks at every source file of the programs, so that go test takes no cached result of others.
func noteSources(t *testing.T) {
	t.Helper()
	for _, room := range []string{"schema", "sync", "server", "client"} {
		err := filepath.WalkDir(filepath.Join("..", "..", "..", room), func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				_, err = os.Stat(path)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil // someone is at work
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// surroundings are this process's, without what the programs would take for their flags.
func surroundings(more ...string) (env []string) {
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "ROADBOOK_") {
			env = append(env, e)
		}
	}
	return append(env, more...)
}

// killed reports whether a program ended by SIGKILL.
func killed(s *os.ProcessState) bool { return s != nil && s.String() == "signal: killed" }

// ready is what a server says when it answers.
type ready struct{ URL, User, Password string }

// process is a running server.
type process struct {
	ready
	cmd  *exec.Cmd
	errs bytes.Buffer
	dead chan struct{}
}

// launch starts a server and waits until it answers or has ended.
func launch(args []string, kill string, more ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(context.Background(), args[0], args[1:]...), dead: make(chan struct{})}
	p.cmd.Env = surroundings(append(more, "ROADBOOK_KILL="+kill)...)
	out := &lineWriter{line: make(chan string, 1)}
	p.cmd.Stdout, p.cmd.Stderr = out, &p.errs
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended stands in ProcessState
		close(p.dead)
	}()
	select {
	case line := <-out.line:
		return p, json.Unmarshal([]byte(line), &p.ready)
	case <-p.dead:
		return p, nil
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.dead
		return p, fmt.Errorf("the server never answered:\n%s", p.errs.String())
	}
}

func (p *process) ended() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

// stop ends a server in order.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.dead:
	case <-time.After(patience):
		return errors.New("SIGTERM did not end the server")
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("after SIGTERM: %s\n%s", p.cmd.ProcessState, p.errs.String())
	}
	return nil
}

// lineWriter passes the first line on.
type lineWriter struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	done bool
	line chan string
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf.Write(b)
	if text, _, ok := strings.Cut(w.buf.String(), "\n"); ok && !w.done {
		w.done = true
		w.line <- text
	}
	return len(b), nil
}

// output is how a client ended.
type output struct {
	out, errs string
	exit      int // -1: killed
}

func (o output) String() string { return fmt.Sprintf("exit %d\n%s%s", o.exit, o.out, o.errs) }

// runClient runs a client to its end.
func runClient(bin, data, kill string, args ...string) (o output, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "client"), append([]string{"--data", data, "--json"}, args...)...)
	cmd.Env = surroundings("ROADBOOK_KILL=" + kill)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = ctx.Err()
	}
	if err != nil {
		return o, fmt.Errorf("client %v: %w", args, err)
	}
	o = output{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
	if o.exit < 0 && !killed(cmd.ProcessState) {
		return o, fmt.Errorf("client %v ended by %s", args, cmd.ProcessState)
	}
	return o, nil
}
