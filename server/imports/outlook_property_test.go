package imports_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

// TestForetoldIsWhatHappens plays small random tables of several importers into one store, one after another, with acts
// of HQ in between: every figure is then as foretold.
func TestForetoldIsWhatHappens(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		const most = 40 // tables a store: each is evaluated for two years, four times
		played := 0
		rapid.Check(t, func(rt *rapid.T) {
			if played++; played > most && !t.Failed() {
				return
			}
			kind := rapid.SampledFrom([]string{"plate", "accident", "offsite", "baseline", "unit_entry", "survey", "count", "facility", "budget"}).Draw(rt, "kind")
			who := rapid.SampledFrom([]string{"wang", "li"}).Draw(rt, "importer")
			foretell(w, namedMapping(t, kind, who+"-"+kind), drawTable(rt, kind))
			actOfHQ(rt, w, kind)
		})
	})
}

// drawTable draws a table of a few rows, from so few values that keys meet.
func drawTable(rt *rapid.T, kind string) string {
	pick := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(rt, name) }
	day := func() string {
		return pick("day", "2019-03-05", "2020-03-05", "2020-03-06", "2020-11-30", "2024-01-02")
	}
	unit := func() string { return pick("unit", "squad-1", "squad-2", "office-1", "hq") }
	n := func() string { return pick("n", "1", "3", "40") }
	rows := map[string]struct {
		head string
		row  func(i int) string
	}{
		"plate": {plateHead, func(int) string {
			return unit() + "," + day() + " 09:00,02,冀F8K2M" + pick("plate", "1", "2", "3") + ",register,1"
		}},
		"accident": {accidentHead, func(i int) string {
			d := day()
			return fmt.Sprintf("%s,%s 09:00,%d,%s,%s,%s,0,%s", unit(), d, i, pick("number", "A1234567", "A1234568", "A1234569", ""), pick("severity", "property", "injury"),
				pick("procedure", "simple", "general"), pick("closed", "", d+" 12:00", "2020-12-01 10:00"))
		}},
		"offsite": {"unit,period_from,period_to,road_type,number,source_system\n", func(int) string { return "hq," + month(pick) + ",22," + n() + ",s" }},
		"baseline": {baselineHead, func(int) string {
			return unit() + "," + pick("measure", "accident_counted", "accident_general", "事故数", "plate_sets") + "," + month(pick) + "," + n()
		}},
		"unit_entry": {unitHead, func(int) string {
			return "hq," + pick("code", "squad-1", "squad-2", "office-1") + ",名," + pick("parent", "", "squad-1", "squad-2") + ",accident_squad," + pick("from", "2019-01-01", "2020-01-01")
		}},
		"survey": {surveyHead, func(i int) string {
			return unit() + "," + day() + " 09:00,S1," + pick("serial", "1", "2", "3") + ",451-0401-YZN-RX4L," + pick("topic", "petition", "accident") + "," + pick("grade", "satisfied", "dissatisfied")
		}},
		"count": {"unit,what,period_from,period_to,number,source_system\n", func(int) string {
			return unit() + "," + pick("what", "training", "complaints", "service_points", "~x") + "," + month(pick) + "," + n() + ",s"
		}},
		"facility": {"unit,facility,facility_type,status,status_from\n", func(int) string {
			return unit() + "," + pick("facility", "F1", "F2") + ",camera," + pick("status", "in_use", "idle") + "," + day()
		}},
		"budget": {"unit,occurred_at,project,adjusted_fen\n", func(int) string {
			return "hq," + day() + ",451-0401-YZN-RX4L," + n()
		}},
	}[kind]
	seen, table := map[string]bool{}, rows.head
	for i := range rapid.IntRange(1, 4).Draw(rt, "rows") {
		row := rows.row(i)
		if key := keyOf(kind, row); !seen[key] {
			seen[key] = true
			table += row + "\n"
		}
	}
	return table
}

func month(pick func(string, ...string) string) string {
	return pick("period", "2019-03-01,2019-03-31", "2020-03-01,2020-03-31", "2020-03-01,2020-03-15", "2020-11-01,2020-11-30")
}

// keyOf tells rows apart as the standard mapping does: equal rows of one table are a fault.
func keyOf(kind, row string) string {
	c := strings.Split(row, ",")
	switch kind {
	case "plate":
		return c[1][:10] + c[3]
	case "accident":
		return c[2]
	case "offsite":
		return c[1] + c[2]
	case "baseline":
		return c[0] + c[1] + c[2] + c[3]
	case "unit_entry":
		return c[1] + c[5]
	case "survey":
		return c[3]
	case "count":
		return c[0] + c[1] + c[2] + c[3]
	case "facility":
		return c[1] + c[3] + c[4]
	}
	return c[1]
}

// actOfHQ voids, links or amends a record, or does nothing.
func actOfHQ(rt *rapid.T, w *world, kind string) {
	var records []string
	for _, v := range w.views(kind) {
		records = append(records, v.Record)
	}
	slices.Sort(records)
	if len(records) == 0 {
		return
	}
	record := rapid.SampledFrom(records).Draw(rt, "record")
	act := ingest.Act{Act: wire.Void, Record: record, Reason: "登错"}
	switch rapid.IntRange(0, 6).Draw(rt, "act") {
	case 0:
	case 1:
		act = ingest.Act{Act: wire.Link, Record: record, With: rapid.SampledFrom(records).Draw(rt, "other")}
	case 2, 3:
		act = ingest.Act{Act: wire.Amend, Record: record, Kind: kind, Fields: []byte(`{"unit":"squad-2"}`)}
	default:
		return
	}
	if _, err := w.in.Do(w.t.Context(), w.hq, act); err != nil {
		w.t.Fatal(err)
	}
}
