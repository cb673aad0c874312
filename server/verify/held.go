package verify

import (
	"context"
	"errors"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// checkHeld holds the quarantined lines that are shown against the verdicts in the frames.
func (r *run) checkHeld(ctx context.Context) error {
	shown := map[wire.ObsID]store.Quarantined{}
	for _, released := range []bool{false, true} { // a line may go from the first to the second meanwhile, never back
		var after wire.ObsID
		for {
			page, err := r.Store.QuarantinedLines(ctx, wire.StreamID{}, after, released, recordPage)
			if err != nil {
				return err
			}
			for _, q := range page {
				shown[q.ID], after = q, q.ID
			}
			if len(page) == 0 {
				break
			}
		}
	}
	r.out.Held = int64(len(shown))
	for id := range r.held {
		if _, ok := shown[id]; !ok {
			r.tell(finding(Lost, "held "+id.String(), "帧中暂存的行没有列出", "a line that its frame holds back is not shown"))
		}
	}
	for _, q := range shown {
		if err := r.checkShown(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) checkShown(ctx context.Context, q store.Quarantined) error {
	if r.excuse(q.ID) {
		return nil
	}
	if !r.held[q.ID] {
		f, err := r.Store.FrameWith(ctx, q.ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			r.tell(finding(Orphaned, "held "+q.ID.String(), "暂存的行不在任何帧中", "no frame has this line"))
			return nil
		case err != nil || !r.seen[f.Key]: // it came after the frames were read
			return err
		case !full(q.Faults):
			r.tell(finding(Orphaned, "held "+q.ID.String(), "帧中该行已接受，却列为暂存", "its frame accepted this line, and it is shown as held"))
			return nil
		}
	}
	return r.checkRelease(ctx, q)
}

// checkRelease: shown as let go if and only if a line says so.
func (r *run) checkRelease(ctx context.Context, q store.Quarantined) error {
	by, said := r.let[q.ID]
	switch {
	case said && q.Released == "":
		r.tell(finding(Stale, "held "+q.ID.String(), "已被 %v 放行，仍列为暂存", "%v let it go, and it is shown as held", by))
	case !said && q.Released != "":
		ok, err := r.releasedSince(ctx, q.ID)
		if err != nil {
			return err
		}
		if !ok {
			r.tell(finding(Orphaned, "held "+q.ID.String(), "列为放行，但没有任何帧放行它", "it is shown as let go, and no frame let it go"))
		}
	}
	return nil
}

func full(fs schema.Faults) bool {
	return len(fs) == 1 && fs[0].Code == ingest.CodeRecordFull
}
