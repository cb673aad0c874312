package query_test

import (
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/tally"
)

// carryOver puts a copy of 2020 into force for 2026, with some items revised, as the publications of HQ do.
func (w *world) carryOver(to catalogue.NewFacts, revised ...string) {
	w.t.Helper()
	all, err := catalogue.Embedded(schema.Default())
	must(w.t, err)
	text, err := catalogue.EmbeddedText(catalogue.ForYear(all, 2020))
	must(w.t, err)
	text, err = catalogue.CarryOver(text, "c.yaml", 2026, schema.Default())
	must(w.t, err)
	r, err := catalogue.Revise(text, "c.yaml", schema.Default(), revised, to)
	must(w.t, err)
	r.Published = 1
	all = append(all, r.Catalogue)
	counter := tally.NewCounter(all...)
	w.in.SetCatalogues([]string{r.Name(), w.cat.Name()}, counter)
	w.query.SetCatalogues(all, counter)
}

// newYear records days around New Year, while no catalogue of 2025 or 2026 is in force.
func newYear(t *testing.T) *world {
	w := newWorld(t, openSQLite(t))
	w.now = day(20260110)
	road, office, hq := w.device("road", "check-1", "officer"), w.device("counter", "office-1", "clerk"), w.device("importer", "hq", "hq")
	facility := func(on string, status string) {
		w.say(road, "facility", 20251220, "", map[string]string{"facility": "K-1", "facility_type": "camera", "status": status, "status_from": on})
	}
	facility("2025-12-20", "in_use")
	facility("2026-01-05", "broken")
	w.say(road, "hazard", 20251230, "", map[string]string{"category": "sign", "found_at": "2025-12-30T09:00:00+08:00"})
	w.say(road, "hazard", 20260102, "", map[string]string{
		"category": "sign", "found_at": "2026-01-02T09:00:00+08:00", "fixed_at": "2026-01-02T12:00:00+08:00", "verified_at": "2026-01-03T09:00:00+08:00",
	})
	for n, on := range []string{"2025-12-31T23:59:59+08:00", "2026-01-01T00:00:00+08:00", "2026-01-09T10:00:00+08:00"} {
		w.say(office, "plate", 20260101, "", map[string]string{"occurred_at": on, "plate_type": "02", "plate_number": "冀F1234" + string(rune('0'+n)), "business": "register"})
	}
	for _, on := range []string{"2025-01-05", "2025-01-06", "2026-01-06"} {
		w.say(road, "accident", 20260106, "", map[string]string{
			"occurred_at": on + "T10:00:00+08:00", "severity": "fatal", "procedure": "general", "dead": "1", "lon": "115.1", "lat": "38.8", "crs": "WGS84",
		})
	}
	w.say(hq, "expenditure", 20260108, "", map[string]string{"project": "451-0401-YZN-Y5U1", "amount_fen": "27000000", "voucher": "1"})
	w.push(road, false)
	w.push(office, false)
	w.push(hq, true)
	return w
}

func (w *world) table(at string) (*query.Indicators, map[string]query.Row) {
	w.t.Helper()
	in, err := w.query.Indicators(w.t.Context(), query.Question{Year: at[:4], At: at})
	must(w.t, err)
	rows := map[string]query.Row{}
	for _, r := range in.Rows {
		rows[r.ID] = r
	}
	return in, rows
}

// By hand, to 10 January 2026. P3-4: the camera is in use since 20 December and broken from 5 January: of ten days four. P1-4:
// the hazard of December is still there, one of January is gone: one of two. P5-1: a plate one second before New Year is of
// 2025, two are of 2026. D-2: one dead after two in the same days of 2025.
var aroundNewYear = map[string]string{"P3-4": "40 4/10", "P1-4": "50 1/2", "P5-1": "2 2/1", "D-2": "50 1/2"}

// What was recorded before the catalogue counts by it, over New Year too, and nothing is judged by the targets of 2020.
func TestCarriedOverCountsAndJudgesNothing(t *testing.T) {
	w := newYear(t)
	if _, err := w.query.Indicators(t.Context(), query.Question{Year: "2026"}); err == nil {
		t.Fatal("2026 has a table without a catalogue")
	}
	w.carryOver(catalogue.NewFacts{})
	in, rows := w.table("2026-01-10")
	for id, want := range aroundNewYear {
		r := rows[id]
		if got := text(r.Value) + " " + text(r.Numerator) + "/" + text(r.Denominator); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	for _, r := range in.Rows {
		if r.Literal != tally.None || r.Light != query.Grey || r.CarriedFrom != 2020 {
			t.Errorf("%s: %s, %s, from %d", r.ID, r.Literal, r.Light, r.CarriedFrom)
		}
		for _, c := range r.Companions {
			if (c.TargetRaw != "") != (c.CarriedFrom == 2020) {
				t.Errorf("%s: %q from %d", c.ID, c.TargetRaw, c.CarriedFrom)
			}
		}
	}
	if in.Catalogue != "shunping-2026@2" || in.ToRevise == nil || *in.ToRevise != (catalogue.Carried{Rows: 27, Projects: 5, Department: true}) {
		t.Errorf("%s: %+v", in.Catalogue, in.ToRevise)
	}
	for _, b := range in.Budgets {
		if b.CarriedFrom != 2020 || b.Light != query.Grey || b.ExecutedPercent != nil || b.Note != nil {
			t.Errorf("%+v", b)
		}
	}
	if b := in.Budgets[0]; text(b.Spent) != "270000.00" || b.Reason != query.ToRevise || in.Budgets[1].Reason != tally.NoData {
		t.Errorf("%+v", b)
	}
	for _, page := range w.pages(query.DrillQuestion{Year: "2026", At: "2026-01-10", Row: "P3-4"}) {
		if page.Row.CarriedFrom != 2020 || page.Row.Light != query.Grey || len(page.Records) == 0 {
			t.Errorf("the drill: %+v", page.Row)
		}
	}
	for _, b := range func() []query.Budget { in, _ := w.table("2020-12-31"); return in.Budgets }() {
		if b.CarriedFrom != 0 {
			t.Errorf("2020's own: %+v", b)
		}
	}
}

// A revised row is judged by its new target, a revised project by its new budget and plan; the rest stays as it is.
func TestRevisedItemsAreJudged(t *testing.T) {
	w := newYear(t)
	w.carryOver(catalogue.NewFacts{}, "D-2", "P3-4", "P1-4")
	in, rows := w.table("2026-01-10")
	if r := rows["P3-4"]; r.Literal != tally.Fail || r.Light != query.Red || r.CarriedFrom != 0 { // ≥ 95 %
		t.Errorf("%s %s %+v", r.Literal, r.Light, r.Target)
	}
	if r := rows["P5-1"]; r.Literal != tally.None || in.ToRevise.Rows != 24 {
		t.Errorf("%s, %+v", r.Literal, in.ToRevise)
	}
	target, _ := catalogue.ParseTarget("≥2副", catalogue.Target{})
	w.carryOver(catalogue.NewFacts{Target: target}, "P5-1")
	if _, rows = w.table("2026-01-10"); rows["P5-1"].Literal != tally.Pass || rows["P5-1"].Light != query.Green || rows["P3-4"].Light != query.Grey {
		t.Errorf("%+v", rows["P5-1"])
	}
	w.carryOver(catalogue.NewFacts{Budget: &catalogue.Budget{Total: "300000.00", Fiscal: "300000.00"}}, "1")
	in, _ = w.table("2026-03-31") // 270 000 of 300 000 are 90 %, of a plan of 30 %
	if b := in.Budgets[0]; text(b.ExecutedPercent) != "90" || b.Light != query.Green || b.CarriedFrom != 0 || in.ToRevise.Projects != 4 {
		t.Errorf("%+v", b)
	}
}

// The ledger's budget is the year's own, though the plan is not: it divides, and there is no light.
func TestTheLedgersBudgetIsTheYearsOwn(t *testing.T) {
	w := newYear(t)
	hq := w.device("ledger", "hq", "hq")
	w.say(hq, "budget", 20260105, "", map[string]string{"project": "451-0401-YZN-Y5U1", "adjusted_fen": "25000000"})
	w.push(hq, true)
	w.carryOver(catalogue.NewFacts{})
	in, _ := w.table("2026-03-31")
	if b := in.Budgets[0]; text(b.ExecutedPercent) != "108" || b.Light != query.Grey || b.Note == nil || b.Reason != "" || !strings.HasPrefix(text(b.Adjusted), "250000") {
		t.Errorf("%+v", b)
	}
}
