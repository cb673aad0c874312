package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The whole JSON Schema of the smallest kind is in testdata, written and read by hand.
func TestJSONSchemaGolden(t *testing.T) {
	want, err := os.ReadFile("testdata/casualty.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer // the file is formatted for people
	if err := json.Compact(&compact, want); err != nil {
		t.Fatal(err)
	}
	var a, b any
	mustJSON(t, compact.Bytes(), &a)
	mustJSON(t, kindOf(t, "casualty").JSONSchema(Default()), &b)
	x, _ := json.MarshalIndent(a, "", " ")
	y, _ := json.MarshalIndent(b, "", " ")
	if !bytes.Equal(x, y) {
		t.Errorf("the file says\n%s\nthe kind says\n%s", x, y)
	}
}

func mustJSON(t *testing.T, data []byte, out any) {
	t.Helper()
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatal(err)
	}
}

func TestJSONSchemaParts(t *testing.T) {
	tests := []struct{ kind, field, want string }{
		{"plate", "sets", `{"title":"数量（副）","description":"Sets","type":["integer","null"],"minimum":0,"maximum":10000}`},
		{"plate", "spoiled", `{"title":"废牌","description":"Spoiled","type":["boolean","null"]}`},
		{"plate", "vehicle_type", `{"title":"车辆类型","description":"Vehicle type","type":["string","null"],"maxLength":3,"pattern":"^[A-Z][0-9][0-9A-Z]$"}`},
		{"plate", "business", `{"title":"业务类型","description":"Business","$comment":"公安部令第124号, schema/DOMAIN.md#code-tables, 1","oneOf":[
			{"const":"register","title":"注册","description":"registration"},
			{"const":"replace","title":"补领","description":"replacement"},
			{"const":"renew","title":"换领","description":"renewal"}]}`},
		{"incident", "category", `{"title":"事件类别","description":"Category","$comment":"schema/DOMAIN.md#code-tables, to be confirmed by HQ, 1","type":"string","maxLength":64}`},
		{"nil", "day", `{"title":"报告日期","description":"Reported day","type":"string","format":"date"}`},
		{"task", "done_at", `{"title":"完成时间","description":"Done at","type":["string","null"],"format":"date-time"}`},
		{"congestion", "km", `{"title":"里程（公里）","description":"Length (km)","type":"string","pattern":"^-?(0|[1-9][0-9]*)(\\.[0-9]{0,2}[1-9])?$"}`},
		{"accident", "photos", `{"title":"照片（SHA-256）","description":"Photos (SHA-256)","type":["array","null"],"maxItems":50,
			"items":{"type":"string","maxLength":64,"pattern":"^[0-9a-f]{64}$"}}`},
	}
	for _, tt := range tests {
		var doc struct{ Properties map[string]any }
		mustJSON(t, kindOf(t, tt.kind).JSONSchema(Default()), &doc)
		var want any
		mustJSON(t, []byte(tt.want), &want)
		x, _ := json.Marshal(want)
		y, _ := json.Marshal(doc.Properties[tt.field])
		if !bytes.Equal(x, y) {
			t.Errorf("%s.%s is %s, want %s", tt.kind, tt.field, y, x)
		}
	}
}

func TestJSONSchemaRequired(t *testing.T) {
	var doc struct {
		Required []string
		Comment  string `json:"$comment"`
	}
	mustJSON(t, kindOf(t, "accident").JSONSchema(Default()), &doc)
	want := []string{"unit", "occurred_at", "severity", "procedure", "dead"}
	if len(doc.Required) != len(want) {
		t.Fatalf("required %q", doc.Required)
	}
	for i := range want {
		if doc.Required[i] != want[i] {
			t.Errorf("required %q, want %q", doc.Required, want)
		}
	}
	if !strings.Contains(doc.Comment, "fatal_procedure: 死亡事故必须适用一般程序 a fatal accident takes the general procedure") {
		t.Errorf("the rules read %s", doc.Comment)
	}
}

// Every kind describes all its fields except the owner, which travels outside of the fields.
func TestJSONSchemaOfEveryKind(t *testing.T) {
	for _, k := range Default().Kinds() {
		var doc struct {
			Properties map[string]any
			Comment    string `json:"$comment"`
		}
		mustJSON(t, k.JSONSchema(Default()), &doc)
		for _, f := range k.Fields {
			if _, described := doc.Properties[f.Name]; described == f.Owner {
				t.Errorf("%s.%s: described %v", k.Name, f.Name, described)
			}
		}
		if strings.Contains(doc.Comment, "import_only") != k.ImportOnly {
			t.Errorf("%s says %q", k.Name, doc.Comment)
		}
	}
}
