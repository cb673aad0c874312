package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawJSON draws a JSON value for a field of this type, valid or nearly valid.
func drawJSON(t *rapid.T, f *Field) any {
	switch f.Type {
	case TypeInt:
		return rapid.Int64Range(-1, 12000).Draw(t, f.Name)
	case TypeBool:
		return rapid.Bool().Draw(t, f.Name)
	case TypeTime:
		return rapid.StringMatching(`(19|20)[0-9]{2}-(0[1-9]|1[0-2])-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])`).Draw(t, f.Name)
	case TypeDay:
		return rapid.StringMatching(`(19|20)[0-9]{2}-(0[1-9]|1[0-3])-[0-3][0-9]`).Draw(t, f.Name)
	case TypeDecimal:
		return rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9]{1,8})?`).Draw(t, f.Name)
	case TypeCode:
		names := []string{"", "其他"}
		for _, c := range f.table.Codes {
			names = append(names, c.Code, c.Label.ZH, c.Label.EN)
		}
		return rapid.OneOf(rapid.SampledFrom(names), rapid.String(), trickyText()).Draw(t, f.Name)
	case TypePlate:
		return rapid.StringMatching(`[冀京粤使ａＡ]?[A-Za-z0-9 ·]{4,8}[学挂警]?`).Draw(t, f.Name)
	case TypeRecord:
		return rapid.StringMatching(`[0-9a-hjkmnp]{10}\.[0-9a-hjkmnp]{8}\.[0-9]{1,5}\.[0-9a-hjkmnp]{16}`).Draw(t, f.Name)
	case TypeList:
		return rapid.SliceOfN(rapid.OneOf(rapid.String(), trickyText(), rapid.StringMatching(`[0-9a-f]{64}`)), 0, 4).Draw(t, f.Name)
	}
	return rapid.OneOf(rapid.String(), trickyText(), rapid.StringMatching(`[A-Z][0-9][0-9A-Z]`)).Draw(t, f.Name)
}

// Decoded values are canonical: Encode writes them as JSON, and decoding the JSON gives the same values and bytes.
func TestEncodeDecodeProperty(t *testing.T) {
	kinds := Default().Kinds()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(kinds).Draw(t, "kind")
		fields := map[string]any{}
		for _, f := range k.Fields {
			switch rapid.IntRange(0, 4).Draw(t, "how "+f.Name) {
			case 0:
				fields[f.Name] = nil
			case 1, 2, 3:
				fields[f.Name] = drawJSON(t, f)
			}
		}
		line, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		v, faults := k.Decode(line)
		if key, ok := k.NaturalKey(v, 20201215); ok && !strings.HasPrefix(key, k.Name+"|") {
			t.Fatalf("%s has the key %q", line, key)
		}
		if len(v)+len(faults) != len(fields) {
			t.Fatalf("%s: %d fields give %d values and faults %v", line, len(fields), len(v), faults)
		}
		checkRoundTrip(t, k, v)
	})
}

func checkRoundTrip(t interface{ Fatalf(string, ...any) }, k *Kind, v Values) {
	out := k.Encode(v)
	if !json.Valid(out) {
		t.Fatalf("not JSON: %s", out)
	}
	w, faults := k.Decode(out)
	if len(faults) > 0 || !slices.Equal(v, w) {
		t.Fatalf("%s\ngives %v\nnot   %v\n%v", out, w, v, faults)
	}
	if twice := k.Encode(w); !bytes.Equal(out, twice) {
		t.Fatalf("%s is then written as %s", out, twice)
	}
}

// encoding/json decides independently whether an input is JSON.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		goodPlate, `{}`, `[]`, `{"unit":"\ud83d\ude97\u00e9\\"}`, `{"x":{"y":[1,-2.5e+3,true,null,"\n"]}}`, `{"sets":01}`, `{"lon":-0.10}`,
		`{"occurred_at":"2020-12-31T23:59:59.999+08:00","unit":" e\u0301"}`, `{"vehicles":["a","b"],"photos":[]}`, `{"unit":"a","unit":"b"}`,
		`{"kind":"accident","day":"2020-02-29"}`, "{\"vehicles\":[\"\u200b\",\"冀Ｆ\ufe0f\"],\"remark\":\"\u202e（１）——\",\"unit\":\"a——１\u3000\"}", `{"day":"0001-01-01","shift_day":"9999-12-31","due_on":20200630}`, `{"amount_fen":-100000000000000,"km":0.001,"value":"-92.50"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, k := range Default().Kinds() {
			v, faults := k.Decode(line)
			broken := slices.ContainsFunc(faults, func(f Fault) bool { return f.Code == FaultJSON })
			if !broken && !json.Valid(line) {
				t.Fatalf("%s: %q is no JSON", k.Name, line)
			}
			if !slices.IsSortedFunc(v, byName) {
				t.Fatalf("%s: %q gives %v", k.Name, line, v)
			}
			checkRoundTrip(t, k, v)
		}
	})
}
