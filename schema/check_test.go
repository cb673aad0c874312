package schema

import (
	"strings"
	"testing"
)

const base = `"unit":"squad-1","occurred_at":"2020-12-15T10:00:00+08:00"`

// at gives a time of 15 December 2020, "null" for "-".
func at(clock string) string {
	if clock == "-" {
		return "null"
	}
	return `"2020-12-15T` + clock + `:00+08:00"`
}

func incident(reported, dispatched, arrived, cleared string) string {
	return `{` + base + `,"category":"fire","reported_at":` + at(reported) + `,"dispatched_at":` + at(dispatched) +
		`,"arrived_at":` + at(arrived) + `,"cleared_at":` + at(cleared) + `}`
}

func accident(severity, procedure, dead string) string {
	return `{` + base + `,"severity":"` + severity + `","procedure":"` + procedure + `","dead":` + dead + `}`
}

func TestCheckCreate(t *testing.T) {
	tests := []struct {
		name, kind, fields string
		want               []string
	}{
		{"plate", "plate", goodPlate, nil},
		{"plate without number", "plate", `{` + base + `,"plate_type":"02","plate_number":"-","business":"replace"}`, nil},
		{"empty plate", "plate", `{}`, []string{"required unit", "required occurred_at", "required plate_type", "required plate_number", "required business"}},
		{"cleared is missing", "plate", strings.Replace(goodPlate, `"check-1"`, "null", 1), []string{"required unit"}},
		{"plate of another type", "plate", strings.Replace(goodPlate, `"02"`, `"52"`, 1), []string{"plate_mismatch plate_number"}},
		{"place", "plate", strings.Replace(goodPlate, `{`, `{"lon":115.1,"lat":38.8,"crs":"WGS84",`, 1), nil},
		{"place without system", "plate", strings.Replace(goodPlate, `{`, `{"lon":115.1,"lat":38.8,`, 1), []string{"together crs"}},
		{"only a longitude", "plate", strings.Replace(goodPlate, `{`, `{"lon":115.1,`, 1), []string{"together lat", "together crs"}},

		{"incident in order", "incident", incident("10:00", "10:10", "10:20", "10:30"), nil},
		{"incident, all at once", "incident", incident("10:00", "10:00", "10:00", "10:00"), nil},
		{"incident, only reported", "incident", incident("10:00", "-", "-", "-"), nil},
		{"incident never reported", "incident", incident("-", "10:00", "-", "-"), []string{"required reported_at"}},
		{"dispatched before reported", "incident", incident("10:00", "09:59", "-", "-"), []string{"times_order dispatched_at"}},
		{"arrived before dispatched", "incident", incident("10:00", "10:10", "10:05", "-"), []string{"times_order arrived_at"}},
		{"a gap does not hide the order", "incident", incident("10:00", "-", "-", "09:00"), []string{"times_order cleared_at"}},
		{"cleared before all", "incident", incident("10:00", "10:10", "10:20", "09:00"),
			[]string{"times_order cleared_at", "times_order cleared_at", "times_order cleared_at"}},
		{"incident without category", "incident", `{` + base + `,"reported_at":` + at("10:00") + `}`, []string{"required category"}},

		{"property", "accident", accident("property", "self", "0"), nil},
		{"injury", "accident", accident("injury", "general", "0"), nil},
		{"fatal", "accident", accident("fatal", "general", "2"), nil},
		{"fatal with nobody dead", "accident", accident("fatal", "general", "0"), []string{"fatal_dead dead"}},
		{"somebody dead but not fatal", "accident", accident("injury", "general", "1"), []string{"fatal_dead dead"}},
		{"fatal by the simple procedure", "accident", accident("fatal", "simple", "1"), []string{"fatal_procedure procedure"}},
		{"fatal with nothing right", "accident", accident("fatal", "self", "0"), []string{"fatal_dead dead", "fatal_procedure procedure"}},
		{"unknown severity", "accident", accident("unknown", "general", "0"), []string{"import_only severity"}},
		{"a person says the number of dead", "accident", `{` + base + `,"severity":"property"}`, []string{"required procedure", "required dead"}},

		{"casualty", "casualty", `{` + base + `,"died_at":` + at("11:00") + `}`, nil},
		{"casualty with its accident", "casualty", `{` + base + `,"died_at":` + at("11:00") + `,"accident":"0123456789.abcdefgh.1.0123456789abcdef"}`,
			[]string{"misplaced accident"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := decodeGood(t, tt.kind, tt.fields)
			wantFaults(t, kindOf(t, tt.kind).CheckCreate(v, false), tt.want...)
		})
	}
}

func TestCheckImported(t *testing.T) {
	k := kindOf(t, "accident")
	wantFaults(t, k.CheckCreate(decodeGood(t, "accident", `{`+base+`,"severity":"unknown"}`), true))
	wantFaults(t, k.CheckCreate(decodeGood(t, "accident", accident("unknown", "simple", "3")), true))
	wantFaults(t, k.CheckCreate(decodeGood(t, "accident", `{`+base+`}`), true), "required severity")
	wantFaults(t, k.CheckAmend(decodeGood(t, "accident", `{"severity":"unknown","procedure":null,"dead":null}`), true))
}

func TestCheckAmend(t *testing.T) {
	tests := []struct {
		name, kind, fields string
		want               []string
	}{
		{"nothing", "plate", `{}`, nil},
		{"one field alone", "plate", `{"sets":2}`, nil},
		{"clear what may be cleared", "plate", `{"sets":null,"remark":null}`, nil},
		{"clear what is required", "plate", `{"unit":null,"business":null}`, []string{"required unit", "required business"}},
		{"part of the place", "plate", `{"lon":115.2}`, []string{"register_incomplete lat", "register_incomplete crs"}},
		{"place taken back", "plate", `{"lon":null,"lat":null,"crs":null}`, nil},
		{"part of the times", "incident", `{"dispatched_at":` + at("10:10") + `}`,
			[]string{"register_incomplete reported_at", "register_incomplete arrived_at", "register_incomplete cleared_at"}},
		{"all times", "incident", `{"reported_at":` + at("10:00") + `,"dispatched_at":` + at("10:10") + `,"arrived_at":null,"cleared_at":null}`, nil},
		{"part of the severity", "accident", `{"severity":"fatal","dead":1}`, []string{"register_incomplete procedure"}},
		{"severity whole", "accident", `{"severity":"fatal","procedure":"general","dead":1}`, nil},
		{"severity whole and wrong", "accident", `{"severity":"property","procedure":"general","dead":1}`, []string{"fatal_dead dead"}},
		{"only imports leave it unknown", "accident", `{"severity":"unknown","procedure":null,"dead":null}`, []string{"import_only severity"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := decodeGood(t, tt.kind, tt.fields)
			wantFaults(t, kindOf(t, tt.kind).CheckAmend(v, false), tt.want...)
		})
	}
}

func TestCheckState(t *testing.T) {
	accidents := kindOf(t, "accident")
	wantFaults(t, accidents.CheckState(decodeGood(t, "accident", accident("fatal", "general", "1"))))
	wantFaults(t, accidents.CheckState(decodeGood(t, "accident", `{`+base+`,"severity":"unknown"}`))) // from an import
	wantFaults(t, accidents.CheckState(decodeGood(t, "accident", `{"severity":"fatal","procedure":"self","dead":1}`)),
		"required unit", "required occurred_at", "fatal_procedure procedure")
	wantFaults(t, accidents.CheckState(nil), "required unit", "required occurred_at", "required severity")
	wantFaults(t, kindOf(t, "casualty").CheckState(decodeGood(t, "casualty", `{`+base+`,"died_at":`+at("11:00")+`}`)))
	wantFaults(t, kindOf(t, "plate").CheckState(decodeGood(t, "plate", strings.Replace(goodPlate, `{`, `{"crs":"BD09",`, 1))), "together lon", "together lat")
}

func TestRulesRead(t *testing.T) {
	for _, tt := range []struct {
		kind   string
		fields []string
		want   bool
	}{
		{"incident", []string{"occurred_at", "reported_at"}, true},
		{"incident", []string{"occurred_at"}, false},
		{"plate", []string{"plate_number"}, true},
		{"plate", []string{"occurred_at"}, false},
		{"plate", nil, false},
	} {
		if got := kindOf(t, tt.kind).RulesRead(tt.fields); got != tt.want {
			t.Errorf("a rule of %s reads %v: %v", tt.kind, tt.fields, got)
		}
	}
}

func TestNaturalKey(t *testing.T) {
	tests := []struct {
		kind, fields, want string
	}{
		{"plate", goodPlate, "plate|02|冀F8K2M6|register|20201215"},
		{"plate", `{"plate_type":"小型新能源","plate_number":"冀fd12345","business":"补领"}`, "plate|52|冀FD12345|replace|20201215"},
		{"plate", `{"plate_type":"02","plate_number":"-","business":"register"}`, ""},
		{"plate", `{"plate_type":"02","plate_number":"冀F8K2M6"}`, ""},
		{"plate", `{"plate_type":"02","plate_number":"冀F8K2M6","business":null}`, ""},
		{"incident", incident("10:00", "-", "-", "-"), ""},
		{"accident", accident("property", "self", "0"), ""},
	}
	for _, tt := range tests {
		got, ok := kindOf(t, tt.kind).NaturalKey(decodeGood(t, tt.kind, tt.fields), 20201215)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, %v, want %q", tt.fields, got, ok, tt.want)
		}
	}
}

func TestFieldTraits(t *testing.T) {
	if f, _ := kindOf(t, "plate").Field("sets"); f.Default == nil || *f.Default != (Value{Type: TypeInt, I: 1}) {
		t.Errorf("the default of sets is %v", f.Default)
	}
	if f, _ := kindOf(t, "incident").Field("dispatched"); f == nil || f.Name != "dispatched_at" {
		t.Errorf("the alias dispatched gives %+v", f)
	}
	if f, _ := kindOf(t, "casualty").Field("accident"); !f.Owner || f.Type != TypeRecord {
		t.Errorf("accident is %+v", f)
	}
	if f, _ := kindOf(t, "accident").Field("occurred_at"); !f.Auto || !f.Required {
		t.Errorf("occurred_at is %+v", f)
	}
	if _, ok := kindOf(t, "plate").Field("dead"); ok {
		t.Error("a plate has no dead")
	}
	if _, ok := Default().Kind("nonsense"); ok {
		t.Error("there is no kind nonsense")
	}
	if _, ok := Default().Codes("nonsense"); ok {
		t.Error("there is no table nonsense")
	}
}

func BenchmarkCheckPlate(b *testing.B) {
	k := kindOf(b, "plate")
	v := decodeGood(b, "plate", goodPlate)
	b.ReportAllocs()
	for b.Loop() {
		k.CheckCreate(v, false)
	}
}
