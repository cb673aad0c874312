package hub

import (
	"context"
	"errors"
	"sync/atomic"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/api"
)

// A publication takes effect at every server on the database within some seconds, and needs no restart. The list of
// published catalogues decides; each server reads the list again and again. A catalogue without measures of its own changes
// no sum, so the server exchanges the catalogues at once. Otherwise the order matters:
//
//  1. New lines are counted by the new measures. The sums still bear the old version's name.
//  2. One server counts everything anew; at the end the sums bear the new name. Other servers wait for the name.
//  3. Questions are answered by the new catalogues, and devices are told of them.
//
// A server killed in between counts anew at its next start, because the sums still bear the old name.

// following is the state of a publication on its way into force.
type following struct {
	next    *inForce // counted by already; nil: none
	failed  int64    // revision of a list that this program can't read
	warning atomic.Pointer[api.Warning]
}

// The warnings of a publication on its way.
const (
	recountingCode = "counting_anew"
	unreadableCode = "catalogue_unreadable"
)

// followPublications puts into force what was published since the last call.
func (h *Hub) followPublications(ctx context.Context) {
	f := &h.following
	h.readPublication(ctx)
	if f.next == nil {
		return
	}
	ready, err := h.countedByNext(ctx)
	if err != nil && ctx.Err() == nil {
		h.cfg.Log.Warn("counting by the published catalogues; trying again", "err", err)
	}
	if !ready {
		return
	}
	h.putInForce(f.next)
	f.next = nil
	f.warning.Store(nil)
	h.logCatalogues()
	h.recheckQuarantined(ctx)
}

// readPublication reads a list that changed since the last call.
func (h *Hub) readPublication(ctx context.Context) {
	f, latest := &h.following, h.inForce.Load()
	if f.next != nil {
		latest = f.next
	}
	_, entry, err := readPublished(ctx, h.store)
	if err != nil || entry.Rev == latest.revision || entry.Rev == f.failed {
		return
	}
	next, err := h.readInForce(ctx)
	if err != nil {
		if errors.As(err, new(catalogue.Faults)) { // any other error passes: the next call reads again
			h.cfg.Log.Warn("the published catalogues", "err", err)
			f.failed = entry.Rev
			f.warning.Store(&api.Warning{Code: unreadableCode, Message: schema.Text{
				ZH: "新发布的指标目录本程序读不了，仍按原目录计数：请升级本程序，详见日志",
				EN: "this program can't read a catalogue that was published, and goes on with those before: upgrade this program; the log has the reason",
			}})
		}
		return
	}
	h.ingest.SetCatalogues(next.names(), next.counter)
	f.next = next
}

// countedByNext reports whether the sums are counted by the next catalogues. One server at a time counts anew: the sweeper.
func (h *Hub) countedByNext(ctx context.Context) (bool, error) {
	next := h.following.next
	by, err := h.store.CountedBy(ctx)
	if err != nil {
		return false, err
	}
	if by == next.counter.Version() {
		return true, h.store.CountAs(ctx, by)
	}
	h.following.warning.Store(&api.Warning{Code: recountingCode, Message: schema.Text{
		ZH: "新发布的指标目录正在重新计数，期间个别数字可能不全",
		EN: "everything is counted anew by a catalogue just published; meanwhile some figures may be incomplete",
	}})
	if !h.sweeping.Load() {
		return false, nil
	}
	h.cfg.Log.Info("counting anew", "from", by, "to", next.counter.Version())
	err = h.store.Rebuild(ctx, next.counter.Version(), h.ingest.Member(), h.ingest.Count(), nil)
	return err == nil, err
}

// putInForce answers questions by other catalogues, and tells devices of them.
func (h *Hub) putInForce(next *inForce) {
	h.inForce.Store(next)
	h.query.SetCatalogues(next.catalogues, next.counter)
	h.cfg.Log.Info("in force", "catalogue", next.current.Name(), "catalogues", len(next.catalogues))
}
