package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// compared is the answer to a table.
type compared struct {
	There, Here, Difference, Unexplained int64
	Classes                              []struct {
		Class  string
		Number int
		Share  int64
	}
	Findings []struct {
		Class       string
		Row         int
		Record      string
		Name        struct{ ZH string }
		Words       struct{ ZH string }
		Differences []struct{ Field string }
	}
	LeftOut int `json:"left_out"`
}

func (c *compared) number(class string) int {
	for _, s := range c.Classes {
		if s.Class == class {
			return s.Number
		}
	}
	return 0
}

// TestPlatformIsReconciled: the year against the platform's tables with 300 differences of eight kinds. Every one is named, nothing else
// is, and the totals are explained.
func TestPlatformIsReconciled(t *testing.T) {
	platformIsReconciled(t, 7, 12)
}

func platformIsReconciled(t *testing.T, seed uint64, volume int) {
	s := launch(t, "demo", "--seed", fmt.Sprint(seed), "--volume", fmt.Sprint(volume), "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--json")
	world := foretold(t, seed, volume)
	total := 0
	for _, p := range []*platform{platesThere(world, 23), ticketsThere(world, 11), accidentsThere(world, 4)} {
		for _, n := range p.changed {
			total += n
		}
		t.Run(p.kind, func(t *testing.T) {
			isReconciled(t, p, sendPlatform(t, s.Ready.URL, s.Ready.User, s.Ready.Password, p))
		})
	}
	if total < 300 {
		t.Errorf("%d differences", total)
	}
	s.Stop()
}

func isReconciled(t *testing.T, p *platform, got *compared) {
	t.Helper()
	if got.There != p.there || got.Here != p.here || got.Unexplained != 0 || got.LeftOut != 0 {
		t.Errorf("%d there, %d here, %d unexplained; want %d and %d", got.There, got.Here, got.Unexplained, p.there, p.here)
	}
	if n := got.number("not_measured"); n != p.notMeasured {
		t.Errorf("%d outside the measure, want %d", n, p.notMeasured)
	}
	findings := map[int]string{}
	var only []string
	for _, f := range got.Findings {
		var fields []string
		for _, d := range f.Differences {
			fields = append(fields, d.Field)
		}
		switch {
		case f.Class == "only_here":
			only = append(only, f.Name.ZH)
		case f.Row > 0 && f.Class != "not_measured":
			findings[f.Row] = f.Class + " " + strings.Join(fields, " ")
		case f.Row > 0 && len(fields) > 0:
			t.Errorf("row %d: %+v", f.Row, f)
		}
	}
	for i, r := range p.rows {
		want := strings.TrimRight(r.class+" "+r.fields, " ")
		if have := strings.TrimRight(findings[i+2], " "); have != want {
			t.Errorf("row %d %v is %q, want %q", i+2, r.cells, have, want)
		}
	}
	for _, name := range p.removed {
		if !slices.ContainsFunc(only, func(text string) bool { return strings.Contains(text, name) }) {
			t.Errorf("%s is not said to be only here", name)
		}
	}
	if len(only) != len(p.removed) {
		t.Errorf("%d only here, want %d: %v", len(only), len(p.removed), only)
	}
}

// sendPlatform signs in and sends a table.
func sendPlatform(t *testing.T, url, user, password string, p *platform) *compared {
	t.Helper()
	do := func(path, kind, token string, body io.Reader, into any) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %.300s %v", path, resp.Status, raw, err)
		}
	}
	var session struct{ Token string }
	do("/v1/signin", "application/json", "", strings.NewReader(fmt.Sprintf(`{"user":%q,"password":%q}`, user, password)), &session)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("kind", p.kind)
	_ = w.WriteField("year", "2020")
	f, err := w.CreateFormFile("file", p.kind+".csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(f, p.table())
	_ = w.Close()
	out := new(compared)
	do("/v1/reconciliations", w.FormDataContentType(), session.Token, &form, out)
	return out
}
