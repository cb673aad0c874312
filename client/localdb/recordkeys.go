package localdb

import (
	"context"
	"errors"

	"github.com/ncruces/go-sqlite3"

	"roadbook/schema"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Bounds of the work for one record.
const (
	maxGroup      = 16     // members of an event
	maxNeighbours = 8      // records under one name
	maxRefilled   = 20_000 // newest records of an older program's database
)

// groupKey is the name of an event among the record keys.
const groupKey = "group|"

// recordKeys are the names under which other records of this device find a record.
func recordKeys(v *merge.View, sch *schema.Schema) []string {
	keys := doubt.Keys(v, sch)
	if v.Kind != "" && v.Group != "" && v.Group != v.Record {
		keys = append(keys, groupKey+v.Group)
	}
	return keys
}

// saveKeysOfLine saves the record keys after a new own line. An item changes no key of its record.
func (db *DB) saveKeysOfLine(id string, line *wire.Line) error {
	k, known := db.cfg.Schema.Kind(line.Kind)
	if !known || k.ItemOf != "" || line.Item != "" {
		return nil
	}
	if line.Record != "" {
		return db.saveKeysOf(line.Record)
	}
	parsed, err := wire.ParseObsID(id)
	if err != nil {
		return err
	}
	o := Observation{ID: parsed, Line: *line}
	o.Boot.ID = line.Clock.Boot
	v := merge.Fold(id, mergeState(id, []Observation{o}, db.cfg.Schema), db.cfg.Schema)
	return db.putKeys(id, recordKeys(&v, db.cfg.Schema))
}

func (db *DB) saveKeysOfRecords(records map[string]bool) error {
	for record := range records {
		if record == "" {
			continue
		}
		if err := db.saveKeysOf(record); err != nil {
			return err
		}
	}
	return nil
}

// saveKeysOf replaces the keys of a record.
func (db *DB) saveKeysOf(record string) error {
	v, err := db.viewOf(record)
	if err != nil {
		return err
	}
	if err := db.exec("DELETE FROM record_keys WHERE record = ?", record); err != nil {
		return err
	}
	return db.putKeys(record, recordKeys(v, db.cfg.Schema))
}

func (db *DB) putKeys(record string, keys []string) error {
	for _, key := range keys {
		if err := db.exec("INSERT OR IGNORE INTO record_keys VALUES (?, ?)", key, record); err != nil {
			return err
		}
	}
	return nil
}

// viewOf folds a record from its observations.
func (db *DB) viewOf(record string) (*merge.View, error) {
	all, err := db.observationsOf(record)
	if err != nil {
		return nil, err
	}
	v := merge.Fold(record, mergeState(record, all, db.cfg.Schema), db.cfg.Schema)
	return &v, nil
}

// recordsUnder are the other records under a key, at most most.
func (db *DB) recordsUnder(key, record string, most int) (records []string, err error) {
	err = db.queryEach("SELECT record FROM record_keys WHERE key = ? AND record <> ? ORDER BY record LIMIT ?", func(s *sqlite3.Stmt) error {
		records = append(records, s.ColumnText(0))
		return nil
	}, key, record, most)
	return records, err
}

// forgetKeysOfStrangers forgets the keys of records that are on this device no more.
func (db *DB) forgetKeysOfStrangers() error {
	return db.exec("DELETE FROM record_keys WHERE record NOT IN (SELECT record FROM known)")
}

// fillRecordKeys fills the table record_keys from the newest records of an older program. On a full disk the next start tries
// again; until then fewer repeated records are noticed before the sync.
func (db *DB) fillRecordKeys(ctx context.Context) error {
	complete := ""
	err := db.readTx(ctx, func() (err error) {
		complete, err = db.getMeta(metaKeysComplete)
		return err
	})
	if err != nil || complete != "" {
		return err
	}
	err = db.writeOrCheckpoint(ctx, func() error {
		n := 0
		err := db.eachRecord("", func(record string) error {
			if n++; n > maxRefilled {
				return errStop
			}
			return db.saveKeysOf(record)
		})
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
		return db.putMeta(metaKeysComplete, "1")
	})
	if errors.Is(err, ErrFull) {
		return nil
	}
	return err
}
