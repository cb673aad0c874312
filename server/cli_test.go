package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/server/hub"
)

// try runs a command line that ends by itself.
func try(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

// running is a server that was started by its command line.
type running struct {
	ready ready
	stop  func() int
}

// launch starts a command that serves, and waits for the line that says it is ready.
func launch(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, args, strings.NewReader(""), w, &errs)
		_ = w.Close()
		ended <- code
	}()
	stop := func() int { cancel(); return <-ended }
	t.Cleanup(cancel)
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: exit %d, %s", args, stop(), errs.String())
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	s := &running{stop: stop}
	if err := json.Unmarshal([]byte(line), &s.ready); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return s
}

func TestCommandLineTable(t *testing.T) {
	dir := t.TempDir()
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	if s.ready.User != "admin" || s.ready.Password == "" || !strings.HasPrefix(s.ready.URL, "http://127.0.0.1:") {
		t.Fatalf("first start says %+v", s.ready)
	}
	empty := t.TempDir()
	tests := []struct {
		name, in, args string
		code           int
		out, errs      string
	}{
		{"help", "", "--help", exitOK, "退出码", ""},
		{"help of a command", "", "user add --help", exitOK, "口令", ""},
		{"unknown command", "", "fly", exitUsage, "", "server --help"},
		{"unknown flag", "", "serve --wings", exitUsage, "", "--wings"},
		{"wrong type", "", "demo --seed x", exitUsage, "", "seed"},
		{"directory in use", "", "serve --data " + dir + " --listen 127.0.0.1:0", exitInUse, "", "另一个进程"},
		{"port that is none", "", "serve --data " + empty + "/a --listen 127.0.0.1:99999", exitFault, "", "检查 --listen"},
		{"no store there", "", "user list --data " + empty, exitNoSuch, "", "not found"},
		{"flags behind the command", "", "user list --data " + dir, exitOK, "admin\tadmin", ""},
		{"flags before the command", "", "--data " + dir + " user list", exitOK, "admin\tadmin", ""},
		{"JSON", "", "--json user list --data " + dir, exitOK, `"user":"admin"`, ""},
		{"add", "long enough\n", "user add 王 --role viewer --data " + dir, exitOK, "", "口令"},
		{"add again", "long enough\n", "user add 王 --data " + dir, exitNoSuch, "", "exists"},
		{"short password", "short\n", "user add b --data " + dir, exitUsage, "", "口令"},
		{"unknown role", "long enough\n", "user add b --role king --data " + dir, exitUsage, "", "server: 用户角色应为 admin"},
		{"passwd of nobody", "long enough\n", "user passwd nobody --data " + dir, exitNoSuch, "", "server user list"},
		{"passwd", "another secret\n", "user passwd 王 --data " + dir, exitOK, "", ""},
		{"disable", "", "user disable 王 --data " + dir, exitOK, "", ""},
		{"is disabled", "", "user list --data " + dir, exitOK, "王\tviewer\t停用", ""},
		{"code", "", "device code --unit check-1 --role officer --data " + dir, exitOK, "-", ""},
		{"code as JSON", "", "device code --unit check-1 --role officer --json --data " + dir, exitOK, `"unit":"check-1","role":"officer","fingerprint":"`, ""},
		{"code for nothing", "", "device code --data " + dir, exitUsage, "", "单位"},
		{"code for no time", "", "device code --unit a --role clerk --hours 0 --data " + dir, exitUsage, "", "hours"},
		{"revoke nobody", "", "device revoke 0000000000 --data " + dir, exitNoSuch, "", "--unseen"},
		{"revoke who is no device", "", "device revoke someone --unseen --data " + dir, exitUsage, "", "no device's id"},
		{"revoke who will come back", "", "device revoke 0000000000 --unseen --data " + dir, exitOK, "", ""},
		{"it is listed", "", "device list --json --data " + dir, exitOK, `"device":"0000000000"`, ""},
		{"backup to no directory", "", "backup mongodb://127.0.0.1:1/x --data " + dir, exitUsage, "", "a backup is a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := try(t, tt.in, strings.Fields(tt.args)...)
			if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) {
				t.Errorf("exit %d (want %d)\nout %q wants %q\nerr %q wants %q", code, tt.code, out, tt.out, errs, tt.errs)
			}
		})
	}
	if code := s.stop(); code != exitOK {
		t.Fatalf("stopped with %d", code)
	}
	again := launch(t, "--json", "--listen", "127.0.0.1:0", "--data", dir) // serve is the default
	if again.ready.Password != "" {
		t.Fatal("the first password is shown twice")
	}
	if code := again.stop(); code != exitOK {
		t.Fatalf("stopped with %d", code)
	}
}

func TestEnvironmentTwins(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "data")
	t.Setenv("ROADBOOK_DATA", dir)
	t.Setenv("ROADBOOK_LISTEN", "127.0.0.1:0")
	t.Setenv("ROADBOOK_JSON", "true")
	s := launch(t)
	if resp, err := http.Get(s.ready.URL + "/healthz"); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	} else {
		resp.Body.Close()
	}
	t.Setenv("ROADBOOK_PASSWORD", "from the environment")
	if code, _, errs := try(t, "", "user", "add", "env"); code != exitOK {
		t.Fatal(code, errs)
	}
	if code, out, _ := try(t, "", "user", "list"); code != exitOK || !strings.Contains(out, `"user":"env"`) {
		t.Fatal(code, out)
	}
	if code := s.stop(); code != exitOK {
		t.Fatalf("stopped with %d", code)
	}
}

// TestDemo: one that was cut off begins anew, a whole one is served as it is, and it can be removed.
func TestDemo(t *testing.T) {
	dir := t.TempDir() + "/demo"
	demoCutOff(t, dir)
	args := []string{"demo", "--seed", "5", "--volume", "3", "--data", dir, "--listen", "127.0.0.1:0", "--json"}
	s := launch(t, args...)
	roles := map[string]int{}
	for _, e := range s.ready.Enroll {
		roles[e.Role]++
	}
	if s.ready.User == "" || s.ready.Password == "" || roles["officer"] == 0 || roles["clerk"] == 0 {
		t.Fatalf("ready line %+v", s.ready)
	}
	first := figures(t, s)
	for id, v := range first {
		if v == "" {
			t.Errorf("%s has no value", id)
		}
	}
	if code, _, errs := try(t, "", "demo", "remove", "--data", dir, "--yes"); code != exitInUse || len(first) != 27 {
		t.Fatal(code, errs, first)
	}
	if code := s.stop(); code != exitOK {
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
	s.stop()
	removed(t, dir)
}

// sheetOfDemo: what any command finds in a demo's directory says that it is invented, and is counted as the demo counts.
func sheetOfDemo(t *testing.T, dir string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "sheet.html")
	code, _, errs := try(t, "", "report", "selfevaluation", "--data", dir, "--project", "451-0501-YXN-0V4M", "--at", "2020-12-31", "--out", out)
	if code != exitOK || strings.Contains(errs, "重新计数") {
		t.Fatalf("exit %d, %s", code, errs)
	}
	if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), "演示数据，均为虚构") {
		t.Errorf("the sheet does not say that it is a demo's: %v", err)
	}
}

// demoCutOff leaves what a demo leaves that was killed while its year was lived.
func demoCutOff(t *testing.T, dir string) {
	t.Helper()
	h, err := hub.New(t.Context(), hub.Config{Data: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(putMark(t.Context(), h.Store(), demoMark{Seed: "5"}), h.Auth().AddUser(t.Context(), demoHQ, "12345678", auth.RoleHQ))
	if err = errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}
}

// removed: the demo goes only when it is confirmed, and takes the directory with it.
func removed(t *testing.T, dir string) {
	t.Helper()
	if text, err := os.ReadFile(filepath.Join(dir, noticeFile)); err != nil || !strings.Contains(string(text), "虚构") {
		t.Errorf("%s %v", text, err)
	}
	for _, no := range []string{"", "no\n"} {
		if code, _, errs := try(t, no, "demo", "remove", "--data", dir); code != exitUsage || !strings.Contains(errs, dir) {
			t.Errorf("%q: exit %d, %s", no, code, errs)
		}
	}
	if code, _, errs := try(t, "yes\n", "demo", "remove", "--data", dir); code != exitOK {
		t.Errorf("exit %d, %s", code, errs)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
	if code, _, _ := try(t, "", "demo", "remove", "--data", dir, "--yes"); code != exitNoSuch {
		t.Errorf("removed twice: exit %d", code)
	}
}

func TestDemoLeavesRealDataAlone(t *testing.T) {
	dir := t.TempDir()
	launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json").stop()
	code, out, errs := try(t, "", "demo", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	if code != exitNoSuch || out != "" || !strings.Contains(errs, "真实数据") {
		t.Fatal(code, out, errs)
	}
	code, _, errs = try(t, "", "demo", "remove", "--data", dir, "--yes")
	if _, err := os.Stat(filepath.Join(dir, "roadbook.db")); code != exitNoSuch || !strings.Contains(errs, "真实数据") || err != nil {
		t.Fatal(code, errs, err)
	}
}

// figures signs in as a script would, and reads the values by row.
func figures(t *testing.T, s *running) map[string]string {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second}
	body, err := json.Marshal(map[string]string{"user": s.ready.User, "password": s.ready.Password})
	if err != nil {
		t.Fatal(err)
	}
	var session struct{ Token string }
	resp, err := client.Post(s.ready.URL+"/v1/signin", "application/json", bytes.NewReader(body))
	decode(t, resp, err, &session)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.ready.URL+"/v1/indicators?year=2020&at=2020-12-31", nil)
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

// TestDemoWhoseDatabaseIsGone: what is left of a demo keeps nobody from a new one, nor from clearing it away; a real
// server's directory is another thing.
func TestDemoWhoseDatabaseIsGone(t *testing.T) {
	for name, demos := range map[string]bool{"a demo's": true, "a real server's": false} {
		cfg := hub.Config{Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0"}
		h, err := hub.New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if demos {
			err = putNotice(cfg)
		}
		if err = errors.Join(err, h.Close(), os.Remove(filepath.Join(cfg.Data, "roadbook.db"))); err != nil {
			t.Fatal(err)
		}
		want := exitFault
		if demos {
			want = exitOK
		}
		if code, _, errs := try(t, "", "demo", "remove", "--yes", "--data", cfg.Data); code != want {
			t.Errorf("%s: exit %d, %s", name, code, errs)
		}
		if _, err := os.Stat(cfg.Data); errors.Is(err, os.ErrNotExist) != demos {
			t.Errorf("%s: the directory: %v", name, err)
		}
	}
}
