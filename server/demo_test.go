package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadbook/server/command"
	"roadbook/server/command/commandtest"

	"roadbook/server/auth"
	"roadbook/server/hub"
	"roadbook/server/store"
)

// TestDemo: an interrupted demo starts over, a complete demo is served unchanged, and a demo can be removed.
func TestDemo(t *testing.T) {
	dir := t.TempDir() + "/demo"
	demoCutOff(t, dir)
	args := []string{"demo", "--seed", "5", "--volume", "3", "--data", dir, "--listen", "127.0.0.1:0", "--json"}
	s := launch(t, args...)
	roles := map[string]int{}
	for _, e := range s.Ready.Enroll {
		roles[e.Role]++
	}
	if s.Ready.User == "" || s.Ready.Password == "" || roles["officer"] == 0 || roles["clerk"] == 0 {
		t.Fatalf("ready line %+v", s.Ready)
	}
	first := figures(t, s)
	for id, v := range first {
		if v == "" {
			t.Errorf("%s has no value", id)
		}
	}
	if code, _, errs := try(t, "", "demo", "remove", "--data", dir, "--yes"); code != command.ExitInUse || len(first) != 27 {
		t.Fatal(code, errs, first)
	}
	if code := s.Stop(); code != command.ExitOK {
		t.Fatalf("stopped with %d", code)
	}
	sheetOfDemo(t, dir)
	s = launch(t, args...)
	again := figures(t, s)
	for id, v := range first {
		if again[id] != v {
			t.Errorf("%s is %q after a restart, %q before", id, again[id], v)
		}
	}
	s.Stop()
	removed(t, dir)
}

// sheetOfDemo: any command on a demo's directory marks its output as invented, and uses the demo's catalogues.
func sheetOfDemo(t *testing.T, dir string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "sheet.html")
	code, _, errs := try(t, "", "report", "selfevaluation", "--data", dir, "--project", "451-0501-YXN-0V4M", "--at", "2020-12-31", "--out", out)
	if code != command.ExitOK || strings.Contains(errs, "重新计数") {
		t.Fatalf("exit %d, %s", code, errs)
	}
	if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), "演示数据，均为虚构") {
		t.Errorf("the sheet does not say that it is a demo's: %v", err)
	}
	year := strconv.Itoa(hub.Now().Year()) // has the demo's own catalogue
	if code, _, errs := try(t, "", "catalogue", "adopt", "2020", year, "--any-year", "--data", dir); code != command.ExitNoSuch || !strings.Contains(errs, year+" 年已有目录") {
		t.Errorf("exit %d, %s", code, errs)
	}
}

// demoCutOff leaves the data of a demo killed during its year.
func demoCutOff(t *testing.T, dir string) {
	t.Helper()
	h, err := hub.New(t.Context(), hub.Config{Data: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Store().Put(t.Context(), store.Entry{Section: "server", Name: "demo", Data: []byte(`{"seed":"5","lived":false}`)})
	err = errors.Join(err, h.Auth().AddUser(t.Context(), "zhihui", "12345678", auth.RoleHQ))
	if err = errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}
}

// removed: the demo goes only after a confirmation, together with its directory.
func removed(t *testing.T, dir string) {
	t.Helper()
	if text, err := os.ReadFile(filepath.Join(dir, "DEMO.txt")); err != nil || !strings.Contains(string(text), "虚构") {
		t.Errorf("%s %v", text, err)
	}
	for _, no := range []string{"", "no\n"} {
		if code, _, errs := try(t, no, "demo", "remove", "--data", dir); code != command.ExitUsage || !strings.Contains(errs, dir) {
			t.Errorf("%q: exit %d, %s", no, code, errs)
		}
	}
	if code, _, errs := try(t, "yes\n", "demo", "remove", "--data", dir); code != command.ExitOK {
		t.Errorf("exit %d, %s", code, errs)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
	if code, _, _ := try(t, "", "demo", "remove", "--data", dir, "--yes"); code != command.ExitNoSuch {
		t.Errorf("removed twice: exit %d", code)
	}
}

func TestDemoLeavesRealDataAlone(t *testing.T) {
	dir := t.TempDir()
	launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json").Stop()
	code, out, errs := try(t, "", "demo", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	if code != command.ExitNoSuch || out != "" || !strings.Contains(errs, "真实数据") {
		t.Fatal(code, out, errs)
	}
	code, _, errs = try(t, "", "demo", "remove", "--data", dir, "--yes")
	if _, err := os.Stat(filepath.Join(dir, "roadbook.db")); code != command.ExitNoSuch || !strings.Contains(errs, "真实数据") || err != nil {
		t.Fatal(code, errs, err)
	}
}

// figures signs in as a script would, and reads the values by row.
func figures(t *testing.T, s *commandtest.Server) map[string]string {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second}
	body, err := json.Marshal(map[string]string{"user": s.Ready.User, "password": s.Ready.Password})
	if err != nil {
		t.Fatal(err)
	}
	var session struct{ Token string }
	resp, err := client.Post(s.Ready.URL+"/v1/signin", "application/json", bytes.NewReader(body))
	decode(t, resp, err, &session)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Ready.URL+"/v1/indicators?year=2020&at=2020-12-31", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+session.Token)
	var table struct {
		Rows []struct {
			ID    string
			Value *string
		}
	}
	resp, err = client.Do(req)
	decode(t, resp, err, &table)
	out := map[string]string{}
	for _, r := range table.Rows {
		out[r.ID] = ""
		if r.Value != nil {
			out[r.ID] = *r.Value
		}
	}
	return out
}

func decode(t *testing.T, resp *http.Response, err error, v any) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		t.Fatal(err)
	}
}

// TestDemoWhoseDatabaseIsGone: the remains of a demo block neither a new demo nor its removal; a real server's directory
// is refused.
func TestDemoWhoseDatabaseIsGone(t *testing.T) {
	for name, demos := range map[string]bool{"a demo's": true, "a real server's": false} {
		cfg := hub.Config{Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0"}
		h, err := hub.New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if demos {
			err = os.WriteFile(filepath.Join(cfg.Data, "DEMO.txt"), []byte("demo"), 0o600)
		}
		if err = errors.Join(err, h.Close(), os.Remove(filepath.Join(cfg.Data, "roadbook.db"))); err != nil {
			t.Fatal(err)
		}
		want := command.ExitFault
		if demos {
			want = command.ExitOK
		}
		if code, _, errs := try(t, "", "demo", "remove", "--yes", "--data", cfg.Data); code != want {
			t.Errorf("%s: exit %d, %s", name, code, errs)
		}
		if _, err := os.Stat(cfg.Data); errors.Is(err, os.ErrNotExist) != demos {
			t.Errorf("%s: the directory: %v", name, err)
		}
	}
}
