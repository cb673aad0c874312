// Package doubt finds the signs that a record misses a figure, or needs another look (schema/data/doubts.yaml).
//
// The doubts of a record are a pure function of its view, its event, the reference data and its neighbours: neither the
// order of arrival nor the present moment matters. A doubt never refuses and never changes a sum.
package doubt

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/merge"
)

// Doubt is a doubt about a record or one of its items.
type Doubt struct {
	Rule   *schema.Doubt
	Item   string         // id of the item; "": the record itself
	Value  string         // value at the doubt's field
	Near   []schema.Entry // the nearest known values
	Other  Neighbour      // the other record or observation; zero: none
	Cause  string         // names the cause: a changed cause is a new doubt
	Review *merge.Review  // HQ has looked at this cause; nil: not yet
}

// Neighbour is another record that counts.
type Neighbour struct {
	Code   string // the doubt: "near" or "same_number"
	Record string
	Unit   string
	Day    string // yyyy-mm-dd
}

// Record is a record with all grounds for doubts.
type Record struct {
	View       *merge.View
	Group      []merge.Member // all members of the view's group, in any order; nil: unknown, no doubt about the event
	Neighbours []Neighbour    // found by Keys and Looks; nil: none, or unknown
	Linked     []string       // members of the group whose own key is another: HQ linked these; nil: none, or unknown
}

// Of returns the doubts of a record, in the order of the rules, each cause once. A void record and a record without its
// create have none. ref nil: no doubt about reference data.
func Of(r Record, sch *schema.Schema, ref *schema.Reference) []Doubt {
	v := r.View
	k, known := sch.Kind(v.Kind)
	if !known || v.Void {
		return nil
	}
	var out []Doubt
	for _, d := range k.Doubts(v.Fields, schema.Said{Saved: v.Least.Moment, Imported: v.FromHQ}, ref) {
		out = append(out, Doubt{Rule: d.Doubt, Value: d.Value, Near: d.Near})
	}
	out = append(out, ofItems(v, sch, ref)...)
	out = append(out, ofEvent(v, k, &r, sch)...)
	out = append(out, ofNeighbours(v, r, sch)...)
	return finish(out, v, sch)
}

// IsLinked reports whether HQ linked the record: its own key names another group.
func IsLinked(v *merge.View, sch *schema.Schema) bool {
	k, known := sch.Kind(v.Kind)
	if !known {
		return false
	}
	key, ok := k.NaturalKey(v.Fields, int32(v.Day))
	return !ok || key != v.Group
}

// ofItems finds the doubts about items that are complete and not void.
func ofItems(v *merge.View, sch *schema.Schema, ref *schema.Reference) (out []Doubt) {
	at, _ := v.Fields.Get("occurred_at")
	for i := range v.Items {
		item := &v.Items[i]
		k, known := sch.Kind(item.Kind)
		if !known || item.Void || !item.Complete() {
			continue
		}
		for _, d := range k.Doubts(item.Fields, schema.Said{Imported: v.FromHQ, Record: at.I}, ref) {
			out = append(out, Doubt{Rule: d.Doubt, Item: item.ID.String(), Value: d.Value, Near: d.Near})
		}
	}
	return out
}

// finish names the causes, puts the doubts in order and attaches HQ's reviews.
func finish(all []Doubt, v *merge.View, sch *schema.Schema) []Doubt {
	if len(all) == 0 {
		return nil
	}
	for i := range all {
		d := &all[i]
		d.Cause = d.cause(v)
		for n, review := range v.Reviews() {
			if review.Target == d.Target() {
				d.Review = &v.Reviews()[n]
			}
		}
	}
	order := func(d *Doubt) int { return slices.Index(sch.Doubts(), d.Rule) }
	slices.SortFunc(all, func(a, b Doubt) int {
		return cmp.Or(cmp.Compare(order(&a), order(&b)), strings.Compare(a.Item, b.Item), strings.Compare(a.Other.Record, b.Other.Record))
	})
	return slices.CompactFunc(all, func(a, b Doubt) bool { return a.Rule == b.Rule && a.Cause == b.Cause })
}

// Target is the target of HQ's review of the doubt: code:cause.
func (d *Doubt) Target() string { return d.Rule.Code + ":" + d.Cause }

// IsTarget reports whether a text has the form of a Target, with a known code.
func IsTarget(text string, sch *schema.Schema) bool {
	code, cause, _ := strings.Cut(text, ":")
	_, known := sch.Doubt(code)
	return known && causeForm.MatchString(cause)
}

var causeForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

// cause hashes the value in doubt and the other record. The record's other values are no cause: an amendment of the
// remark does not ask anew.
func (d *Doubt) cause(v *merge.View) string {
	parts := []string{d.Rule.Code, d.Item, d.Value, d.Other.Record}
	if d.Rule.Field == "occurred_at" || d.Other.Record != "" {
		parts = append(parts, v.Day.String())
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Open reports whether HQ has not yet looked at this cause.
func (d *Doubt) Open() bool { return d.Review == nil }
