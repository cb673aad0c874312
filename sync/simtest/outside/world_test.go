package outside

import (
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

func TestMain(m *testing.M) { programs.Main(m) }

// world starts programs for a test. Its methods end the test on unexpected errors.
type world struct {
	t      *testing.T
	bin    string // directory of the programs
	rng    *mathrand.Rand
	serial int // of plates, for all devices
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t: t, bin: programs.Build(t), rng: mathrand.New(mathrand.NewPCG(seedOf(t), 0x6f757473))}
}

// seedOf returns and prints ROADBOOK_SEED, or a new seed.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	seed := uint64(binary.BigEndian.Uint32(b[:]))
	if text := os.Getenv("ROADBOOK_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("ROADBOOK_SEED=%d", seed)
	return seed
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// An option changes the start of a program.
type option func(*programs.Command)

// files limits the number of open files.
func files(n int) option { return func(c *programs.Command) { c.Files = n } }

// clock sets the program's wall clock ahead of the machine's, or behind.
func clock(ahead time.Duration) option { return func(c *programs.Command) { c.Clock = ahead } }

// kill makes the program kill itself at a kill point.
func kill(point string) option { return func(c *programs.Command) { c.Kill = point } }

// env adds to the environment.
func env(texts ...string) option {
	return func(c *programs.Command) { c.Env = append(c.Env, texts...) }
}

// run runs a program to its end.
func (w *world) run(args []string, options ...option) programs.Output {
	w.t.Helper()
	c := programs.Command{Args: args}
	for _, o := range options {
		o(&c)
	}
	o, err := programs.Run(c)
	w.must(err)
	return o
}

// server is a running or ended server.
type server struct {
	*programs.Server
	w    *world
	dir  string
	port string // "": any; kept after the first start
	hq   programs.HQ
}

// serve starts a server of a data directory ("" = a new one), and signs HQ in. The test's end kills the server.
func (w *world) serve(dir string, options ...option) *server {
	w.t.Helper()
	if dir == "" {
		dir = w.t.TempDir()
	}
	s := &server{w: w, dir: dir}
	w.t.Cleanup(func() {
		if s.Server != nil {
			s.Kill()
		}
	})
	s.start(options...)
	return s
}

// start starts the server on its former port, and signs HQ in with a known password.
func (s *server) start(options ...option) {
	s.w.t.Helper()
	s.launch(options...)
	if s.URL == "" {
		s.w.t.Fatalf("the server did not start: %s\n%s", s.State(), s.Errs())
	}
	s.port = s.URL[strings.LastIndexByte(s.URL, ':')+1:]
	if s.Password != "" {
		s.hq.User, s.hq.Password = s.User, s.Password
	}
	if s.hq.Password != "" {
		s.w.must(s.hq.SignIn(s.URL))
	}
}

// launch starts the server and waits for the first answer, or for the end: URL is "" then.
func (s *server) launch(options ...option) {
	s.w.t.Helper()
	c := programs.Command{Args: programs.ServeArgs(s.w.bin, "--data", s.dir)}
	if s.port != "" {
		c.Args = append(c.Args, "--listen", "127.0.0.1:"+s.port)
	}
	for _, o := range options {
		o(&c)
	}
	var err error
	s.Server, err = programs.Serve(c)
	s.w.must(err)
}

// stop ends the server in order.
func (s *server) stop() {
	s.w.t.Helper()
	s.w.must(s.Stop())
}

// restart stops the server in order and starts the server again.
func (s *server) restart(options ...option) {
	s.w.t.Helper()
	s.stop()
	s.start(options...)
}

// command runs one of the server program's commands on the server's directory.
func (s *server) command(args ...string) programs.Output {
	s.w.t.Helper()
	return s.w.run(append(programs.ServerArgs(s.w.bin, "--data", s.dir), args...))
}

// export returns the number of times each observation is in the server's export.
func (s *server) export() map[string]int {
	s.w.t.Helper()
	list, err := s.hq.Export(s.URL)
	s.w.must(err)
	times := map[string]int{}
	for _, o := range list {
		times[o.ID]++
	}
	return times
}

// line returns the server's line of an observation; "": none.
func (s *server) line(id string) string {
	s.w.t.Helper()
	list, err := s.hq.Export(s.URL)
	s.w.must(err)
	for _, o := range list {
		if o.ID == id {
			return o.Line
		}
	}
	return ""
}

// wantExported checks that each observation is in the export exactly once.
func (s *server) wantExported(ids ...string) {
	s.w.t.Helper()
	times := s.export()
	missing := 0
	for _, id := range ids {
		if times[id] == 0 {
			missing++
		}
		if times[id] > 1 {
			s.w.t.Errorf("%s stands %d times in the export", id, times[id])
		}
	}
	if missing > 0 {
		s.w.t.Errorf("%d of %d observations that people were told are saved, the server does not have", missing, len(ids))
	}
}
