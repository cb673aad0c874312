package query

import (
	"cmp"
	"context"
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

// near lists the records near a record that counts, by day. Both count until HQ links them.
func (q *Query) near(ctx context.Context, v *merge.View) (out []Near, err error) {
	k, known := q.cfg.Schema.Kind(v.Kind)
	if !known {
		return nil, nil
	}
	names := merge.NearGroups(v, k)
	if len(names) == 0 {
		return nil, nil
	}
	recs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) {
		return q.cfg.Store.RecordsOfGroups(ctx, names...)
	})
	views := make([]merge.View, len(recs))
	groups := map[string][]merge.Member{}
	for i := range recs {
		views[i] = merge.Fold(recs[i].ID, &recs[i].State, q.cfg.Schema)
		groups[views[i].Group] = append(groups[views[i].Group], views[i].Member())
	}
	for i := range views {
		if o := &views[i]; merge.Counts(o, groups[o.Group]) {
			out = append(out, Near{o.Record, o.Unit, o.Day.String()})
		}
	}
	slices.SortFunc(out, func(a, b Near) int { return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.Record, b.Record)) })
	return out, err
}
