package localdb

import (
	"encoding/json"
	"errors"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// savePulled saves the pulled part of an answer. Observations are facts: they are added, never replaced or dropped,
// even if the cursor starts again from the beginning.
func (db *DB) savePulled(ans *wire.Answer, a *Applied) error {
	p := ans.Pull
	if p == nil {
		return nil
	}
	a.More = p.More
	acts, err := db.findActs(p)
	if err != nil {
		return err
	}
	changed := map[string]bool{}
	for i := range p.Observations {
		record, err := db.savePulledLine(&p.Observations[i], ans.ServerTime)
		if err != nil {
			return err
		}
		changed[record] = true
	}
	if err := db.saveKeysOfRecords(changed); err != nil {
		return err
	}
	if err := db.savePulledDoubts(p, a); err != nil {
		return err
	}
	if err := db.saveReference(p.Reference); err != nil {
		return err
	}
	if err := errors.Join(db.saveActs(acts...), db.saveGone(p, ans.ServerTime), db.saveElsewhere(p)); err != nil {
		return err
	}
	for i := range p.Fates {
		if err := db.saveFate(&p.Fates[i], ans.ServerTime); err != nil {
			return err
		}
	}
	if p.Totals != nil {
		text, err := json.Marshal(p.Totals)
		if err != nil {
			return err
		}
		if err := db.putMeta(metaTotals, string(text)); err != nil {
			return err
		}
	}
	if len(p.Catalogues) > 0 {
		if err := db.putMeta(metaCatalogue, p.Catalogues[0]); err != nil {
			return err
		}
	}
	return db.putMeta(metaCursor, p.Cursor)
}

// savePulledLine saves another device's observation, and returns its record. An unreadable line, of a later version, is
// skipped: the queue must not stop.
func (db *DB) savePulledLine(o *wire.PulledLine, serverTime int64) (record string, err error) {
	var line wire.Line
	id, err := wire.ParseObsID(o.ID)
	if err != nil || wire.ParseLine([]byte(o.Line), &line) != nil {
		return "", nil //nolint:nilerr // of a later version
	}
	record = merge.RecordOf(id, &line)
	err = db.exec("INSERT INTO pulled VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET base = ?4, ceiling = ?5 "+
		"WHERE base <> ?4 OR ceiling <> ?5", o.ID, record, []byte(o.Line), o.Boot.Base, o.Boot.Ceiling)
	if err != nil {
		return record, err
	}
	if o.Boot.ID == line.Clock.Boot {
		if err := db.saveBootClocks(id.Stream(), o.Boot); err != nil {
			return record, err
		}
	}
	return record, db.advanceHLC(line.Clock.HLC, serverTime)
}

// advanceHLC moves the stream's clock past a pulled stamp.
func (db *DB) advanceHLC(h clock.HLC, serverTime int64) error {
	st, err := db.lastStream()
	if err != nil || st.id == 0 {
		return err
	}
	src := clock.HLCSource{Last: st.hlc}
	src.Observe(h, serverTime)
	return db.exec("UPDATE streams SET hlc = ?1 WHERE id = ?2 AND hlc < ?1", int64(src.Last), st.id)
}

// saveFate saves the fate of an own observation. A later quarantine or release changes the line's status.
func (db *DB) saveFate(f *wire.Fate, at int64) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := db.exec("INSERT INTO fates VALUES (?1, ?2, ?3) ON CONFLICT (id, status) DO UPDATE SET body = ?3",
		f.ID, f.Status, string(body)); err != nil {
		return err
	}
	id, err := wire.ParseObsID(f.ID)
	if err != nil || id.Device != db.device {
		return nil //nolint:nilerr // not an observation of this device
	}
	key, err := db.queryInt("SELECT lines.key FROM lines JOIN streams ON streams.id = lines.key >> 32 "+
		"WHERE streams.epoch = ? AND lines.key = streams.id << 32 | ? AND substr(lines.hash, 1, 10) = ?",
		id.Epoch, int64(id.Seq), id.Hash[:])
	if err != nil || key == 0 {
		return err
	}
	if err := db.applyFate(key, f); err != nil || f.Status != ActReleased || db.conn.Changes() == 0 {
		return err
	}
	return db.saveReleased(f, key, at)
}

// restoreReleased sets released lines back to created. The result for a line sent again repeats the first check, and
// the fate of the release is not repeated.
func (db *DB) restoreReleased(st *stream, first, last uint64) error {
	for seq := first; seq <= last; seq++ {
		h, found, err := db.hashAt(st, seq)
		if err != nil || !found {
			return err
		}
		id := wire.NewObsID(db.stream(st.epoch), seq, h).String()
		err = db.exec("UPDATE lines SET status = 'created', faults = NULL WHERE key = ? AND status = 'quarantined' "+
			"AND EXISTS (SELECT 1 FROM fates WHERE id = ? AND status = 'released')", keyOf(st.id, seq), id)
		if err != nil {
			return err
		}
	}
	return nil
}

// restoreQuarantined sets lines that have no effect back to quarantined. The server accepted such a line, so the result for
// a line sent again is exists; the fate came before that result and is not repeated.
func (db *DB) restoreQuarantined(st *stream, first, last uint64) error {
	prefix := db.stream(st.epoch).String()
	some, err := db.queryInt("SELECT count(*) FROM fates WHERE id > ?1 || '.' AND id < ?1 || '/' AND status = 'quarantined' LIMIT 1", prefix)
	if err != nil || some == 0 {
		return err
	}
	for seq := first; seq <= last; seq++ {
		h, found, err := db.hashAt(st, seq)
		if err != nil || !found {
			return err
		}
		fates, err := db.fatesOf(wire.NewObsID(db.stream(st.epoch), seq, h).String())
		if err != nil {
			return err
		}
		if len(fates) == 1 && fates[0].Status == string(wire.Quarantined) {
			if err := db.applyFate(keyOf(st.id, seq), &fates[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (db *DB) applyFate(key int64, f *wire.Fate) error {
	switch f.Status {
	case string(wire.Quarantined):
		if err := db.exec("DELETE FROM fates WHERE id = ? AND status = 'released'", f.ID); err != nil {
			return err // a restored server has forgotten the release
		}
		faults, err := json.Marshal(f.Faults)
		if err != nil {
			return err
		}
		return db.exec("UPDATE lines SET status = 'quarantined', faults = ? WHERE key = ? AND status <> ''", string(faults), key)
	case ActReleased:
		return db.exec("UPDATE lines SET status = 'created', faults = NULL WHERE key = ? AND status = 'quarantined'", key)
	}
	return nil
}

// fatesOf returns the observation's fates, by status.
func (db *DB) fatesOf(id string) (fates []wire.Fate, err error) {
	err = db.queryEach("SELECT body FROM fates WHERE id = ? ORDER BY status", func(s *sqlite3.Stmt) error {
		var f wire.Fate
		if err := json.Unmarshal(s.ColumnRawText(0), &f); err != nil {
			return err
		}
		fates = append(fates, f)
		return nil
	}, id)
	return fates, err
}
