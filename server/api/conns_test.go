package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// failingListener fails its first accepts, then works.
type failingListener struct {
	net.Listener
	fails int
	with  error
}

func (l *failingListener) Accept() (net.Conn, error) {
	if l.fails > 0 {
		l.fails--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", l.with)}
	}
	return l.Listener.Accept()
}

func listenerOn(t *testing.T, fails int, with error, log io.Writer) *listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	say := slog.New(slog.NewTextHandler(log, nil))
	return &listener{
		Listener: &failingListener{ln, fails, with}, table: newConnTable(16, time.Now, say),
		isProxy: func(netip.Addr) bool { return false }, now: time.Now, log: say,
	}
}

// Passing errors of accept are retried and logged once.
func TestAcceptGoesOn(t *testing.T) {
	for _, passes := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.ENOBUFS, syscall.ENOMEM, syscall.EPERM} {
		var log bytes.Buffer
		l := listenerOn(t, 5, passes, &log)
		go func() {
			if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
				defer c.Close()
				_, _ = c.Read(make([]byte, 1))
			}
		}()
		c, err := l.Accept()
		if err != nil {
			t.Fatalf("%v ended it: %v", passes, err)
		}
		_ = c.Close()
		if n := strings.Count(log.String(), passes.Error()); n != 1 {
			t.Errorf("%v is said %d times:\n%s", passes, n, log.String())
		}
		if !strings.Contains(log.String(), "accepted again") {
			t.Errorf("nobody hears that it is over:\n%s", log.String())
		}
	}
	l := listenerOn(t, 1, syscall.EINVAL, io.Discard)
	if _, err := l.Accept(); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a listener that is none goes on: %v", err)
	}
	_ = l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
}

// connCounts returns the open connections by kind.
func (w *world) connCounts() (strangers, knowns int) {
	w.t.Helper()
	w.api.conns.mu.Lock()
	defer w.api.conns.mu.Unlock()
	return w.api.conns.open[stranger], w.api.conns.open[known]
}

// Idle connections keep no device out, never exceed half of the bound, and are closed longest first.
func TestIdleStrangersMakeRoom(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxConns = 32 })
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	known := w.dial(d.request(0, 1))
	if got := statusesOf(d.answer(known.readReply())); got[0] != wire.Created {
		t.Fatal(got)
	}
	var idlers []net.Conn
	for range 100 {
		c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		w.must(err)
		t.Cleanup(func() { _ = c.Close() })
		idlers = append(idlers, c)
	}
	w.until(func() bool { s, _ := w.connCounts(); return s <= 12 })
	for i, c := range idlers[:80] {
		w.must(c.SetReadDeadline(time.Now().Add(10 * time.Second)))
		if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("idler %d is still there: %v", i, err)
		}
	}
	for i := range 20 {
		d.appendPlate("office-1", fmt.Sprintf("冀F8K2%02d", i), "2020-12-15T10:00:00+08:00")
		fresh := w.dial(d.request(i+1, i+2))
		if got := statusesOf(d.answer(fresh.readReply())); got[0] != wire.Created {
			t.Fatal(got)
		}
	}
	known.send(d.request(0, 1)) // the known connection is still open
	if got := statusesOf(d.answer(known.readReply())); got[0] != wire.Exists {
		t.Fatal(got)
	}
	r := w.ask(http.MethodGet, "/metrics", "", nil)
	for _, want := range []string{
		`roadbook_connections{kind="stranger"}`, `roadbook_connections_most{kind="all"} 32`,
		`roadbook_connections_most{kind="stranger"} 16`, `roadbook_connections_most{kind="address"} 12`,
		`roadbook_connections_closed_total{bound="address"} `,
	} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

// request is a sync as raw HTTP.
func (d *testDevice) request(from, to int) string {
	body := string(d.body(from, to, wire.Identity))
	return post("/v1/sync", d.token, fmt.Sprint("Content-Length: ", len(body)), "Accept-Encoding: identity") + body
}

// Behind a trusted proxy the client's address counts, one request at a time.
func TestStrangersBehindAProxy(t *testing.T) {
	w := newWorld(t, withTrustedProxies("127.0.0.0/8"), func(c *Config) { c.MaxConns = 32 }) // 12 strangers per address
	half := func(from string) *rawConn {
		return w.dial(post("/v1/enroll", "", "X-Forwarded-For: "+from, "Content-Length: 10000") + "{")
	}
	var slow []*rawConn
	for range 14 {
		slow = append(slow, half("203.0.113.7"))
		w.until(func() bool {
			w.api.conns.mu.Lock()
			defer w.api.conns.mu.Unlock()
			o := w.api.conns.origins[netip.MustParseAddr("203.0.113.7")]
			return o != nil && (o.count == len(slow) || o.count == 12)
		})
	}
	other := half("203.0.113.8")
	other.send(strings.Repeat(" ", 9999))
	w.wantRefusal(other.readReply(), wire.CodeBadRequest)
	for _, l := range slow[:2] {
		if _, err := l.r.ReadByte(); err != io.EOF {
			t.Fatalf("the longest of them is not closed: %v", err)
		}
	}
	slow[13].send(strings.Repeat(" ", 9999))
	w.wantRefusal(slow[13].readReply(), wire.CodeBadRequest)
}

// All IPv6 addresses of a /64 network count as one.
func TestHome(t *testing.T) {
	for from, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "2001:db8:1:2::1": "2001:db8:1:2::", "fe80::1%eth0": "fe80::",
	} {
		if got := originOf(netip.MustParseAddr(from)).String(); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}

// For every sequence of events, the table's counts equal the open connections, and no bound is exceeded.
func TestBookCounts(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	clock := time.Unix(0, 0)
	b := newConnTable(20, func() time.Time { return clock }, slog.New(slog.DiscardHandler))
	open := map[*conn]bool{}
	for range 20_000 {
		clock = clock.Add(time.Duration(rng.IntN(3000)) * time.Millisecond)
		var some *conn
		for some = range open {
			break
		}
		switch n := rng.IntN(8); {
		case n < 3 || some == nil:
			left, right := net.Pipe()
			_ = right.Close()
			c := &conn{Conn: left, table: b, origin: netip.AddrFrom4([4]byte{10, 0, 0, byte(rng.IntN(3))}), proxy: rng.IntN(4) == 0}
			c.byKind.conn, c.byOrigin.conn = c, c
			if b.admit(c) {
				open[c] = true
			}
		case n == 3:
			b.startWaiting(some, rng.IntN(2) == 0)
		case n == 4:
			b.stopWaiting(some)
		case n == 5:
			b.markKnown(some)
		case n == 6 && some.proxy:
			b.assignOrigin(some, netip.AddrFrom4([4]byte{10, 0, 1, byte(rng.IntN(3))}))
		case n == 7:
			b.remove(some)
		}
		counts, from := [2]int{}, map[netip.Addr]int{}
		for c := range open {
			if !c.listed {
				delete(open, c)
				continue
			}
			counts[c.kind]++
			if c.kind == stranger && c.origin.IsValid() {
				from[c.origin]++
			}
		}
		if counts != b.open || counts[stranger] > b.maxStrangers || counts[0]+counts[1] > b.maxConns || len(from) != len(b.origins) {
			t.Fatalf("open %v, in the book %v, from %v, in the book %d addresses", counts, b.open, from, len(b.origins))
		}
		for a, n := range from {
			if b.origins[a].count != n || n > b.maxPerAddress {
				t.Fatalf("%s: %d open, %d in the book", a, n, b.origins[a].count)
			}
		}
	}
}
