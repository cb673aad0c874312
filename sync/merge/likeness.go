package merge

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema"
)

// ItemOf is an item with the record that holds the item.
type ItemOf struct {
	Record string
	Item   Item
}

// likeness is a text that two items share if they are likely one thing, such as one person: the kind and the values of
// the fields that the kind compares (schema.Kind.WarnIfEqual). ok is false for an item that cannot be compared.
func likeness(item *Item, sch *schema.Schema) (text string, ok bool) {
	k, known := sch.Kind(item.Kind)
	if !known || len(k.WarnIfEqual) == 0 {
		return "", false
	}
	text = item.Kind
	for _, name := range k.WarnIfEqual {
		v, given := item.Fields.Get(name)
		if !given {
			return "", false
		}
		text += "|" + strconv.FormatInt(v.I, 10) + "|" + strconv.Quote(v.S)
	}
	return text, true
}

// countableItems are the items of v and of the other members of its kind, by record and id: of the void members, or of
// the others. A member whose create has not arrived may be of the kind.
func countableItems(v *View, group []Member, void bool) (out []ItemOf) {
	members := []Member{v.Member()}
	for i := range group {
		if m := &group[i]; m.Record != v.Record && (m.Kind == v.Kind || m.Kind == "") {
			members = append(members, *m)
		}
	}
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.Record, b.Record) })
	for i := range members {
		for _, item := range members[i].Items {
			if members[i].Void == void && item.Complete() {
				out = append(out, ItemOf{members[i].Record, item})
			}
		}
	}
	return out
}

// LeftOut lists the items of void records for which no other record of the event has an item like them: with the record
// a person may have dropped out of the sums. Two people who died in the same minute are two: items are matched one by
// one. HQ records such an item again on the record that counts, or voids the item as well.
func LeftOut(v *View, group []Member, sch *schema.Schema) (out []ItemOf) {
	have := map[string]int{}
	for _, x := range countableItems(v, group, false) {
		if text, ok := likeness(&x.Item, sch); ok {
			have[text]++
		}
	}
	var rest map[string]int // not yet matched with an item of the void record in turn
	record := ""
	for _, x := range countableItems(v, group, true) {
		if x.Record != record {
			record, rest = x.Record, maps.Clone(have)
		}
		text, ok := likeness(&x.Item, sch)
		if ok && rest[text] > 0 {
			rest[text]--
			continue
		}
		out = append(out, x)
		have[text]++
	}
	return out
}

// Alike lists the items that are likely one thing recorded twice: items of different records of the event, none void,
// with the same likeness. All of them count, until HQ voids those that are one too many.
func Alike(v *View, group []Member, sch *schema.Schema) (out [][]ItemOf) {
	by := map[string][]ItemOf{}
	var texts []string // in the order of the first item
	for _, x := range countableItems(v, group, false) {
		text, ok := likeness(&x.Item, sch)
		if !ok {
			continue
		}
		if by[text] == nil {
			texts = append(texts, text)
		}
		by[text] = append(by[text], x)
	}
	for _, text := range texts {
		if all := by[text]; all[0].Record != all[len(all)-1].Record {
			out = append(out, all)
		}
	}
	return out
}
