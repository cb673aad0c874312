//go:build foreign

// Package foreign runs a client without any code of the server against the real server, over HTTP alone: every line
// saved there must be counted, once. The test needs Node 20; go test -tags foreign ./sync/foreign.
package foreign

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// clientOutput is the JSON printed by client.mjs.
type clientOutput struct {
	Device, Unit, Role, Stream, Poison, Head string

	IDs         []string
	Unknown     []string // fields that the server does not state
	Kinds       []string // digests of the enrollment's statement, of the first answer's and of the last one's
	Restated    bool     // the first answer stated the kinds again
	Lines       []string
	Sent, Again []string
	Recut       [][]string
	Faults      []string
	Ranges      []struct {
		First, Last uint64
		Head        string
	}
	Streams []struct{ Epoch string }
	Boots   []struct {
		V            int
		Offset, Mono int64
	}
}

// demoReady is the line printed by a ready demo server.
type demoReady struct {
	URL, User, Password string
	Enroll              []struct{ Code, Unit, Role string }
}

func TestVectorsOfTheDocument(t *testing.T) {
	var got struct{ Compared int }
	node(t, &got, "--vectors", "../PROTOCOL.md")
	if got.Compared < 49 {
		t.Errorf("only %d values compared", got.Compared)
	}
}

// Five plate issues of 1 to 5 sets and another of 6 sets, sent with a different cut: 21 sets, however often each line
// was sent.
func TestForeignClientIsCountedOnce(t *testing.T) {
	d := startDemo(t)
	hq := signIn(t, d)
	before := hq.platesIssued(t)

	var r clientOutput
	node(t, &r, "--server", d.URL, "--code", codeOf(t, d, "clerk"), "--count", "5")

	created, exists := "created", "exists"
	checkAll(t, "first", r.Sent, []string{created, created, created, created, "quarantined", created})
	checkAll(t, "again", r.Again, []string{exists, exists, exists, exists, "quarantined", exists})
	checkAll(t, "recut, front", r.Recut[0], []string{exists, exists, exists, "quarantined"})
	checkAll(t, "recut, back", r.Recut[1], []string{"quarantined", exists, created})
	checkAll(t, "faults", r.Faults, []string{"unparsable"})
	if n := len(r.Ranges); n != 1 || r.Ranges[0].First != 1 || r.Ranges[0].Last != 7 || r.Ranges[0].Head != r.Head {
		t.Errorf("the server has %+v of the stream, which ends in %s", r.Ranges, r.Head)
	}
	if n := len(r.Streams); n != 1 || !strings.HasSuffix(r.Stream, "."+r.Streams[0].Epoch) {
		t.Errorf("the server tells of the streams %+v; the device has %s", r.Streams, r.Stream)
	}
	if n := len(r.Boots); n != 1 || r.Boots[0].V != 2 || r.Boots[0].Offset == 0 { // the client has checked the signature
		t.Errorf("the boots are %+v, want one of version 2", r.Boots)
	}
	checkAll(t, "fields that the server does not know", r.Unknown, []string{"of_a_later_release"})
	if r.Restated || r.Kinds[0] == "" || r.Kinds[1] != r.Kinds[0] || r.Kinds[2] != r.Kinds[0] {
		t.Errorf("the statements are %v, restated: %v", r.Kinds, r.Restated)
	}
	if after := hq.platesIssued(t); after-before != 21 {
		t.Errorf("P5-1 went from %d to %d, not up by 21", before, after)
	}
	hq.checkExport(t, &r)
}

func checkAll(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// node runs the client and decodes its JSON output.
func node(t *testing.T, out any, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", append([]string{"client.mjs"}, args...)...)
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("node client.mjs: %v\n%s", err, &stderr)
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("node client.mjs printed %s: %v", text, err)
	}
}

// startDemo builds the server and starts its demo until the end of the test.
func startDemo(t *testing.T) *demoReady {
	t.Helper()
	program := filepath.Join(t.TempDir(), "server")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./server")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build ./server: %v\n%s", err, out)
	}
	// Not under a context: the test asks the server to end and checks its exit.
	cmd := exec.Command(program, "demo", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--seed", "1", "--json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended with %v\n%s", err, &stderr)
		}
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the server did not get ready: %v\n%s", err, &stderr)
	}
	d := new(demoReady)
	if err := json.Unmarshal(line, d); err != nil {
		t.Fatalf("the server printed %s: %v", line, err)
	}
	return d
}

func codeOf(t *testing.T, d *demoReady, role string) string {
	t.Helper()
	for _, e := range d.Enroll {
		if e.Role == role {
			return e.Code
		}
	}
	t.Fatalf("no enrollment code for a %s in %+v", role, d.Enroll)
	return ""
}

// hq is a signed-in user at a desk.
type hq struct{ url, token string }

func signIn(t *testing.T, d *demoReady) *hq {
	t.Helper()
	body, err := json.Marshal(map[string]string{"user": d.User, "password": d.Password})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Token string }
	h := &hq{url: d.URL}
	if err := json.Unmarshal(h.ask(t, http.MethodPost, "/v1/signin", body), &answer); err != nil || answer.Token == "" {
		t.Fatal("no token: ", err)
	}
	h.token = answer.Token
	return h
}

func (h *hq) ask(t *testing.T, method, path string, body []byte) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, h.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if h.token != "" {
		req.Header.Set("Authorization", "Bearer "+h.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", path, resp.Status, &out, err)
	}
	return out.Bytes()
}

// platesIssued is the value of row P5-1 for the year.
func (h *hq) platesIssued(t *testing.T) int {
	t.Helper()
	var page struct {
		Rows []struct {
			ID    string
			Value *string
		}
	}
	if err := json.Unmarshal(h.ask(t, http.MethodGet, "/v1/indicators?year=2020&at=2020-12-31", nil), &page); err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows {
		if row.ID != "P5-1" {
			continue
		}
		if row.Value == nil {
			return 0 // no data yet
		}
		n, err := strconv.Atoi(*row.Value)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Fatal("no row P5-1")
	return 0
}

// checkExport looks for every observation of the client in the export: each once, with the signed bytes, and the poison
// line not at all.
func (h *hq) checkExport(t *testing.T, r *clientOutput) {
	t.Helper()
	got := map[string][]string{}
	for line := range strings.Lines(string(h.ask(t, http.MethodGet, "/v1/export/observations", nil))) {
		var o struct{ ID, Line string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if strings.HasPrefix(o.ID, r.Stream+".") {
			got[o.ID] = append(got[o.ID], o.Line)
		}
	}
	for _, id := range r.IDs {
		seq, err := strconv.Atoi(strings.Split(id, ".")[2])
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{r.Lines[seq-1]}; !slices.Equal(got[id], want) {
			t.Errorf("%s stands in the export as %q, want once %q", id, got[id], want)
		}
	}
	if len(got) != len(r.IDs) {
		t.Errorf("%d observations of the stream in the export, want %d: %s", len(got), len(r.IDs), fmt.Sprint(got))
	}
}
