package localdb

import (
	"strings"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// foundAct is an act of HQ in an answer.
type foundAct struct {
	id     string // HQ's line; of ActReleased the own line; "" for ActGone
	what   string
	record string
	unit   string // of ActGone
	at     int64  // Unix ms
	news   bool   // to the officer
}

// actsOnlyOfHQ are the acts that no device's line may have.
var actsOnlyOfHQ = [...]wire.Act{wire.Link, wire.Separate, wire.Review, wire.Release}

func isOnlyHQs(act wire.Act) bool {
	for _, only := range actsOnlyOfHQ {
		if act == only {
			return true
		}
	}
	return false
}

// mayBeHQs reports whether a line of an older server, which does not tell HQ's lines, may hold an act of HQ alone.
func mayBeHQs(line string) bool {
	for _, act := range actsOnlyOfHQ {
		if strings.Contains(line, `"`+string(act)+`"`) {
			return true
		}
	}
	return false
}

// findActs finds HQ's acts among pulled lines, before these are saved, and notes HQ's devices. Reviews are always among them:
// a record may be returned.
func (db *DB) findActs(p *wire.Pulled) (acts []foundAct, err error) {
	for i := range p.Observations {
		o := &p.Observations[i]
		var line wire.Line
		if !o.HQ && !mayBeHQs(o.Line) {
			continue
		}
		id, err := wire.ParseObsID(o.ID)
		if err != nil || wire.ParseLine([]byte(o.Line), &line) != nil || !o.HQ && !isOnlyHQs(line.Act) {
			continue // of a later version, or a device's
		}
		if err := db.exec("INSERT OR IGNORE INTO hq_devices VALUES (?)", id.Device); err != nil {
			return nil, err
		}
		moment, _ := clock.Correct(line.Clock, o.Boot)
		a := foundAct{id: o.ID, what: string(line.Act), record: merge.RecordOf(id, &line), at: moment}
		told, err := db.queryInt("SELECT EXISTS (SELECT 1 FROM pulled WHERE id = ?)", o.ID)
		if err != nil {
			return nil, err
		}
		if told != 0 || a.record == a.id {
			continue
		}
		if a.news, err = db.isNews(&a, &line); err != nil {
			return nil, err
		}
		if a.news || line.Act == wire.Review {
			acts = append(acts, a)
		}
		if err := db.exec("DELETE FROM acts WHERE id = ? AND what = 'released'", line.Target); err != nil { // the release itself says more
			return nil, err
		}
	}
	return acts, nil
}

// isNews reports whether the officer has to be told of an act: on a record that this disk had before, or that HQ gives to the
// unit by it. Of all others the officer has seen no earlier state. HQ's own records, such as imported ones, are not the
// unit's work: only their return is told.
func (db *DB) isNews(a *foundAct, line *wire.Line) (bool, error) {
	owned, err := db.queryInt("SELECT EXISTS (SELECT 1 FROM hq_devices WHERE device = substr(?, 1, 10))", a.record)
	if err != nil || owned != 0 && line.Act != wire.Review {
		return false, err
	}
	known, err := db.queryInt("SELECT substr(?1, 1, 10) = ?2 OR EXISTS (SELECT 1 FROM pulled WHERE record = ?1) OR EXISTS (SELECT 1 FROM lines WHERE about = ?1)",
		a.record, db.device)
	if err != nil || known != 0 {
		return known != 0, err
	}
	k, ok := db.cfg.Schema.Kind(line.Kind)
	if !ok || line.Act != wire.Amend || line.Item != "" {
		return false, nil
	}
	self, err := db.identity()
	if err != nil {
		return false, err
	}
	fields, _ := k.Decode(line.Fields)
	unit, given := fields.Get("unit")
	return given && unit.S == self.Unit, nil
}

func (db *DB) saveActs(acts ...foundAct) error {
	for i := range acts {
		a := &acts[i]
		err := db.exec("INSERT INTO acts (id, what, record, unit, at, shown) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "+
			"ON CONFLICT (id, what, record) DO UPDATE SET unit = ?4, at = ?5, shown = ?6", a.id, a.what, a.record, a.unit, a.at, !a.news)
		if err != nil {
			return err
		}
	}
	return nil
}

// saveReleased notes that a quarantined line of this device has effect now, unless HQ's own line about the release is here.
func (db *DB) saveReleased(f *wire.Fate, key, at int64) error {
	a := foundAct{id: f.ID, what: ActReleased, at: at, news: true}
	_, err := db.queryOne("SELECT coalesce(about, ?2) FROM lines WHERE key = ?1", func(s *sqlite3.Stmt) error {
		a.record = s.ColumnText(0)
		return nil
	}, key, f.ID)
	if err != nil {
		return err
	}
	told, err := db.queryInt("SELECT count(*) FROM pulled WHERE record = ? AND json_extract(CAST(line AS TEXT), '$.target') = ?", a.record, a.id)
	if err != nil || told != 0 {
		return err
	}
	return db.saveActs(a)
}

// saveGone notes records that HQ gave to another unit. A pull from the start repeats what was told before; a record that came
// back may leave again.
func (db *DB) saveGone(p *wire.Pulled, at int64) error {
	if err := db.forgetGone(p); err != nil {
		return err
	}
	for _, g := range p.Gone {
		told, err := db.queryInt("SELECT count(*) FROM acts WHERE id = '' AND what = 'gone' AND record = ? AND unit = ?", g.Record, g.Unit)
		if err != nil {
			return err
		}
		if told == 0 {
			if err := db.saveActs(foundAct{what: ActGone, record: g.Record, unit: g.Unit, at: at, news: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetGone forgets that records left, if their lines came without the word that they left.
func (db *DB) forgetGone(p *wire.Pulled) error {
	some, err := db.queryInt("SELECT EXISTS (SELECT 1 FROM acts WHERE what = 'gone')")
	if err != nil || some == 0 {
		return err
	}
	gone := map[string]bool{}
	for _, g := range p.Gone {
		gone[g.Record] = true
	}
	for i := range p.Observations {
		record, ok := recordOfPulled(&p.Observations[i])
		if !ok || gone[record] {
			continue
		}
		if err := db.exec("DELETE FROM acts WHERE what = 'gone' AND record = ?", record); err != nil {
			return err
		}
	}
	return nil
}
