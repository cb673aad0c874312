package outside

import (
	"net/http"
	"testing"
	"time"
)

// TestTools: each tool of this suite does what the tests take it to do.
func TestTools(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	d := s.enrol("office-1", "clerk")
	d.plate()
	d.deliver(s.URL)
	s.has(d.said...)
	t.Run("a copy put back", func(t *testing.T) {
		s.stop()
		before := copyOf(t, s.dir)
		s.start()
		late := d.plate()
		d.deliver(s.URL)
		s.has(late)
		s.stop()
		putBack(t, before, s.dir)
		s.start()
		if s.export()[late] != 0 {
			t.Error("the server has what came after the copy")
		}
		s.has(d.said[0])
	})
	t.Run("a clock that is off", func(t *testing.T) {
		s.restart(clock(72 * time.Hour))
		resp, err := http.Post(s.URL+"/v1/nonce", "application/json", nil)
		w.must(err)
		defer resp.Body.Close()
		raw := read(t, resp.Body)
		var n struct {
			ServerTime int64 `json:"server_time"`
		}
		w.must(fromJSON(raw, &n))
		if ahead := time.Until(time.UnixMilli(n.ServerTime)); ahead < 71*time.Hour || ahead > 73*time.Hour {
			t.Errorf("the server's clock is %s ahead", ahead)
		}
		s.restart()
	})
	t.Run("a proxy", func(t *testing.T) {
		p := w.proxy(s.URL)
		e := s.enrol("office-2", "clerk")
		e.plate()
		for _, l := range []lie{portal, empty204, braces, halved, vanished, tooLarge, redirect(http.StatusFound, s.URL)} {
			p.lie(on("/v1/nonce", l))
			if o := e.sync(p.URL); o.Exit == 0 {
				t.Errorf("nobody noticed the lie: %v", o)
			}
		}
		e.waits(1)
		p.lie(plain)
		e.deliver(p.URL)
		s.has(e.said...)
	})
	t.Run("few files", func(t *testing.T) {
		s.restart(files(256))
		if n := openFilesLimit(t, s.PID()); n != "256" {
			t.Errorf("the server may open %s files", n)
		}
		s.restart()
	})
}
