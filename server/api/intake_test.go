package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// rawConn is a connection on which a test writes exact bytes.
type rawConn struct {
	net.Conn
	w *world
	r *bufio.Reader
}

func (w *world) dial(say string) *rawConn {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	w.must(err)
	w.t.Cleanup(func() { _ = conn.Close() })
	w.must(conn.SetDeadline(time.Now().Add(20 * time.Second))) // for a failing test
	l := &rawConn{Conn: conn, w: w, r: bufio.NewReader(conn)}
	l.send(say)
	return l
}

func (l *rawConn) send(text string) {
	l.w.t.Helper()
	_, err := l.Write([]byte(text))
	l.w.must(err)
}

// readReply reads an answer.
func (l *rawConn) readReply() reply {
	l.w.t.Helper()
	resp, err := http.ReadResponse(l.r, nil)
	l.w.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	l.w.must(err)
	return reply{resp.StatusCode, resp.Header, string(b)}
}

// until polls for a change on the server.
func (w *world) until(done func() bool) {
	w.t.Helper()
	for i := 0; !done(); i++ {
		if i > 10_000 {
			w.t.Fatal("it never happens")
		}
		time.Sleep(time.Millisecond)
	}
}

func post(path, token string, header ...string) string {
	if token != "" {
		header = append(header, "Authorization: Bearer "+token)
	}
	return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + strings.Join(append(header, "\r\n"), "\r\n")
}

const eightMiB = "Content-Length: 8388608"

// Hundreds of senders announce eight MiB each and send no byte: all are refused at once, in the usual shape, and no
// budget is reserved for them. Bytes sent later are discarded, and the answer still arrives.
func TestStrangersBodiesAreNotRead(t *testing.T) {
	w := newWorld(t)
	d, foreign := w.newDev(1, "office-1", auth.RoleClerk), newWorld(t).newDev(1, "office-1", auth.RoleClerk)
	var lines []*rawConn
	for i := range 200 {
		for _, tt := range []struct{ head, want string }{
			{post("/v1/sync", "", eightMiB), wire.CodeUnauthorized},
			{post("/v1/sync", foreign.token, eightMiB), wire.CodeUnauthorized},
			{post("/v1/sync", foreign.token, "Transfer-Encoding: chunked"), wire.CodeUnauthorized},
			{post("/v1/sync", foreign.token, eightMiB, "Expect: 100-continue"), wire.CodeUnauthorized},
			{post("/v1/sync", w.tokenOf(auth.RoleAdmin), eightMiB), wire.CodeForbidden},
			{post("/v1/sync", d.token, eightMiB), wire.CodeTooLarge},
			{post("/v1/acts", w.tokenOf(auth.RoleHQ), eightMiB), wire.CodeTooLarge},
			{post("/v1/enroll", "", eightMiB), wire.CodeTooLarge},
			{post("/v1/token", "", "Content-Length: 16385"), wire.CodeTooLarge},
			{post("/v1/nowhere", "", eightMiB), wire.CodeTooLarge},
		}[i%5*2 : i%5*2+2] {
			l := w.dial(tt.head)
			w.wantRefusal(l.readReply(), tt.want)
			lines = append(lines, l)
		}
	}
	if n := w.api.bodyBudget.used.Load() + w.api.strangerBudget.used.Load(); n != 0 {
		t.Fatalf("%d bytes are set aside", n)
	}
	for _, l := range lines {
		l.send(strings.Repeat("x", 1000)) // no reset: a sender may finish before reading the answer
	}
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	if got := statusesOf(d.push(0, 1)); got[0] != wire.Created {
		t.Fatalf("%v", got)
	}
}

// All strangers' bodies together are bounded.
func TestStrangersShareARoom(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.StrangerBudget = 3 * strangerBodyLimit })
	half := post("/v1/enroll", "", fmt.Sprint("Content-Length: ", strangerBodyLimit)) + "{"
	slow := []*rawConn{w.dial(half), w.dial(half), w.dial(half)}
	w.until(func() bool { return w.api.strangerBudget.used.Load() == 3*strangerBodyLimit })
	r := w.dial(half).readReply()
	w.wantRefusal(r, wire.CodeBusy)
	if r.header.Get("Retry-After") == "" {
		t.Fatal("no Retry-After")
	}
	d := w.newDev(1, "office-1", auth.RoleClerk) // an authenticated device's budget is separate
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	if got := statusesOf(d.push(0, 1)); got[0] != wire.Created {
		t.Fatalf("%v", got)
	}
	for _, l := range slow {
		l.send(strings.Repeat(" ", strangerBodyLimit-1))
		w.wantRefusal(l.readReply(), wire.CodeBadRequest)
	}
	if n := w.api.strangerBudget.used.Load(); n != 0 {
		t.Fatalf("%d bytes stay set aside", n)
	}
}

// Devices share a budget too: a sender finding the budget full is told to come back before sending the body.
func TestLargeBodiesAtOnceAreBounded(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.BodyBudget = 2 << 20 })
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendInvalid(400, 3000)
	full := string(d.body(0, 400, wire.Identity))
	head := post("/v1/sync", d.token, fmt.Sprint("Content-Length: ", len(full)), "Accept-Encoding: identity")
	slow := w.dial(head + full[:100_000])
	w.until(func() bool { return w.api.bodyBudget.used.Load() > 0 })
	r := w.dial(head).readReply()
	w.wantRefusal(r, wire.CodeBusy)
	if r.header.Get("Retry-After") == "" {
		t.Fatal("no Retry-After")
	}
	slow.send(full[100_000:])
	if got := statusesOf(d.answer(slow.readReply())); len(got) != 400 || got[399] != wire.Quarantined {
		t.Fatalf("%d %s", len(got), got[len(got)-1])
	}
	invited := w.dial(post("/v1/sync", d.token, fmt.Sprint("Content-Length: ", len(full)), "Expect: 100-continue"))
	if r := invited.readReply(); r.status != http.StatusContinue {
		t.Fatal(r)
	}
	invited.send(full)
	if got := statusesOf(d.answer(invited.readReply())); len(got) != 400 || got[399] != wire.Quarantined {
		t.Fatalf("%d %s", len(got), got[len(got)-1])
	}
	if n := w.api.bodyBudget.used.Load(); n != 0 {
		t.Fatalf("%d bytes stay set aside", n)
	}
}

// A body left unread is never taken for the next request; after a small body the connection goes on.
func TestUnreadBodyIsNoRequest(t *testing.T) {
	w := newWorld(t)
	hidden := "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, head := range []string{
		post("/v1/sync", "", eightMiB), post("/v1/sync", "", "Transfer-Encoding: chunked"),
		"BREW /v1/sync HTTP/1.1\r\nHost: x\r\n" + eightMiB + "\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: x\r\n" + eightMiB + "\r\n\r\n",
	} {
		l := w.dial(head + hidden)
		l.readReply()
		if _, err := l.r.ReadByte(); err != io.EOF {
			t.Fatalf("after %q something came: %v", head, err)
		}
	}
	l := w.dial(post("/v1/sync", "", "Content-Length: 5", declaredHeader+": 7") + "small" + hidden)
	w.wantRefusal(l.readReply(), wire.CodeUnauthorized)
	if r := l.readReply(); r.status != http.StatusOK {
		t.Fatal(r)
	}
}

// appendInvalid appends n lines of about size bytes, which the server quarantines.
func (d *testDevice) appendInvalid(n, size int) {
	for i := range n {
		text, err := json.Marshal(fmt.Sprint(i, strings.Repeat("x", size)))
		d.w.must(err)
		d.appendLine(string(text))
	}
}
