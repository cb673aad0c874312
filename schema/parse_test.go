package schema

import (
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		kind, field, text string
		want              Value
	}{
		{"plate", "plate_type", "02", Value{Type: TypeCode, S: "02"}},
		{"plate", "plate_type", "小型汽车", Value{Type: TypeCode, S: "02"}},
		{"plate", "business", "注册", Value{Type: TypeCode, S: "register"}},
		{"plate", "business", "Registration", Value{Type: TypeCode, S: "register"}},
		{"plate", "plate_number", "冀f8k2m6", Value{Type: TypePlate, S: "冀F8K2M6"}},
		{"plate", "sets", " 12 ", Value{Type: TypeInt, I: 12}},
		{"plate", "sets", "１２", Value{Type: TypeInt, I: 12}},
		{"plate", "spoiled", "是", Value{Type: TypeBool, I: 1}},
		{"plate", "spoiled", "TRUE", Value{Type: TypeBool, I: 1}},
		{"plate", "spoiled", "否", Value{Type: TypeBool}},
		{"plate", "spoiled", "false", Value{Type: TypeBool}},
		{"plate", "occurred_at", "2020-12-15T10:00:00+08:00", Value{Type: TypeTime, I: 1607997600000}},
		{"plate", "occurred_at", "2020-12-15T02:00:00Z", Value{Type: TypeTime, I: 1607997600000}},
		{"plate", "occurred_at", "2020-12-15 10:00", Value{Type: TypeTime, I: 1607997600000}},
		{"plate", "occurred_at", "2020-12-15 10:00:01", Value{Type: TypeTime, I: 1607997601000}},
		{"plate", "occurred_at", "2021-01-01 00:30", Value{Type: TypeTime, I: 1609432200000}},
		{"plate", "lon", "115.1350", Value{Type: TypeDecimal, S: "115.135"}},
		{"plate", "longitude", "-0.5", Value{Type: TypeDecimal, S: "-0.5"}},
		{"plate", "remark", " 补发 ", Value{Type: TypeText, S: "补发"}},
		{"plate", "remark", " ", Value{}},
		{"casualty", "death_time", "2020-12-15 10:00", Value{Type: TypeTime, I: 1607997600000}},
		{"nil", "day", "2020-06-30", Value{Type: TypeDay, I: 20200630}},
		{"nil", "day", "20200630", Value{Type: TypeDay, I: 20200630}},
		{"nil", "day", "", Value{}},
		{"nil", "day", "2020/6/3", Value{Type: TypeDay, I: 20200603}},
		{"nil", "day", "2020-6-3", Value{Type: TypeDay, I: 20200603}},
		{"nil", "day", "２０２０年６月３０日", Value{Type: TypeDay, I: 20200630}},
		{"task", "due", "2020-02-29", Value{Type: TypeDay, I: 20200229}},
		{"congestion", "km", "２．３５０", Value{Type: TypeDecimal, S: "2.35"}},
		{"expenditure", "amount", "-5000", Value{Type: TypeInt, I: -5000}},
		{"enforcement", "action", "暂扣", Value{Type: TypeCode, S: "detain"}},
		{"incident", "agencies", "消防、急救, 路政", Value{Type: TypeList, S: `["消防","急救","路政"]`}},
		{"incident", "agencies", `["消防, 一中队"]`, Value{Type: TypeList, S: `["消防, 一中队"]`}},
		{"incident", "category", "牛群上路", Value{Type: TypeCode, S: "牛群上路"}},
	}
	for _, tt := range tests {
		got, wrong := kindOf(t, tt.kind).Parse(tt.field, tt.text)
		if wrong != nil || got != tt.want {
			t.Errorf("%s=%s: %v, %v, want %v", tt.field, tt.text, got, wrong, tt.want)
		}
	}
}

func TestParseFaults(t *testing.T) {
	tests := []struct{ kind, field, text, want string }{
		{"plate", "colour", "red", FaultUnknown},
		{"plate", "plate_type", "蓝", FaultCode},
		{"plate", "plate_number", "?", FaultPlate},
		{"plate", "sets", "两", FaultType},
		{"plate", "sets", "1.5", FaultType},
		{"plate", "sets", "99999", FaultRange},
		{"plate", "spoiled", "也许", FaultType},
		{"plate", "occurred_at", "2020-12-15", FaultTime},
		{"plate", "occurred_at", "2020-13-15 10:00", FaultTime},
		{"plate", "lon", "东", FaultNumber},
		{"nil", "day", "2021-02-29", FaultDay},
		{"nil", "day", "今天", FaultDay},
		{"nil", "day", "2020-06-30 10:00", FaultDay},
		{"nil", "kind", "nil", FaultCode}, // there are no zero reports for zero reports
		{"nil", "kind", "伤亡更新", FaultCode},
		{"congestion", "km", "2.3505", FaultScale},
		{"plate", "remark", "a\xff", FaultText},
		{"incident", "agencies", `["消防"`, FaultType},
	}
	for _, tt := range tests {
		if _, wrong := kindOf(t, tt.kind).Parse(tt.field, tt.text); wrong == nil || wrong.Code != tt.want {
			t.Errorf("%s=%s: %v, want %s", tt.field, tt.text, wrong, tt.want)
		}
	}
}

func TestEncode(t *testing.T) {
	v := decodeGood(t, "accident", `{"vehicles":["冀F8K2M6","a\"b"],"unit":"u","dead":0,"lon":115.50,"lat":"38","crs":"WGS84","remark":null,
		"occurred_at":"2020-12-31T15:59:59.007Z","closed_at":"2020-12-31T23:59:00+08:00","severity":"死亡","site":"a<b>&\u2028\\"}`)
	want := `{"closed_at":"2020-12-31T23:59:00+08:00","crs":"WGS84","dead":0,"lat":"38","lon":"115.5","occurred_at":"2020-12-31T23:59:59.007+08:00",` +
		`"remark":null,"severity":"fatal","site":"a<b>&` + "\u2028" + `\\","unit":"u","vehicles":["冀F8K2M6","a\"b"]}`
	if got := string(kindOf(t, "accident").Encode(v)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(kindOf(t, "plate").Encode(decodeGood(t, "plate", `{"spoiled":true,"remark":"a\n\tb"}`))); got != `{"remark":"a\n\tb","spoiled":true}` {
		t.Errorf("got %s", got)
	}
	if got := string(kindOf(t, "plate").Encode(nil)); got != `{}` {
		t.Errorf("got %s", got)
	}
}

func TestListOf(t *testing.T) {
	v := Value{Type: TypeList, S: `["a","b\"c"]`}
	if got := ListOf(v); !slices.Equal(got, []string{"a", `b"c`}) {
		t.Errorf("got %q", got)
	}
	if got := ListOf(Value{Type: TypeText, S: `["a"]`}); got != nil {
		t.Errorf("a text is no list: %q", got)
	}
}
