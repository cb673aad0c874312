package localdb

import (
	"context"
	"slices"

	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Entry is a record as this device sees it: folded from its own lines and from what it pulled.
type Entry struct {
	View  merge.View
	Said  []Said // in the order of their stamps
	Fates map[wire.ObsID][]wire.Fate
}

// Waiting is how many of the entry's observations are not delivered yet.
func (e *Entry) Waiting() int { return e.countOf("") }

// Quarantined is how many of them the server set aside.
func (e *Entry) Quarantined() int { return e.countOf(wire.Quarantined) }

func (e *Entry) countOf(status wire.Status) (n int) {
	for i := range e.Said {
		if e.Said[i].Own && e.Said[i].Status == status {
			n++
		}
	}
	return n
}

// Show returns the record that the id names or speaks about: a record's, an item's or any observation's
// id. ErrUnknownRecord.
func (db *DB) Show(ctx context.Context, id string) (e Entry, err error) {
	err = db.read(ctx, func() error {
		_, record, err := db.said(id)
		if err != nil {
			return err
		}
		e, err = db.entry(record)
		return err
	})
	return e, err
}

func (db *DB) entry(record string) (e Entry, err error) {
	if e.Said, err = db.saidOf(record); err != nil {
		return e, err
	}
	e.View = merge.Fold(record, stateOf(e.Said, db.cfg.Schema), db.cfg.Schema)
	slices.SortFunc(e.Said, func(a, b Said) int {
		return merge.Stamp{HLC: a.Line.Clock.HLC, ID: a.ID}.Compare(merge.Stamp{HLC: b.Line.Clock.HLC, ID: b.ID})
	})
	e.Fates = map[wire.ObsID][]wire.Fate{}
	for i := range e.Said {
		fates, err := db.fatesOf(e.Said[i].ID.String())
		if err != nil {
			return e, err
		}
		if len(fates) > 0 {
			e.Fates[e.Said[i].ID] = fates
		}
	}
	return e, nil
}

// Filter narrows a list; zero members do not.
type Filter struct {
	Kind  string
	Limit int // records
}
