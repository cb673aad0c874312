package schema

import (
	"slices"
	"strings"
	"testing"
)

// The definitions of the kinds, written again by hand: number, name, label, roles, own fields, coupled fields, key. A
// field with ! is required, a field with ~ shared. Marks: imp = imports only, led = ledger, last = the last record counts.
const kindTable = `
K0 nil 零报告 | officer clerk hq | kind! day! | | unit kind day |
K1 incident 突发事件 | officer hq | category! reported_at! dispatched_at arrived_at cleared_at agencies | reported_at+dispatched_at+arrived_at+cleared_at | |
K2 accident 事故 | officer hq | case_number platform_number closed_at severity! procedure dead injured road_type weather light vehicles photos | severity+procedure+dead | platform_number |
K3 casualty 伤亡更新 | officer hq | accident! died_at! note | | |
K4 hit_and_run 逃逸案件 | officer hq | case_number! opened_at! solved_at~ accident | opened_at+solved_at | case_number |
K5 enforcement 现场执法 | officer hq | violation_code! plate_number! plate_type road_type! action! document_number | plate_number+plate_type | document_number |
K6 offsite 非现场导入 | hq | period_from! period_to! road_type! number! source_system! file_digest! | period_from+period_to | source_system period_from period_to road_type | imp last
K7 patrol 巡逻 | officer hq | segment! shift! shift_day! start_at! end_at! | start_at+end_at | segment shift shift_day |
K8 congestion 拥堵 | officer hq | segment! km! minutes! level! | | |
K9 hazard 隐患 | officer hq | segment category! found_at! fixed_at verified_at | fixed_at+verified_at | |
K10 facility 设施 | officer hq | facility! facility_type! plan_item planned accepted status! status_from! status_to | status+status_from+status_to | facility status status_from |
K11 task 任务 | officer clerk hq | project! task! due_on! done_at | | project task | last
K12 survey 问卷 | officer clerk hq | survey! serial! project! topic! grade! | | survey serial |
K13 asset 购置 | clerk hq | asset! project! bought_on! in_service_on | bought_on+in_service_on | asset |
K14 plate 号牌发放 | clerk hq | plate_type! plate_number! vehicle_type business! sets spoiled | | plate_type plate_number business day |
K15 certificate 证书发放 | clerk hq | certificate! certificate_number plate_number quantity spoiled | | certificate certificate_number |
K16 compliance 应检 | clerk hq | due! missed! | due+missed | unit month | last
K17 expenditure 支出 | clerk hq | project! amount_fen! voucher | | project voucher |
K18 attestation 认定 | hq | row! value! evidence! | | row day | last
K19 count 业务量 | hq | what! period_from! period_to! number! source_system! file_digest! | period_from+period_to | what unit period_from period_to source_system | imp last
L1 baseline 基数 | hq | measure! period_from! period_to! number! source | period_from+period_to | unit measure period_from period_to | imp last led
L2 segment 路段 | hq | segment! name km! road_type from_day! to_day | from_day+to_day | segment from_day | imp last led
L3 facility_plan 设施计划 | hq | plan_item! facility_type! planned! from_day! | | plan_item | imp last led
L4 vehicles_due 应检车辆 | hq | due! | | unit month | imp last led
L5 budget 预算 | hq | project! adjusted_fen! carry_over_fen | | project day | imp last led
L6 expectation 应报 | hq | expected_unit! expected_kind! every! from_day! to_day | from_day+to_day | expected_unit expected_kind from_day | imp last led
L7 unit_entry 单位名录 | hq | code! name! parent unit_type! from_day! to_day | from_day+to_day | code from_day | imp last led
L8 site_entry 地点名录 | hq | code! name! of_unit from_day! | | code from_day | imp last led`

const commonFields = "unit! site occurred_at! lon lat crs remark source_key"

func TestKinds(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(kindTable), "\n")
	kinds := Default().Kinds()
	if len(kinds) != len(lines) {
		t.Fatalf("%d kinds, want %d", len(kinds), len(lines))
	}
	for i, line := range lines {
		if got := describe(kinds[i]); !slices.Equal(strings.Fields(got), strings.Fields(line)) {
			t.Errorf("got  %s\nwant %s", got, line)
		}
	}
}

// describe writes a kind as a line of kindTable.
func describe(k *Kind) string {
	var fields, coupled, marks []string
	for _, f := range k.Fields {
		fields = append(fields, f.Name+map[bool]string{true: "!"}[f.Required]+map[bool]string{true: "~"}[f.Shared])
	}
	for _, r := range k.Registers {
		if len(r) > 1 {
			coupled = append(coupled, strings.Join(r, "+"))
		}
	}
	for mark, on := range map[string]bool{"imp": k.ImportOnly, "led": k.Ledger, "last": k.WinnerLast} {
		if on {
			marks = append(marks, mark)
		}
	}
	slices.Sort(marks)
	own, _ := strings.CutPrefix(strings.Join(fields, " "), commonFields+" ")
	shared, _ := strings.CutPrefix(strings.Join(coupled, " "), "lon+lat+crs")
	return strings.Join([]string{k.No + " " + k.Name + " " + k.Label.ZH, strings.Join(k.Roles, " "), own, shared,
		strings.Join(k.Key, " "), strings.Join(marks, " ")}, " | ")
}

func TestKindsBelongings(t *testing.T) {
	for _, k := range Default().Kinds() {
		wantItem, wantWarn := "", ""
		switch k.Name {
		case "casualty":
			wantItem, wantWarn = "accident", "died_at"
		case "accident":
			wantWarn = "case_number"
		}
		if k.KeyOptional != (k.Name == "accident") {
			t.Errorf("%s: many tables lack the key: %v", k.Name, k.KeyOptional)
		}
		if k.ItemOf != wantItem || strings.Join(k.WarnIfEqual, " ") != wantWarn || k.Version != 1 || k.Label.EN == "" {
			t.Errorf("%s: item of %q, warns of %q, version %d, %q", k.Name, k.ItemOf, k.WarnIfEqual, k.Version, k.Label.EN)
		}
		for _, f := range k.Fields {
			if f.Shared != slices.Contains(k.Shared, f.Name) {
				t.Errorf("%s shares %v, and %s is shared: %v", k.Name, k.Shared, f.Name, f.Shared)
			}
			if !slices.Contains(k.Registers[f.Register], f.Name) {
				t.Errorf("%s.%s is not in its register %v", k.Name, f.Name, k.Registers[f.Register])
			}
		}
	}
}

// A person may name a kind, a field or a code by its name or by its label in either language: each text has a single
// meaning.
func TestNamesAreUnambiguous(t *testing.T) {
	kinds := map[string]string{}
	once := func(seen map[string]string, text, means string) {
		text = strings.ToLower(text)
		if other, taken := seen[text]; taken && other != means {
			t.Errorf("“%s” names %s and %s", text, other, means)
		}
		seen[text] = means
	}
	for _, k := range Default().Kinds() {
		for _, text := range []string{k.Name, k.Label.ZH, k.Label.EN} {
			once(kinds, text, k.Name)
		}
		fields := map[string]string{}
		for _, f := range k.Fields {
			for _, text := range append([]string{f.Name, f.Label.ZH, f.Label.EN}, f.Alias...) {
				once(fields, text, k.Name+"."+f.Name)
			}
		}
	}
}

// The kinds whose records tell of one month or day, by hand: a vehicles-due ledger holds though its key names a month.
func TestPeriodic(t *testing.T) {
	var got []string
	for _, k := range Default().Kinds() {
		if k.Periodic() {
			got = append(got, k.Name)
		}
	}
	slices.Sort(got)
	if strings.Join(got, " ") != "attestation compliance nil plate" {
		t.Errorf("got %s", got)
	}
}

// The kinds that a unit may be expected to deliver, and for which a zero report is possible; and those of HQ.
func TestExpectable(t *testing.T) {
	table, _ := Default().Codes("kind")
	var got []string
	for _, c := range table.Codes {
		got = append(got, c.Code)
	}
	want := "incident accident hit_and_run enforcement patrol congestion hazard facility task survey asset plate certificate compliance expenditure attestation"
	if strings.Join(got, " ") != want {
		t.Errorf("got %s", got)
	}
	// The kinds whose records are the whole brigade's: HQ alone records them, for no unit in particular.
	got = nil
	for _, k := range Default().Kinds() {
		if k.Central() {
			got = append(got, k.Name)
		}
	}
	if strings.Join(got, " ") != "offsite attestation segment facility_plan budget expectation unit_entry site_entry" {
		t.Errorf("central are %s", got)
	}
	if code, _ := table.Lookup("现场执法"); code != "enforcement" {
		t.Errorf("现场执法 is %q", code)
	}
}
