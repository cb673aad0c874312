package query

import (
	"context"
	"encoding/json"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
)

// What a record has to do with the other records of the same event.

// Lent is a value of another record of the event, with which the record counts.
type Lent struct {
	Fields json.RawMessage `json:"fields"`
	From   string          `json:"from"` // the other record
}

// ItemOf is an item with its record.
type ItemOf struct {
	Record string `json:"record"`
	Item
}

// Winner is the record that counts for the event. There is none if every record is void or incomplete.
type Winner struct {
	Record string `json:"record"`
	Why    string `json:"why"` // alone; of several first_said or, for kinds with that rule, last_said
}

// Why a record counts for its event, beside WhyAlone.
const (
	WhyFirst = "first_said"
	WhyLast  = "last_said"
)

// addOthers adds the other records' part of the event.
func (q *Query) addOthers(out *Record, v *merge.View, group []merge.Member) {
	if len(group) < 2 {
		return
	}
	for _, same := range merge.Alike(v, group, q.cfg.Schema) {
		out.Alike = append(out.Alike, q.itemsOf(same))
	}
	if !out.Counts {
		return
	}
	out.LeftOut = q.itemsOf(merge.LeftOut(v, group, q.cfg.Schema))
	for _, l := range merge.LentTo(v, group) {
		out.Lent = append(out.Lent, Lent{q.fieldsJSON(v.Kind, schema.Values{l.Named}), l.Record})
	}
}

func (q *Query) itemsOf(items []merge.ItemOf) (out []ItemOf) {
	for i := range items {
		out = append(out, ItemOf{items[i].Record, q.itemOf(&items[i].Item)})
	}
	return out
}

// groupMembers reads the records of a record's group and evaluates each. A group that bears the record's own id is read
// as well: HQ may have linked other records to it.
func (q *Query) groupMembers(ctx context.Context, v *merge.View) (group []merge.Member, err error) {
	members, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) {
		return q.cfg.Store.RecordsOfGroups(ctx, v.Group)
	})
	for i := range members {
		m := merge.Fold(members[i].ID, &members[i].State, q.cfg.Schema)
		group = append(group, m.Member())
	}
	return group, err
}

// storedGroups are the members of groups as last counted, by group.
type storedGroups map[string][]merge.Member

// readStoredGroups reads the stored groups of the records that have several members. Evaluating every member again,
// as groupMembers does, would take most of an export's time: nearly every record names a group, and hardly any group
// has two members.
func (q *Query) readStoredGroups(ctx context.Context, vs []merge.View) (storedGroups, error) {
	names := groupNames(vs)
	stored, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Group, error) {
		return q.cfg.Store.GroupsNamed(ctx, names...)
	})
	out := make(storedGroups, len(stored))
	for i := range stored {
		if len(stored[i].Members) > 1 {
			out[stored[i].Name] = stored[i].Members
		}
	}
	return out, err
}

// membersFor returns the members of a record's group: the record itself at least.
func (e storedGroups) membersFor(v *merge.View) []merge.Member {
	if members, ok := e[v.Group]; ok {
		return members
	}
	return []merge.Member{v.Member()}
}

func groupNames(vs []merge.View) (names []string) {
	for i := range vs {
		names = append(names, vs[i].Group)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// winner is the record that counts for the event, among the records of the same kind; nil if none does.
func (q *Query) winner(v *merge.View, group []merge.Member) *Winner {
	record, ok := merge.Winner(group, v.Kind)
	k, known := q.cfg.Schema.Kind(v.Kind)
	switch {
	case !ok:
		return nil
	case ofKind(group, v.Kind) < 2:
		return &Winner{record, WhyAlone}
	case known && k.WinnerLast:
		return &Winner{record, WhyLast}
	}
	return &Winner{record, WhyFirst}
}

// ofKind counts the members of a kind.
func ofKind(group []merge.Member, kind string) (n int) {
	for i := range group {
		if group[i].Kind == kind {
			n++
		}
	}
	return n
}
