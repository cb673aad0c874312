package web_test

import (
	"net/http"
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

// A record that HQ returned says so on its page, with HQ's words as text.
func TestReturnedRecordSaysSo(t *testing.T) {
	b, y := newYear(t)
	newBrowser(t, b.w).signedInAs(auth.RoleHQ)
	s, err := b.w.Auth.SignIn(t.Context(), "test", auth.RoleHQ, browsertest.Password)
	if err != nil {
		t.Fatal(err)
	}
	if text := textOf(b.page("/records/" + y.Fatal)); strings.Contains(text, "退回") {
		t.Fatalf("returned by nobody: %s", text)
	}
	body := `{"act":"review","record":"` + y.Fatal + `","reason":"请补 <b>122</b> 编号"}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.w.URL+"/v1/acts", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	r, err := http.DefaultClient.Do(req)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r, err)
	}
	r.Body.Close()
	page := b.page("/records/" + y.Fatal)
	if text := textOf(page); !strings.Contains(text, "已退回单位更正 请补 <b>122</b> 编号 hq · ") || !strings.Contains(page, "&lt;b&gt;122") {
		t.Errorf("%s", text)
	}
	if text := textOf(b.page("/records/" + y.Fatal + "?lang=en")); !strings.Contains(text, "Returned to its unit") {
		t.Errorf("%s", text)
	}
}
