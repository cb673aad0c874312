package ingest

import (
	"context"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// noteDeviceClock records the wall clock stated by a device. HQ's own streams state the server's clock, and the clock of
// a revoked device is not used.
func (in *Ingest) noteDeviceClock(who Device, req *wire.Request) {
	if in.cfg.ClockCheck == nil || req.Now == nil || req.Now.Wall == 0 || who.Deposit || who.Role == RoleHQ {
		return
	}
	in.cfg.ClockCheck.NoteDeviceClock(who.ID, req.Now.Wall)
}

// arrivalTime is a job's moment of arrival.
func (in *Ingest) arrivalTime() clock.ServerReading {
	if in.cfg.ClockCheck == nil {
		return clock.ServerReading{Now: in.cfg.Now().UnixMilli()}
	}
	at := in.cfg.ClockCheck.Present()
	at.FarOff = at.FarOff && !in.cfg.Without.Off(store.DoubtClock)
	return at
}

// beforeSigning announces a time before the server signs it.
func (in *Ingest) beforeSigning(ctx context.Context, ms int64) error {
	if in.cfg.ClockCheck == nil {
		return nil
	}
	return in.cfg.ClockCheck.BeforeSigning(ctx, ms)
}
