package programs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"roadbook/sync/simtest/killpoint"
)

const (
	// Patience is the longest wait for a process. A longer wait is a failure.
	Patience = 2 * time.Minute
	// Pause is the time between two tries.
	Pause = 100 * time.Millisecond
)

// Command describes how to start a program.
type Command struct {
	Args  []string      // the program's path first
	Env   []string      // beside this process's own, without its ROADBOOK_ variables
	Kill  string        // the step to die at (killpoint.Variable); "": nowhere
	Clock time.Duration // by how much the program's wall clock is ahead of the machine's (killpoint.ClockVariable)
	Files int           // how many files the program may have open; 0: as many as this process
	In    string        // the program's standard input
}

// args are the command's arguments, through a shell if a limit must be set first: exec keeps the process id.
func (c Command) args() []string {
	if c.Files == 0 {
		return c.Args
	}
	return append([]string{"sh", "-c", `ulimit -n "$0" && exec "$@"`, strconv.Itoa(c.Files)}, c.Args...)
}

func (c Command) env() []string {
	env := append(CleanEnv(), c.Env...)
	if c.Kill != "" {
		env = append(env, killpoint.Variable+"="+c.Kill)
	}
	if c.Clock != 0 {
		env = append(env, killpoint.ClockVariable+"="+c.Clock.String())
	}
	return env
}

// CleanEnv is this process's environment, without the variables that the programs would read as flags.
func CleanEnv() (env []string) {
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "ROADBOOK_") {
			env = append(env, e)
		}
	}
	return env
}

// Process is a started program.
type Process struct {
	cmd       *exec.Cmd
	out, errs lockedBuffer
	dead      chan struct{}
}

// Start starts a program without waiting for its end.
func Start(c Command) (*Process, error) {
	args := c.args()
	p := &Process{cmd: exec.CommandContext(context.Background(), args[0], args[1:]...), dead: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdin = c.env(), strings.NewReader(c.In)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState keeps the exit state
		close(p.dead)
	}()
	return p, nil
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Out is the standard output so far, Errs the error output so far.
func (p *Process) Out() string  { return p.out.String() }
func (p *Process) Errs() string { return p.errs.String() }

// Dead is closed when the process has ended.
func (p *Process) Dead() <-chan struct{} { return p.dead }

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

// State is the process's exit state; nil while the process lives.
func (p *Process) State() *os.ProcessState {
	if !p.Ended() {
		return nil
	}
	return p.cmd.ProcessState
}

// Killed reports whether the process ended by SIGKILL.
func (p *Process) Killed() bool { return killed(p.State()) }

func killed(s *os.ProcessState) bool { return s != nil && s.String() == "signal: killed" }

// Signal sends a signal to the process; an error if the process has ended.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Kill ends the process with SIGKILL at any time, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // already ended: nothing to do
	<-p.dead
}

// Wait waits for the end of the process. After Patience Wait kills the process and returns an error.
func (p *Process) Wait() error {
	select {
	case <-p.dead:
		return nil
	case <-time.After(Patience):
		p.Kill()
		return fmt.Errorf("%v did not end in %s\n%s", p.cmd.Args, Patience, p.Errs())
	}
}

// Stop ends the process with SIGTERM. An exit code other than 0 is an error.
func (p *Process) Stop() error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.Wait(); err != nil {
		return err
	}
	if !p.State().Success() {
		return fmt.Errorf("after SIGTERM: %s\n%s", p.State(), p.Errs())
	}
	return nil
}

// Output is how a program ended.
type Output struct {
	Out, Errs string
	Exit      int // -1: killed
}

func (o Output) String() string { return fmt.Sprintf("exit %d\n%s%s", o.Exit, o.Out, o.Errs) }

// Run runs a program to its end. An exit code is no error; an end by any signal but SIGKILL is.
func Run(c Command) (o Output, err error) {
	p, err := Start(c)
	if err != nil {
		return o, err
	}
	if err := p.Wait(); err != nil {
		return o, err
	}
	o = Output{p.Out(), p.Errs(), p.State().ExitCode()}
	if o.Exit < 0 && !p.Killed() {
		return o, fmt.Errorf("%v ended by %s\n%s", c.Args, p.State(), o.Errs)
	}
	return o, nil
}

// lockedBuffer collects a program's output, readable during the run.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *lockedBuffer) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(b)
}

func (t *lockedBuffer) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// PeakMemory is the peak resident memory of a living process (VmHWM), in bytes.
func (p *Process) PeakMemory() (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmHWM of %d", p.PID())
}
