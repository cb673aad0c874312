package doubt

import (
	"slices"

	"roadbook/schema"
	"roadbook/sync/merge"
)

// Codes of the doubts that are computed from other records.
const (
	codeDuplicate  = "duplicate"
	codeRepeated   = "repeated"
	CodeLeftOut    = "left_out"
	codeAlike      = "alike"
	codeMisplaced  = "misplaced"
	CodeNear       = "near"
	CodeSameNumber = "same_number"
)

// ofEvent finds the doubts about a record among the records of its event.
func ofEvent(v *merge.View, k *schema.Kind, r *Record, sch *schema.Schema) (out []Doubt) {
	group := r.Group
	add := func(code, item string, other Neighbour) {
		if rule, ok := sch.Doubt(code); ok && k.HasDoubt(code) {
			out = append(out, Doubt{Rule: rule, Item: item, Other: other})
		}
	}
	for _, id := range v.Ignored {
		add(codeMisplaced, "", Neighbour{Record: id.String()})
	}
	for i := range v.Items {
		if item, known := sch.Kind(v.Items[i].Kind); known && item.ItemOf != v.Kind && !v.Items[i].Void {
			add(codeMisplaced, v.Items[i].ID.String(), Neighbour{Record: v.Items[i].ID.String()})
		}
	}
	if !v.Complete() || len(group) == 0 {
		return out
	}
	if other, counts := repeats(v, k, r); other != "" {
		code := codeDuplicate
		if counts {
			code = codeRepeated
		}
		add(code, "", Neighbour{Record: other})
	}
	if !merge.Counts(v, group) {
		return out
	}
	for _, left := range merge.LeftOut(v, group, sch) {
		add(CodeLeftOut, left.Item.ID.String(), Neighbour{Record: left.Record})
	}
	for _, alike := range merge.Alike(v, group, sch) {
		for _, item := range alike {
			if item.Record != v.Record {
				add(codeAlike, item.Item.ID.String(), Neighbour{Record: item.Record})
			}
		}
	}
	return out
}

// OfPair reports whether the doubt is about two records under one natural key.
func (d Doubt) OfPair() bool { return d.Rule.Code == codeDuplicate || d.Rule.Code == codeRepeated }

// repeats names the other record of a pair under one natural key: the record that counts; for that record itself, the first of
// the rest. Records linked by HQ are settled, and so are kinds in which a later record corrects an earlier record.
func repeats(v *merge.View, k *schema.Kind, r *Record) (other string, counts bool) {
	key, ok := k.NaturalKey(v.Fields, int32(v.Day))
	if !ok || v.Group != key || v.Last {
		return "", false
	}
	rest := make([]merge.Member, 0, len(r.Group))
	counts = merge.Counts(v, r.Group)
	for i := range r.Group {
		if m := &r.Group[i]; m.Record != v.Record && (!counts || !slices.Contains(r.Linked, m.Record)) {
			rest = append(rest, *m)
		}
	}
	if other, _ = merge.Winner(rest, v.Kind); slices.Contains(r.Linked, other) {
		other = ""
	}
	return other, counts
}
