package localdb

import (
	"context"
	"slices"

	"github.com/ncruces/go-sqlite3"

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

// List returns the records that the device knows, those it spoke about last first, then others of
// the unit, those spoken about last first too.
func (db *DB) List(ctx context.Context, f Filter) (list []Entry, err error) {
	err = db.read(ctx, func() error {
		records, err := db.records()
		if err != nil {
			return err
		}
		for _, record := range records {
			if f.Limit > 0 && len(list) >= f.Limit {
				return nil
			}
			e, err := db.entry(record)
			if err != nil {
				return err
			}
			if f.Kind == "" || e.View.Kind == f.Kind {
				list = append(list, e)
			}
		}
		return nil
	})
	return list, err
}

// records are the ids of all known records, in the order of List.
func (db *DB) records() (ids []string, err error) {
	seen := map[string]bool{}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	err = db.each("SELECT lines.key, streams.epoch, lines.hash, lines.about FROM lines "+
		"JOIN streams ON streams.id = lines.key >> 32 ORDER BY lines.key DESC", func(s *sqlite3.Stmt) error {
		if about := s.ColumnText(3); about != "" {
			add(about)
			return nil
		}
		var h wire.Hash
		_, seq := splitKey(s.ColumnInt64(0))
		err := scanHash(s, 2, &h)
		add(wire.NewObsID(db.stream(s.ColumnText(1)), seq, h).String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, db.each("SELECT record FROM pulled GROUP BY record "+
		"ORDER BY max(CAST(json_extract(CAST(line AS TEXT), '$.clock.hlc') AS INTEGER)) DESC, record", func(s *sqlite3.Stmt) error {
		add(s.ColumnText(0))
		return nil
	})
}
