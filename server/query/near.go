package query

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// Near is a record that counts and is likely the same thing as the record asked for, under the same key on another day.
type Near struct {
	Record string `json:"record"`
	Unit   string `json:"unit"`
	Day    string `json:"day"`
}

// nearAtOnce bounds the groups of one question to the store.
const nearAtOnce = 1000

// near lists for each of the records that count the records near it, by day. Both count until HQ links them.
func (q *Query) near(ctx context.Context, vs []*merge.View) (map[string][]Near, error) {
	wanted := map[string][]string{} // group → records that it is near
	for _, v := range vs {
		if k, known := q.cfg.Schema.Kind(v.Kind); known {
			for _, name := range merge.NearGroups(v, k) {
				wanted[name] = append(wanted[name], v.Record)
			}
		}
	}
	out := map[string][]Near{}
	for names := range slices.Chunk(slices.Sorted(maps.Keys(wanted)), nearAtOnce) {
		recs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) {
			return q.cfg.Store.RecordsOfGroups(ctx, names...)
		})
		if err != nil {
			return nil, err
		}
		q.addNear(out, wanted, recs)
	}
	for _, all := range out {
		slices.SortFunc(all, func(a, b Near) int { return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.Record, b.Record)) })
	}
	return out, nil
}

// addNear adds the records that count, of all records of some groups.
func (q *Query) addNear(out map[string][]Near, wanted map[string][]string, recs []store.Record) {
	views := make([]merge.View, len(recs))
	groups := map[string][]merge.Member{}
	for i := range recs {
		views[i] = merge.Fold(recs[i].ID, &recs[i].State, q.cfg.Schema)
		groups[views[i].Group] = append(groups[views[i].Group], views[i].Member())
	}
	for i := range views {
		o := &views[i]
		if !merge.Counts(o, groups[o.Group]) {
			continue
		}
		for _, record := range wanted[o.Group] {
			out[record] = append(out[record], Near{o.Record, o.Unit, o.Day.String()})
		}
	}
}
