package outside

import (
	"net/http"
	"testing"
	"time"
)

// TestTools: each tool of this suite works.
func TestTools(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	d.plate()
	d.deliver(s.URL)
	s.wantExported(d.confirmed...)
	t.Run("a copy put back", func(t *testing.T) {
		s.stop()
		before := copyOf(t, s.dir)
		s.start()
		late := d.plate()
		d.deliver(s.URL)
		s.wantExported(late)
		s.stop()
		putBack(t, before, s.dir)
		s.start()
		if s.export()[late] != 0 {
			t.Error("the server has what came after the copy")
		}
		s.wantExported(d.confirmed[0])
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
		e := s.enroll("office-2", "clerk")
		e.plate()
		for _, l := range []tamper{portal, empty204, braces, halfAnswer, noAnswer, tooLarge, redirect(http.StatusFound, s.URL)} {
			p.tamperWith(onPath("/v1/nonce", l))
			if o := e.sync(p.URL); o.Exit == 0 {
				t.Errorf("nobody noticed the lie: %v", o)
			}
		}
		e.wantWaiting(1)
		p.tamperWith(plain)
		e.deliver(p.URL)
		s.wantExported(e.confirmed...)
	})
	t.Run("few files", func(t *testing.T) {
		s.restart(files(256))
		if n := openFilesLimit(t, s.PID()); n != "256" {
			t.Errorf("the server may open %s files", n)
		}
		s.restart()
	})
}
