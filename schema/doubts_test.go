package schema

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// lists are a county's lists as HQ keeps them.
func lists() *Reference {
	return NewReference(map[string][]Entry{
		ListYear:     {{Value: "2020"}},
		ListUnit:     {{"check-1", "城东检查站", 20180101, 0}, {"squad-1", "城关中队", 20180101, 20200701}},
		ListSegment:  {{"S204-1", "省道204 一段", 20180101, 0}, {"S204-2", "省道204 二段", 20180101, 20200701}, {"G107-3", "国道107", 20200101, 0}},
		ListProject:  {{"P1", "交通安全", 20200101, 20210101}, {"P2", "事故处理", 20200101, 20210101}},
		ListPlanItem: {{"PL-1", "信号灯", 20200101, 0}},
		ListFacility: {{"XH-17", "", 0, 0}},
		ListTask:     {{"P2|冬季清雪", "", 0, 0}},
	})
}

func TestDoubts(t *testing.T) {
	const noon = 1592712000000 // 2020-06-21T12:00:00+08:00
	at := func(day string) string { return `"occurred_at":"` + day + `T12:00:00+08:00","unit":"check-1"` }
	june := at("2020-06-21")
	patrol := func(unit, day, segment string) string {
		return `{"occurred_at":"` + day + `T12:00:00+08:00","unit":"` + unit + `","segment":"` + segment + `"}`
	}
	tests := []struct {
		name, kind, fields string
		said               Said
		want, value, near  string
	}{
		{"as it should be", "patrol", patrol("check-1", "2020-06-21", "S204-2"), Said{Saved: noon}, "", "", ""},
		{"no such segment", "patrol", patrol("check-1", "2020-06-21", "没有这个路段"), Said{Saved: noon}, "unknown_segment", "没有这个路段", ""},
		{"a digit left out", "patrol", patrol("check-1", "2020-06-21", "S20-1"), Said{Saved: noon}, "unknown_segment", "S20-1", "S204-1 S204-2"},
		{"its name, not its code", "patrol", patrol("check-1", "2020-06-21", "省道204"), Said{Saved: noon}, "unknown_segment", "省道204", "S204-1 S204-2 G107-3"},
		{"a segment that ended the day before", "patrol", patrol("check-1", "2020-07-01", "S204-2"), Said{Saved: noon + 10*dayInMs}, "unknown_segment", "S204-2", "S204-1"},
		{"before the list began", "patrol", patrol("check-1", "2017-06-21", "X"), Said{Saved: noon - 1096*dayInMs}, "no_targets", "2017", "2020"},
		{"full width", "patrol", patrol("check-1", "2020-06-21", "Ｓ２０４－１"), Said{Saved: noon}, "", "", ""},
		{"a hazard elsewhere", "hazard", `{` + june + `,"segment":"X9"}`, Said{Saved: noon}, "odd_segment", "X9", ""},
		{"a hazard without a segment", "hazard", `{` + june + `}`, Said{Saved: noon}, "", "", ""},
		{"without its time", "patrol", `{"unit":"squad-9","segment":"X"}`, Said{Saved: noon}, "", "", ""},
		{"HQ's own", "patrol", patrol("hq", "2020-07-01", "S204-1"), Said{Saved: noon + 10*dayInMs}, "", "", ""},
		{"a unit that closed", "patrol", patrol("squad-1", "2020-07-01", "S204-1"), Said{Saved: noon + 10*dayInMs}, "unknown_unit", "squad-1", ""},
		{"another year", "plate", `{` + at("2026-06-21") + `}`, Said{Saved: noon + 2191*dayInMs}, "no_targets", "2026", ""},
		{"1920 for 2020", "accident", `{` + at("1920-06-21") + `}`, Said{Saved: noon}, "no_targets far_past", "1920", ""},
		{"2030 for 2020", "accident", `{` + at("2030-06-21") + `}`, Said{Saved: noon}, "no_targets far_future", "2030", ""},
		{"0024 for 2020", "accident", `{` + at("0024-06-21") + `}`, Said{Saved: noon}, "no_targets far_past", "24", ""},
		{"9999", "accident", `{` + at("9999-06-21") + `}`, Said{Saved: noon}, "no_targets far_future", "9999", ""},
		{"an old table, imported", "accident", `{` + at("1920-06-21") + `}`, Said{Saved: noon, Imported: true}, "no_targets", "1920", ""},
		{"last year's, typed 400 days later", "plate", `{` + june + `}`, Said{Saved: noon + 400*dayInMs}, "", "", ""},
		{"last year's, typed 401 days later", "plate", `{` + june + `}`, Said{Saved: noon + 401*dayInMs}, "far_past", "", ""},
		{"a clock two days slow", "plate", `{` + june + `}`, Said{Saved: noon - 2*dayInMs}, "", "", ""},
		{"saved three days before", "plate", `{` + june + `}`, Said{Saved: noon - 3*dayInMs}, "far_future", "", ""},
		{"a plan for next month", "task", `{` + june + `,"project":"P2","task":"冬季清雪"}`, Said{Saved: noon - 30*dayInMs}, "", "", ""},
		{"a task with another name", "task", `{` + june + `,"project":"P2","task":"冬季扫雪"}`, Said{Saved: noon}, "unplanned_task", "P2|冬季扫雪", "P2|冬季清雪"},
		{"project 5", "survey", `{` + june + `,"project":"5"}`, Said{Saved: noon}, "unknown_project", "5", ""},
		{"a project in small letters", "survey", `{` + june + `,"project":"p1"}`, Said{Saved: noon}, "unknown_project", "p1", "P1 P2"},
		{"a plan item unknown", "facility", `{` + june + `,"facility":"XH-17","plan_item":"PL-7","status":"in_use"}`, Said{Saved: noon}, "unknown_plan_item", "PL-7", "PL-1"},
		{"a broken lamp nobody put up", "facility", `{` + june + `,"facility":"XH-71","status":"broken"}`, Said{Saved: noon}, "unknown_facility", "XH-71", "XH-17"},
		{"a new lamp", "facility", `{` + june + `,"facility":"XH-71","status":"in_use"}`, Said{Saved: noon}, "", "", ""},
		{"a death in time", "casualty", `{` + june + `,"died_at":"2020-06-28T12:00:00+08:00"}`, Said{Record: noon}, "", "", ""},
		{"a death on day 8", "casualty", `{` + june + `,"died_at":"2020-06-28T12:00:01+08:00"}`, Said{Record: noon}, "death_late", "2020-06-28T12:00:01+08:00", ""},
		{"a death before", "casualty", `{` + june + `,"died_at":"2020-06-21T11:59:00+08:00"}`, Said{Record: noon}, "death_before", "2020-06-21T11:59:00+08:00", ""},
		{"a letter O for a digit", "enforcement", `{` + june + `,"violation_code":"1344","plate_number":"冀F1234O"}`, Said{Saved: noon}, "odd_plate", "冀F1234O", ""},
		{"a province left out", "enforcement", `{` + june + `,"violation_code":"1344","plate_number":"F12345"}`, Said{Saved: noon}, "odd_plate", "F12345", ""},
		{"a bicycle's plate, with its type", "enforcement", `{` + june + `,"violation_code":"1344","plate_number":"保定123456","plate_type":"99"}`, Said{Saved: noon}, "", "", ""},
		{"without a plate", "enforcement", `{` + june + `,"violation_code":"1344","plate_number":"-"}`, Said{Saved: noon}, "", "", ""},
		{"a letter I in a certificate", "certificate", `{` + june + `,"plate_number":"冀FI2345"}`, Said{Saved: noon}, "odd_plate", "冀FI2345", ""},
		{"a certificate without a plate", "certificate", `{` + june + `}`, Said{Saved: noon}, "", "", ""},
		{"a violation of no table", "enforcement", `{` + june + `,"violation_code":"1999","plate_number":"-"}`, Said{Saved: noon}, "unlisted_violation", "1999", ""},
		{"a violation with its fifth character", "enforcement", `{` + june + `,"violation_code":"1344A","plate_number":"-"}`, Said{Saved: noon}, "", "", ""},
		{"an accident without a time", "casualty", `{` + june + `,"died_at":"2020-06-21T11:59:00+08:00"}`, Said{}, "", "", ""},
	}
	for _, tt := range tests {
		v, faults := kindOf(t, tt.kind).Decode([]byte(tt.fields))
		if len(faults) > 0 {
			t.Fatal(tt.name, faults)
		}
		var codes, near []string
		raised := kindOf(t, tt.kind).Doubts(v, tt.said, lists())
		for _, d := range raised {
			codes = append(codes, d.Code)
		}
		value := ""
		if len(raised) > 0 {
			value = raised[0].Value
			for _, e := range raised[0].Near {
				near = append(near, e.Value)
			}
		}
		if got := strings.Join(codes, " "); got != tt.want || value != tt.value || tt.near != "" && strings.Join(near, " ") != tt.near {
			t.Errorf("%s: %q about %q, near %q; want %q about %q, near %q", tt.name, got, value, near, tt.want, tt.value, tt.near)
		}
		for _, d := range kindOf(t, tt.kind).Doubts(v, tt.said, nil) {
			if d.AsksLists() {
				t.Errorf("%s: %s without reference data", tt.name, d.Code)
			}
		}
	}
}

// A county without a list of segments raises no doubt about segments: nothing could be in the list.
func TestListsThatHQDoesNotKeep(t *testing.T) {
	v := decodeGood(t, "patrol", `{"occurred_at":"2020-06-21T12:00:00+08:00","unit":"a","segment":"b"}`)
	for name, want := range map[string]string{"": "no_targets", ListYear: "", ListSegment: "no_targets unknown_segment"} {
		only := map[string][]Entry{name: {{Value: "2020"}}}
		var codes []string
		for _, d := range kindOf(t, "patrol").Doubts(v, Said{}, NewReference(only)) {
			codes = append(codes, d.Code)
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("only a list of %q: %q, want %q", name, got, want)
		}
	}
}

// Reference data are the same in every order, and come back from their JSON.
func TestReferenceKnowsNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SampledFrom([]string{"S1", "S2", "S1\u200b", "Ｓ３", ""})
		day := rapid.SampledFrom([]int32{0, 20200101, 20200701})
		entries := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Entry {
			return Entry{value.Draw(t, "value"), rapid.SampledFrom([]string{"", "一段"}).Draw(t, "label"), day.Draw(t, "from"), day.Draw(t, "to")}
		})).Draw(t, "entries")
		a := NewReference(map[string][]Entry{ListSegment: entries})
		b := NewReference(map[string][]Entry{ListSegment: rapid.Permutation(append(slices.Clone(entries), entries...)).Draw(t, "order"), "later": entries})
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseReference(text)
		if err != nil || a.Digest() != b.Digest() || c.Digest() != a.Digest() || !slices.Equal(c.Entries(ListSegment), a.Entries(ListSegment)) {
			t.Fatalf("%v: %s, %s, %s: %v", entries, a.Digest(), b.Digest(), c.Digest(), err)
		}
		for _, v := range []string{"S1", "S2", "S3", "S4"} {
			for _, on := range []int32{20191231, 20200101, 20200630, 20200701} {
				want, some := false, false
				for _, e := range entries {
					valid := CleanName(e.Value) != "" && e.From <= on && (e.To == 0 || on < e.To)
					some = some || valid
					want = want || valid && CleanName(e.Value) == v
				}
				if got, others := a.Listed(ListSegment, v, on); got != want || others != some {
					t.Fatalf("%v: %s on %d is listed: %v (others %v)", entries, v, on, got, others)
				}
			}
		}
	})
}

func TestBadReferenceData(t *testing.T) {
	for _, text := range []string{"", "[]", `{"segment":[["a"]]}`, `{"segment":[["a","b","c",1]]}`, `{"segment":[["a","b",99999999999,1]]}`,
		`null`, `{"segment":[["a","b",1.5,1]]}`, `{"segment":[["a","b",-1,1]]}`, `{"segment":[["a","b",null,1]]}`, `{"segment":[[1,"b",0,1]]}`, `{"segment":{}}`, strings.Repeat(" ", MaxReferenceBytes) + "{}"} {
		if _, err := ParseReference([]byte(text)); err == nil {
			t.Errorf("%.40q is reference data", text)
		}
	}
	const later = `{"segment":[["S1","",0,0,"later"]],"later":{}}`
	if r, err := ParseReference([]byte(later)); err != nil || len(r.Entries(ListSegment)) != 1 || r.Digest() != ReferenceDigest([]byte(later)) {
		t.Errorf("of a later version: %v, %v", r, err)
	}
}

// A year counts as listed by its plain number alone, on all days: with and without the shortcut for years.
func TestYearsOfTheList(t *testing.T) {
	v := decodeGood(t, "incident", `{"occurred_at":"2020-06-21T12:00:00+08:00","unit":"a"}`)
	for _, e := range []struct {
		Entry
		want string
	}{
		{Entry{Value: "2020"}, ""}, {Entry{Value: "2021"}, "no_targets"}, {Entry{Value: "02020"}, "no_targets"}, {Entry{Value: "+2020"}, "no_targets"},
		{Entry{"2020", "", 20200101, 20210101}, ""}, {Entry{"2020", "", 20200701, 0}, "no_targets"},
	} {
		var codes []string
		for _, d := range kindOf(t, "incident").Doubts(v, Said{}, NewReference(map[string][]Entry{ListYear: {e.Entry}})) {
			codes = append(codes, d.Code)
		}
		if got := strings.Join(codes, " "); got != e.want {
			t.Errorf("a list of %v: %q, want %q", e.Entry, got, e.want)
		}
	}
}
