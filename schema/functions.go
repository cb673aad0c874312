package schema

import (
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// celFunctions are the functions for conditions, in addition to CEL's standard library.
func celFunctions(s *Schema) []cel.EnvOption {
	t := cel.TypeParamType("T")
	return []cel.EnvOption{
		cel.Function("known", cel.Overload("known_any", []*cel.Type{t}, cel.BoolType,
			cel.OverloadIsNonStrict(), cel.UnaryBinding(func(v ref.Val) ref.Val { return types.Bool(!types.IsUnknown(v)) }))),
		cel.Function("default", cel.Overload("default_any", []*cel.Type{t, t}, t,
			cel.OverloadIsNonStrict(), cel.BinaryBinding(func(v, other ref.Val) ref.Val {
				if types.IsUnknown(v) {
					return other
				}
				return v
			}))),
		cel.Function("plateFits", cel.Overload("plate_fits", []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType,
			cel.BinaryBinding(func(kind, number ref.Val) ref.Val {
				return types.Bool(s.plates.fits(string(kind.(types.String)), string(number.(types.String))))
			}))),
		cel.Function("plateKnown", cel.Overload("plate_known", []*cel.Type{cel.StringType}, cel.BoolType,
			cel.UnaryBinding(func(number ref.Val) ref.Val { return types.Bool(s.plates.known(string(number.(types.String)))) }))),
		cel.Function("listed", cel.Overload("listed_string_string", []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType,
			cel.BinaryBinding(func(table, code ref.Val) ref.Val {
				t, ok := s.Codes(string(table.(types.String)))
				if !ok {
					return types.NewErr("listed: no code table %.40q", string(table.(types.String)))
				}
				return types.Bool(t.Lists(string(code.(types.String))))
			}))),
		intFunction("dayOf", "day_of_int", dayOf),
		intFunction("yearOf", "year_of_int", yearOf),
		cel.Function("milli", cel.Overload("milli_string", []*cel.Type{cel.StringType}, cel.IntType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return scaled(string(v.(types.String)), 3) }))),
		cel.Function("scaled", cel.Overload("scaled_string_int", []*cel.Type{cel.StringType, cel.IntType}, cel.IntType,
			cel.BinaryBinding(func(v, n ref.Val) ref.Val { return scaled(string(v.(types.String)), int64(n.(types.Int))) }))),
	}
}

// intFunction declares a function of a whole number that may have no result.
func intFunction(name, overload string, f func(int64) (int64, bool)) cel.EnvOption {
	return cel.Function(name, cel.Overload(overload, []*cel.Type{cel.IntType}, cel.IntType,
		cel.UnaryBinding(func(v ref.Val) ref.Val {
			n, ok := f(int64(v.(types.Int)))
			if !ok {
				return types.NewErr("%s(%d): out of range", name, int64(v.(types.Int)))
			}
			return types.Int(n)
		})))
}

// dayOf returns the day in Asia/Shanghai of a time (Unix ms), as yyyymmdd.
func dayOf(ms int64) (day int64, ok bool) {
	if ms < minTime || ms > maxTime {
		return 0, false
	}
	y, m, d := time.UnixMilli(ms).In(shanghai).Date()
	return int64(y*10000 + int(m)*100 + d), true
}

// yearOf returns the year of a day (yyyymmdd) or of a time (Unix ms, in Asia/Shanghai). A number in the form of a day
// is read as a day: as a time the number would lie on 1 or 2 January 1970, before any recorded time.
func yearOf(n int64) (year int64, ok bool) {
	if isDay(n) {
		return n / 10000, true
	}
	day, ok := dayOf(n)
	return day / 10000, ok
}

func isDay(n int64) bool {
	y, m, d := n/10000, n/100%100, n%100
	return n > 0 && y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= int64(daysIn(int(y), int(m)))
}

// scaled returns a decimal × 10^n as an exact whole number. A decimal with more than n places, or beyond 64 bits, has
// no result.
func scaled(decimal string, n int64) ref.Val {
	canonical, ok := canonicalDecimal([]byte(decimal))
	whole, frac, _ := strings.Cut(canonical, ".")
	zeros := n - int64(len(frac))
	if !ok || zeros < 0 || n > 18 {
		return types.NewErr("scaled(%.40q, %d): no whole number", decimal, n)
	}
	out, err := strconv.ParseInt(whole+frac+strings.Repeat("0", int(zeros)), 10, 64)
	if err != nil {
		return types.NewErr("scaled(%.40q, %d): out of range", decimal, n)
	}
	return types.Int(out)
}
