package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/clock"
)

// anyLine draws a line with every member, odd texts among them.
func anyLine(t *rapid.T) *Line {
	text := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{"冀F8K2M6", `"\`, "\u2028\x00\x1f\x7f<&>"}))
	valid := func(name string) string { return strings.ToValidUTF8(text.Draw(t, name), "?") }
	list := func(name string) []string {
		var out []string
		for range rapid.IntRange(0, 3).Draw(t, name) {
			out = append(out, valid(name))
		}
		return out
	}
	l := &Line{V: rapid.Int().Draw(t, "v"), Kind: valid("kind"), Act: Act(valid("act")), Catalogue: valid("catalogue"),
		Officer: valid("officer"), Record: valid("record"), Item: valid("item"), Seen: list("seen"), Auto: list("auto"),
		Reason: valid("reason"), Group: valid("group"), Target: valid("target"),
		Clock: clock.Evidence{HLC: clock.HLC(rapid.Uint64().Draw(t, "hlc")), Boot: rapid.StringMatching("[0-9a-hjkmnp-tv-z]{8}").Draw(t, "boot"),
			Mono: rapid.Int64().Draw(t, "mono"), Wall: rapid.Int64().Draw(t, "wall"),
			Known: rapid.Int64().Draw(t, "known"), Base: rapid.Int64().Draw(t, "base")}}
	if rapid.Bool().Draw(t, "has fields") {
		l.Fields, _ = json.Marshal(map[string]string{valid("name"): valid("value")})
	}
	return l
}

// ParseLine into a used Line, and encoding/json, both read back the line that Marshal wrote.
func TestLineComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyLine(t)
		raw := want.Marshal()
		got := *anyLine(t)
		if fault := ParseLine(raw, &got); fault != nil {
			t.Fatalf("%s: %v", raw, fault)
		}
		if !reflect.DeepEqual(&got, want) {
			t.Fatalf("%s\n%+v\nwant %+v", raw, got, *want)
		}
		var std Line
		if err := json.Unmarshal(raw, &std); err != nil || !reflect.DeepEqual(&std, want) {
			t.Fatalf("%s: encoding/json reads %+v, %v", raw, std, err)
		}
		if again := got.Marshal(); !bytes.Equal(again, raw) {
			t.Fatalf("%s\nagain %s", raw, again)
		}
	})
}

func TestMarshalAsDocumented(t *testing.T) {
	l := Line{V: 1, Kind: "plate", Act: Create, Catalogue: "shunping-2020@1", Officer: "01234",
		Clock: clock.Evidence{HLC: 105381888000000000, Boot: "q5w7e9r1", Mono: 12345, Wall: 1608000000000,
			Known: 1607990000000, Base: 1607900000000},
		Auto: []string{"occurred_at"}, Fields: json.RawMessage("{\"plate_number\": \"冀F8K2M6\",\n \"remark\": \"a b\"}")}
	want := `{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1","officer":"01234",` +
		`"clock":{"hlc":"105381888000000000","boot":"q5w7e9r1","mono":12345,"wall":1608000000000,` +
		`"known":1607990000000,"base":1607900000000},"auto":["occurred_at"],` +
		`"fields":{"plate_number":"冀F8K2M6","remark":"a b"}}`
	if got := string(l.Marshal()); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	l.Fields = json.RawMessage("not\nJSON")
	if got := l.Marshal(); bytes.Contains(got, []byte("\n")) || ParseLine(got, new(Line)) == nil {
		t.Errorf("%q", got)
	}
}

func TestStrictLines(t *testing.T) {
	ok := `{"v":1,"kind":"plate","act":"void","clock":{"hlc":"1","boot":"q5w7e9r1","mono":1,"wall":2}}`
	if fault := ParseLine([]byte(ok), new(Line)); fault != nil {
		t.Fatal(fault)
	}
	swap := func(old, to string) string { return strings.Replace(ok, old, to, 1) }
	for name, raw := range map[string]string{
		"empty":                  "",
		"spaces":                 "  ",
		"null":                   "null",
		"array":                  "[" + ok + "]",
		"two values":             ok + ok,
		"rubbish behind":         ok + "x",
		"cut":                    ok[:len(ok)-1],
		"not UTF-8":              swap("plate", "pl\xffte"),
		"overlong UTF-8":         swap("plate", "\xc0\xaf"),
		"surrogate in UTF-8":     swap("plate", "\xed\xa0\x80"),
		"BOM":                    "\xef\xbb\xbf" + ok,
		"control character":      swap("plate", "pl\tte"),
		"NUL":                    swap("plate", "pl\x00te"),
		"bad escape":             swap("plate", `pl\xte`),
		"short escape":           swap("plate", `pl\u12`),
		"escape at the end":      ok[:12] + `\`,
		"unknown member":         swap(`"v":1`, `"v":1,"colour":"red"`),
		"member twice":           swap(`"v":1`, `"v":1,"v":1`),
		"twice, once escaped":    swap(`"v":1`, `"v":1,"\u0076":1`),
		"fields twice":           swap(`"v":1`, `"v":1,"fields":{},"fields":{}`),
		"other case":             swap(`"kind"`, `"Kind"`),
		"v as text":              swap(`"v":1`, `"v":"1"`),
		"v as fraction":          swap(`"v":1`, `"v":1.0`),
		"v with exponent":        swap(`"v":1`, `"v":1e0`),
		"v with leading zero":    swap(`"v":1`, `"v":01`),
		"v with plus":            swap(`"v":1`, `"v":+1`),
		"v minus":                swap(`"v":1`, `"v":-`),
		"kind null":              swap(`"plate"`, `null`),
		"kind as number":         swap(`"plate"`, `1`),
		"hlc as number":          swap(`"hlc":"1"`, `"hlc":1`),
		"hlc negative":           swap(`"hlc":"1"`, `"hlc":"-1"`),
		"hlc over 64 bits":       swap(`"hlc":"1"`, `"hlc":"18446744073709551616"`),
		"hlc leading zero":       swap(`"hlc":"1"`, `"hlc":"01"`),
		"hlc empty":              swap(`"hlc":"1"`, `"hlc":""`),
		"mono over 64 bits":      swap(`"mono":1`, `"mono":9223372036854775808`),
		"wall under 64 bits":     swap(`"wall":2`, `"wall":-9223372036854775809`),
		"clock is text":          swap(`{"hlc"`, `"x","a":{"hlc"`),
		"no v":                   swap(`"v":1,`, ``),
		"no kind":                swap(`"kind":"plate",`, ``),
		"no act":                 swap(`"act":"void",`, ``),
		"no hlc":                 swap(`"hlc":"1",`, ``),
		"no boot":                swap(`"boot":"q5w7e9r1",`, ``),
		"boot too short":         swap(`q5w7e9r1`, `q5w7e9r`),
		"boot in capitals":       swap(`q5w7e9r1`, `Q5W7E9R1`),
		"boot with a newline":    swap(`q5w7e9r1`, `q5w7e\nr1`),
		"clock member unknown":   swap(`"mono":1`, `"tick":1`),
		"clock member twice":     swap(`"mono":1`, `"mono":1,"mono":1`),
		"fields is a list":       swap(`"v":1`, `"v":1,"fields":[]`),
		"fields is null":         swap(`"v":1`, `"v":1,"fields":null`),
		"fields cut":             swap(`"v":1`, `"v":1,"fields":{"a":}`),
		"fields with NaN":        swap(`"v":1`, `"v":1,"fields":{"a":NaN}`),
		"fields with a comma":    swap(`"v":1`, `"v":1,"fields":{"a":1,}`),
		"fields, tru":            swap(`"v":1`, `"v":1,"fields":{"a":tru}`),
		"seen is text":           swap(`"v":1`, `"v":1,"seen":"a"`),
		"seen holds numbers":     swap(`"v":1`, `"v":1,"seen":[1]`),
		"seen with a comma":      swap(`"v":1`, `"v":1,"seen":["a",]`),
		"deep":                   swap(`"v":1`, `"v":1,"fields":`+strings.Repeat(`{"a":`, 5000)+"1"+strings.Repeat("}", 5000)),
		"deep lists, never shut": swap(`"v":1`, `"v":1,"fields":{"a":`+strings.Repeat("[", 60000)),
	} {
		fault := ParseLine([]byte(raw), new(Line))
		if fault == nil || fault.Code != FaultUnparsable || fault.Message.ZH == "" {
			t.Errorf("%s: %v", name, fault)
		}
	}
	if fault := ParseLine(Tombstone([]byte("x")), new(Line)); fault == nil || fault.Code != FaultTooLarge {
		t.Errorf("tombstone: %v", fault)
	}
}

func TestLinesAtTheirBounds(t *testing.T) {
	raw := " { \"act\":\"x\",\"v\" : -9223372036854775808 ,\r\"clock\":{\"boot\":\"q5w7e9r1\",\"hlc\":\"18446744073709551615\",\"mono\":9223372036854775807}," +
		"\"kind\":\"\\u51b0\\ud83d\\ude97\\\"\\/\", \"seen\":[ ], \"fields\":{ \"a\" : [ -0.5e+3 , true, null ] } }\t"
	var l Line
	if fault := ParseLine([]byte(raw), &l); fault != nil {
		t.Fatal(fault)
	}
	if l.V != -1<<63 || l.Clock.HLC != 1<<64-1 || l.Clock.Mono != 1<<63-1 || l.Kind != `冰🚗"/` || l.Seen != nil ||
		string(l.Fields) != `{ "a" : [ -0.5e+3 , true, null ] }` {
		t.Errorf("%+v", l)
	}
}

func TestReuseLeavesNothingBehind(t *testing.T) {
	var l Line
	full := Line{V: 1, Kind: "k", Act: Void, Catalogue: "c", Officer: "o", Record: "r", Item: "i", Seen: []string{"s"},
		Auto: []string{"a"}, Reason: "n", Group: "g", Target: "t", Fields: json.RawMessage(`{}`),
		Clock: clock.Evidence{HLC: 1, Boot: "bbbbbbbb", Mono: 2, Wall: 3, Known: 4, Base: 5}}
	if fault := ParseLine(full.Marshal(), &l); fault != nil {
		t.Fatal(fault)
	}
	kept := l.Seen
	short := Line{V: 1, Kind: "k", Act: Create, Seen: []string{"other"}, Clock: clock.Evidence{Boot: "cccccccc"}}
	if fault := ParseLine(short.Marshal(), &l); fault != nil {
		t.Fatal(fault)
	}
	if !reflect.DeepEqual(l, short) || kept[0] != "s" {
		t.Errorf("%+v, kept %v", l, kept)
	}
	if ParseLine([]byte(`{"v":1,"officer":"x"}`), &l) == nil || !reflect.DeepEqual(l, Line{}) {
		t.Errorf("after a fault %+v", l)
	}
}
