package query

import (
	"context"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// reporting is how complete the data are.
type reporting struct {
	last    int64 // Unix ms of the last frame counted; 0 = none
	missing int   // devices that have not reported since the end of the day asked about
}

func (r *reporting) cutoff() *string {
	if r.last == 0 {
		return nil
	}
	return new(moment(r.last))
}

// reported looks up who has reported since the end of a day: of one unit's devices, or of all.
func (q *Query) reported(ctx context.Context, at clock.Day, unit string) (*reporting, error) {
	r := &reporting{}
	last := map[string]int64{} // by device
	err := q.eachStream(ctx, func(s *store.Stream) error {
		r.last = max(r.last, s.Received)
		last[s.ID.Device] = max(last[s.ID.Device], s.Received)
		return nil
	})
	if err != nil {
		return nil, err
	}
	devices, err := within(ctx, q, q.cfg.Reporters)
	if err != nil {
		return nil, err
	}
	_, end := at.Range()
	for _, d := range devices {
		if (unit == "" || d.Unit == unit) && max(last[d.ID], d.Seen) < end {
			r.missing++
		}
	}
	return r, nil
}
