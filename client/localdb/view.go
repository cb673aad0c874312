package localdb

import (
	"context"
	"slices"

	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Record is a record as known to this device: folded from its own lines and pulled ones.
type Record struct {
	View         merge.View
	Observations []Observation // by stamp
	Fates        map[wire.ObsID][]wire.Fate
	GoneTo       string           // unit to which HQ gave the record from the device's; "": it did not
	Linked       []wire.Elsewhere // other units' records of the same event
	Returned     *merge.Review    // HQ has returned it to the unit, which has not corrected it; nil: not returned
	Doubts       []Doubt          // about the record and its items
}

// Listed reports whether a list of the unit's records has the record: not if it left the unit, and nothing of it waits or
// is quarantined.
func (r *Record) Listed() bool { return r.GoneTo == "" || r.Waiting() > 0 || r.Quarantined() > 0 }

// Waiting counts the record's observations not delivered yet.
func (r *Record) Waiting() int { return r.countStatus("") }

// Quarantined counts the record's observations quarantined by the server.
func (r *Record) Quarantined() int { return r.countStatus(wire.Quarantined) }

func (r *Record) countStatus(status wire.Status) (n int) {
	for i := range r.Observations {
		if r.Observations[i].Own && r.Observations[i].Status == status {
			n++
		}
	}
	return n
}

// Show returns a record by its own id, an item's id, or the id of any observation. ErrUnknownRecord.
func (db *DB) Show(ctx context.Context, id string) (r Record, err error) {
	err = db.readTx(ctx, func() error {
		_, record, err := db.findObservation(id)
		if err != nil {
			return err
		}
		if r, err = db.loadRecord(record); err != nil {
			return err
		}
		d, err := db.newDoubter()
		if err == nil {
			r.Doubts, err = d.doubtsAbout(&r)
		}
		return err
	})
	return r, err
}

func (db *DB) loadRecord(record string) (r Record, err error) {
	if r.Observations, err = db.observationsOf(record); err != nil {
		return r, err
	}
	r.View = merge.Fold(record, mergeState(record, r.Observations, db.cfg.Schema), db.cfg.Schema)
	slices.SortFunc(r.Observations, func(a, b Observation) int {
		return a.stamp().Compare(b.stamp())
	})
	r.Fates = map[wire.ObsID][]wire.Fate{}
	for i := range r.Observations {
		fates, err := db.fatesOf(r.Observations[i].ID.String())
		if err != nil {
			return r, err
		}
		if len(fates) > 0 {
			r.Fates[r.Observations[i].ID] = fates
		}
	}
	if r.GoneTo, err = db.goneTo(record); err != nil {
		return r, err
	}
	if err = db.markHQ(r.Observations); err != nil {
		return r, err
	}
	r.Returned = db.returned(&r)
	r.Linked, err = db.linkedWith(record, r.View.Group)
	return r, err
}

// Filter narrows a list; zero members have no effect.
type Filter struct {
	Kind   string
	Gone   bool // also records that left the unit
	Doubts bool // only records with open doubts
	Limit  int  // records
}
