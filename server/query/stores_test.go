package query_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"roadbook/schema"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/wire"
)

// otherStores must answer as the embedded store does: the document store over its simulated engine. With the tag
// mongo a real engine joins.
var otherStores = map[string]func(testing.TB) store.Store{"simulated": openSimulated}

func openSQLite(t testing.TB) store.Store {
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: t.TempDir() + "/r.db"})
	must(t, err)
	return s
}

func openSimulated(t testing.TB) store.Store {
	s, err := mongostore.New(t.Context(), simdoc.New(nil), mongostore.Config{})
	must(t, err)
	return s
}

// The same frames on every store give the same bytes: indicators at the checkpoints, drills, completeness,
// records and exports.
func TestAnswersAreTheSameBytesOnEveryStore(t *testing.T) {
	want := allAnswers(t, newWorld(t, openSQLite(t)))
	for name, open := range otherStores {
		t.Run(name, func(t *testing.T) {
			got := allAnswers(t, newWorld(t, open(t)))
			if len(got) != len(want) {
				t.Fatalf("%d answers, want %d", len(got), len(want))
			}
			for i := range want {
				if got[i].question != want[i].question || !bytes.Equal(got[i].body, want[i].body) {
					t.Errorf("%s:\n%.2000s\nwant\n%.2000s", got[i].question, got[i].body, want[i].body)
				}
			}
		})
	}
}

type answer struct {
	question string
	body     []byte
}

// allAnswers tells the story and asks everything.
func allAnswers(t *testing.T, w *world) (all []answer) {
	t.Helper()
	w.story()
	add := func(question string, v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", question, err)
		}
		body, err := json.Marshal(v)
		must(t, err)
		all = append(all, answer{question, body})
	}
	for _, unit := range []string{"", "check-1", "squad-1"} {
		for _, at := range checkpoints {
			in, err := w.query.Indicators(t.Context(), query.Question{Year: "2020", At: at, Unit: unit})
			add("indicators "+at+" "+unit, in, err)
		}
		c, err := w.query.Completeness(t.Context(), query.Question{Year: "2020", Unit: unit})
		add("completeness "+unit, c, err)
		for _, id := range w.rowIDs() {
			for i, page := range w.pages(query.DrillQuestion{Year: "2020", Unit: unit, Row: id, Limit: 7}) {
				add(fmt.Sprint("drill ", id, " ", unit, " page ", i), page, nil)
			}
		}
	}
	var observations, records []any
	must(t, w.query.Observations(t.Context(), true, func(o *query.Observation) error {
		observations = append(observations, *o)
		return nil
	}))
	must(t, w.query.Records(t.Context(), store.RecordQuery{}, false, func(r *query.Record) error {
		records = append(records, *r)
		trail, err := w.query.Trail(t.Context(), r.ID)
		add("record "+r.ID, trail, err)
		return nil
	}))
	add("observations", observations, nil)
	add("records", records, nil)
	return all
}

var checkpoints = []string{"2020-03-31", "2020-06-30", "2020-10-31", "2020-12-31"}

// The story has every kind in it; otherwise the test above would prove little.
func TestTheStoryHasEveryKind(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.story()
	seen := map[string]int{}
	must(t, w.query.Records(t.Context(), store.RecordQuery{}, false, func(r *query.Record) error {
		if r.Counts {
			seen[r.Kind]++
		}
		for _, item := range r.Items {
			seen[item.Kind]++
		}
		return nil
	}))
	for _, k := range schema.Default().Kinds() {
		if seen[k.Name] == 0 {
			t.Errorf("no %s counts", k.Name)
		}
	}
}

func TestUnknownUnitsAndKinds(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.story()
	for _, unit := range []string{"check-1", "office-1", "quiet-1", "camp-9", ""} {
		if code, kind, err := w.query.Selection(t.Context(), unit, "号牌发放"); err != nil || code != unit || kind != "plate" {
			t.Errorf("%q is known by a device, a register or a record: %s, %s, %v", unit, code, kind, err)
		}
	}
	for _, tt := range [][2]string{{"check-11", ""}, {"", "plates"}} {
		var refusal *wire.Error
		if _, _, err := w.query.Selection(t.Context(), tt[0], tt[1]); !errors.As(err, &refusal) || refusal.Code != wire.CodeBadRequest {
			t.Errorf("%q %q: %v", tt[0], tt[1], err)
		}
	}
}
