package schema

import (
	"strings"
	"testing"
)

// Plates as people mistype them, and as they are on the road. want: "" accepted, else a part of the fault.
func TestTypedPlates(t *testing.T) {
	for _, tt := range []struct{ kind, number, plateType, want string }{
		{"enforcement", "冀F1234O", "", "应为数字？请写 冀F12340"},
		{"enforcement", "冀fi2345", "", "请写 冀F12345"},
		{"enforcement", "冀FDO1234", "", "请写 冀FD01234"},
		{"enforcement", "冀F1234O", "02", "请写 冀F12340"},
		{"enforcement", "冀FO234学", "16", "请写 冀F0234学"},
		{"enforcement", "冀F1234", "", "不像任何一种号牌"},
		{"enforcement", "冀F1234567", "", "不像任何一种号牌"},
		{"enforcement", "F12345", "", "不像任何一种号牌"},
		{"enforcement", "冀12345", "", "请填“号牌种类”，例如 其他"},
		{"enforcement", "冀冀F12345", "", "不像任何一种号牌"},
		{"enforcement", "冀O12345", "", "不像任何一种号牌"},
		{"enforcement", "台A12345", "", "不像任何一种号牌"},
		{"certificate", "冀F1234O", "", "请写 冀F12340"},

		{"enforcement", "冀F12345", "", ""}, {"enforcement", "冀F8K2M6", "", ""}, {"enforcement", "冀FD12345", "", ""}, {"enforcement", "冀F12345D", "", ""},
		{"enforcement", "冀FK00000", "", ""}, {"enforcement", "冀F1A2B挂", "", ""}, {"enforcement", "冀F1234学", "", ""}, {"enforcement", "冀F1234警", "", ""},
		{"enforcement", "沪A1234领", "", ""}, {"enforcement", "使123456", "", ""}, {"enforcement", "粤Z1234港", "", ""}, {"enforcement", "粤Z1A2B澳", "", ""},
		{"enforcement", "冀F1234试", "", ""}, {"enforcement", "冀F1234超", "", ""}, {"enforcement", "冀F12345临", "", ""}, {"enforcement", "临冀F12345", "", ""},
		{"enforcement", "冀X1234应急", "", ""}, {"enforcement", "冀06·12345", "", ""}, {"enforcement", "VA12345", "", ""}, {"enforcement", "军A12345", "", ""},
		{"enforcement", "WJ冀12345", "", ""}, {"enforcement", "WJ0112345", "", ""}, {"enforcement", "WJ01警0081", "", ""}, {"enforcement", "民航B1234", "", ""},
		{"enforcement", "-", "", ""}, {"enforcement", "-", "02", ""},
		{"enforcement", "保定123456", "99", ""},  // a bicycle's
		{"enforcement", "OI12345O", "20", ""},  // another country's
		{"enforcement", "冀F123456O", "22", ""}, // a type without a shape
		{"certificate", "冀F123456789", "", ""}, // no plate type could be given
	} {
		k := kindOf(t, tt.kind)
		number, wrong := k.Parse("plate_number", tt.number)
		if wrong != nil {
			t.Fatal(wrong)
		}
		v := Values{{"plate_number", number}}
		if tt.plateType != "" {
			v = v.With("plate_type", Value{Type: TypeCode, S: tt.plateType})
		}
		faults := k.CheckTyped(v)
		if tt.want == "" && len(faults) > 0 || tt.want != "" && (len(faults) != 1 || faults[0].Code != FaultPlate || !strings.Contains(faults[0].Message.ZH, tt.want)) {
			t.Errorf("%s %s %s: %v, want %q", tt.kind, tt.number, tt.plateType, faults, tt.want)
		}
		if faults := k.CheckState(v); len(faults) > 0 && tt.plateType == "" && hasCodeOf(faults, FaultPlate) {
			t.Errorf("%s: a stored record is judged: %v", tt.number, faults)
		}
	}
}

func hasCodeOf(faults Faults, code string) bool {
	for _, f := range faults {
		if f.Code == code {
			return true
		}
	}
	return false
}

// A violation as an officer says it.
func TestViolationWords(t *testing.T) {
	k := kindOf(t, "enforcement")
	for typed, want := range map[string]string{
		"闯红灯": "1625", " 闯红灯 ": "1625", "驾驶机动车违反道路交通信号灯通行": "1625", "running a red light": "1625", "1625": "1625", "１６２５": "1625", "16250": "16250",
		"违停": "1039", "酒驾": "1712", "逆行": "1301", "闯禁令": "1344", "超速20%以上未达50%": "1636", "开车打电话": "1223", "无证驾驶": "1005", "行人闯红灯": "3001", "8999": "8999", "60112": "60112",
	} {
		v, wrong := k.Parse("violation_code", typed)
		if wrong != nil || v != (Value{Type: TypeText, S: want}) {
			t.Errorf("%s: %v, %v; want %s", typed, v, wrong, want)
		}
	}
	for typed, near := range map[string]string{
		"超速": "超速10%未达20% (1352)、超速20%未达50% (1636)", "没系安全带": "未系安全带", "闯黄灯": "闯红灯 (1625)", "9344": "例如 1344，共 ", "134": "例如 1344，共 ",
		strings.Repeat("违", 500): "最多 5 个字，共 ",
	} {
		_, wrong := k.Parse("violation_code", typed)
		if wrong == nil || !strings.Contains(wrong.Message.ZH, near) || len(wrong.Message.ZH) > 1000 {
			t.Errorf("%s: %v, want %s", typed, wrong, near)
		}
	}
	// A line holds codes alone: words of a program's line are refused as ever, and the sentence is the old one.
	if _, faults := k.Decode([]byte(`{"violation_code":"闯红灯"}`)); len(faults) != 1 || faults[0].Code != FaultPattern || faults[0].Message.ZH != "“违法代码”格式不正确，例如 1344" {
		t.Error(faults)
	}
}

// Conditions ask whether a code is in a table and a plate has a shape.
func TestListedAndPlateKnown(t *testing.T) {
	for expr, want := range map[string]bool{
		`listed("violation_code", "1625")`: true, `listed("violation_code", "16250")`: true, `listed("violation_code", "1999")`: false,
		`listed("violation_code", "162")`: false, `listed("violation_code", "162500")`: false, `listed("plate_type", "02")`: true, `listed("plate_type", "020")`: false,
		`plateKnown("冀F12345")`: true, `plateKnown("冀F1234O")`: false, `plateKnown("-")`: true,
		`listed("violation_code", violation_code)`: true, `!listed("violation_code", violation_code) && !plateKnown(plate_number)`: false,
	} {
		cond, err := Default().Compile("enforcement", expr, TypeBool)
		if err != nil {
			t.Fatal(expr, err)
		}
		v := Values{{"plate_number", Value{Type: TypePlate, S: "冀F12345"}}, {"violation_code", Value{Type: TypeText, S: "1344"}}}
		if holds, known := cond.Bool(v, nil); !known || holds != want {
			t.Errorf("%s: %v %v, want %v", expr, holds, known, want)
		}
	}
	if cond, err := Default().Compile("enforcement", `listed("no_table", "1")`, TypeBool); err != nil {
		t.Error(err)
	} else if _, known := cond.Bool(nil, nil); known {
		t.Error("a table that is not there has an answer")
	}
}
