package demo

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/demo/recounttest"
	"roadbook/server/demo/truth"
)

// exported is a record, or an item, of the export.
type exported struct {
	ID, Kind, Unit, Day, Group string
	Complete, Void, Counts     bool
	Fields                     map[string]any
	Items                      []exported
	Ignored                    []string
	Doubts                     []struct{ Code, Item, Other string }
}

func (r *exported) doubts(code string) bool {
	return slices.ContainsFunc(r.Doubts, func(d struct{ Code, Item, Other string }) bool { return d.Code == code })
}

func exportOf(t *testing.T, ask func(string) []byte) (all []exported) {
	t.Helper()
	for line := range strings.Lines(string(ask("/v1/export/records"))) {
		var r exported
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// listsAge is more than the age of HQ's lists, as the server uses them: the whole year passes within a few seconds.
const listsAge = 6 * time.Second

// doubtsAreTold: the server tells each doubt of the facts, on the record that people know by its plate, number or name.
func doubtsAreTold(t *testing.T, w *truth.World, all []exported) {
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
		if !found[0].doubts(d.Code) {
			t.Errorf("%+v: the export tells %v", d, found[0].Doubts)
		}
	}
}

// doubtsAreRecounted: within a minute, which the server's follower has, the export's doubts of every record equal a recount from the
// export. It returns the export and the recount.
func doubtsAreRecounted(t *testing.T, ask func(string) []byte) (all []exported, want map[recounttest.DoubtKey]bool) {
	t.Helper()
	var told map[recounttest.DoubtKey]bool
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		all = exportOf(t, ask)
		if told, want = recountDoubts(t, all, ask); maps.Equal(told, want) {
			t.Logf("%d records, %d doubts", len(all), len(told))
			return all, want
		}
	}
	for k := range told {
		if !want[k] {
			t.Errorf("told and not recounted: %+v", k)
		}
	}
	for k := range want {
		if !told[k] {
			t.Errorf("recounted and not told: %+v", k)
		}
	}
	return all, want
}

// recountDoubts returns the doubts that an export tells, and a recount. There the moment of arrival stands for the moment of saving: no
// record of the year is near the bounds of a doubt about time.
func recountDoubts(t *testing.T, all []exported, ask func(string) []byte) (told, want map[recounttest.DoubtKey]bool) {
	t.Helper()
	saved := map[string]savedLine{}
	for line := range strings.Lines(string(ask("/v1/export/observations"))) {
		var o savedLine
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		saved[o.ID] = o
	}
	told = map[recounttest.DoubtKey]bool{}
	count := recounttest.Doubting{Years: []int{2020, thisYear()}}
	for _, r := range all {
		l, of := listed(r), saved[r.ID]
		if l.Fields["plate_number"] != "" {
			l.Fields["plate_number"] = of.plate(t)
		}
		l.Saved, l.HQ = of.Received.UnixMilli(), of.Server.Role == "hq"
		count.Records = append(count.Records, l)
		for _, d := range r.Doubts {
			told[recounttest.DoubtKey{Record: r.ID, Code: d.Code, Item: d.Item, Other: d.Other}] = true
		}
	}
	slices.SortFunc(count.Records, func(a, b recounttest.Listed) int { return saved[a.ID].Received.Compare(saved[b.ID].Received) })
	return told, count.Doubts()
}

// doubtsAreFollowed: within a minute the server's list of doubts has the codes of the recount for every record.
func doubtsAreFollowed(t *testing.T, recounted map[recounttest.DoubtKey]bool, ask func(string) []byte) {
	t.Helper()
	type row struct{ record, code string }
	want, listed := map[row]bool{}, map[row]bool{}
	for k := range recounted {
		want[row{k.Record, k.Code}] = true
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		clear(listed)
		for after, more := "", true; more; more = after != "" {
			var page struct {
				Records []struct {
					Record string
					Doubts []struct{ Code string }
				}
				Next string
			}
			if err := json.Unmarshal(ask("/v1/doubts?limit=500&after="+after), &page); err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				for _, d := range r.Doubts {
					listed[row{r.Record, d.Code}] = true
				}
			}
			after = url.QueryEscape(page.Next)
		}
		if maps.Equal(want, listed) {
			return
		}
	}
	t.Errorf("the list has %d doubts, recounted %d", len(listed), len(want))
	for k := range listed {
		if !want[k] {
			t.Errorf("listed and not recounted: %+v", k)
		}
	}
	for k := range want {
		if !listed[k] {
			t.Errorf("recounted and not listed: %+v", k)
		}
	}
}

// savedLine is what an exported observation says about its arrival.
type savedLine struct {
	ID       string
	Received time.Time
	Server   struct{ Role string }
	Line     string
}

// plate is the plate number in the line: the export of records masks the number.
func (o *savedLine) plate(t *testing.T) string {
	var line struct {
		Fields struct {
			Plate string `json:"plate_number"`
		}
	}
	if err := json.Unmarshal([]byte(o.Line), &line); err != nil {
		t.Fatal(err)
	}
	return line.Fields.Plate
}

// listed is a record or item for the recount.
func listed(r exported) recounttest.Listed {
	l := recounttest.Listed{
		ID: r.ID, Kind: r.Kind, Group: r.Group, Fields: map[string]string{}, Complete: r.Complete, Void: r.Void, Counts: r.Counts, Ignored: r.Ignored,
	}
	for name, v := range r.Fields {
		text := fmt.Sprint(v)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			text = fmt.Sprint(at.UnixMilli())
		} else if day, err := time.Parse(time.DateOnly, text); err == nil {
			text = day.Format("20060102")
		}
		l.Fields[name] = text
	}
	for _, i := range r.Items {
		l.Items = append(l.Items, listed(i))
	}
	return l
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
