package schema

import (
	"slices"
	"testing"
)

func TestLookup(t *testing.T) {
	tests := []struct{ table, text, want string }{
		{"plate_type", "02", "02"}, {"plate_type", "小型汽车", "02"}, {"plate_type", "SMALL vehicle", "02"}, {"plate_type", " 小型汽车 ", "02"},
		{"plate_type", "大型新能源", "51"}, {"plate_type", "其他", "99"}, {"plate_type", "临时行驶车", "22"}, {"plate_type", "2", ""}, {"plate_type", "60", ""},
		{"business", "register", "register"}, {"business", "注册", "register"}, {"business", "注册登记", "register"}, {"business", "Registration", "register"},
		{"business", "补领", "replace"}, {"business", "换领", "renew"}, {"business", "过户", ""}, {"business", "", ""},
		{"severity", "财产损失", "property"}, {"severity", "伤人", "injury"}, {"severity", "死亡", "fatal"}, {"severity", "Unknown", "unknown"},
		{"procedure", "自行协商", "self"}, {"procedure", "简易程序", "simple"}, {"procedure", "一般", "general"},
		{"road_type", "高速", "10"}, {"road_type", "四级公路", "14"}, {"road_type", "等外公路", "19"}, {"road_type", "城市快速路", "21"}, {"road_type", "20", ""},
		{"weather", "冰雹", "8"}, {"weather", "fog", "5"}, {"light", "黄昏", "5"}, {"light", "夜间无路灯", "3"},
		{"crs", "wgs-84", "WGS84"}, {"crs", "cgcs2000", "CGCS2000"}, {"crs", "火星坐标系", "GCJ02"}, {"crs", "未知", ""},
		{"incident_category", "拥堵", "congestion"},
		{"enforcement_action", "扣车", "detain"}, {"shift", "晚班", "night"}, {"congestion_level", "中度", "moderate"}, {"congestion_level", "基本畅通", "mostly_smooth"},
		{"facility_type", "电子警察", "camera"}, {"facility_status", "在用", "in_use"}, {"facility_status", "In use", "in_use"},
		{"survey_topic", "车驾管", "vehicle"}, {"survey_grade", "较满意", "satisfied"}, {"survey_grade", "满意", "very_satisfied"}, {"survey_grade", "不满意", "dissatisfied"},
		{"certificate", "行驶证", "vehicle_licence"}, {"every", "每月", "month"}, {"unit_type", "车管所", "vehicle_office"},
		{"hazard_category", "护栏缺损", "guardrail"}, {"business_count", "投诉", "complaints"}, {"kind", "逃逸案件", "hit_and_run"}, {"kind", "零报告", ""},
	}
	for _, tt := range tests {
		table, ok := Default().Codes(tt.table)
		if !ok {
			t.Fatalf("no table %s", tt.table)
		}
		got, ok := table.Lookup(tt.text)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q is %q (%v), want %q", tt.table, tt.text, got, ok, tt.want)
		}
	}
}

// The codes of schema/DOMAIN.md#code-tables, written out again.
func TestTables(t *testing.T) {
	want := map[string][]string{
		"plate_type": {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
			"20", "21", "22", "23", "24", "25", "26", "27", "51", "52", "99"},
		"business":  {"register", "replace", "renew"},
		"severity":  {"property", "injury", "fatal", "unknown"},
		"procedure": {"self", "simple", "general"},
		"road_type": {"10", "11", "12", "13", "14", "19", "21", "22", "25", "26", "27", "29"},
		"weather":   {"1", "2", "3", "4", "5", "6", "7", "8", "9"},
		"light":     {"1", "2", "3", "4", "5"},
		"crs":       {"WGS84", "GCJ02", "BD09", "CGCS2000"},

		"enforcement_action": {"warning", "fine", "detain", "other"},
		"shift":              {"early", "middle", "night"},
		"congestion_level":   {"smooth", "mostly_smooth", "light", "moderate", "severe"},
		"facility_type":      {"camera", "signal", "sign", "marking", "bay", "checkpoint"},
		"facility_status":    {"building", "in_use", "idle", "broken", "removed"},
		"survey_topic":       {"accident", "petition", "beneficiary", "vehicle"},
		"survey_grade":       {"very_satisfied", "satisfied", "fair", "dissatisfied", "invalid"},
		"certificate":        {"vehicle_licence", "registration"},
		"every":              {"day", "week", "month"},
		"unit_type":          {"checkpoint", "vehicle_office", "accident_squad", "brigade", "hq"},
	}
	for name, codes := range want {
		table, _ := Default().Codes(name)
		var got []string
		for _, c := range table.Codes {
			got = append(got, c.Code)
		}
		if !slices.Equal(got, codes) {
			t.Errorf("%s: %q, want %q", name, got, codes)
		}
		if table.Source == "" || table.Version == "" {
			t.Errorf("%s names no source or version", name)
		}
	}
	weather, _ := Default().Codes("weather")
	if c, ok := weather.Get("3"); !ok || c.Label.ZH != "雨" || c.Label.EN != "rain" {
		t.Errorf("weather 3 is %+v", c)
	}
	if _, ok := weather.Get("雨"); ok {
		t.Error("Get takes codes only")
	}
}
