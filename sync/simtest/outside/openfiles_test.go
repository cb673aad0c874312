package outside

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// idle opens n silent connections. They stay open as long as the server allows.
func (w *world) idle(url string, n int) (open []net.Conn) {
	w.t.Helper()
	for range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		w.must(err)
		w.t.Cleanup(func() { _ = c.Close() })
		open = append(open, c)
	}
	return open
}

// TestOpenFiles: 512 open files, and repeatedly 600 silent connections from anyone. Devices get tokens and deliver, HQ
// reads, and the server closes silent connections instead. Once these are gone, all is as before.
func TestOpenFiles(t *testing.T) {
	w := newWorld(t)
	s := w.serve("", files(512))
	before := s.enroll("office-1", "clerk")
	var open []net.Conn
	for range 2 {
		open = append(open, w.idle(s.URL, 600)...)
		before.plates(3)
		before.deliver(s.URL)
		late := s.enroll("office-2", "clerk") // a new device gets through too
		late.plate()
		late.deliver(s.URL)
		s.wantExported(append(late.confirmed, before.confirmed...)...)
	}
	m, err := s.hq.Metrics(s.URL)
	w.must(err)
	all, strangers := m[`roadbook_connections_most{kind="all"}`], m[`roadbook_connections{kind="stranger"}`]
	if all == 0 || all >= 512 || strangers > all/2 {
		t.Errorf("%d of at most %d connections are strangers'", strangers, all)
	}
	if n := strings.Count(s.Errs(), "too many connections"); n < 1 || n > 6 {
		t.Errorf("the log says %d times that there are too many connections:\n%s", n, s.Errs())
	}
	for _, c := range open {
		_ = c.Close()
	}
	for i := 0; m[`roadbook_connections{kind="stranger"}`] > 5; i++ {
		if i > 200 {
			t.Fatalf("the server does not notice that they left: %v", m)
		}
		time.Sleep(50 * time.Millisecond)
		m, err = s.hq.Metrics(s.URL)
		w.must(err)
	}
	before.plate()
	before.deliver(s.URL)
	s.wantExported(before.confirmed...)
	s.stop()
}

// TestFewerFilesThanItNeeds: a server with too few open files to serve anybody refuses to start, and names the remedy.
func TestFewerFilesThanItNeeds(t *testing.T) {
	w := newWorld(t)
	s := &server{w: w, dir: t.TempDir()}
	s.launch(files(100))
	if s.URL != "" {
		s.Kill()
		t.Fatal("it serves with 100 open files")
	}
	if !strings.Contains(s.Errs(), "ulimit -n") {
		t.Errorf("it does not say what to do:\n%s", s.Errs())
	}
	s.start(files(512))
	defer s.Kill()
	resp, err := http.Get(s.URL + "/healthz")
	w.must(err)
	_ = resp.Body.Close()
}
