package localdb

import (
	"context"
	"errors"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/wire"
)

// errStop ends a walk through records without being an error.
var errStop = errors.New("localdb: enough")

// List returns the known records of the unit: first this device's, by their last line, newest first; then pulled records of the
// unit, by their last line, newest first.
func (db *DB) List(ctx context.Context, f Filter) (list []Record, err error) {
	err = db.readTx(ctx, func() error {
		list, err = db.listWhere(f, func(string) (bool, error) { return true, nil }, func(*Record) bool { return true })
		return err
	})
	return list, err
}

// listWhere lists the records that are wanted, by their id and then as loaded. errStop of wanted ends the list.
func (db *DB) listWhere(f Filter, wanted func(id string) (bool, error), shown func(*Record) bool) (list []Record, err error) {
	d, err := db.newDoubter()
	if err != nil {
		return nil, err
	}
	err = db.eachRecord(f.Kind, func(record string) error {
		if f.Limit > 0 && len(list) >= f.Limit {
			return errStop
		}
		if some, err := wanted(record); err != nil || !some {
			return err
		}
		e, err := db.loadRecord(record)
		if err != nil || f.Kind != "" && e.View.Kind != f.Kind || !f.Gone && !e.Listed() || !shown(&e) {
			return err
		}
		if e.Doubts, err = d.doubtsAbout(&e); err == nil && (!f.Doubts || e.InDoubt()) {
			list = append(list, e)
		}
		return err
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	return list, err
}

// eachRecord calls fn with the records of a kind ("" = all) in the order of List, perhaps mixed with other kinds.
func (db *DB) eachRecord(kind string, fn func(record string) error) error {
	complete, err := db.getMeta(metaKnownComplete)
	if err != nil {
		return err
	}
	take := func(s *sqlite3.Stmt) error { return fn(s.ColumnText(0)) }
	switch {
	case complete == "":
		return db.eachScannedRecord(fn)
	case kind == "":
		return db.queryEach("SELECT record FROM known ORDER BY own DESC, said DESC, record", take)
	}
	return db.queryEach("SELECT record FROM known WHERE kind = ? ORDER BY own DESC, said DESC, record", take, kind)
}

// eachScannedRecord is eachRecord without the table known: own lines and pulled lines are scanned.
func (db *DB) eachScannedRecord(fn func(record string) error) error {
	ids, err := db.scanRecordIDs()
	for _, id := range ids {
		if err == nil {
			err = fn(id)
		}
	}
	return err
}

// scanRecordIDs returns the ids of all known records, in the order of List.
func (db *DB) scanRecordIDs() (ids []string, err error) {
	seen := map[string]bool{}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	err = db.queryEach("SELECT lines.key, streams.epoch, lines.hash, lines.about FROM lines "+
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
	return ids, db.queryEach("SELECT record FROM pulled GROUP BY record "+
		"ORDER BY max(CAST(json_extract(CAST(line AS TEXT), '$.clock.hlc') AS INTEGER)) DESC, record", func(s *sqlite3.Stmt) error {
		add(s.ColumnText(0))
		return nil
	})
}

// updateKnown moves the record of a new own line to the front of the list. id is the line's.
func (db *DB) updateKnown(key int64, id string, line *wire.Line) error {
	record, kind := line.Record, ""
	if record == "" {
		record = id
	}
	if record == id && line.Act == wire.Create {
		kind = line.Kind
	}
	return db.exec("INSERT INTO known VALUES (?1, ?2, ?3, 0) ON CONFLICT (record) DO UPDATE SET own = max(own, ?3), "+
		"kind = CASE WHEN ?2 <> '' THEN ?2 ELSE kind END", record, kind, key)
}

// fillKnown fills the table known from the lines of an older program. On a full disk List works without the table, and
// the next start tries again.
func (db *DB) fillKnown(ctx context.Context) error {
	complete := ""
	err := db.readTx(ctx, func() (err error) {
		complete, err = db.getMeta(metaKnownComplete)
		return err
	})
	if err != nil || complete != "" {
		return err
	}
	err = db.writeOrCheckpoint(ctx, func() error {
		if err := db.fillKnownFromLines(); err != nil {
			return err
		}
		err := db.exec("INSERT INTO known SELECT record, max(CASE WHEN id = record AND act = 'create' THEN kind ELSE '' END), 0, max(hlc) FROM " +
			"(SELECT id, record, json_extract(text, '$.act') AS act, json_extract(text, '$.kind') AS kind, " +
			"CAST(json_extract(text, '$.clock.hlc') AS INTEGER) AS hlc FROM (SELECT id, record, CAST(line AS TEXT) AS text FROM pulled)) " +
			"WHERE true GROUP BY record " +
			"ON CONFLICT (record) DO UPDATE SET said = excluded.said, kind = CASE WHEN excluded.kind <> '' THEN excluded.kind ELSE kind END")
		if err != nil {
			return err
		}
		return db.putMeta(metaKnownComplete, "1")
	})
	if errors.Is(err, ErrFull) {
		return nil
	}
	return err
}

func (db *DB) fillKnownFromLines() error {
	return db.queryEach(selectObservations+"ORDER BY lines.key", func(s *sqlite3.Stmt) error {
		var o Observation
		if err := db.scanOwn(s, &o); err != nil {
			return err
		}
		return db.updateKnown(s.ColumnInt64(0), o.ID.String(), &o.Line)
	})
}
