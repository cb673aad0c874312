package ingest

import (
	"context"
	"maps"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// An accepted observation without effect is listed like a quarantined line: the device hears a fate, and HQ finds the line.
// The list is a note: the fold alone decides.

// noteEffects notes the observations of a joined record without effect, and the admitted ones, perhaps noted before. The record's units take part in the feed.
func (p *projection) noteEffects(rec *store.Record, d *recordDelta) {
	for i := range d.evicted {
		p.note(rec, d.evicted[i].ID, newFault(CodeRecordFull, ""))
	}
	v := p.in.view(rec)
	for _, unit := range v.Units() {
		p.units.add(unit)
	}
	for _, id := range v.Foreign() {
		p.foreignTo.add(rec.ID)
		p.note(rec, id, foreignRecord(v.Unit))
	}
	p.noteAdmitted(rec)
}

func (p *projection) noteAdmitted(rec *store.Record) {
	for _, a := range p.in.view(rec).Admitted() {
		if p.admitted == nil {
			p.admitted = map[wire.ObsID]wire.ObsID{}
		}
		p.admitted[a.ID] = a.By
		delete(p.noted, a.ID)
	}
}

// note lists an accepted observation without effect.
func (p *projection) note(rec *store.Record, id wire.ObsID, fault schema.Fault) {
	if _, known := p.noted[id]; known {
		return
	}
	if p.noted == nil {
		p.noted = map[wire.ObsID]schema.Fault{}
	}
	p.noted[id] = fault
	p.quarantined = append(p.quarantined, store.Quarantined{
		ID: id, Unit: p.in.view(rec).Unit, Received: p.in.cfg.Now().UnixMilli(), Faults: schema.Faults{fault},
	})
}

// tellEffects marks the notes of observations that have effect by now. Where another process may have joined the act that
// admits an observation before this process stored its note, the records are read once more.
func (p *projection) tellEffects(ctx context.Context) error {
	if len(p.foreignTo) > 0 && !p.in.cfg.Store.Traits().Atomic {
		recs, err := p.s.Records(ctx, sortedKeys(p.foreignTo))
		if err != nil {
			return err
		}
		for i := range recs {
			p.noteAdmitted(&recs[i])
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(p.admitted), wire.ObsID.Compare) {
		if err := p.s.Release(ctx, id, p.admitted[id].String()); err != nil {
			return err
		}
	}
	return nil
}
