package schema

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roadbook/schema/data"
)

func rulesOfDefault(t testing.TB) Rules {
	t.Helper()
	r, err := Default().Rules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A page loads the rules once a version, also over a bad line.
func TestRulesAreSmall(t *testing.T) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(rulesOfDefault(t).JSON); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if out.Len() > 60<<10 {
		t.Errorf("the rules have %d bytes compressed, at most 60 KiB", out.Len())
	}
}

// Equal files give equal bytes, however maps are walked, and the digest is the bytes'.
func TestRulesAreStable(t *testing.T) {
	want := rulesOfDefault(t)
	sum := sha256.Sum256(want.JSON)
	if want.Digest != hex.EncodeToString(sum[:8]) {
		t.Errorf("the digest is %s", want.Digest)
	}
	for range 3 {
		s, err := Load(data.FS)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Rules(); err != nil || !bytes.Equal(got.JSON, want.JSON) || got.Digest != want.Digest {
			t.Fatalf("%v: other bytes, digest %s", err, got.Digest)
		}
	}
}

// What pages read, at places whose contents the YAML files show.
func TestRulesSay(t *testing.T) {
	for _, part := range []string{
		`{"format":1,"kinds":[{"name":"nil","no":"K0","version":1,"label":{"zh":"零报告","en":"Zero report"},"roles":["officer","clerk","hq"],"key":["unit","kind","day"],"own_time":"day",`,
		`{"name":"lon","alias":["longitude"],"type":"decimal","label":{"zh":"经度","en":"Longitude"},"min":-180,"max":180,"max_len":20}`,
		`{"name":"plate_number","alias":["车牌号","车牌号码"],"type":"plate","label":{"zh":"号牌号码","en":"Plate number"},"required":true,"max_len":16}`,
		`"registers":[["lon","lat","crs"],["due","missed"]],"together":[["lon","lat","crs"]],"rules":[{"code":"missed_over_due","fields":["due","missed"],"expr":["call","<=",["var","missed"],["var","due"]],`,
		`"expr":["call","||",["call","==",["var","severity"],["const","unknown"]],["call","==",["call","==",["var","severity"],["const","fatal"]],["call",">=",["var","dead"],["const",1]]]]`,
		`"default":"other"`, `"default":1`, `"default":0`,
		`["02","小型汽车","small vehicle","小型汽车号牌","蓝牌"]`,
		`{"types":["52"],"any_of":["PLESNNNN"]}`,
		`"not_in":{"list":"task","by":["project","task"]}`, `"not_in":{"list":"year","by":["year"],"always":true}`, `"before_saving":34560000000`,
		`"when":["call","<",["var","died_at"],["var","record_at"]]`,
		`"required":{"zh":"“{label}”必须填写","en":"“{label}” must have a value"}`,
		`[65283,65283,"half"]`,
	} {
		if !bytes.Contains(rulesOfDefault(t).JSON, []byte(part)) {
			t.Errorf("the rules don't say %s", part)
		}
	}
}

// An expression that no page can evaluate is refused, never left out.
func TestRulesRefuse(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{`unit.startsWith("a")`, "no operation starts_with_string"},
		{`unit.matches("a")`, "no operation matches_string"},
		{`unit.size() > 1`, "no operation string_size"},
		{`double(missed) > 1.5`, "no operation"},
		{`missed > 9007199254740993`, "can't read 9007199254740993 exactly"},
		{`["a"].exists(x, x == unit)`, "no expression"},
		{`unit in {"a": 1}`, "no operation in_map"},
		{`type(missed) == int`, "a page knows no"},
		{`["a"][0] == unit`, "no operation index_list"},
		{`timestamp("2020-01-01T00:00:00Z") < timestamp("2020-01-02T00:00:00Z")`, "no operation"},
	} {
		c, err := Default().Compile("compliance", tt.expr, TypeBool)
		if err != nil {
			t.Errorf("%s: %v", tt.expr, err)
			continue
		}
		if n, err := c.Tree(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s gives %v, %v; want %s", tt.expr, n, err, tt.want)
		}
	}
}

// An error of an expression names the kind, and the rules are not made.
func TestRulesNameTheKind(t *testing.T) {
	s, err := Load(data.FS)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := s.Kind("compliance")
	if k.Rules[0].cond, err = s.Compile("compliance", `unit.startsWith("a")`, TypeBool); err != nil {
		t.Fatal(err)
	}
	if r, err := s.makeRules(); err == nil || !strings.HasPrefix(err.Error(), "compliance: unit.startsWith") || r.JSON != nil {
		t.Errorf("%v, %d bytes", err, len(r.JSON))
	}
}

// RE2 and JavaScript's expressions of flag u read the patterns of the kinds alike; others are refused.
func TestPatternsAreCommon(t *testing.T) {
	kinds := Default().Kinds()
	found := 0
	for _, k := range kinds {
		for _, f := range k.Fields {
			if f.Pattern == "" {
				continue
			}
			if found++; !commonPattern.MatchString(f.Pattern) {
				t.Errorf("%s %s: %s", k.Name, f.Name, f.Pattern)
			}
		}
	}
	if found == 0 {
		t.Error("no kind has a pattern")
	}
	for _, p := range []string{`^a.b$`, `^\s$`, `^\d$`, `^[[:alpha:]]$`, `^\pL$`, `(?i)^a$`, `^(?i:a)$`, `^[^a]$`, `a$`, `^a`, `^a*?$`, `^a|b$`, `^\Aa$`, `^[a-]$`, `^长$`, `^a{2}{3}$`} {
		if commonPattern.MatchString(p) {
			t.Errorf("%s was taken for common", p)
		}
		f := &Field{Name: "x", Type: TypeText, Pattern: p}
		if _, err := rulesOfField(f); err == nil {
			t.Errorf("the rules take %s", p)
		}
	}
}

var inBraces = regexp.MustCompile(`\{[^}]*\}`)

// Both languages of a sentence name the same values, and its code is a code of a fault.
func TestSentences(t *testing.T) {
	for key, text := range sentences {
		zh, en := inBraces.FindAllString(text.ZH, -1), inBraces.FindAllString(text.EN, -1)
		slices.Sort(zh)
		slices.Sort(en)
		if !slices.Equal(zh, en) || text.ZH == "" || text.EN == "" {
			t.Errorf("%s: %q and %q", key, text.ZH, text.EN)
		}
	}
	for value, want := range map[string]string{"{n}": "没有字段“{n}”", "": "没有字段“”", "}{": "没有字段“}{”"} {
		if got := unknownFieldFault(value); got.Message.ZH != want || got.Code != FaultUnknown {
			t.Errorf("%q gives %+v", value, got)
		}
	}
}

// The rules are JSON of the stated fields, and every kind, table, doubt and field is there.
func TestRulesAreWhole(t *testing.T) {
	var doc rulesDoc
	if err := json.Unmarshal(rulesOfDefault(t).JSON, &doc); err != nil {
		t.Fatal(err)
	}
	for i, k := range Default().Kinds() {
		got := doc.Kinds[i]
		var want, have []string
		for _, f := range k.Fields {
			want = append(want, fmt.Sprint(f.Name, f.Type.name(), f.Label))
		}
		for _, f := range got.Fields {
			have = append(have, fmt.Sprint(f.Name, f.Type, f.Label))
		}
		if got.Name != k.Name || !slices.Equal(have, want) || len(got.Rules) != len(k.Rules) {
			t.Errorf("%s: %q, want %q", k.Name, have, want)
		}
	}
	if len(doc.Codes) != len(Default().tables) || len(doc.Doubts) != len(Default().doubts) || len(doc.Characters) != len(characters) || len(doc.Types) != len(jsonNames) {
		t.Errorf("%d tables, %d doubts", len(doc.Codes), len(doc.Doubts))
	}
}

func BenchmarkRules(b *testing.B) {
	for b.Loop() {
		if _, err := Default().makeRules(); err != nil {
			b.Fatal(err)
		}
	}
}
