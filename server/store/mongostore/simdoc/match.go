package simdoc

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store/mongostore"
)

func matchesAll(d bson.Raw, where []mongostore.Cond) bool {
	for _, c := range where {
		if !matches(d.Lookup(strings.Split(c.Field, ".")...), c) {
			return false
		}
	}
	return true
}

func matches(v bson.RawValue, c mongostore.Cond) bool {
	absent := len(v.Value) == 0 && v.Type == 0
	switch c.Op {
	case mongostore.BelowOrAbsent:
		return absent || compare(v, c.Value) < 0
	case mongostore.In:
		want, _ := c.Value.([]string)
		return slices.ContainsFunc(stringValues(v), func(s string) bool { return slices.Contains(want, s) })
	case mongostore.AnyWithin:
		ends, _ := c.Value.([]string)
		return slices.ContainsFunc(stringValues(v), func(s string) bool { return ends[0] <= s && s < ends[1] })
	case mongostore.ZeroOrAbove:
		return absent || compare(v, int64(0)) == 0 || compare(v, c.Value) > 0
	}
	if absent {
		return false
	}
	if _, isArray := v.ArrayOK(); isArray {
		return slices.ContainsFunc(stringValues(v), func(s string) bool { return compareHolds(strings.Compare(s, text(c.Value)), c.Op) })
	}
	return compareHolds(compare(v, c.Value), c.Op)
}

// compareHolds reports whether op holds for the result n of a comparison.
func compareHolds(n int, op mongostore.Op) bool {
	switch op {
	case mongostore.Is:
		return n == 0
	case mongostore.AtLeast:
		return n >= 0
	case mongostore.AtMost:
		return n <= 0
	case mongostore.Above:
		return n > 0
	case mongostore.Below:
		return n < 0
	}
	panic("simdoc: comparison " + string(op))
}

var errType = errors.New("simdoc: a value that the store does not compare")

func value(v bson.RawValue) any {
	if s, ok := v.StringValueOK(); ok {
		return s
	}
	n, _ := v.AsInt64OK()
	return n
}

func compare(v bson.RawValue, with any) int {
	switch w := with.(type) {
	case string:
		s, _ := v.StringValueOK()
		return strings.Compare(s, w)
	case int64:
		n, _ := v.AsInt64OK()
		return cmp.Compare(n, w)
	}
	panic(errType)
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// stringValues returns the elements of an array of strings, or the one string.
func stringValues(v bson.RawValue) (out []string) {
	if s, ok := v.StringValueOK(); ok {
		return []string{s}
	}
	arr, ok := v.ArrayOK()
	if !ok {
		return nil
	}
	values, _ := arr.Values()
	for _, e := range values {
		if s, ok := e.StringValueOK(); ok {
			out = append(out, s)
		}
	}
	return out
}
