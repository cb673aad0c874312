package outside

import (
	"path/filepath"
	"strings"
	"testing"
)

// exitOtherServer is the client's exit code while another server waits for confirmation.
const exitOtherServer = 10

// twoStreams is a device with delivered lines in two streams, since its disk was put back once. One line of the first
// stream is lost on the disk, and kept by the server.
func twoStreams(s *server, first, second int, options ...option) *device {
	s.w.t.Helper()
	d := s.enroll("office-1", "clerk", options...)
	d.plates(first)
	d.deliver("")
	before := copyOf(s.w.t, d.dir)
	d.plate()
	d.deliver("")
	putBack(s.w.t, before, d.dir)
	d.confirmed = d.confirmed[:first]
	d.deliver("") // brings the range with the lost line
	d.plates(second)
	d.deliver("")
	if n := len(streamsOf(d.confirmed)); n != 2 {
		s.w.t.Fatalf("the device has lines in %d streams, not 2", n)
	}
	s.wantExported(d.confirmed...)
	return d
}

// streamsOf returns the streams of observations, from their ids.
func streamsOf(ids []string) map[string]bool {
	streams := map[string]bool{}
	for _, id := range ids {
		parts := strings.Split(id, ".")
		streams[parts[0]+"."+parts[1]] = true
	}
	return streams
}

// TestServerLostButItsKey: a server loses everything but its key. After enrolling there again, every delivered line of
// every stream waits at once.
func TestServerLostButItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve("")
	user, password := s.User, s.Password
	empty := filepath.Join(t.TempDir(), "backup") // the server's state of the first day
	if o := s.command("backup", empty); o.Exit != 0 {
		t.Fatalf("backup: %v", o)
	}
	d := twoStreams(s, 3, 2)
	s.stop()
	lost := &server{w: w, dir: filepath.Join(t.TempDir(), "new")}
	if o := lost.command("restore", empty); o.Exit != 0 {
		t.Fatalf("restore: %v", o)
	}
	again := w.serveAs(lost.dir, user, password)
	d.enrollAt(again, "office-1", "clerk")
	d.wantWaiting(5)
	d.deliver("")
	again.wantExported(d.confirmed...)
	d.plate()
	d.deliver("")
	again.wantExported(d.confirmed...)
}

// pending is a server waiting for confirmation, in the output of status.
type pending struct {
	Pending *struct {
		Server, Was, Fingerprint string
		Lines                    int
	}
}

// TestServerOfAnotherKey: the new server gets nothing before a person confirms the change, and then all lines, without
// the boots signed by the old server.
func TestServerOfAnotherKey(t *testing.T) {
	t.Parallel()
	for _, pin := range []string{"", "2580"} {
		t.Run("PIN "+pin, func(t *testing.T) {
			w := newWorld(t)
			s := w.serve("")
			var options []option
			if pin != "" {
				options = append(options, env("ROADBOOK_PIN="+pin))
			}
			d := twoStreams(s, 3, 2, options...)
			s.stop()
			other := w.serve("")
			p := w.proxy(other.URL)
			seen := w.countTraffic(p)
			d.enrollElsewhere(other, p.URL)
			d.sync("")
			d.sync(p.URL)
			if seen.lines != 0 || len(other.export()) != 0 {
				t.Errorf("%d lines went to a server that nobody confirmed", seen.lines)
			}
			st := d.wantPending(len(d.confirmed))
			if o := d.run("confirm", "0000-0000-0000-0000"); o.Exit != exitOtherServer {
				t.Errorf("a wrong fingerprint was taken: %v", o)
			}
			if pin != "" {
				d.opts = []option{env("ROADBOOK_PIN=0852")}
				if o := d.run("confirm", st); o.Exit != 6 {
					t.Errorf("a wrong PIN was taken: %v", o)
				}
				d.opts = options
			}
			d.wantPending(len(d.confirmed))
			seen.foreignBoots = 0 // until now the device took the other server for its own at a new address
			if o := d.run("confirm", st); o.Exit != 0 {
				t.Fatalf("confirm: %v", o)
			}
			d.wantWaiting(5)
			d.deliver("")
			other.wantExported(d.confirmed...)
			if seen.foreignBoots != 0 {
				t.Errorf("%d boots of the old server's signature were offered to the new one", seen.foreignBoots)
			}
		})
	}
}

// serveAs starts a server with a known administrator.
func (w *world) serveAs(dir, user, password string) *server {
	w.t.Helper()
	s := w.serve(dir)
	s.hq.User, s.hq.Password = user, password
	w.must(s.hq.SignIn(s.URL))
	return s
}

// enrollElsewhere enrolls the device at a server of another key, which must stop with exitOtherServer.
func (d *device) enrollElsewhere(s *server, url string) {
	d.w.t.Helper()
	code, err := s.hq.Code(s.URL, "office-1", "clerk")
	d.w.must(err)
	if o := d.run("enroll", "--server", url, "--code", code); o.Exit != exitOtherServer || !strings.Contains(o.Errs, `"other_server"`) {
		d.w.t.Errorf("enrolled at a server of another key: %v", o)
	}
}

// wantPending checks that status names a pending server and the number of lines, and returns the server's fingerprint.
func (d *device) wantPending(lines int) string {
	d.w.t.Helper()
	var st pending
	d.runJSON(&st, "status")
	if st.Pending == nil {
		d.w.t.Fatal("status says nothing of another server")
	}
	if st.Pending.Lines != lines || st.Pending.Was == st.Pending.Fingerprint || st.Pending.Was == "" {
		d.w.t.Errorf("status says %+v", *st.Pending)
	}
	return st.Pending.Fingerprint
}
