package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/server/command"
	"roadbook/server/command/commandtest"

	"roadbook/schema"
	"roadbook/server/demo/recounttest"
	"roadbook/server/demo/story"
	"roadbook/server/demo/truth"
)

// The demo's figures must equal the story's facts, recounted by plain loops: all rows, the companions, the budgets and the
// completeness, at each checkpoint of the year.

// noNumber lists the figures without a value at a checkpoint, with the reason. Every other figure must have a value.
var noNumber = map[string]string{}

var checkpoints = []string{"2020-03-31", "2020-06-30", "2020-10-31", "2020-12-31"}

// shown is a figure of the server's answer.
type shown struct {
	ID, Literal                   string
	Value, Numerator, Denominator *string
	Reason                        *string
	Companions                    []shown
}

type shownMoney struct {
	Project, Plan, Total       string
	Spent, Adjusted, CarryOver *string
	Executed                   *string
}

// UnmarshalJSON reads the contract's names.
func (m *shownMoney) UnmarshalJSON(b []byte) error {
	var raw struct {
		Project   string  `json:"project"`
		Plan      string  `json:"plan"`
		Total     string  `json:"total"`
		Spent     *string `json:"spent"`
		Adjusted  *string `json:"adjusted"`
		CarryOver *string `json:"carry_over"`
		Executed  *string `json:"executed_percent"`
	}
	err := json.Unmarshal(b, &raw)
	*m = shownMoney(raw)
	return err
}

type shownTable struct {
	At           string
	Demo         bool
	Rows         []shown
	Budgets      []shownMoney
	Completeness *struct{ Reported, Expected int }
}

// recounted compares one checkpoint. ask answers a path.
func recounted(t *testing.T, w *truth.World, at string, ask func(path string) []byte) {
	t.Helper()
	var table shownTable
	if err := json.Unmarshal(ask("/v1/indicators?year=2020&at="+at), &table); err != nil {
		t.Fatal(err)
	}
	day := dayOf(t, at)
	if len(table.Rows) != 27 || len(table.Budgets) != 5 || !table.Demo {
		t.Fatalf("%s: %d rows, %d budgets, demo %v", at, len(table.Rows), len(table.Budgets), table.Demo)
	}
	want, beside := recounttest.Rows(w, day), recounttest.Companions(w, day)
	companions := 0
	for _, row := range table.Rows {
		sameFigure(t, at, row, want[row.ID])
		for _, c := range row.Companions {
			companions++
			sameFigure(t, at, c, beside[c.ID])
		}
	}
	if companions != len(beside) {
		t.Errorf("%s: %d companions, want %d", at, companions, len(beside))
	}
	for i, b := range table.Budgets {
		sameMoney(t, at, i+1, b, recounttest.MoneyOf(w, i+1, startOfYear[i], day))
	}
	reported, expected := recounttest.Completeness(w, day)
	if c := table.Completeness; c == nil || c.Reported != reported || c.Expected != expected {
		t.Errorf("%s: complete %+v, want %d of %d", at, c, reported, expected)
	}
}

// startOfYear are the projects' budgets in fen, from the target document.
var startOfYear = []int64{300_000_00, 150_000_00, 1_500_000_00, 4_687_600_00, 700_000_00}

func sameFigure(t *testing.T, at string, got shown, want recounttest.Figure) {
	t.Helper()
	have := recounttest.Figure{Value: text(got.Value), Numerator: text(got.Numerator), Denominator: text(got.Denominator), Reason: text(got.Reason)}
	if have != want {
		t.Errorf("%s %s is %+v, recounted %+v", at, got.ID, have, want)
	}
	if why, listed := noNumber[got.ID+" "+at]; (want.Value == "") != listed {
		t.Errorf("%s %s: value %q, but listed as without (%v %s)", at, got.ID, want.Value, listed, why)
	}
}

func sameMoney(t *testing.T, at string, no int, got shownMoney, want recounttest.Money) {
	t.Helper()
	have := recounttest.Money{Spent: text(got.Spent), Adjusted: text(got.Adjusted), CarryOver: text(got.CarryOver), Executed: text(got.Executed)}
	if have != want || want.Spent == "" {
		t.Errorf("%s project %d is %+v, recounted %+v", at, no, have, want)
	}
	if plan := map[string][2]string{"03": {"30.00", "25.00"}, "06": {"60.00", "50.00"}, "10": {"90.00", "75.00"}, "12": {"100.00", "100.00"}}; got.Plan != plan[at[5:7]][min(no/3, 1)] {
		t.Errorf("%s project %d: planned %s", at, no, got.Plan)
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func dayOf(t *testing.T, at string) truth.Day {
	t.Helper()
	var y, m, d int
	if _, err := fmt.Sscanf(at, "%d-%d-%d", &y, &m, &d); err != nil {
		t.Fatal(err)
	}
	return truth.Day(y*10000 + m*100 + d)
}

// launch starts the demo by its command line.
func launch(t *testing.T, args ...string) *commandtest.Server {
	t.Helper()
	return commandtest.Run(func(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
		var cli struct {
			command.Common
			Demo CLI `cmd:""`
		}
		p := &command.Program{Common: &cli.Common, In: in, Out: out, Err: errs, Catalogues: Catalogues}
		return p.Run(ctx, &cli, args)
	}).Launch(t, args...)
}

// foretold is the planned world of a seed and a volume.
func foretold(t *testing.T, seed uint64, volume int) *truth.World {
	t.Helper()
	units, err := readUnits()
	if err != nil {
		t.Fatal(err)
	}
	return story.PlannedWorld(seed, volume, units, schema.Default())
}

// asking signs in and returns a function that answers a path.
func asking(t *testing.T, r *command.Ready) func(path string) []byte {
	t.Helper()
	do := func(method, path, token string, body io.Reader) []byte {
		req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s %v", path, resp.Status, raw, err)
		}
		return raw
	}
	var session struct{ Token string }
	body := fmt.Sprintf(`{"user":%q,"password":%q}`, r.User, r.Password)
	if err := json.Unmarshal(do(http.MethodPost, "/v1/signin", "", strings.NewReader(body)), &session); err != nil {
		t.Fatal(err)
	}
	return func(path string) []byte { return do(http.MethodGet, path, session.Token, nil) }
}

// TestDemoIsItsTruth: the whole year at seed 7, and a smaller year at two other seeds.
func TestDemoIsItsTruth(t *testing.T) {
	for _, c := range []struct {
		seed   uint64
		volume int
	}{{7, 100}, {8, 12}, {2020, 20}} {
		t.Run(fmt.Sprintf("seed %d", c.seed), func(t *testing.T) {
			s := launch(t, "demo", "--seed", fmt.Sprint(c.seed), "--volume", fmt.Sprint(c.volume), "--data", t.TempDir(),
				"--listen", "127.0.0.1:0", "--json")
			ask, ready := asking(t, &s.Ready), time.Now()
			world := foretold(t, c.seed, c.volume)
			for _, at := range checkpoints {
				recounted(t, world, at, ask)
			}
			allKinds(t, ask)
			time.Sleep(time.Until(ready.Add(listsAge)))
			records, want := doubtsAreRecounted(t, ask)
			doubtsAreTold(t, world, records)
			doubtsAreFollowed(t, want, ask)
			s.Stop()
		})
	}
}

// allKinds: observations of every kind of the schema were recorded or imported.
func allKinds(t *testing.T, ask func(string) []byte) {
	t.Helper()
	said := map[string]bool{}
	for line := range strings.Lines(string(ask("/v1/export/observations?all=1"))) {
		var o struct{ Line string }
		var l struct{ Kind string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(o.Line), &l); err != nil {
			t.Fatal(err)
		}
		said[l.Kind] = true
	}
	for _, k := range schema.Default().Kinds() {
		if !said[k.Name] {
			t.Errorf("nobody said %s", k.Name)
		}
	}
}

// TestWorldIsTheSeedsAlone: the facts depend on the seed and on nothing else.
func TestWorldIsTheSeedsAlone(t *testing.T) {
	a, b, other := foretold(t, 7, 20), foretold(t, 7, 20), foretold(t, 8, 20)
	if len(a.Plates) == 0 || !slices.Equal(a.Plates, b.Plates) || !slices.Equal(a.Patrols, b.Patrols) || !slices.Equal(a.Payments, b.Payments) {
		t.Error("the same seed tells another story")
	}
	if slices.Equal(a.Plates, other.Plates) {
		t.Error("another seed tells the same story")
	}
}
