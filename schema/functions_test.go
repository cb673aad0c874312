package schema

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Worked by hand: 2020-12-31T23:59:00+08:00 is 1609430340000, 2021-01-01T00:30:00+08:00 is 1609432200000; in UTC both
// lie on 31 December 2020.
func TestFunctions(t *testing.T) {
	tests := []struct {
		kind, expr, fields string
		want               int64
		known              bool
	}{
		{"hit_and_run", `dayOf(opened_at)`, `{"opened_at":"2020-12-31T23:59:00+08:00"}`, 20201231, true},
		{"hit_and_run", `dayOf(opened_at)`, `{"opened_at":"2021-01-01T00:30:00+08:00"}`, 20210101, true},
		{"hit_and_run", `dayOf(opened_at)`, `{"opened_at":"2020-12-31T16:30:00Z"}`, 20210101, true},
		{"hit_and_run", `dayOf(opened_at)`, `{"opened_at":"2020-02-29T23:59:59.999+08:00"}`, 20200229, true},
		{"hit_and_run", `yearOf(opened_at)`, `{"opened_at":"2020-12-31T23:59:00+08:00"}`, 2020, true},
		{"hit_and_run", `yearOf(opened_at)`, `{"opened_at":"2021-01-01T00:30:00+08:00"}`, 2021, true},
		{"hit_and_run", `yearOf(opened_at)`, `{"opened_at":"1969-12-31T23:00:00+08:00"}`, 1969, true},
		{"hit_and_run", `yearOf(opened_at)`, `{"opened_at":"1970-01-03T00:00:00+08:00"}`, 1970, true},
		{"hit_and_run", `yearOf(solved_at)`, `{}`, 0, false},
		{"hit_and_run", `dayOf(solved_at)`, `{}`, 0, false},
		{"hit_and_run", `dayOf(opened_at * 1000)`, `{"opened_at":"2020-12-31T23:59:00+08:00"}`, 0, false}, // the year 52970
		{"hit_and_run", `dayOf(-62135625600000)`, `{}`, 10101, true},                                      // 0001-01-01T00:00:00+08:00
		{"hit_and_run", `dayOf(-62135625600001)`, `{}`, 0, false},                                         // a millisecond before
		{"hit_and_run", `dayOf(253402271999999)`, `{}`, 99991231, true},                                   // 9999-12-31T23:59:59.999+08:00
		{"hit_and_run", `dayOf(253402272000000)`, `{}`, 0, false},

		{"task", `due_on`, `{"due_on":"2020-06-30"}`, 20200630, true},
		{"task", `yearOf(due_on)`, `{"due_on":"2020-01-01"}`, 2020, true},
		{"task", `yearOf(due_on)`, `{"due_on":"2019-12-31"}`, 2019, true},
		{"task", `yearOf(due_on)`, `{}`, 0, false},
		{"task", `yearOf(20200230)`, `{}`, 1970, true}, // no such day: a time, 1970-01-01T13:36:40+08:00
		{"task", `yearOf(done_at) == yearOf(due_on) ? (dayOf(done_at) > due_on ? dayOf(done_at) : due_on) : 0`,
			`{"due_on":"2020-06-30","done_at":"2020-07-01T00:00:00+08:00"}`, 20200701, true},

		{"congestion", `milli(km)`, `{"km":"2.35"}`, 2350, true},
		{"congestion", `milli(km)`, `{"km":"0.001"}`, 1, true},
		{"congestion", `milli(km)`, `{"km":12}`, 12000, true},
		{"congestion", `milli(km) * minutes`, `{"km":"2.35","minutes":15}`, 35250, true},
		{"congestion", `milli(km)`, `{}`, 0, false},
		{"congestion", `milli("1.0005")`, `{}`, 0, false}, // not exact
		{"congestion", `milli("x")`, `{}`, 0, false},
		{"congestion", `scaled("-0.5", 1)`, `{}`, -5, true},
		{"congestion", `scaled("92.5", 4)`, `{}`, 925000, true},
		{"congestion", `scaled("92.5", 0)`, `{}`, 0, false},
		{"congestion", `scaled("92.50", 1)`, `{}`, 925, true}, // a trailing zero has no meaning
		{"congestion", `scaled("0", 18)`, `{}`, 0, true},
		{"congestion", `scaled("9.223372036854775807", 18)`, `{}`, 9223372036854775807, true},
		{"congestion", `scaled("-9.223372036854775808", 18)`, `{}`, -9223372036854775808, true},
		{"congestion", `scaled("9.223372036854775808", 18)`, `{}`, 0, false}, // beyond 64 bits
		{"congestion", `scaled("1", 19)`, `{}`, 0, false},
		{"congestion", `scaled("1", -1)`, `{}`, 0, false},
		{"attestation", `scaled(value, 4)`, `{"value":"92.5"}`, 925000, true},
	}
	for _, tt := range tests {
		cond, err := Default().Compile(tt.kind, tt.expr, TypeInt)
		if err != nil {
			t.Fatalf("%s: %v", tt.expr, err)
		}
		if got, known := cond.Int(decodeGood(t, tt.kind, tt.fields), nil); got != tt.want || known != tt.known {
			t.Errorf("%s on %s: %d, known %v; want %d, %v", tt.expr, tt.fields, got, known, tt.want, tt.known)
		}
	}
}

// The types are checked when the expression is read.
func TestFunctionsAreTyped(t *testing.T) {
	for _, expr := range []string{`dayOf(km)`, `yearOf(level)`, `milli(minutes)`, `scaled(km)`, `scaled(km, "3")`, `dayOf()`} {
		if _, err := Default().Compile("congestion", expr, TypeInt); err == nil {
			t.Errorf("%s compiles", expr)
		}
	}
}

// Compared with the standard library's calendar, and with rational arithmetic.
func TestFunctionsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(minTime, maxTime).Draw(t, "ms")
		at := time.UnixMilli(ms + 8*3600_000).UTC()
		day, ok := dayOf(ms)
		if want := int64(at.Year()*10000 + int(at.Month())*100 + at.Day()); !ok || day != want {
			t.Fatalf("the day of %d is %d, want %d", ms, day, want)
		}
		if year, ok := yearOf(day); !ok || year != int64(at.Year()) {
			t.Fatalf("the year of %d is %d", day, year)
		}
		b := appendDay(nil, day)
		if again, ok := parseDay(b); !ok || again != day || string(b) != at.Format(time.DateOnly) {
			t.Fatalf("%d is written %s and read %d", day, b, again)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{1,8})?`).Draw(t, "decimal")
		n := rapid.IntRange(0, 18).Draw(t, "n")
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
		exact, _ := new(big.Rat).SetString(text)
		exact.Mul(exact, new(big.Rat).SetInt(power))
		got := scaled(text, int64(n)).Value()
		if exact.IsInt() && exact.Num().IsInt64() {
			if got != exact.Num().Int64() {
				t.Fatalf("scaled(%s, %d) is %v, want %s", text, n, got, exact)
			}
		} else if _, failed := got.(error); !failed {
			t.Fatalf("scaled(%s, %d) is %v, though %s is no whole number of 64 bits", text, n, got, exact)
		}
	})
}
