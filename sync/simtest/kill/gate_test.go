//go:build mongo

package kill

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// gate is a TCP proxy that can die at a named step. One gate is the load balancer before the servers, another is the
// connection between the servers and the engine. A gate takes the backends in turn and skips a backend that accepts no
// connection.
type gate struct {
	ln   net.Listener
	name func(asked []byte) string // the step that begins with these bytes of a client; "": no named step

	mu       sync.Mutex
	backends []string
	next     int
	open     map[net.Conn]bool // both sides
	cut      bool
	trap     *trap
	rng      *rand.Rand
	slow     string    // a step delayed now and then, until other calls of the same name have passed
	last     time.Time // time of the last call of this step
	crossed  string    // a step: one in twenty of its answers is replaced by the answer to another call
	answer   []byte    // the last of them
}

// trap is the point of a gate's death: before a call of this name is forwarded, amid (forwarded, and nobody waits for
// the answer), or after (the answer has come, and nobody gets the answer).
type trap struct {
	step, when string
	left       int
	also       func() // runs at the death
	sprung     chan struct{}
}

func newGate(t *testing.T, seed uint64, name func([]byte) string) *gate {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{ln: ln, name: name, open: map[net.Conn]bool{}, rng: rand.New(rand.NewPCG(seed, 2))}
	go g.listen()
	t.Cleanup(func() {
		_ = ln.Close()
		g.close()
	})
	return g
}

func (g *gate) addr() string { return g.ln.Addr().String() }

// setBackends sets the targets of new connections.
func (g *gate) setBackends(backends ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.backends = backends
}

// arm sets a trap for the n-th call of a step. The gate closes sprung after its death; also runs at the death.
func (g *gate) arm(step, when string, n int, also func()) (sprung <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trap = &trap{step: step, when: when, left: n, also: also, sprung: make(chan struct{})}
	return g.trap.sprung
}

// repair lets connections through again.
func (g *gate) repair() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut, g.trap = false, nil
}

// close cuts all connections and takes none.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut = true
	for c := range g.open {
		_ = c.(*net.TCPConn).SetLinger(0) // gone, not closed
		_ = c.Close()
	}
	clear(g.open)
}

func (g *gate) listen() {
	for {
		c, err := g.ln.Accept()
		if err != nil {
			return
		}
		go g.connect(c)
	}
}

func (g *gate) connect(c net.Conn) {
	for _, b := range g.backendsInTurn() {
		d, err := net.DialTimeout("tcp", b, time.Second)
		if err != nil {
			continue
		}
		if g.register(c, d) {
			asked := new(pendingCall)
			go g.pump(c, d, asked, true)
			g.pump(d, c, asked, false)
			return
		}
		_ = d.Close()
		break
	}
	_ = c.Close()
}

// backendsInTurn lists the backends, each time with another first; none while the gate is cut.
func (g *gate) backendsInTurn() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cut || len(g.backends) == 0 {
		return nil
	}
	g.next = (g.next + 1) % len(g.backends)
	return append(append([]string(nil), g.backends[g.next:]...), g.backends[:g.next]...)
}

func (g *gate) register(cs ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cut {
		return false
	}
	for _, c := range cs {
		g.open[c] = true
	}
	return true
}

// pendingCall is the call in progress on a connection: both protocols allow a single call at a time.
type pendingCall struct {
	mu   sync.Mutex
	step string
}

// pump carries bytes in one direction until either side ends or the gate dies.
func (g *gate) pump(from, to net.Conn, a *pendingCall, outwards bool) {
	defer g.drop(from, to)
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !g.pass(to, buf[:n], a, outwards) || err != nil {
			return
		}
	}
}

// pass carries a piece over. false: the connection is dead.
func (g *gate) pass(to net.Conn, piece []byte, a *pendingCall, outwards bool) bool {
	a.mu.Lock()
	var name string
	if outwards {
		if name = g.name(piece); name != "" {
			a.step = name
		}
	} else {
		name, a.step = a.step, ""
	}
	a.mu.Unlock()
	if outwards && g.dies(name, "before") || !outwards && g.dies(name, "after") {
		return false
	}
	if outwards {
		g.delaySlow(name)
	} else {
		piece = g.crossAnswer(name, piece)
	}
	if _, err := to.Write(piece); err != nil {
		return false
	}
	return !outwards || !g.dies(name, "amid")
}

// dies counts a call and dies at the armed call.
func (g *gate) dies(step, when string) bool {
	g.mu.Lock()
	t := g.trap
	due := t != nil && step != "" && t.step == step && t.when == when && t.left > 0
	if due {
		t.left--
		due = t.left == 0
	}
	g.mu.Unlock()
	if !due {
		return false
	}
	if t.also != nil {
		t.also()
	}
	g.close()
	close(t.sprung)
	return true
}

// delaySlow delays a quarter of the slow steps until no other such step has passed for a while: the delayed write then
// holds older values than the database.
func (g *gate) delaySlow(step string) {
	if step == "" || step != g.slow {
		return
	}
	const quiet, atMost = 250 * time.Millisecond, 2 * time.Second
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.rng.IntN(4) == 0 {
		g.last = time.Now()
		for until := g.last.Add(atMost); !g.cut && time.Since(g.last) < quiet && time.Now().Before(until); {
			g.mu.Unlock()
			time.Sleep(quiet / 10)
			g.mu.Lock()
		}
	}
	g.last = time.Now()
}

// crossAnswer returns the answer to deliver: usually the real answer.
func (g *gate) crossAnswer(step string, answer []byte) []byte {
	if step == "" || step != g.crossed {
		return answer
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	other := g.answer
	g.answer = bytes.Clone(answer)
	if len(other) == 0 || g.rng.IntN(20) > 0 {
		return answer
	}
	return other
}

func (g *gate) drop(cs ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range cs {
		delete(g.open, c)
		_ = c.Close()
	}
}

// nameHTTP names a request by its path's last word.
func nameHTTP(piece []byte) string {
	line, _, _ := bytes.Cut(piece, []byte("\r\n"))
	words := strings.Fields(string(line))
	if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/1.") {
		return ""
	}
	path, _, _ := strings.Cut(words[1], "?")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// count is the step that stores sums, recognized by a field written by this step alone.
const count = "count"

// nameMongo names a message by its command: the first key of the body, in the first section. Updates that store sums
// have a name of their own.
func nameMongo(piece []byte) string {
	const opcode, message, section, key = 12, 2013, 20, 26 // section kind 0, its length, its first element's type, then the key
	if len(piece) <= key || binary.LittleEndian.Uint32(piece[opcode:]) != message || piece[section] != 0 {
		return ""
	}
	name, _, ok := bytes.Cut(piece[key:min(len(piece), key+32)], []byte{0})
	if !ok {
		return ""
	}
	if string(name) == "update" && bytes.Contains(piece, []byte("\x12counted\x00")) {
		return count
	}
	return string(name)
}
