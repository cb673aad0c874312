package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

// A line of an act of a later program, or of no act at all, is shown as it came, quarantined and after a release: on the
// record's page, in the API and in the exports.
func TestUnknownActsAreShownAsTheyCame(t *testing.T) {
	w := browsertest.New(t)
	y := w.RecordYear()
	b := newBrowser(t, w).signedInAs(auth.RoleHQ)
	bearer := b.apiToken(auth.RoleHQ)
	later := w.Speak("plate", y.Conflict, "share<1>")
	none := w.Speak("plate", y.Conflict, " ")
	check := func(when string) {
		t.Helper()
		for _, lang := range []string{"zh", "en"} {
			r := b.get("/records/" + y.Conflict + "?lang=" + lang)
			if r.status != http.StatusOK || !strings.Contains(r.body, "share&lt;1&gt;") || !strings.Contains(r.body, none.String()) {
				t.Errorf("%s, %s: %d %s", when, lang, r.status, textOf(r.body))
			}
		}
		for path, want := range map[string]string{
			"/v1/records/" + y.Conflict:       `"id":"` + y.Conflict,
			"/v1/export/observations?all=1":   later.String(),
			"/v1/export/records":              y.Conflict,
			"/v1/indicators?year=2020":        "P5-1",
			"/v1/drill?year=2020&row=P5-1":    y.Conflict,
			"/indicators/P5-1?at=2020-12-31":  "P5-1",
			"/v1/quarantine?released=" + when: later.String(),
		} {
			if r := b.get(path, "Authorization", bearer); r.status != http.StatusOK || !strings.Contains(r.body, want) {
				t.Errorf("%s, %s: %d %.300s", when, path, r.status, r.body)
			}
		}
	}
	check("0")
	w.Release(later)
	w.Release(none)
	check("1")
}

// apiToken signs a user in by the API and returns the header of requests.
func (b *browser) apiToken(user string) (bearer string) {
	b.t.Helper()
	body, err := json.Marshal(map[string]string{"user": user, "password": browsertest.Password})
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.w.URL+"/v1/signin", bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	var answer struct{ Token string }
	if r := b.do(req, "Content-Type", "application/json"); json.Unmarshal([]byte(r.body), &answer) != nil || answer.Token == "" {
		b.t.Fatalf("sign-in: %d %s", r.status, r.body)
	}
	return "Bearer " + answer.Token
}
