package schema

import (
	"strings"
	"testing"
)

// The values by which a person knows a record again, most telling first.
func TestSigns(t *testing.T) {
	for _, tt := range []struct{ kind, fields, zh, en string }{
		{"plate", `{"unit":"w","site":"东关","occurred_at":"2020-12-15T10:00:00+08:00","plate_number":"冀F8K2M6","plate_type":"02","business":"register","sets":2}`,
			"冀F8K2M6 东关 小型汽车 注册", "冀F8K2M6 东关 small vehicle registration"},
		{"accident", `{"severity":"injury","procedure":"general","case_number":"122-0815","vehicles":["冀F1","冀F2"],"photos":["` + strings.Repeat("a", 64) + `"],"dead":0,"crs":"WGS84","lon":115,"lat":38}`,
			"122-0815 冀F1、冀F2 伤人 一般", "122-0815 冀F1, 冀F2 injury general"},
		{"incident", `{"category":"牛群上路","reported_at":"2020-12-15T10:00:00+08:00","dispatched_at":"2020-12-15T10:05:00+08:00","remark":"x"}`, "牛群上路 2020-12-15 10:00:00", "牛群上路 2020-12-15 10:00:00"},
		{"compliance", `{"due":120,"missed":3}`, "", ""},
		{"task", `{"project":"451","task":"` + strings.Repeat("长", 30) + `","due_on":"2020-03-31"}`, "451 " + strings.Repeat("长", 24) + "… 2020-03-31", "451"},
	} {
		var zh, en []string
		for _, sign := range kindOf(t, tt.kind).Signs(decodeGood(t, tt.kind, tt.fields)) {
			zh, en = append(zh, sign.ZH), append(en, sign.EN)
		}
		if strings.Join(zh, " ") != tt.zh || !strings.HasPrefix(strings.Join(en, " "), tt.en) {
			t.Errorf("%s: %q %q, want %q %q", tt.kind, zh, en, tt.zh, tt.en)
		}
	}
}

func TestInWords(t *testing.T) {
	k := kindOf(t, "plate")
	for _, tt := range []struct {
		field  string
		value  Value
		zh, en string
	}{
		{"plate_type", Value{Type: TypeCode, S: "02"}, "小型汽车", "small vehicle"},
		{"plate_type", Value{Type: TypeCode, S: "77"}, "77", "77"},
		{"occurred_at", Value{Type: TypeTime, I: 1607997600000}, "2020-12-15 10:00:00", "2020-12-15 10:00:00"},
		{"spoiled", Value{Type: TypeBool}, "否", "no"}, {"spoiled", Value{Type: TypeBool, I: 1}, "是", "yes"},
		{"sets", Value{Type: TypeInt, I: 12}, "12", "12"}, {"sets", Value{Type: TypeInt}, "0", "0"},
		{"lon", Value{Type: TypeDecimal, S: "115.5"}, "115.5", "115.5"}, {"remark", Value{Type: TypeText, S: "补发"}, "补发", "补发"}, {"remark", Value{}, "", ""},
	} {
		f, _ := k.Field(tt.field)
		if got := f.InWords(tt.value); got != (Text{tt.zh, tt.en}) {
			t.Errorf("%s %+v: %+v", tt.field, tt.value, got)
		}
	}
}
