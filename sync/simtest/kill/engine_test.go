//go:build mongo

package kill

import (
	"bytes"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

// engine is a FerretDB owned by the test, over the test engine's PostgreSQL: the test may kill this engine.
type engine struct {
	t    *testing.T
	dir  string
	port int
	cmd  *exec.Cmd
	errs bytes.Buffer
	gone chan struct{}
}

func newEngine(t *testing.T) *engine {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{t: t, dir: t.TempDir(), port: ln.Addr().(*net.TCPAddr).Port}
	_ = ln.Close()
	e.start()
	t.Cleanup(e.kill)
	return e
}

func (e *engine) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(e.port)) }

// start starts the engine and waits until the engine accepts connections.
func (e *engine) start() {
	e.t.Helper()
	e.cmd = exec.Command("../../../.ci/engine", "second", strconv.Itoa(e.port), e.dir)
	e.errs.Reset()
	e.cmd.Stderr = &e.errs
	if err := e.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	buried, cmd := make(chan struct{}), e.cmd
	e.gone = buried
	go func() {
		_ = cmd.Wait() // killed, as a rule
		close(buried)
	}()
	for until := time.Now().Add(programs.Patience); time.Now().Before(until); time.Sleep(programs.Pause / 4) {
		if c, err := net.Dial("tcp", e.addr()); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-buried:
			e.t.Fatalf("the second engine ended: %s\n%s", cmd.ProcessState, e.errs.String())
		default:
		}
	}
	e.t.Fatal("the second engine takes no connections")
}

// kill kills the engine at any time and waits until its process is gone.
func (e *engine) kill() {
	_ = e.cmd.Process.Kill()
	<-e.gone
}
