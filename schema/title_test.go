package schema

import "testing"

func TestTitles(t *testing.T) {
	for _, x := range []struct{ kind, fields, day, zh, en string }{
		{"plate", `{"plate_type":"02","plate_number":"冀F8K2M6","business":"register"}`, "2020-12-15", "号牌发放 冀F8K2M6（2020-12-15）", "Plate issue 冀F8K2M6 (2020-12-15)"},
		{"accident", `{"case_number":"122-7","platform_number":"130600000123","site":"G107","severity":"injury"}`, "2020-06-21", "事故 122-7（2020-06-21）", "Accident 122-7 (2020-06-21)"},
		{"accident", `{"platform_number":"130600000123","severity":"injury"}`, "2020-06-21", "事故 130600000123（2020-06-21）", "Accident 130600000123 (2020-06-21)"},
		{"accident", `{"site":"G107 120 公里","severity":"injury"}`, "2020-06-21", "事故 G107 120 公里 伤人（2020-06-21）", "Accident G107 120 公里 injury (2020-06-21)"},
		{"enforcement", `{"plate_number":"冀F8K2M6","document_number":"13061","action":"warning"}`, "", "现场执法 13061", "Enforcement 13061"},
		{"enforcement", `{"plate_number":"冀F8K2M6"}`, "", "现场执法 冀F8K2M6", "Enforcement 冀F8K2M6"},
		{"patrol", `{"segment":"S1","shift":"early"}`, "2020-06-21", "巡逻 S1（2020-06-21）", "Patrol S1 (2020-06-21)"},
		{"incident", `{"category":"自定"}`, "2020-06-21", "突发事件 自定（2020-06-21）", "Incident 自定 (2020-06-21)"},
		{"compliance", `{"unit":"office-1","due":3}`, "2020-06-21", "应检（2020-06-21）", "Compliance count (2020-06-21)"},
	} {
		k, _ := Default().Kind(x.kind)
		v, faults := k.Decode([]byte(x.fields))
		if got := k.Title(v, x.day); got != (Text{ZH: x.zh, EN: x.en}) || len(faults) > 0 {
			t.Errorf("%s %s is %q, %v", x.kind, x.fields, got, faults)
		}
	}
}
