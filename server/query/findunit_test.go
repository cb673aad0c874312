package query_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"roadbook/server/query"
	"roadbook/sync/wire"
)

// register writes the units of the tests below: one renamed, one that ended and whose name another took, two of one
// name, two that only records name (of one the record is void).
func (w *world) register() (given []string) {
	hq := w.device("importer", "hq", "hq")
	for _, u := range [][4]string{ // code, name, from, to
		{"check-1", "城东检查站", "2020-01-01", ""},
		{"check-2", "城西卡口", "2020-01-01", ""},
		{"check-2", "城西检查站", "2020-06-01", ""},
		{"check-3", "北环检查站", "2020-01-01", "2020-07-01"},
		{"check-4", "北环检查站", "2020-07-01", ""},
		{"check-5", "南关检查站", "2020-01-01", "2020-12-01"},
		{"office-1", "车管所窗口", "2020-01-01", ""},
		{"office-2", "车管所窗口", "2020-01-01", ""},
		{"check-6", "开发区检查站", "2021-06-01", ""}, // to come
		{"k1", "大队机关", "2020-01-01", ""},
	} {
		fields := map[string]string{"code": u[0], "name": u[1], "unit_type": "checkpoint", "from_day": u[2]}
		if u[3] != "" {
			fields["to_day"] = u[3]
		}
		w.say(hq, "unit_entry", 20200101, "", fields)
	}
	count := func(unit string) wire.ObsID {
		return w.say(hq, "count", 20200303, "", map[string]string{
			"unit": unit, "what": "training", "period_from": "2020-03-01", "period_to": "2020-03-02", "number": "1",
			"source_system": unit, "file_digest": digest,
		})
	}
	count("camp-9")
	void := count("camp-8")
	w.act(hq, wire.Void, "count", void, []wire.ObsID{void}, nil)
	w.push(hq, true)
	w.now = day(20210105)
	return []string{"squad-1", "a|b"}
}

func stores(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("embedded", func(t *testing.T) { test(t, newWorld(t, openSQLite(t))) })
	for name, open := range otherStores {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, open(t))) })
	}
}

// What a tired administrator types for the unit of a new device, and what comes of it.
func TestFindUnit(t *testing.T) {
	tests := []struct {
		name, typed string
		code, unit  string   // found
		refused     string   // or the code of the refusal
		says        []string // in Chinese and English
	}{
		{"code", "check-1", "check-1", "城东检查站", "", nil},
		{"full width, and a space behind it", "ｃｈｅｃｋ－１　", "check-1", "城东检查站", "", nil},
		{"another hyphen and capitals", "Check—1", "check-1", "城东检查站", "", nil},
		{"name in place of the code", "城东检查站", "check-1", "城东检查站", "", nil},
		{"name with a space in it", "城东 检查站 ", "check-1", "城东检查站", "", nil},
		{"former name", "城西卡口", "check-2", "城西检查站", "", nil},
		{"name that an ended unit left to another", "北环检查站", "check-4", "北环检查站", "", nil},
		{"unit to come", "check-6", "check-6", "开发区检查站", "", nil},
		{"unit of a device, not in the register", "squad-1", "squad-1", "", "", nil},
		{"headquarters", "hq", "hq", "", "", nil},
		{"unit known from a record", "camp-9", "camp-9", "", "", nil},
		{"unit known from a void record", "camp-8", "camp-8", "", "", nil},

		{"slip of the finger", "chekc-1", "", "", wire.CodeUnknownUnit, []string{"check-1 城东检查站", "check-2 城西检查站", "The nearest units: check-1 城东检查站, "}},
		{"slip of the ear", "城东检察站", "", "", wire.CodeUnknownUnit, []string{"最相近的单位：check-1 城东检查站、"}},
		{"slip in a code of records alone", "camp9", "", "", wire.CodeUnknownUnit, []string{"最相近的单位：camp-9、"}},
		{"part of a name, as far from a short code", "开发", "", "", wire.CodeUnknownUnit, []string{"最相近的单位：check-6 开发区检查站、"}},
		{"ended unit", "check-3", "", "", wire.CodeUnitEnded, []string{"check-3 北环检查站，自 2020-07-01 起", "from 2020-07-01 on"}},
		{"name of an ended unit", "南关检查站", "", "", wire.CodeUnitEnded, []string{"check-5 南关检查站，自 2020-12-01 起"}},
		{"name of two units", "车管所窗口", "", "", wire.CodeBadRequest, []string{"office-1、office-2", "office-1, office-2"}},
		{"nothing", "", "", "", wire.CodeBadRequest, []string{"“单位”必须填写"}},
		{"spaces", " 　", "", "", wire.CodeBadRequest, []string{"“单位”必须填写"}},
		{"bar, even where a device has it", "a|b", "", "", wire.CodeBadRequest, []string{"不能含空格或“|”"}},
		{"65 characters", strings.Repeat("站", 65), "", "", wire.CodeBadRequest, []string{"最多 64 个字"}},
	}
	stores(t, func(t *testing.T, w *world) {
		given := w.register()
		for _, tt := range tests {
			found, err := w.query.FindUnit(t.Context(), tt.typed, given, false)
			if tt.refused != "" {
				wantUnitRefused(t, tt.name, err, tt.refused, tt.says)
				continue
			}
			if err != nil || found.Code != tt.code || found.Name != tt.unit || found.New || found.Recorded != strings.HasPrefix(tt.code, "camp") {
				t.Errorf("%s: %+v, %v; want %s %s", tt.name, found, err, tt.code, tt.unit)
			}
		}
	})
}

// A question names a unit by its code or its name, as the page's list shows it.
func TestQuestionNamesUnit(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.register()
	for typed, want := range map[string]string{"check-1": "check-1", "城东检查站": "check-1", "城东 检查站": "check-1", "城西卡口": "check-2", "camp-9": "camp-9", "": ""} {
		in, err := w.query.Indicators(t.Context(), query.Question{Year: "2020", Unit: typed})
		if err != nil || in.Unit != want {
			t.Errorf("%s: %+v, %v; want %s", typed, in, err, want)
		}
	}
	for typed, says := range map[string]string{"车管所窗口": "office-1、office-2", "城东检察站": "没有单位 城东检察站。已知单位：check-1、"} {
		_, err := w.query.Indicators(t.Context(), query.Question{Year: "2020", Unit: typed})
		wantUnitRefused(t, typed, err, wire.CodeBadRequest, []string{says})
	}
}

// Neither HQ nor a unit that has ended is what a person meant for a new device.
func TestNearestUnits(t *testing.T) {
	stores(t, func(t *testing.T, w *world) {
		given := w.register()
		for typed, never := range map[string]string{"check-33": "check-3", "南关检察站": "check-5", "hp": "hq"} {
			_, err := w.query.FindUnit(t.Context(), typed, given, false)
			var refusal *wire.Error
			if !errors.As(err, &refusal) || refusal.Code != wire.CodeUnknownUnit {
				t.Fatalf("%s: %v", typed, err)
			}
			_, nearest, _ := strings.Cut(refusal.Message.EN, "units: ")
			units := strings.Split(nearest, ", ")
			if len(units) != 3 || slices.ContainsFunc(units, func(u string) bool { return strings.Fields(u)[0] == never }) {
				t.Errorf("%s: %v", typed, units)
			}
		}
	})
}

func wantUnitRefused(t *testing.T, name string, err error, code string, says []string) {
	t.Helper()
	var refusal *wire.Error
	if !errors.As(err, &refusal) || refusal.Code != code || refusal.Retryable {
		t.Errorf("%s: %v, want %s", name, err, code)
		return
	}
	for _, said := range says {
		if !strings.Contains(refusal.Message.ZH+refusal.Message.EN, said) {
			t.Errorf("%s: %+v does not say %s", name, refusal.Message, said)
		}
	}
}

// A unit that is said to be new is taken, but in no form that no line carries, and never beside a unit of that name.
func TestFindNewUnit(t *testing.T) {
	stores(t, func(t *testing.T, w *world) {
		given := w.register()
		for typed, want := range map[string]query.FoundUnit{
			"check-7":     {Unit: query.Unit{Code: "check-7"}, New: true},
			"Pe\u0301rez": {Unit: query.Unit{Code: "P\u00e9rez"}, New: true}, // NFD
			" ｃｈｅｃｋ－８ ":   {Unit: query.Unit{Code: "check-8"}, New: true},
			"城东检查站":       {Unit: query.Unit{Code: "check-1", Name: "城东检查站"}},
			"check-3":     {Unit: query.Unit{Code: "check-3", Name: "北环检查站"}},
		} {
			if found, err := w.query.FindUnit(t.Context(), typed, given, true); err != nil || *found != want {
				t.Errorf("%s: %+v, %v; want %+v", typed, found, err, want)
			}
		}
		for _, typed := range []string{"", "a|b", "c d", strings.Repeat("站", 65), "车管所窗口"} {
			_, err := w.query.FindUnit(t.Context(), typed, given, true)
			wantUnitRefused(t, typed, err, wire.CodeBadRequest, nil)
		}
	})
}

// On a new server the first unit needs no word: there is none that it could be taken for. HQ's own ledgers name no unit
// but HQ.
func TestFindFirstUnit(t *testing.T) {
	stores(t, func(t *testing.T, w *world) {
		hq := w.device("importer", "hq", "hq")
		w.say(hq, "budget", 20200101, "", map[string]string{"project": project5, "adjusted_fen": "60000000"})
		w.push(hq, true)
		found, err := w.query.FindUnit(t.Context(), "check-1", nil, false)
		if err != nil || *found != (query.FoundUnit{Unit: query.Unit{Code: "check-1"}, New: true}) {
			t.Errorf("%+v, %v", found, err)
		}
		_, err = w.query.FindUnit(t.Context(), "a|b", nil, false)
		wantUnitRefused(t, "a|b", err, wire.CodeBadRequest, nil)
		_, err = w.query.FindUnit(t.Context(), "check-11", []string{"check-1"}, false)
		wantUnitRefused(t, "check-11", err, wire.CodeUnknownUnit, []string{"最相近的单位：check-1"})
	})
}

// A unit is renamed, and HQ writes another code into its entry of the register: what the unit recorded stays under its id, and
// only labels change.
func TestAUnitsIDNeverChanges(t *testing.T) {
	stores(t, func(t *testing.T, w *world) {
		hq, wang := w.device("importer", "hq", "hq"), w.device("wang", "check-1", "officer")
		entry := func(from, name string) wire.ObsID {
			return w.say(hq, "unit_entry", 20200101, "", map[string]string{
				"code": "check-1", "name": name, "unit_type": "checkpoint", "from_day": from})
		}
		first := entry("2020-01-01", "城东检查站")
		renamed := entry("2021-01-01", "城东公安检查站")
		w.push(hq, true)
		patrol := w.say(wang, "patrol", 20200303, "", map[string]string{
			"unit": "check-1", "segment": "G107-1", "shift": "early", "shift_day": "2020-03-03", "start_at": "2020-03-03 08:00", "end_at": "2020-03-03 09:00"})
		w.push(wang, false)
		w.now = day(20210105)
		wantUnit := func(what, typed, shown string) {
			t.Helper()
			r, err := w.query.Record(t.Context(), patrol.String())
			if err != nil || r.Record.Unit != "check-1" {
				t.Errorf("%s: the record is of %q, %v", what, r.Record.Unit, err)
			}
			u, err := w.query.FindUnit(t.Context(), typed, nil, false)
			if err != nil || u.Shown() != shown {
				t.Errorf("%s: %+v %v", what, u, err)
			}
		}
		wantUnit("renamed", "城东公安检查站", "check-1 城东公安检查站")
		for _, id := range []wire.ObsID{first, renamed} {
			w.act(hq, wire.Amend, "unit_entry", id, []wire.ObsID{id}, map[string]string{"code": "check-9"})
		}
		w.push(hq, true)
		wantUnit("another code in the register", "check-1", "check-1")
	})
}
