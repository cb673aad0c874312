//go:build demo

package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"roadbook/server/command"
)

// The demo and a client as real programs, checked only through their documented interfaces.

// build builds one of the two programs.
func plannedFacility(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "roadbook/"+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return path
}

// served is a demo in a process of its own.
type served struct {
	t     *testing.T
	cmd   *exec.Cmd
	Ready command.Ready
	token string
}

func serveDemo(t *testing.T, server string, args ...string) *served {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), server, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, cmd: cmd}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(line), &s.Ready); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	s.signIn()
	return s
}

func (s *served) signIn() {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"user": s.Ready.User, "password": s.Ready.Password})
	if err != nil {
		s.t.Fatal(err)
	}
	var session struct{ Token string }
	s.read(s.ask(http.MethodPost, "/v1/signin", body), &session)
	s.token = session.Token
}

func (s *served) ask(method, path string, body []byte) []byte {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.Ready.URL+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %s %v", path, resp.Status, b, err)
	}
	return b
}

func (s *served) read(b []byte, v any) {
	s.t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		s.t.Fatalf("%s: %v", b, err)
	}
}

// figure is one row of the table.
type figure struct {
	ID, Project, Name, Literal    string
	Target                        struct{ Raw, Op, Value, Unit string }
	Value, Numerator, Denominator *string
	Reason                        *string
	Intent                        json.RawMessage
	Provisional                   *bool
}

type table struct {
	At, Cutoff, Catalogue string
	Rows                  []figure
	Budgets               []json.RawMessage
}

func (s *served) table(params string) (t table, row map[string]figure) {
	s.t.Helper()
	s.read(s.ask(http.MethodGet, "/v1/indicators?year=2020&at=2020-12-31"+params, nil), &t)
	row = map[string]figure{}
	for _, r := range t.Rows {
		row[r.ID] = r
	}
	return t, row
}

// whole reads a value that must be a whole number.
func (s *served) whole(text *string) int64 {
	s.t.Helper()
	if text == nil {
		s.t.Fatal("no value")
	}
	n, err := strconv.ParseInt(*text, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *served) plates() int64 {
	s.t.Helper()
	_, row := s.table("")
	return s.whole(row["P5-1"].Value)
}

// seat returns an unused code.
func (s *served) seat(role string) command.EnrollmentCode {
	s.t.Helper()
	for i, e := range s.Ready.Enroll {
		if e.Role == role {
			s.Ready.Enroll = append(s.Ready.Enroll[:i:i], s.Ready.Enroll[i+1:]...)
			return e
		}
	}
	s.t.Fatalf("no code for a %s", role)
	return command.EnrollmentCode{}
}

func (s *served) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatalf("after SIGTERM: %v", err)
	}
}

func TestDemoThroughTheContract(t *testing.T) {
	bin, data := t.TempDir(), t.TempDir()
	server, client := plannedFacility(t, bin, "server"), plannedFacility(t, bin, "client")
	demo := []string{"--json", "--listen", "127.0.0.1:0", "demo", "--data", data, "--seed", "11"}
	s := serveDemo(t, server, demo...)

	tab, row := s.table("")
	if tab.At != "2020-12-31" || tab.Catalogue != "shunping-2020@2" || len(tab.Rows) != 27 || len(tab.Budgets) != 5 {
		t.Fatalf("%+v", tab)
	}
	if _, err := time.Parse(time.RFC3339, tab.Cutoff); err != nil {
		t.Fatal(err)
	}
	for id := range row {
		if r := row[id]; r.Value == nil || r.Numerator == nil || r.Denominator == nil || r.Reason != nil || r.Provisional == nil || r.Target.Raw == "" {
			t.Errorf("%s is %+v", id, r)
		}
	}
	if r := row["P1-1"]; r.Literal == "none" || r.Target.Op != "≥" || r.Target.Value != "90" {
		t.Errorf("P1-1 is %+v", r)
	}
	if row["D-2"].Literal != "none" {
		t.Errorf("D-2 is %+v", row["D-2"])
	}

	clerkDay(t, s, client)
	officerDay(t, s, client)
	visitorDay(t, s, client)

	before := s.plates()
	s.terminate()
	s = serveDemo(t, server, demo...)
	if minutesAfter := s.plates(); minutesAfter != before {
		t.Errorf("%d sets after a restart, %d before", minutesAfter, before)
	}
	s.terminate()
}

func clerkDay(t *testing.T, s *served, client string) {
	base := s.plates()
	code := s.seat("clerk")
	c := &terminal{t, client, t.TempDir()}
	c.run("enroll", "--server", s.Ready.URL, "--code", code.Code)
	id := strings.TrimSpace(c.run("log", "plate", "--set", "plate_type=02", "--set", "plate_number=冀F8K2M6",
		"--set", "business=注册", "--set", "sets=1", "--set", "occurred_at=2020-12-15T10:00:00+08:00"))
	if n := c.waiting(); n != 1 {
		t.Fatalf("%d wait", n)
	}
	if got := s.plates(); got != base {
		t.Fatalf("counted before it was sent: %d", got)
	}
	c.run("sync")
	if n := c.waiting(); n != 0 {
		t.Fatalf("%d wait after a sync", n)
	}
	if got := s.plates(); got != base+1 {
		t.Fatalf("%d sets, want %d", got, base+1)
	}
	_, row := s.table("&unit=" + code.Unit)
	if s.whole(row["P5-1"].Value) == 0 {
		t.Error("the unit's own table lacks it")
	}
	found := 0
	for line := range strings.Lines(string(s.ask(http.MethodGet, "/v1/export/observations", nil))) {
		var o struct{ ID, Line string }
		s.read([]byte(line), &o)
		if o.ID == id {
			found++
			if !strings.Contains(o.Line, "冀F8K2M6") {
				t.Errorf("exported %q", o.Line)
			}
		}
	}
	if found != 1 {
		t.Errorf("exported %d times", found)
	}
	c.run("amend", id, "--set", "sets=2")
	c.run("sync")
	c.run("sync")
	if got := s.plates(); got != base+2 {
		t.Fatalf("amended: %d sets, want %d", got, base+2)
	}
	if out := c.run("show", id, "--json"); !strings.Contains(out, "冀F8K2M6") {
		t.Errorf("show: %s", out)
	}
	if out := c.run("list", "--json"); !strings.Contains(out, id) {
		t.Errorf("list: %s", out)
	}
	c.run("void", id, "--reason", "登记错误")
	c.run("sync")
	if got := s.plates(); got != base {
		t.Fatalf("void: %d sets, want %d", got, base)
	}
	thief := &terminal{t, client, t.TempDir()}
	if _, exit := thief.try("enroll", "--server", s.Ready.URL, "--code", code.Code); exit == 0 {
		t.Error("a code served two devices")
	}
}

// visitorDay: an observation of today counts today, in the catalogue of this year.
func visitorDay(t *testing.T, s *served, client string) {
	now := time.Now().In(time.FixedZone("", 8*3600))
	sets := func() int64 {
		for _, r := range s.rows("/v1/indicators?year=" + strconv.Itoa(now.Year())) {
			if r.ID == "P5-1" {
				return s.whole(r.Value)
			}
		}
		return -1
	}
	before := sets()
	c := &terminal{t, client, t.TempDir()}
	c.run("enroll", "--server", s.Ready.URL, "--code", s.seat("clerk").Code)
	c.run("log", "plate", "--set", "plate_type=02", "--set", "plate_number=冀F8K2M7", "--set", "business=注册")
	c.run("sync")
	if minutesAfter := sets(); minutesAfter != before+1 {
		t.Errorf("%d sets, %d before", minutesAfter, before)
	}
}

func officerDay(t *testing.T, s *served, client string) {
	_, row := s.table("")
	before := s.whole(row["P1-2"].Denominator)
	c := &terminal{t, client, t.TempDir()}
	c.run("enroll", "--server", s.Ready.URL, "--code", s.seat("officer").Code)
	c.run("log", "incident", "--set", "category=accident", "--set", "occurred_at=2020-06-01T08:00:00+08:00",
		"--set", "reported_at=2020-06-01T08:05:00+08:00", "--set", "dispatched_at=2020-06-01T08:11:00+08:00")
	c.run("sync")
	_, row = s.table("")
	if got := s.whole(row["P1-2"].Denominator); got != before+1 {
		t.Fatalf("%d incidents, want %d", got, before+1)
	}
}
