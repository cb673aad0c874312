package schema

import (
	"slices"
	"testing"
)

// kindOf returns a kind of the embedded schema.
func kindOf(t testing.TB, name string) *Kind {
	t.Helper()
	k, ok := Default().Kind(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}

// decodeGood decodes fields without faults.
func decodeGood(t testing.TB, kind, fields string) Values {
	t.Helper()
	v, faults := kindOf(t, kind).Decode([]byte(fields))
	if len(faults) > 0 {
		t.Fatalf("%s: %v", fields, faults)
	}
	return v
}

// faultCodes lists faults as "code field", the form of the tables in these tests.
func faultCodes(faults Faults) []string {
	var out []string
	for _, f := range faults {
		out = append(out, f.Code+" "+f.Field)
	}
	return out
}

func wantFaults(t *testing.T, got Faults, want ...string) {
	t.Helper()
	if !slices.Equal(faultCodes(got), want) {
		t.Errorf("faults %q, want %q", faultCodes(got), want)
	}
	for _, f := range got {
		if f.Message.ZH == "" || f.Message.EN == "" {
			t.Errorf("%s lacks a message: %+v", f.Code, f.Message)
		}
	}
}

const goodPlate = `{"business":"register","occurred_at":"2020-12-15T10:00:00+08:00","plate_number":"冀F8K2M6","plate_type":"02","sets":1,"unit":"check-1"}`
