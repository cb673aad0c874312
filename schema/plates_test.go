package schema

import (
	"strings"
	"testing"
)

// Shapes of plate numbers by type, correct and wrong ones by hand; see schema/DOMAIN.md#plates-codes-and-check-digits.
func TestPlateShapes(t *testing.T) {
	tests := []struct{ types, good, bad string }{
		{"01 02 07 08 13", "冀F8K2M6 冀F12345 京AZZZZZ 琼Z00000", "冀FI2345 冀FO2345 冀I12345 冀F1234 冀F123456 FF12345 台A12345 冀F1234学 冀FD12345"},
		{"52", "冀FD12345 冀FAB1234 冀FKZ0000", "冀FL12345 冀FD1234A 冀F8K2M6 冀FDI1234 冀F12345D 冀FD123456"},
		{"51", "冀F12345D 冀F00000A 冀F99999K", "冀F12345L 冀FD12345 冀F1234AD 冀F12345"},
		{"15", "冀F1A2B挂", "冀F1A2BC 冀F1A2B学 冀F1A2B3挂 冀F1I2B挂"},
		{"16 17", "冀F1234学", "冀F1234挂 冀F12345学 冀F1O34学"},
		{"23 24", "冀F1234警", "冀F1234学 冀F12345警 冀O1234警"},
		{"04", "粤A1234领", "粤A1234使 粤A123领领"},
		{"03", "使123456 123456使", "使12345 使12345A 1234567使 冀F12345"},
		{"26 27", "粤Z1A2B港 粤Z1234澳", "粤A1234港 冀Z1234港 粤Z12345港 粤ZI234澳"},
	}
	for _, tt := range tests {
		for plateType := range strings.FieldsSeq(tt.types) {
			for number := range strings.FieldsSeq(tt.good) {
				wantPlate(t, plateType, number, true)
			}
			for number := range strings.FieldsSeq(tt.bad) {
				wantPlate(t, plateType, number, false)
			}
			wantPlate(t, plateType, "-", true)
		}
	}
}

func wantPlate(t *testing.T, plateType, number string, want bool) {
	t.Helper()
	if got := Default().plates.fits(plateType, number); got != want {
		t.Errorf("type %s takes %s: %v, want %v", plateType, number, got, want)
	}
}

func TestPlateTypesWithoutShape(t *testing.T) {
	for _, plateType := range []string{"05", "06", "09", "10", "11", "12", "14", "18", "19", "20", "21", "22", "25", "99"} {
		wantPlate(t, plateType, "冀F临12345", true)
	}
}
