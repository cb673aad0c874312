package catalogue

import (
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
)

// The amounts that records add, worked out by hand. "" = the record adds nothing.
func TestAmounts(t *testing.T) {
	const reported = `"reported_at":"2020-12-31T23:59:00+08:00"`
	tests := []struct {
		measure, fields string
		deaths          int64
		deadKnown       bool
		want            int64
		counts          bool
	}{
		{"plate_sets", `{"business":"register","sets":2}`, 0, true, 2, true},
		{"plate_sets", `{"business":"注册"}`, 0, true, 1, true},
		{"plate_sets", `{"business":"register","sets":2,"spoiled":false}`, 0, true, 2, true},
		{"plate_sets", `{"business":"register","sets":2,"spoiled":true}`, 0, true, 0, false},
		{"plate_sets", `{"business":"replace","sets":2}`, 0, true, 0, false},
		{"plate_sets", `{"business":"renew"}`, 0, true, 0, false},
		{"plate_sets", `{"sets":2}`, 0, true, 0, false},
		{"plate_sets", `{"business":"register","sets":0}`, 0, true, 0, true},

		// 31 December 23:59 to 1 January 00:30: 31 minutes = 1,860,000 ms
		{"incident_dispatch_ms", `{` + reported + `,"dispatched_at":"2021-01-01T00:30:00+08:00"}`, 0, true, 1_860_000, true},
		{"incident_dispatch_ms", `{` + reported + `}`, 0, true, 0, false},
		{"incident_dispatched", `{` + reported + `,"dispatched_at":"2021-01-01T00:30:00+08:00"}`, 0, true, 1, true},
		{"incident_dispatched", `{` + reported + `}`, 0, true, 0, false},
		{"incident_undispatched", `{` + reported + `}`, 0, true, 1, true},
		{"incident_undispatched", `{` + reported + `,"dispatched_at":null}`, 0, true, 1, true},
		{"incident_undispatched", `{` + reported + `,"dispatched_at":"2021-01-01T00:30:00+08:00"}`, 0, true, 0, false},

		{"accident_counted", `{"procedure":"general"}`, 0, true, 1, true},
		{"accident_counted", `{"procedure":"简易"}`, 0, true, 1, true},
		{"accident_counted", `{"procedure":"自行协商"}`, 0, true, 0, false},
		{"accident_counted", `{}`, 0, true, 1, true},
		{"accident_deaths", `{"dead":1}`, 3, true, 3, true},
		{"accident_deaths", `{"dead":0}`, 0, true, 0, false},
		{"accident_dead_unknown", `{}`, 0, false, 1, true},
		{"accident_dead_unknown", `{"dead":0}`, 0, true, 0, false},
	}
	c := shunping(t)
	for _, tt := range tests {
		m, ok := c.Measure(tt.measure)
		if !ok || len(m.Parts) != 1 {
			t.Fatalf("no measure %s of one part", tt.measure)
		}
		p := m.Parts[0]
		k, _ := schema.Default().Kind(p.Kind)
		v, faults := k.Decode([]byte(tt.fields))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		known := schema.Value{Type: schema.TypeBool}
		if tt.deadKnown {
			known.I = 1
		}
		vars := schema.Values{{Name: "dead_known", Value: known}, {Name: "deaths_7d", Value: schema.Value{Type: schema.TypeInt, I: tt.deaths}}}
		got, counts := int64(0), p.Applies(v, vars)
		if counts {
			got, counts = p.Amount(v, vars)
		}
		if got != tt.want || counts != tt.counts {
			t.Errorf("%s of %s: %d, %v; want %d, %v", tt.measure, tt.fields, got, counts, tt.want, tt.counts)
		}
	}
}

// The day and the dimension that the parts of a measure give.
func TestDaysAndDimensions(t *testing.T) {
	tests := []struct {
		measure      string
		part         int
		kind, fields string
		name         string // "" = no sum
		given        bool   // the part gives the day
		at           int64  // Unix ms or yyyymmdd
	}{
		{"accident_counted", 0, "accident", `{}`, "accident_counted", false, 0},
		{"patrol_passes", 0, "patrol", `{"segment":"S1","shift_day":"2020-12-31"}`, "patrol_passes:S1", true, 20201231},
		{"patrol_passes", 0, "patrol", `{"shift_day":"2020-12-31"}`, "", true, 20201231},
		// 2021-01-01 00:30 +08:00 = 2020-12-31 16:30 UTC = 1 609 432 200 000 ms
		{"hazard_found", 0, "hazard", `{"found_at":"2021-01-01T00:30:00+08:00"}`, "hazard_found", true, 1_609_432_200_000},
		// Done before the due day: the due day; else the day of completion, in Shanghai.
		{"tasks_done", 0, "task", `{"project":"p","due_on":"2020-06-30","done_at":"2020-06-01T08:00:00+08:00"}`, "tasks_done:p", true, 20200630},
		{"tasks_done", 0, "task", `{"project":"p","due_on":"2020-06-30","done_at":"2020-07-01T00:30:00+08:00"}`, "tasks_done:p", true, 20200701},
		{"facilities_in_use", 1, "facility", `{"status":"in_use","status_to":"2020-07-01"}`, "facilities_in_use", true, 20200701},
		{"reported", -1, "plate", `{}`, "reported:plate", false, 0},
		{"reported", -1, "nil", `{"kind":"accident","day":"2020-05-01"}`, "reported:accident", true, 20200501},
		{"certificates_issued", 0, "certificate", `{"certificate":"登记证书"}`, "certificates_issued:registration", false, 0},
	}
	c := shunping(t)
	for _, tt := range tests {
		m, _ := c.Measure(tt.measure)
		i := tt.part
		if i < 0 {
			i = slices.IndexFunc(m.Parts, func(p *Part) bool { return p.Kind == tt.kind })
		}
		p := m.Parts[i]
		k, _ := schema.Default().Kind(tt.kind)
		v, faults := k.Decode([]byte(tt.fields))
		if len(faults) > 0 || p.Kind != tt.kind {
			t.Fatal(p.Kind, faults)
		}
		name, _ := p.Name(v)
		at, given, ok := p.Day(v, nil)
		if name != tt.name || at != tt.at || given != tt.given || !ok {
			t.Errorf("%s of %s: %q, %d, %v, %v", tt.measure, tt.fields, name, at, given, ok)
		}
	}
}

// Every kind that a unit may be expected to deliver is counted as delivered by its records, and by a zero report.
func TestReportedCoversEveryKind(t *testing.T) {
	m, _ := shunping(t).Measure("reported")
	kinds := map[string]bool{}
	for _, p := range m.Parts {
		kinds[p.Kind] = true
	}
	for kind := range strings.FieldsSeq("nil incident accident hit_and_run enforcement patrol congestion hazard facility task survey asset plate certificate compliance expenditure attestation") {
		if !kinds[kind] {
			t.Errorf("reports of %s are not counted", kind)
		}
		delete(kinds, kind)
	}
	if len(kinds) > 0 {
		t.Errorf("and yet %v", kinds)
	}
	if got := m.Dimension("plate"); got != (schema.Text{ZH: "号牌发放", EN: "Plate issue"}) {
		t.Errorf("reported:plate is %v", got)
	}
}
