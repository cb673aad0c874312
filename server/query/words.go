package query

import (
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/merge"
)

// FieldInWords is a field of a record in words, with the reason for its value.
type FieldInWords struct {
	Name  string      `json:"name"`
	Label schema.Text `json:"label"`
	Text  schema.Text `json:"text"`          // masked if sensitive
	By    string      `json:"by,omitempty"`  // the deciding observation
	Why   string      `json:"why,omitempty"` // alone, knew_of_others or latest
}

// Why a value stands.
const (
	WhyAlone   = "alone"          // no other observation names the field
	WhyKnowing = "knew_of_others" // the deciding observation had seen the earlier ones: a correction
	WhyLatest  = "latest"         // other observations disagree, not known to each other: the latest by hybrid time wins, the rest are conflicts
)

// fieldsInWords describes every field with a value.
func (q *Query) fieldsInWords(v *merge.View, obs []merge.Obs) (out []FieldInWords) {
	k, ok := q.cfg.Schema.Kind(v.Kind)
	if !ok {
		return nil
	}
	for _, f := range k.Fields {
		value, ok := v.Fields.Get(f.Name)
		if !ok {
			continue
		}
		w := FieldInWords{Name: f.Name, Label: f.Label, Text: q.valueInWords(k, f, value)}
		w.By, w.Why = decidingObservation(v, k, f, obs)
		out = append(out, w)
	}
	return out
}

// decidingObservation finds the observation behind the value of a field's register: the latest of the observations
// with the record's values and without a lost conflict about the field.
func decidingObservation(v *merge.View, k *schema.Kind, f *schema.Field, obs []merge.Obs) (by, why string) {
	names := k.Registers[f.Register]
	var best *merge.Obs
	said := 0
	for i := range obs {
		o := &obs[i]
		if o.Kind != k.Name || !o.Item.IsZero() || !saysAny(o, names) {
			continue
		}
		said++
		if sameValues(v.Fields, o.Fields, names) && !lostConflict(v, o, f.Name) && (best == nil || best.Stamp().Compare(o.Stamp()) < 0) {
			best = o
		}
	}
	switch {
	case best == nil:
		return "", ""
	case said == 1:
		return best.ID.String(), WhyAlone
	case hasConflict(v, f.Name):
		return best.ID.String(), WhyLatest
	}
	return best.ID.String(), WhyKnowing
}

// commonFields are the fields of every kind, items excepted.
func commonFields(s *schema.Schema) map[string]bool {
	count, kinds := map[string]int{}, 0
	for _, k := range s.Kinds() {
		if k.ItemOf == "" {
			kinds++
			for _, f := range k.Fields {
				count[f.Name]++
			}
		}
	}
	common := map[string]bool{}
	for name, n := range count {
		common[name] = n == kinds
	}
	return common
}

func saysAny(o *merge.Obs, names []string) bool {
	return slices.ContainsFunc(o.Fields, func(n schema.Named) bool { return slices.Contains(names, n.Name) })
}

func sameValues(a, b schema.Values, names []string) bool {
	for _, name := range names {
		x, _ := a.Get(name)
		y, _ := b.Get(name)
		if x != y {
			return false
		}
	}
	return true
}

func hasConflict(v *merge.View, field string) bool {
	return slices.ContainsFunc(v.Conflicts, func(c merge.Conflict) bool { return slices.Contains(c.Register, field) })
}

func lostConflict(v *merge.View, o *merge.Obs, field string) bool {
	return slices.ContainsFunc(v.Conflicts, func(c merge.Conflict) bool {
		return c.By == o.ID && slices.Contains(c.Register, field)
	})
}

// valueInWords writes a value for people, masked if sensitive.
func (q *Query) valueInWords(k *schema.Kind, f *schema.Field, value schema.Value) schema.Text {
	if value = maskValue(k, schema.Named{Name: f.Name, Value: value}); value.IsZero() {
		return schema.Text{ZH: "***", EN: "***"}
	}
	return f.InWords(value)
}

// summary describes a record in a few words: the first fields of its own kind with a value.
func (q *Query) summary(v *merge.View) schema.Text {
	const most = 4
	k, ok := q.cfg.Schema.Kind(v.Kind)
	if !ok {
		return schema.Text{}
	}
	var zh, en []string
	for _, f := range k.Fields {
		value, ok := v.Fields.Get(f.Name)
		if !ok || q.common[f.Name] || len(zh) == most {
			continue
		}
		words := q.valueInWords(k, f, value)
		zh = append(zh, f.Label.ZH+" "+words.ZH)
		en = append(en, f.Label.EN+" "+words.EN)
	}
	return schema.Text{ZH: strings.Join(zh, "，"), EN: strings.Join(en, ", ")}
}
