package imports_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/imports"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// newHaven is the whole export; ROADBOOK_NEWHAVEN names another copy of the file.
func newHaven(t *testing.T) []byte {
	t.Helper()
	if path := os.Getenv("ROADBOOK_NEWHAVEN"); path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	packed, err := os.ReadFile("testdata/newhaven.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// crash is a row as read by the recount below, without any code of the program under test.
type crash struct {
	town, injury, weather, light string
	at                           time.Time
}

// countByHand reads the export with encoding/csv.
func countByHand(t *testing.T, data []byte) map[string]crash {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int {
		for i, n := range rows[1] {
			if n == name {
				return i
			}
		}
		t.Fatalf("no column %s", name)
		return 0
	}
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]crash{}
	for _, row := range rows[2:] {
		at, err := time.ParseInLocation("2006-01-02 15:04:05", row[column("Date Of Crash")]+" "+row[column("Time of Crash")], eastern)
		if err != nil {
			t.Fatal(err)
		}
		out[row[column("CrashId")]] = crash{
			town: strings.ReplaceAll(row[column("Town Name")], " ", ""), injury: row[column("Most Severe Injury")], at: at,
			weather: row[column("Weather Condition Text Format")], light: row[column("Light Condition Text Format")],
		}
	}
	return out
}

func TestNewHaven(t *testing.T) {
	data := newHaven(t)
	crashes := countByHand(t, data)
	if len(crashes) != 470 {
		t.Fatalf("%d crashes in the file", len(crashes))
	}
	mapping, err := os.ReadFile("mappings/newhaven.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b := imports.Read(load(t, string(mapping)), "crashes.csv", data)
	if b.Total != 470 || b.Valid() != 470 || len(b.Faults) > 0 || len(b.Notes) > 0 {
		t.Fatalf("%d rows, %d valid, faults %v, notes %v", b.Total, b.Valid(), b.Faults, b.Notes)
	}
	eachStore(t, func(t *testing.T, w *world) {
		run, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou"})
		if err != nil || run.Changes != (imports.Changes{Created: 470}) {
			t.Fatalf("%+v, %v", run, err)
		}
		views := w.views("accident")
		if len(views) != 470 {
			t.Errorf("%d records", len(views))
		}
		for id, c := range crashes {
			sameCrash(t, id, c, views[id])
		}
		sameYears(t, w, crashes)
		if again, err := w.im.Import(t.Context(), b, imports.Options{By: "zhou"}); err != nil || again.ID != "" {
			t.Errorf("again: %+v, %v", again, err)
		}
	})
}

var (
	units    = map[string]string{"NewHaven": "new-haven", "WestHaven": "west-haven", "EastHaven": "east-haven", "Hamden": "hamden"}
	injuries = map[string]string{"A": "injury", "K": "fatal"}
	weathers = map[string]string{
		"Clear": "1", "Cloudy": "2", "Rain": "3", "Snow": "4", "Fog, Smog, Smoke": "5", "Sleet or Hail ": "8",
		"Freezing Rain or Freezing Drizzle": "9", "Unknown": "9", "Other": "9",
	}
	lights = map[string]string{"Daylight": "1", "Dark-Lighted": "2", "Dark-Not Lighted": "3", "Dawn": "4", "Dusk": "5"}
)

// sameCrash compares a record with its row.
func sameCrash(t *testing.T, id string, c crash, v merge.View) {
	t.Helper()
	if !v.Complete() || v.Void {
		t.Errorf("%s: faults %v", id, v.Faults)
	}
	for field, want := range map[string]string{
		"unit": units[c.town], "severity": injuries[c.injury], "weather": weathers[c.weather], "light": lights[c.light],
		"dead": "", "injured": "", "procedure": "", "crs": "WGS84",
	} {
		if got := strings.Trim(text(v, field), `"`); got != want {
			t.Errorf("%s: %s is %q, want %q", id, field, got, want)
		}
	}
	if at, _ := v.Fields.Get("occurred_at"); at.I != c.at.UnixMilli() {
		t.Errorf("%s: at %d, want %v", id, at.I, c.at)
	}
	remark := text(v, "remark")
	if weathers[c.weather] == "9" != strings.Contains(remark, "Weather Condition Text Format="+strings.TrimSpace(c.weather)) {
		t.Errorf("%s: weather %q, remark %s", id, c.weather, remark)
	}
	if _, ok := lights[c.light]; ok == strings.Contains(remark, "Light Condition Text Format=") {
		t.Errorf("%s: light %q, remark %s", id, c.light, remark)
	}
}

// sameYears compares yearly counts and year-on-year drops (the catalogue's P3-3), in all and by town. A year is
// Asia/Shanghai's, as everywhere in the product: the recount adds eight hours to UTC.
func sameYears(t *testing.T, w *world, crashes map[string]crash) {
	t.Helper()
	type cell struct {
		unit string
		year int
	}
	count := map[cell]int64{}
	for _, c := range crashes {
		year := c.at.UTC().Add(8 * time.Hour).Year()
		count[cell{units[c.town], year}]++
		count[cell{"", year}]++
	}
	drop := accidentDrop(t)
	for _, unit := range []string{"", "new-haven", "west-haven", "east-haven", "hamden"} {
		for year := 2015; year <= 2024; year++ {
			want, base := count[cell{unit, year}], count[cell{unit, year - 1}]
			if got := w.sum("accident_counted", unit, day(year, 101), day(year, 1231)); got != want {
				t.Errorf("%q %d: %d accidents, want %d", unit, year, got, want)
			}
			f := tally.Evaluate(drop, clock.Day(day(year, 1231)), totals{w, unit})
			if base == 0 {
				if f.Value != nil || f.Reason == "" {
					t.Errorf("%q %d: a drop from nothing is %v", unit, year, f.Value)
				}
				continue
			}
			if wantDrop := big.NewRat((base-want)*100, base); f.Value == nil || f.Value.Cmp(wantDrop) != 0 {
				t.Errorf("%q %d: dropped by %v %%, want %v", unit, year, f.Value, wantDrop)
			}
		}
	}
	for year := 2015; year <= 2024; year++ { // no crash has a known number of dead, and none is invented
		if got, want := w.sum("accident_dead_unknown", "", day(year, 101), day(year, 1231)), count[cell{"", year}]; got != want {
			t.Errorf("%d: %d accidents with an unknown number of dead, want %d", year, got, want)
		}
		if got := w.sum("accident_deaths", "", day(year, 101), day(year, 1231)); got != 0 {
			t.Errorf("%d: %d deaths were invented", year, got)
		}
	}
}

func accidentDrop(t *testing.T) *catalogue.Indicator {
	t.Helper()
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	ind, ok := all[0].Indicator("P3-3")
	if !ok {
		t.Fatal("no P3-3")
	}
	return ind
}

// totals reads sums of a unit ("" = all) for tally.
type totals struct {
	w    *world
	unit string
}

func (a totals) Sum(measure string, from, to clock.Day) int64 {
	return a.w.sum(measure, a.unit, int32(from), int32(to))
}

func (a totals) Daily(string, clock.Day, clock.Day) []tally.Sum { return nil } // a drop reads plain sums

func (a totals) Ends(string, clock.Day) []tally.Sum { return nil }

func (a totals) Whole() bool { return a.unit == "" }

func day(year, monthDay int) int32 { return int32(year*10000 + monthDay) }

func TestUnknownDeadIsComplete(t *testing.T) {
	kind, _ := schema.Default().Kind("accident")
	m := load(t, accidents)
	if m.Kind != kind {
		t.Fatal("another kind")
	}
	w := newWorld(t, stores["sqlite"](t))
	w.importTable(m, header+two)
	if v := w.views("accident")["2"]; !v.Complete() || text(v, "severity") != `"fatal"` || text(v, "dead") != "" {
		t.Errorf("severity %s, dead %q, faults %v", text(v, "severity"), text(v, "dead"), v.Faults)
	}
}
