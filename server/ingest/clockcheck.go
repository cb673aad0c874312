package ingest

import (
	"context"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// hear notes what a device says of its wall clock. Of HQ's own streams that is the server's; a revoked device is not
// asked what time it is.
func (in *Ingest) noteDeviceClock(who Device, req *wire.Request) {
	if in.cfg.ClockCheck == nil || req.Now == nil || req.Now.Wall == 0 || who.Deposit || who.Role == RoleHQ {
		return
	}
	in.cfg.ClockCheck.NoteDeviceClock(who.ID, req.Now.Wall)
}

// present is the moment at which a job comes.
func (in *Ingest) arrivalTime() clock.Present {
	if in.cfg.ClockCheck == nil {
		return clock.Present{Now: in.cfg.Now().UnixMilli()}
	}
	at := in.cfg.ClockCheck.Present()
	at.Off = at.Off && !in.cfg.Without.Off(store.DoubtClock)
	return at
}

// sign notes that a time is about to be signed.
func (in *Ingest) beforeSigning(ctx context.Context, ms int64) error {
	if in.cfg.ClockCheck == nil {
		return nil
	}
	return in.cfg.ClockCheck.BeforeSigning(ctx, ms)
}
