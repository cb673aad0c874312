package imports

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// maxAlike is the size of a group up to which doubts about its other members are looked for: the time grows with its square.
const maxAlike = 1000

// weigh is the second walk: rows that share no group are done at once, the others are kept as planned.
func (f *foresight) weigh(ctx context.Context, rows []*foreseen) error {
	alone := map[string][]*foreseen{}
	for _, r := range rows {
		names, most := r.groups(), 0
		for _, name := range names {
			most = max(most, f.touched.of(f.hash(name)))
		}
		switch {
		case most <= 1:
			for _, name := range names {
				alone[name] = append(alone[name], r)
			}
		case most <= maxGroup && len(f.shared) < f.maxShared():
			for _, name := range names {
				h := f.hash(name)
				f.sharing[h] = append(f.sharing[h], int32(len(f.shared)))
			}
			f.shared = append(f.shared, r.plannedRow)
		default:
			f.out.Unmet++
		}
	}
	return f.weighGroups(ctx, alone)
}

// weighShared looks at the rows that share groups, some groups at a time, those of the first rows first.
func (f *foresight) weighShared(ctx context.Context) error {
	left := slices.SortedFunc(maps.Keys(f.sharing), func(a, b uint64) int { return cmp.Compare(f.sharing[a][0], f.sharing[b][0]) })
	for len(left) > 0 {
		chosen, at := map[uint64]bool{}, map[int32]bool{}
		for len(left) > 0 && len(at) < chunkRows {
			chosen[left[0]] = true
			for _, i := range f.sharing[left[0]] {
				at[i] = true
			}
			left = left[1:]
		}
		var rows []plannedRow
		for _, i := range slices.Sorted(maps.Keys(at)) {
			rows = append(rows, f.shared[i])
		}
		some, err := f.fold(ctx, rows)
		if err != nil {
			return err
		}
		by := map[string][]*foreseen{}
		for _, r := range some {
			for _, name := range r.groups() {
				if chosen[f.hash(name)] { // a row's other group has its own turn
					by[name] = append(by[name], r)
				}
			}
		}
		if err := f.weighGroups(ctx, by); err != nil {
			return err
		}
	}
	return nil
}

// weighGroups looks at groups in the order of their first rows, some at a time.
func (f *foresight) weighGroups(ctx context.Context, by map[string][]*foreseen) error {
	ordered := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return cmp.Or(cmp.Compare(by[a][0].row, by[b][0].row), strings.Compare(a, b))
	})
	for names := range slices.Chunk(ordered, chunkNames) {
		stored := map[string][]*merge.View{}
		if !f.out.Apart {
			recs, err := f.im.Store.RecordsOfGroups(ctx, names...)
			if err != nil {
				return err
			}
			for i := range recs {
				v := merge.Fold(recs[i].ID, &recs[i].State, f.im.Schema)
				stored[v.Group] = append(stored[v.Group], &v)
			}
		}
		for _, name := range names {
			f.weighGroup(name, by[name], stored[name])
		}
	}
	return nil
}

// event is a group after the import.
type event struct {
	members []merge.Member
	views   map[string]*merge.View // by record
	rows    map[string]*foreseen   // by record
	winners map[string]string      // record that counts, by kind
	linked  []string
}

// weighGroup adds up the difference that the rows make to a group, and looks at the rows that are then in it.
func (f *foresight) weighGroup(name string, rows []*foreseen, stored []*merge.View) {
	e := &event{views: map[string]*merge.View{}, rows: map[string]*foreseen{}}
	var before, after []*merge.View
	for _, r := range rows {
		e.rows[r.after.Record] = r
		if r.before != nil && r.before.Group == name {
			before = append(before, r.before)
		}
		if r.after.Group == name {
			after = append(after, r.after)
		}
	}
	for _, v := range stored {
		if e.rows[v.Record] == nil {
			before, after = append(before, v), append(after, v)
		}
	}
	f.addSums(before, -1)
	e.members, e.winners = f.addSums(after, 1)
	for _, v := range after {
		e.views[v.Record] = v
		if len(after) > 1 && doubt.IsLinked(v, f.im.Schema) {
			e.linked = append(e.linked, v.Record)
		}
	}
	for _, r := range rows {
		if r.after.Group == name {
			f.noteRow(r, e)
		}
	}
}

// addSums adds what the records of a group that count add to the sums. At most one record of a kind counts.
func (f *foresight) addSums(views []*merge.View, sign int64) (members []merge.Member, winners map[string]string) {
	winners = map[string]string{}
	for _, v := range views {
		members = append(members, v.Member())
	}
	for _, v := range views {
		if _, known := winners[v.Kind]; !known {
			winners[v.Kind], _ = merge.Winner(members, v.Kind)
		}
		if winners[v.Kind] == v.Record {
			f.overlay.add(v.Unit, tally.Contributions(f.counter, v, members), sign)
		}
	}
	return members, winners
}

// noteRow notes what is to be said of a row.
func (f *foresight) noteRow(r *foreseen, e *event) {
	v, misses := r.after, false
	say := func(code string, severity schema.Severity, value string, text schema.Text) {
		misses = misses || severity == schema.Uncounted
		f.remarks.add(code, severity, value, r.row, text)
	}
	switch winner := e.winners[v.Kind]; {
	case v.Void:
		say(remarkVoid, schema.Uncounted, "", textVoid)
	case !v.Complete():
		say(remarkIncomplete, schema.Uncounted, v.Faults[0].Code+v.Faults[0].Field, v.Faults[0].Message)
	case winner != v.Record && e.rows[winner] != nil:
		say(remarkInFile, schema.Uncounted, winner+"|"+v.Record, f.sayRow(e.rows[winner].row))
	case winner != v.Record:
		say(remarkInStore, schema.Uncounted, v.Record, sayRecord(e.views[winner], "计入的是", "counted is"))
	default:
		f.counted++
		f.noteCounting(r, e, say)
	}
	for _, d := range f.doubts(v, e) {
		say(d.Rule.Code, d.Rule.Severity, d.Value, d.Text(v.Day.String(), e.nameOf))
	}
	switch {
	case !misses:
		f.out.Counting += 1 + r.more
	case v.Kind == catalogue.Baseline:
		f.missing[r.row] = true
	}
}

// doubts are the doubts about a row that are not about the record's key: those are said in words of rows.
func (f *foresight) doubts(v *merge.View, e *event) []doubt.Doubt {
	r := doubt.Record{View: v, Group: e.members, Linked: e.linked}
	if len(e.members) > maxAlike {
		r.Group = nil
	}
	return slices.DeleteFunc(doubt.Of(r, f.im.Schema, f.ref), func(d doubt.Doubt) bool { return d.OfPair() || d.Review != nil })
}
