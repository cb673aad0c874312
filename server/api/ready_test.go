package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/store"
)

// readyStub is a readable store with a settable readiness.
type readyStub struct {
	store.Store
	says error
}

func (s *readyStub) Ready(context.Context) error { return s.says }

// TestReadySaysWhatIsWrong: a server without its files is not ready; a server with a full disk is ready, because
// reading goes on, and lists a warning.
func TestReadySaysWhatIsWrong(t *testing.T) {
	s := &readyStub{}
	w := newWorld(t, func(c *Config) {
		s.Store, _ = c.Store.(store.Store)
		c.Store = s
		c.Warnings = func() []Warning {
			if s.says == nil {
				return nil
			}
			return []Warning{{Code: "disk_full", Message: schema.Text{ZH: "满", EN: "full"}}}
		}
	})
	for _, c := range []struct {
		says   error
		status int
		body   string
	}{
		{nil, http.StatusOK, `"ready"`},
		{store.ErrFull, http.StatusOK, "disk_full"},
		{store.ErrGone, http.StatusServiceUnavailable, "被删除、替换或移走"},
		{store.ErrUnavailable, http.StatusServiceUnavailable, "store"},
	} {
		s.says = c.says
		r := w.ask(http.MethodGet, "/readyz", "", nil)
		if r.status != c.status || !strings.Contains(r.body, c.body) {
			t.Errorf("%v: %d %s", c.says, r.status, r.body)
		}
		if c.says == nil && strings.Contains(r.body, "warnings") {
			t.Errorf("it warns of nothing: %s", r.body)
		}
	}
}
