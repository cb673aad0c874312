package catalogue

import (
	"testing"

	"roadbook/schema"
)

// What records add, worked out by hand. "" = the record adds nothing.
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
		if !ok {
			t.Fatalf("no measure %s", tt.measure)
		}
		k, _ := schema.Default().Kind(m.Kind)
		v, faults := k.Decode([]byte(tt.fields))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		known := schema.Value{Type: schema.TypeBool}
		if tt.deadKnown {
			known.I = 1
		}
		vars := schema.Values{{Name: "dead_known", Value: known}, {Name: "deaths_7d", Value: schema.Value{Type: schema.TypeInt, I: tt.deaths}}}
		if got, counts := m.Amount(v, vars); got != tt.want || counts != tt.counts {
			t.Errorf("%s of %s: %d, %v; want %d, %v", tt.measure, tt.fields, got, counts, tt.want, tt.counts)
		}
	}
}

func TestMeasuresOf(t *testing.T) {
	c := shunping(t)
	for kind, want := range map[string]int{"incident": 3, "accident": 3, "casualty": 0, "plate": 1} {
		if got := c.MeasuresOf(kind); len(got) != want {
			t.Errorf("%s has %d measures, want %d", kind, len(got), want)
		}
	}
	if len(c.Measures) != 7 {
		t.Errorf("%d measures", len(c.Measures))
	}
}
