package verify

import (
	"context"
	"errors"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// checkQuarantine compares the listed quarantined lines with the faults in the frames.
func (r *run) checkQuarantine(ctx context.Context) error {
	listed := map[wire.ObsID]store.Quarantined{}
	for _, released := range []bool{false, true} { // a line may move from the first list to the second meanwhile, never back
		for q, err := range store.AllQuarantined(ctx, r.Store, wire.StreamID{}, released) {
			if err != nil {
				return err
			}
			listed[q.ID] = *q
		}
	}
	r.summary.Quarantined = int64(len(listed))
	for id := range r.quarantined {
		if _, ok := listed[id]; !ok {
			r.emit(finding(Lost, "held "+id.String(), "帧中隔离的行没有列出", "a line quarantined in its frame is not listed"))
		}
	}
	for _, q := range listed {
		if err := r.checkListed(ctx, q); err != nil {
			return err
		}
	}
	return r.checkEffects(ctx, listed)
}

func (r *run) checkListed(ctx context.Context, q store.Quarantined) error {
	if r.isExcused(q.ID) {
		return nil
	}
	if !r.quarantined[q.ID] {
		f, err := r.Store.FrameWith(ctx, q.ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			r.emit(finding(Orphaned, "held "+q.ID.String(), "列出的隔离行不在任何帧中", "no frame has this line"))
			return nil
		case err != nil || !r.processed[f.Key]: // its frame was not read yet
			return err
		case isOnly(q.Faults, ingest.CodeForeignUnit):
			return r.checkForeign(ctx, q)
		case !isOnly(q.Faults, ingest.CodeRecordFull):
			r.emit(finding(Orphaned, "held "+q.ID.String(), "帧中该行已接受，却列为隔离", "its frame accepted this line, and it is listed as quarantined"))
			return nil
		}
	}
	return r.checkRelease(ctx, q)
}

// checkRelease: a line is listed as released if and only if another line releases it.
func (r *run) checkRelease(ctx context.Context, q store.Quarantined) error {
	by, isReleased := r.released[q.ID]
	switch {
	case isReleased && q.Released == "":
		r.emit(finding(Stale, "held "+q.ID.String(), "已被 %v 放行，仍列为隔离", "%v released it, and it is listed as quarantined", by))
	case !isReleased && q.Released != "":
		ok, err := r.releasedSince(ctx, q.ID)
		if err != nil {
			return err
		}
		if !ok {
			r.emit(finding(Orphaned, "held "+q.ID.String(), "列为放行，但没有任何帧放行它", "it is listed as released, and no frame released it"))
		}
	}
	return nil
}

func isOnly(fs schema.Faults, code string) bool { return len(fs) == 1 && fs[0].Code == code }
