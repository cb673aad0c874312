package api

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/query"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Every route with a year refuses one without a catalogue by a code of its own, with the years that there are; HQ is told the
// command, a viewer is not. A year far from the present, or none at all, is a slip, and no catalogue is promised.
func TestAYearWithoutACatalogue(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		cats, err := catalogue.Embedded(schema.Default())
		if err != nil {
			t.Fatal(err)
		}
		c.Query = query.New(query.Config{
			Store: c.Store, Schema: schema.Default(), Catalogues: cats, Counter: tally.NewCounter(cats...),
			DeliveringDevices: func(context.Context) ([]query.DeliveringDevice, error) { return nil, nil },
			Now:               func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) },
		})
	})
	const command = "server catalogue adopt 2020 2026"
	for _, path := range []string{"/v1/indicators?", "/v1/drill?row=P5-1&", "/v1/completeness?", "/v1/reports/selfevaluation?project=1&"} {
		for _, role := range []string{auth.RoleViewer, auth.RoleHQ, auth.RoleAdmin} {
			if role == auth.RoleViewer && strings.HasPrefix(path, "/v1/reports") {
				continue
			}
			r := w.ask(http.MethodGet, path+"year=2026", w.tokenOf(role), nil)
			w.wantRefusal(r, wire.CodeNoCatalogue)
			text := r.body
			if !strings.Contains(text, "2026 年尚无指标目录：该年的登记照常保存") || !strings.Contains(text, "Years with a catalogue: 2020") ||
				strings.Contains(text, command) != (role != auth.RoleViewer) {
				t.Errorf("%s, %s: %s", path, role, text)
			}
		}
		r := w.ask(http.MethodGet, path+"year=1999", w.tokenOf(auth.RoleHQ), nil)
		w.wantRefusal(r, wire.CodeNoCatalogue)
		if text := r.body; !strings.Contains(text, "没有 1999 年的指标目录") || strings.Contains(text, "adopt") {
			t.Errorf("%s of 1999: %s", path, text)
		}
		w.wantRefusal(w.ask(http.MethodGet, path+"year=226", w.tokenOf(auth.RoleHQ), nil), wire.CodeBadRequest)
	}
}
