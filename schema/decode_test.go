package schema

import (
	"slices"
	"strings"
	"testing"
)

func TestDecodeValues(t *testing.T) {
	text := func(s string) Value { return Value{Type: TypeText, S: s} }
	code := func(s string) Value { return Value{Type: TypeCode, S: s} }
	at := func(ms int64) Value { return Value{Type: TypeTime, I: ms} }
	tests := []struct {
		name, kind, fields string
		want               Values
	}{
		{"nothing", "plate", `{}`, Values{}},
		{"white space", "plate", " {\n\"sets\" :\t2 , \"unit\":\"u\"} \r\n", Values{{"sets", Value{Type: TypeInt, I: 2}}, {"unit", text("u")}}},
		{"a plate, names in any order", "plate",
			`{"unit":"check-1","plate_type":"02","plate_number":"冀F8K2M6","business":"register","spoiled":false,"occurred_at":"2020-12-15T10:00:00+08:00"}`,
			Values{
				{"business", code("register")}, {"occurred_at", at(1607997600000)},
				{"plate_number", Value{Type: TypePlate, S: "冀F8K2M6"}}, {"plate_type", code("02")},
				{"spoiled", Value{Type: TypeBool}}, {"unit", text("check-1")},
			}},
		{"codes by Chinese name, English name and alias", "plate", `{"business":"注册登记","plate_type":"Small Vehicle"}`,
			Values{{"business", code("register")}, {"plate_type", code("02")}}},
		{"a plate as typed", "plate", `{"plate_number":" 冀f·8k2m6 "}`, Values{{"plate_number", Value{Type: TypePlate, S: "冀F8K2M6"}}}},
		{"a plate in full-width letters", "plate", `{"plate_number":"冀Ｆ８Ｋ２Ｍ６"}`, Values{{"plate_number", Value{Type: TypePlate, S: "冀F8K2M6"}}}},
		{"no plate", "plate", `{"plate_number":"-"}`, Values{{"plate_number", Value{Type: TypePlate, S: "-"}}}},
		{"null clears", "plate", `{"sets":null,"remark":null}`, Values{{"remark", Value{}}, {"sets", Value{}}}},
		{"an empty text is no text", "plate", `{"remark":"  "}`, Values{{"remark", Value{}}}},
		{"escapes", "plate", `{"remark":"a\"\\\/\n\t\u00e9\ud83d\ude97"}`, Values{{"remark", text("a\"\\/\n\té🚗")}}},
		{"an escaped name", "plate", `{"\u0075nit":"u"}`, Values{{"unit", text("u")}}},
		{"composed and trimmed", "plate", `{"remark":" e\u0301 "}`, Values{{"remark", text("é")}}},
		{"decimals as number and text", "plate", `{"lon":115.1350,"lat":"038.840","crs":"wgs84"}`,
			Values{{"crs", code("WGS84")}, {"lat", Value{Type: TypeDecimal, S: "38.84"}}, {"lon", Value{Type: TypeDecimal, S: "115.135"}}}},
		{"decimal zero", "plate", `{"lon":-0.00,"lat":-90}`, Values{{"lat", Value{Type: TypeDecimal, S: "-90"}}, {"lon", Value{Type: TypeDecimal, S: "0"}}}},
		{"milliseconds and another zone", "plate", `{"occurred_at":"2020-12-15T02:00:00.1239Z"}`, Values{{"occurred_at", at(1607997600123)}}},
		{"list", "accident", `{"vehicles":[" 冀F8K2M6","a\"b"]}`, Values{{"vehicles", Value{Type: TypeList, S: `["冀F8K2M6","a\"b"]`}}}},
		{"empty list", "accident", `{"vehicles":[ ]}`, Values{{"vehicles", Value{}}}},
		{"open code", "incident", `{"category":"牛群上路"}`, Values{{"category", code("牛群上路")}}},
		{"known name of an open code", "incident", `{"category":"事故"}`, Values{{"category", code("accident")}}},
		{"field alias", "casualty", `{"death_time":"2020-12-31T23:59:00+08:00"}`, Values{{"died_at", at(1609430340000)}}},
		{"record", "casualty", `{"accident":"0123456789.abcdefgh.12.0123456789abcdef"}`,
			Values{{"accident", Value{Type: TypeRecord, S: "0123456789.abcdefgh.12.0123456789abcdef"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, faults := kindOf(t, tt.kind).Decode([]byte(tt.fields))
			wantFaults(t, faults)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDecodeFaults(t *testing.T) {
	tests := []struct {
		name, kind, fields string
		want               []string
	}{
		{"unknown field", "plate", `{"colour":"red","unit":"u"}`, []string{"unknown_field colour"}},
		{"unknown field with deep value", "plate", `{"x":{"y":[1,{"z":null}],"w":-1.5e3},"unit":1}`, []string{"unknown_field x", "wrong_type unit"}},
		{"twice", "plate", `{"unit":"a","unit":"b"}`, []string{"duplicate_field unit"}},
		{"twice by alias", "casualty", `{"died_at":null,"death_time":null}`, []string{"duplicate_field died_at"}},
		{"text as number", "plate", `{"unit":5}`, []string{"wrong_type unit"}},
		{"number as text", "plate", `{"sets":"5"}`, []string{"wrong_type sets"}},
		{"fraction", "plate", `{"sets":1.5}`, []string{"wrong_type sets"}},
		{"exponent", "plate", `{"sets":1e2}`, []string{"wrong_type sets"}},
		{"bool as text", "plate", `{"spoiled":"true"}`, []string{"wrong_type spoiled"}},
		{"bool as number", "plate", `{"spoiled":1}`, []string{"wrong_type spoiled"}},
		{"text as list", "plate", `{"remark":["a"]}`, []string{"wrong_type remark"}},
		{"list as text", "accident", `{"vehicles":"a"}`, []string{"wrong_type vehicles"}},
		{"list of numbers", "accident", `{"vehicles":["a",1]}`, []string{"wrong_type vehicles"}},
		{"too few", "plate", `{"sets":-1}`, []string{"out_of_range sets"}},
		{"too many", "plate", `{"sets":10001}`, []string{"out_of_range sets"}},
		{"beyond 64 bits", "plate", `{"sets":99999999999999999999}`, []string{"out_of_range sets"}},
		{"longitude", "plate", `{"lon":180.000000001,"lat":-90.1}`, []string{"out_of_range lon", "out_of_range lat"}},
		{"decimal with exponent", "plate", `{"lon":1e2}`, []string{"bad_number lon"}},
		{"decimal of letters", "plate", `{"lon":"abc"}`, []string{"bad_number lon"}},
		{"decimal too long", "plate", `{"lon":"1.00000000000000000001"}`, []string{"too_long lon"}},
		{"code", "plate", `{"plate_type":"60","business":""}`, []string{"bad_code plate_type", "bad_code business"}},
		{"coordinate system", "plate", `{"crs":"MARS"}`, []string{"bad_code crs"}},
		{"time without offset", "plate", `{"occurred_at":"2020-12-15T10:00:00"}`, []string{"bad_time occurred_at"}},
		{"29 February", "plate", `{"occurred_at":"2021-02-29T10:00:00Z"}`, []string{"bad_time occurred_at"}},
		{"plate", "plate", `{"plate_number":"冀F-8K2M6"}`, []string{"bad_plate plate_number"}},
		{"plate too short", "plate", `{"plate_number":"冀F8K"}`, []string{"bad_plate plate_number"}},
		{"vehicle type", "plate", `{"vehicle_type":"k33"}`, []string{"bad_pattern vehicle_type"}},
		{"unit with a bar", "plate", `{"unit":"a|b"}`, []string{"bad_pattern unit"}},
		{"too long", "plate", `{"site":"` + strings.Repeat("长", 65) + `"}`, []string{"too_long site"}},
		{"as long as may be", "plate", `{"site":"` + strings.Repeat("长", 64) + `"}`, nil},
		{"photo", "accident", `{"photos":["abc"]}`, []string{"bad_pattern photos"}},
		{"empty element", "accident", `{"vehicles":["a"," "]}`, []string{"bad_pattern vehicles"}},
		{"too many elements", "incident", `{"agencies":[` + strings.Repeat(`"a",`, 20) + `"a"]}`, []string{"too_long agencies"}},
		{"control character", "plate", `{"remark":"a\u0000b"}`, []string{"bad_text remark"}},
		{"half a surrogate pair", "plate", `{"remark":"\ud83d","unit":"\ude97\ud83d"}`, []string{"bad_text remark", "bad_text unit"}},
		{"broken UTF-8", "plate", "{\"remark\":\"\xff\",\"unit\":\"u\"}", []string{"bad_text remark"}},
		{"record", "casualty", `{"accident":"0123456789.abcdefgh.01.0123456789abcdef"}`, []string{"bad_record accident"}},
		{"record alphabet", "casualty", `{"accident":"0123456789.abcdefgi.1.0123456789abcdef"}`, []string{"bad_record accident"}},
		{"all at once", "plate", `{"sets":"x","spoiled":0,"colour":1,"plate_number":""}`,
			[]string{"wrong_type sets", "wrong_type spoiled", "unknown_field colour", "bad_plate plate_number"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, faults := kindOf(t, tt.kind).Decode([]byte(tt.fields))
			wantFaults(t, faults, tt.want...)
		})
	}
}

func TestDecodeBrokenJSON(t *testing.T) {
	deep := `{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`
	for _, fields := range []string{
		``, `null`, `[]`, `"a"`, `{`, `{"unit"}`, `{"unit":}`, `{"unit":"u"`, `{"unit":"u",}`, `{,}`, `{"unit":"u"} x`, `{"unit":"u"}{}`,
		`{"unit":"u`, `{"unit":"\x"}`, `{"unit":"\u12g4"}`, "{\"unit\":\"a\nb\"}", `{"sets":01}`, `{"sets":-}`, `{"sets":1.}`, `{"sets":1e}`,
		`{"spoiled":tru}`, `{"unit":nul}`, `{unit:"u"}`, `{"vehicles":["a"}`, `{"x":{"y"}}`, `{"x":[1,]}`, "{\"unit\":\"u\"}\x00", deep,
	} {
		_, faults := kindOf(t, "accident").Decode([]byte(fields))
		if len(faults) == 0 || faults[len(faults)-1].Code != FaultJSON {
			t.Errorf("%q: %q, want bad_json at the end", fields, faultCodes(faults))
		}
	}
}

func TestDecodeKeepsWhatIsInOrder(t *testing.T) {
	v, faults := kindOf(t, "plate").Decode([]byte(`{"unit":"u","sets":-5,"site":"s"}`))
	wantFaults(t, faults, "out_of_range sets")
	if want := (Values{{"site", Value{Type: TypeText, S: "s"}}, {"unit", Value{Type: TypeText, S: "u"}}}); !slices.Equal(v, want) {
		t.Errorf("got %v", v)
	}
}

func BenchmarkDecodePlate(b *testing.B) {
	k := kindOf(b, "plate")
	line := []byte(goodPlate)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		k.Decode(line)
	}
}
