package schema

import (
	"strings"
	"testing"
)

// Fields as people name them, of every kind: by each label, and by the label without its brackets.
func TestFindField(t *testing.T) {
	for _, tt := range []struct {
		kind, typed, want string
		whole             bool
	}{
		{"congestion", "里程（公里）", "km", true}, {"congestion", "里程(公里)", "km", true}, {"congestion", "里程", "km", false},
		{"congestion", " 里程 ", "km", false}, {"congestion", "length", "km", false}, {"congestion", "LENGTH (KM)", "km", true},
		{"congestion", "时长", "minutes", false}, {"plate", "数量", "sets", false}, {"certificate", "数量", "quantity", false},
		{"accident", "照片", "photos", false}, {"accident", "platform", "platform_number", true},
		{"expenditure", "金额（分）", "amount_fen", true}, {"expenditure", "金额", "", false}, // would be taken for yuan
		{"facility", "状态", "status", true}, {"facility", "状态止", "", false}, // inclusive or exclusive?
		{"budget", "全年预算数", "", false}, {"plate", "号码", "", false}, {"plate", "", "", false},
	} {
		f, whole, ok := kindOf(t, tt.kind).FindField(tt.typed)
		if ok != (tt.want != "") || ok && (f.Name != tt.want || whole != tt.whole) {
			t.Errorf("%s of %s: %v %v %v, want %s %v", tt.typed, tt.kind, f, whole, ok, tt.want, tt.whole)
		}
	}
	for _, k := range Default().Kinds() {
		for _, f := range k.Fields {
			for _, name := range append([]string{f.Name, f.Label.ZH, f.Label.EN}, f.Alias...) {
				if found, whole, ok := k.FindField(name); !ok || found != f || !whole {
					t.Errorf("%s: %q finds %v", k.Name, name, found)
				}
			}
		}
	}
}

func TestBareLabelOfTwoFieldsFindsNone(t *testing.T) {
	k := &Kind{Fields: []*Field{{Name: "a", Label: Text{"数量（副）", "Number (sets)"}}, {Name: "b", Label: Text{"数量（本）", "Number (books)"}}}}
	k.indexLabels()
	for _, typed := range []string{"数量", "number"} {
		if f, _, ok := k.FindField(typed); ok {
			t.Errorf("%s is %s", typed, f.Name)
		}
	}
}

// What a person reads after a wrong name: the names near it.
func TestUnknownNames(t *testing.T) {
	for _, tt := range []struct{ kind, field, text, zh, en string }{
		{"plate", "号码", "1", "没有字段“号码”，最相近的：号牌号码", "the nearest are: plate_number"},
		{"plate", "号牌种累", "02", "最相近的：号牌种类", "the nearest are: plate_type"},
		{"plate", "plate_nmber", "1", "最相近的：号牌号码", "the nearest are: plate_number"},
		{"expenditure", "金额", "100", "最相近的：金额（分）", "the nearest are: amount_fen"},
		{"facility", "状态止", "2020-01-01", "最相近的：状态止（不含）", "the nearest are: status_to"},
		{"enforcement", "action", "拘留", "没有代码“拘留”，可填：警告 (warning)、罚款 (fine)、扣留 (detain)、其他 (other)", "it takes: warning (warning), fine (fine), detention (detain), other (other)"},
		{"accident", "severity", "轻伤", "可填：", "it takes: "},
		{"plate", "plate_type", "小车", "，共 30 个，最相近的：小型汽车 (02)、", "the nearest of 30 are: small vehicle (02), "},
		{"plate", "plate_type", "新能源小型", "小型新能源汽车 (52)", "small new-energy vehicle (52)"},
		{"nil", "kind", "号牌", "最相近的：号牌发放 (plate)", "Plate issue (plate)"},
	} {
		_, wrong := kindOf(t, tt.kind).Parse(tt.field, tt.text)
		if wrong == nil || !strings.Contains(wrong.Message.ZH, tt.zh) || !strings.Contains(wrong.Message.EN, tt.en) {
			t.Errorf("%s %s=%s: %+v", tt.kind, tt.field, tt.text, wrong)
		}
		if wrong != nil && len(wrong.Message.ZH) > 1000 {
			t.Errorf("%s=%s: %d bytes", tt.field, tt.text, len(wrong.Message.ZH))
		}
	}
	if _, wrong := kindOf(t, "accident").Parse("severity", "轻伤"); strings.Contains(wrong.Message.ZH, "unknown") {
		t.Errorf("a code of imports alone is recommended: %v", wrong.Message)
	}
	if words := Default().UnknownKind("号牌"); !strings.Contains(words.ZH, "没有种类“号牌”，最相近的：号牌发放") || !strings.Contains(words.EN, "plate") {
		t.Error(words)
	}
}

func TestHostileNamesGiveShortFaultsSoon(t *testing.T) {
	long := strings.Repeat("号牌", 1<<19)
	_, field := kindOf(t, "plate").Parse(long, "1")
	_, code := kindOf(t, "plate").Parse("plate_type", long)
	if field == nil || code == nil || len(field.Message.ZH) > 500 || len(code.Message.ZH) > 1000 {
		t.Error(field, code)
	}
}
