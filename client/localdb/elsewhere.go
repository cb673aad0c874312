package localdb

import (
	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// saveElsewhere saves which records are other units'. A record of which lines come is the unit's again, unless the same
// answer says that it left: then the lines are this device's own, on a disk that had lost them. A pull from the start
// tells everything anew: a restored server may have lost HQ's act.
func (db *DB) saveElsewhere(p *wire.Pulled) error {
	if p.Reset {
		if err := db.exec("DELETE FROM elsewhere"); err != nil {
			return err
		}
	}
	some, err := db.queryInt("SELECT count(*) FROM elsewhere LIMIT 1")
	if err != nil {
		return err
	}
	for i := 0; some > 0 && i < len(p.Observations); i++ {
		record, ok := recordOfPulled(&p.Observations[i])
		if !ok {
			continue
		}
		if err := db.exec("DELETE FROM elsewhere WHERE record = ?", record); err != nil {
			return err
		}
	}
	for gone, list := range map[bool][]wire.Elsewhere{true: p.Gone, false: p.Linked} {
		for _, e := range list {
			err := db.exec("INSERT INTO elsewhere VALUES (?1, ?2, ?3, ?4) ON CONFLICT (record) DO UPDATE SET unit = ?2, "+
				"grp = CASE WHEN ?3 <> '' THEN ?3 ELSE grp END, gone = max(gone, ?4)", e.Record, e.Unit, e.Group, gone)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// recordOfPulled is the record of a pulled line; ok is false for a line of a later version.
func recordOfPulled(o *wire.PulledLine) (record string, ok bool) {
	var line wire.Line
	id, err := wire.ParseObsID(o.ID)
	if err != nil || wire.ParseLine([]byte(o.Line), &line) != nil {
		return "", false
	}
	return merge.RecordOf(id, &line), true
}

// goneTo is the unit to which HQ gave the record from the device's; "" if it did not.
func (db *DB) goneTo(record string) (unit string, err error) {
	_, err = db.queryOne("SELECT unit FROM elsewhere WHERE record = ? AND gone", func(s *sqlite3.Stmt) error {
		unit = s.ColumnText(0)
		return nil
	}, record)
	return unit, err
}

// linkedWith are other units' records of one event with the record.
func (db *DB) linkedWith(record, group string) (list []wire.Elsewhere, err error) {
	if group == "" {
		return nil, nil
	}
	err = db.queryEach("SELECT record, unit FROM elsewhere WHERE grp = ? AND record <> ? ORDER BY record", func(s *sqlite3.Stmt) error {
		list = append(list, wire.Elsewhere{Record: s.ColumnText(0), Unit: s.ColumnText(1), Group: group})
		return nil
	}, group, record)
	return list, err
}
