package schema

import (
	"strings"
	"testing"
)

// unitNames are typed names of units with the name that they give, or the fault. Cases are from life: another
// keyboard, another program's copy, a table's cell.
var unitNames = []struct{ typed, name, fault string }{
	{"check-1", "check-1", ""},
	{"城东检查站", "城东检查站", ""},
	{" check-1\t", "check-1", ""},
	{"ｃｈｅｃｋ－１　", "check-1", ""},
	{"check\u20111\u200b", "check-1", ""},
	{"Pe\u0301rez-1", "P\u00e9rez-1", ""},  // NFD
	{"\u3400\ue000站", "\u3400\ue000站", ""}, // a character of the private use area, from an old Chinese code page
	{strings.Repeat("站", 64), strings.Repeat("站", 64), ""},
	{strings.Repeat("站", 65), "", FaultTooLong},
	{"a|b", "", FaultPattern},
	{"城东 检查站", "", FaultPattern},
	{"城东　检查站", "", FaultPattern},
	{"check\n1", "", FaultPattern},
	{"check\x001", "", FaultText},
	{"\xb3\xc7\xb6\xab", "", FaultText}, // 城东 in GBK
}

func TestUnitName(t *testing.T) {
	for _, tt := range unitNames {
		name, wrong := UnitName(tt.typed)
		if name != tt.name || (wrong == nil) != (tt.fault == "") || wrong != nil && wrong.Code != tt.fault {
			t.Errorf("%q gives %q, %v; want %q, %q", tt.typed, name, wrong, tt.name, tt.fault)
		}
	}
	for _, nothing := range []string{"", " ", "\u200b", "　"} {
		if name, wrong := UnitName(nothing); name != "" || wrong == nil || wrong.Code != FaultRequired {
			t.Errorf("%q gives %q, %v", nothing, name, wrong)
		}
	}
}

// Every field with a unit's name judges as UnitName does, so that a unit of a code, an import and a ledger is the unit
// of the lines.
func TestFieldsOfUnits(t *testing.T) {
	for _, of := range [][2]string{
		{"plate", "unit"}, {"expectation", "expected_unit"}, {"unit_entry", "code"}, {"unit_entry", "parent"}, {"site_entry", "of_unit"},
	} {
		k, _ := Default().Kind(of[0])
		for _, tt := range unitNames {
			v, wrong := k.Parse(of[1], tt.typed)
			if v.S != tt.name || (wrong == nil) != (tt.fault == "") || wrong != nil && wrong.Code != tt.fault {
				t.Errorf("%v: %q gives %q, %v; want %q, %q", of, tt.typed, v.S, wrong, tt.name, tt.fault)
			}
		}
	}
}
