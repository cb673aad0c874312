package verify

import (
	"context"
	"errors"

	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// noteEffects notes the observations of other units' devices in a record, for the comparison with the listed lines.
func (r *run) noteEffects(v *merge.View) {
	create, _ := wire.ParseObsID(v.Record)
	for _, id := range v.Foreign() {
		r.foreign[id] = create
	}
	for _, a := range v.Admitted() {
		r.admitted[a.ID] = a.By
	}
}

// checkEffects: every accepted line without effect is listed, for its device and for HQ.
func (r *run) checkEffects(ctx context.Context, listed map[wire.ObsID]store.Quarantined) error {
	for id, create := range r.foreign {
		if _, ok := listed[id]; ok {
			continue
		}
		known, err := r.areProcessed(ctx, id, create)
		if err != nil {
			return err
		}
		if !known { // the frames came after the log was read
			continue
		}
		r.emit(finding(Lost, "held "+id.String(), "该行未生效（属于其他单位的记录），却没有列出", "it has no effect, as the record is another unit's, and is not listed"))
	}
	return nil
}

// checkForeign checks a listed line about another unit's record: released if and only if the line has effect.
func (r *run) checkForeign(ctx context.Context, q store.Quarantined) error {
	if _, released := r.released[q.ID]; released {
		return r.checkRelease(ctx, q)
	}
	if _, foreign := r.foreign[q.ID]; foreign && q.Released != "" {
		r.emit(finding(Stale, "held "+q.ID.String(), "列为已生效，实际未生效", "it is listed as having effect, and has none"))
	}
	by, admitted := r.admitted[q.ID]
	if !admitted || q.Released != "" {
		return nil
	}
	if known, err := r.areProcessed(ctx, q.ID, by); err != nil || !known || len(r.pending) > 0 {
		return err
	}
	r.emit(finding(Stale, "held "+q.ID.String(), "%v 已使其生效，仍列为未生效", "%v gave it effect, and it is listed as having none", by))
	return nil
}

// areProcessed reports whether the frames of all lines were marked when the log was read.
func (r *run) areProcessed(ctx context.Context, ids ...wire.ObsID) (bool, error) {
	for _, id := range ids {
		f, err := r.Store.FrameWith(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		if err != nil || !r.processed[f.Key] {
			return false, err
		}
	}
	return true, nil
}
