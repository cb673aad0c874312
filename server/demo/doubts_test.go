package demo

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/demo/truth"
)

// exported is a record of the export.
type exported struct {
	ID, Kind, Unit, Day string
	Fields              map[string]any
	Doubts              []struct{ Code, Item, Other string }
}

func (r *exported) doubts(code string) bool {
	return slices.ContainsFunc(r.Doubts, func(d struct{ Code, Item, Other string }) bool { return d.Code == code })
}

func exportOf(t *testing.T, ask func(string) []byte) (all []exported) {
	t.Helper()
	for line := range strings.Lines(string(ask("/v1/export/records?near=1"))) {
		var r exported
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// sameNumbers are the records with the doubt same_number, of which the export knows nothing: the server's follower finds them, some
// seconds later. nil: the server has no follower.
func sameNumbers(t *testing.T, ask func(string) (int, []byte)) map[string]bool {
	t.Helper()
	for range 120 {
		status, raw := ask("/v1/doubts?code=same_number&limit=100")
		if status == http.StatusNotFound {
			t.Log("no follower finds same_number on this server")
			return nil
		}
		var page struct{ Records []struct{ Record string } }
		if err := json.Unmarshal(raw, &page); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s %v", status, raw, err)
		}
		found := map[string]bool{}
		for _, r := range page.Records {
			found[r.Record] = true
		}
		if len(found) >= 2 {
			return found
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Error("a minute after the year nobody has found the same 122 number")
	return map[string]bool{}
}

// listsAge is more than the age of HQ's lists, as the server uses them: the whole year passes within a few seconds.
const listsAge = 6 * time.Second

// doubtsAreTold: the server tells each doubt of the facts, on the record that people know by its plate, number or name.
func doubtsAreTold(t *testing.T, w *truth.World, all []exported, sameNumber map[string]bool) {
	t.Helper()
	for _, d := range w.Doubts {
		var found []exported
		for _, r := range all {
			if r.Kind == d.Kind && r.Unit == d.Unit && r.Day == d.Day.Time().Format(time.DateOnly) && r.Fields[d.Field] == d.Text {
				found = append(found, r)
			}
		}
		if len(found) != 1 {
			t.Errorf("%+v: %d records", d, len(found))
			continue
		}
		told := found[0].doubts(d.Code)
		if d.Code == "same_number" {
			told = sameNumber == nil || sameNumber[found[0].ID]
		}
		if !told {
			t.Errorf("%+v: the export tells %v", d, found[0].Doubts)
		}
	}
}

// TestEachDoubtHappens: the year has every doubt of the program, whatever seed and volume.
func TestEachDoubtHappens(t *testing.T) {
	w := foretold(t, 8, 12)
	for _, rule := range schema.Default().Doubts() {
		if !slices.ContainsFunc(w.Doubts, func(d truth.Doubt) bool { return d.Code == rule.Code }) {
			t.Errorf("nothing in the year raises %s", rule.Code)
		}
	}
}
