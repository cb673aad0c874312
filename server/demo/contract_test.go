//go:build demo

package demo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/server/command"

	"roadbook/sync/wire"
)

// The contract's details, beside the days of blackbox_test.go.

const contractSeed = 7

func TestDemoEqualsItsTruth(t *testing.T) {
	server := plannedFacility(t, t.TempDir(), "server")
	s := serveDemo(t, server, "demo", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--seed", "7", "--json")
	rowShape(t, s)
	truthOf(t, s)
	chains(t, s)
	if ready := string(s.ask(http.MethodGet, "/readyz", nil)); strings.Contains(ready, "warnings") {
		t.Errorf("the clock of the story is warned of: %s", ready) // the story is long before the build, and then its clock jumps by years
	}
	s.terminate()
}

// rowShape: exactly the names of the contract and its later additions; every number a string.
func rowShape(t *testing.T, s *served) {
	var table map[string]json.RawMessage
	s.read(s.ask(http.MethodGet, "/v1/indicators?year=2020&at=2020-12-31", nil), &table)
	names(t, "the table", table, []string{"at", "cutoff", "catalogue", "rows", "budgets"}, []string{"year", "unit", "not_reported", "silent_units", "running", "completeness", "demo"})
	var rows []map[string]json.RawMessage
	s.read(table["rows"], &rows)
	for _, r := range rows {
		names(t, string(r["id"]), r, []string{
			"id", "project", "name", "target", "value", "numerator", "denominator", "reason", "literal", "intent", "provisional",
		}, []string{
			"l1", "l2", "l3", "desc", "numerator_unit", "denominator_unit", "beside", "note", "light", "formula", "lints", "companions", "completeness",
			"base", "sample", "as_of", "as_of_oldest", "provisional_by",
		})
		for _, name := range []string{"id", "project", "name", "value", "numerator", "denominator", "reason", "literal"} {
			if text := string(r[name]); text != "null" && text[0] != '"' {
				t.Errorf("%s: %s is %s", r["id"], name, text)
			}
		}
		var target map[string]string
		s.read(r["target"], &target)
		if got := slices.Sorted(maps.Keys(target)); !slices.Equal(got, []string{"op", "raw", "unit", "value"}) {
			t.Errorf("%s: the target has %v", r["id"], got)
		}
		hasValue, reason := string(r["value"]) != "null", string(r["reason"])
		tooFew := hasValue && reason == `"too_few"` && string(r["literal"]) == `"none"`
		if !tooFew && hasValue != (reason == "null") || !hasValue && !slices.Contains([]string{`"no_data"`, `"not_computable"`, `"open"`}, reason) {
			t.Errorf("%s: value %s, reason %s", r["id"], r["value"], reason)
		}
		if l := string(r["literal"]); !slices.Contains([]string{`"pass"`, `"fail"`, `"none"`}, l) || !hasValue && l != `"none"` {
			t.Errorf("%s: value %s, literal %s", r["id"], r["value"], l)
		}
		if p := string(r["provisional"]); p != "true" && p != "false" {
			t.Errorf("%s: provisional is %s", r["id"], p)
		}
	}
}

func names(t *testing.T, what string, m map[string]json.RawMessage, must, may []string) {
	t.Helper()
	for _, name := range must {
		if _, ok := m[name]; !ok {
			t.Errorf("%s lacks %s", what, name)
		}
	}
	for name := range m {
		if !slices.Contains(must, name) && !slices.Contains(may, name) {
			t.Errorf("%s has %s, of which the contract says nothing", what, name)
		}
	}
}

// truthOf compares the figures with the facts of the story.
func truthOf(t *testing.T, s *served) {
	world := foretold(t, contractSeed, 100)
	for _, at := range checkpoints {
		recounted(t, world, at, func(path string) []byte { return s.ask(http.MethodGet, path, nil) })
	}
}

// observation is one exported observation.
type observation struct {
	ID, Line, Device, Stream, Received string
	Seq                                uint64
	Server                             struct{ Unit, Role, Status, Record string }
}

// chains: every line once, and each id is the hash of its stream's lines. The copied disk and the restored disk each
// made a stream with two branches.
func chains(t *testing.T, s *served) {
	streams := map[string][]observation{}
	records, devices, forks := map[string]bool{}, map[string]bool{}, 0
	for line := range strings.Lines(string(s.ask(http.MethodGet, "/v1/export/observations?all=1", nil))) {
		var o observation
		s.read([]byte(line), &o)
		streams[o.Stream] = append(streams[o.Stream], o)
		if o.Server.Role != "hq" {
			devices[o.Device] = true
		}
		if o.Server.Status == "fork" {
			forks++
		}
		if o.Server.Status != "quarantined" {
			records[o.Server.Record] = true
		}
		if _, err := time.Parse(time.RFC3339, o.Received); err != nil || o.Server.Unit == "" || o.Server.Role == "" {
			t.Fatalf("exported %+v", o)
		}
	}
	if len(devices) != 12 || forks == 0 {
		t.Errorf("%d devices, %d lines of branches", len(devices), forks)
	}
	for name, list := range streams {
		chain(t, name, list)
	}
	for line := range strings.Lines(string(s.ask(http.MethodGet, "/v1/export/records", nil))) {
		var r struct{ ID string }
		s.read([]byte(line), &r)
		if !records[r.ID] {
			t.Errorf("record %s stands twice, or nobody spoke of it", r.ID)
		}
		delete(records, r.ID)
	}
	if len(records) > 0 {
		t.Errorf("%d records are not exported", len(records))
	}
}

// chain walks a stream by sequence: each line continues a line of the sequence before.
func chain(t *testing.T, name string, list []observation) {
	t.Helper()
	id, err := wire.ParseStream(name)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(list, func(a, b observation) int { return cmp.Compare(a.Seq, b.Seq) })
	heads, next := []wire.Hash{wire.Genesis(id)}, []wire.Hash(nil)
	seq, seen := uint64(1), map[string]bool{}
	for _, o := range list {
		if o.Seq == seq+1 {
			heads, next, seq = next, nil, seq+1
		}
		at := slices.IndexFunc(heads, func(h wire.Hash) bool {
			return wire.NewObsID(id, o.Seq, wire.ChainHash(h, []byte(o.Line))).String() == o.ID
		})
		if at < 0 || o.Seq != seq || seen[o.ID] {
			t.Fatalf("line %d of %s is %s, which follows nothing, or stands twice", o.Seq, name, o.ID)
		}
		next, seen[o.ID] = append(next, wire.ChainHash(heads[at], []byte(o.Line))), true
	}
}

// TestFlagsTwinsAndCodes: each flag on either side of the command or in the environment, and the exit codes.
func TestFlagsTwinsAndCodes(t *testing.T) {
	bin, data, device := t.TempDir(), t.TempDir(), t.TempDir()
	server, client := plannedFacility(t, bin, "server"), plannedFacility(t, bin, "client")
	t.Setenv("ROADBOOK_LISTEN", "127.0.0.1:0")
	t.Setenv("ROADBOOK_JSON", "true")
	t.Setenv("ROADBOOK_DATA", data)
	t.Setenv("ROADBOOK_SEED", "7")
	s := serveDemo(t, server, "demo")
	if got := exitOf(t, server, "serve"); got != command.ExitInUse {
		t.Errorf("a second server on the directory: exit %d", got)
	}
	if got := exitOf(t, server, "serve", "--nonsense"); got != command.ExitUsage {
		t.Errorf("a flag that is none: exit %d", got)
	}

	t.Setenv("ROADBOOK_DATA", device)
	exits := func(want int, args ...string) {
		t.Helper()
		if got := exitOf(t, client, args...); got != want {
			t.Errorf("client %v: exit %d, want %d", args, got, want)
		}
	}
	plate := []string{
		"log", "plate", "--set", "plate_type=02", "--set", "plate_number=冀F8K2M6", "--set", "business=注册", "--set", "sets=1",
		"--set", "occurred_at=2020-12-15T10:00:00+08:00",
	}
	exits(3, plate...)
	exits(5, "enroll", "--server", s.Ready.URL, "--code", "00000-00000")
	exits(4, "enroll", "--server", "http://127.0.0.1:1", "--code", s.seat("clerk").Code)
	t.Setenv("ROADBOOK_SERVER", s.Ready.URL)
	t.Setenv("ROADBOOK_CODE", s.seat("clerk").Code)
	t.Setenv("ROADBOOK_PIN", "2468")
	exits(0, "enroll")
	exits(0, plate...)
	exits(2, "log", "plate", "--set", "sets=many")
	exits(2, "log", "nonsense")
	exits(2, "show", "nonsense")
	t.Setenv("ROADBOOK_PIN", "1357")
	exits(6, plate...)
	t.Setenv("ROADBOOK_PIN", "2468")
	statuses(t, client, device, 1)
	before := s.plates()
	exits(4, "sync", "--tries", "1", "--server", "http://127.0.0.1:1")
	statuses(t, client, device, 1)
	exits(0, "sync", "--server", s.Ready.URL)
	statuses(t, client, device, 0)
	if got := s.plates(); got != before+1 {
		t.Errorf("%d sets, want %d", got, before+1)
	}
	s.terminate()
}

// statuses: the flag before the command, after it, and in the environment have the same effect.
func statuses(t *testing.T, client, data string, waiting int64) {
	t.Helper()
	for _, args := range [][]string{
		{"--data", data, "--json", "status"}, {"status", "--json", "--data", data}, {"--json", "status"},
	} {
		out, err := exec.CommandContext(t.Context(), client, args...).Output()
		if err != nil {
			t.Fatalf("client %v: %v", args, err)
		}
		var got struct {
			Waiting *int64
			Oldest  *string
			Device  string
		}
		var keys map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal(out, &got), json.Unmarshal(out, &keys)); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		names(t, "status", keys, []string{"waiting", "oldest", "last_contact", "device"}, slices.Collect(maps.Keys(keys)))
		if got.Waiting == nil || *got.Waiting != waiting || (got.Oldest != nil) != (waiting > 0) || len(got.Device) != 10 {
			t.Errorf("client %v: %s", args, out)
		}
	}
}

// exitOf runs a program to its end, without a terminal.
func exitOf(t *testing.T, program string, args ...string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var errs bytes.Buffer
	cmd.Stderr, cmd.Env = &errs, os.Environ()
	if err := cmd.Run(); err != nil && errs.Len() == 0 {
		t.Errorf("%s %v: %v, and not a word why", program, args, err)
	}
	return cmd.ProcessState.ExitCode()
}
