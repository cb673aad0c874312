package mongostore_test

import (
	"context"
	"errors"

	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// follower reads the feed and keeps the contribution of each record, computed when the feed last named the record.
type follower struct {
	h      *handler
	cursor string
	counts map[string]map[tally.Sum]int64
}

func (r *follower) poll(ctx context.Context) error {
	for {
		page, err := r.h.s.Feed(ctx, r.cursor, "", 2)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			for _, id := range e.Touched {
				if err := r.read(ctx, id); err != nil {
					return err
				}
			}
		}
		r.cursor = page.Next
		if !page.More {
			return nil
		}
	}
}

// read computes a record's contribution from the present members of its group.
func (r *follower) read(ctx context.Context, id string) error {
	rec, err := r.h.s.Record(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	peers, err := r.h.s.RecordsOfGroups(ctx, rec.Group)
	if err != nil {
		return err
	}
	var members []merge.Member
	for i := range peers {
		members = append(members, toySelf(&peers[i]))
	}
	r.counts[id] = map[tally.Sum]int64{}
	for _, c := range toyCount(&rec, members) {
		r.counts[id][tally.Sum{Unit: rec.Place.Unit, Day: c.Day, Measure: c.Measure}] += c.Amount
	}
	return nil
}
