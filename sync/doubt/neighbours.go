package doubt

import (
	"strconv"
	"strings"

	"roadbook/schema"
	"roadbook/sync/merge"
)

// Keys are the names under which other records find a record as their neighbour, in a fixed order; none for a void or incomplete
// record. A plate's key is its own, also where HQ linked the record with another: so two records find each other, or neither
// does.
func Keys(v *merge.View, sch *schema.Schema) (keys []string) {
	k, known := sch.Kind(v.Kind)
	if !known || v.Void || !v.Complete() {
		return nil
	}
	if key, ok := nearKey(v, k, 0); ok {
		keys = append(keys, key)
	}
	if key, ok := equalKey(v, k); ok {
		keys = append(keys, key)
	}
	return keys
}

// Looks are the names under which a record finds its neighbours: each is a key of theirs.
func Looks(v *merge.View, sch *schema.Schema) (keys []string) {
	k, known := sch.Kind(v.Kind)
	if !known || v.Void || !v.Complete() {
		return nil
	}
	for n := 1; n <= k.NearDays; n++ {
		for _, days := range []int{-n, n} {
			if key, ok := nearKey(v, k, days); ok {
				keys = append(keys, key)
			}
		}
	}
	if key, ok := equalKey(v, k); ok {
		keys = append(keys, key)
	}
	return keys
}

// nearKey is the record's natural key, moved by some days.
func nearKey(v *merge.View, k *schema.Kind, days int) (key string, ok bool) {
	if !k.HasDoubt(CodeNear) || k.NearDays == 0 || v.Day == 0 {
		return "", false
	}
	key, ok = k.NaturalKey(v.Fields, int32(v.Day.AddDays(days)))
	return CodeNear + "|" + key, ok
}

// GroupOf is the group of the records that have the key and that HQ linked with no other; ok is false for a key that is no
// group's.
func GroupOf(key string) (group string, ok bool) { return strings.CutPrefix(key, CodeNear+"|") }

// CodeOf is the doubt of neighbours under a key.
func CodeOf(key string) string {
	code, _, _ := strings.Cut(key, "|")
	return code
}

// equalKey joins the values of the fields schema.Kind.WarnIfEqual; ok is false if a value is missing or is a word for "none".
func equalKey(v *merge.View, k *schema.Kind) (key string, ok bool) {
	if !k.HasDoubt(CodeSameNumber) || len(k.WarnIfEqual) == 0 {
		return "", false
	}
	key = CodeSameNumber + "|" + k.Name
	for _, name := range k.WarnIfEqual {
		value, given := v.Fields.Get(name)
		text := value.S
		if value.I != 0 {
			text = strconv.FormatInt(value.I, 10)
		}
		if text = schema.CleanName(text); !given || isNone(text) {
			return "", false
		}
		key += "|" + strings.ToUpper(text)
	}
	return key, true
}

// isNone reports whether a text has no letter or digit, or is a common word for "no number".
func isNone(text string) bool {
	switch strings.ToLower(text) {
	case "无", "暂无", "没有", "不详", "未知", "none", "n/a", "na", "0":
		return true
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r > 0x2e80
	})
}

// ofNeighbours makes the doubts about neighbours. Members of the record's own event are no neighbours: HQ has joined them.
func ofNeighbours(v *merge.View, r Record, sch *schema.Schema) (out []Doubt) {
	if len(r.Neighbours) == 0 || !merge.Counts(v, r.Group) {
		return nil
	}
	for _, n := range r.Neighbours {
		rule, ok := sch.Doubt(n.Code)
		if ok && n.Record != v.Record && !inGroup(r.Group, n.Record) {
			out = append(out, Doubt{Rule: rule, Other: n})
		}
	}
	return out
}

func inGroup(group []merge.Member, record string) bool {
	for i := range group {
		if group[i].Record == record {
			return true
		}
	}
	return false
}
