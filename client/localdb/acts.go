package localdb

import (
	"context"
	"errors"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// What HQ did to a record beyond a line's act.
const (
	ActReleased = "released" // a quarantined line of this device has effect: told as a fate
	ActGone     = "gone"     // HQ gave the record to another unit
)

// Act is what HQ did to one of the unit's records, as the officer has to be told.
type Act struct {
	What        string // a line's act, ActReleased or ActGone
	At          int64  // corrected moment of HQ's line; of ActReleased and ActGone server time of the answer; Unix ms
	Observation string // HQ's line; of ActReleased the own line; "" for ActGone
	Line        wire.Line
	Unit        string // of ActGone: the other unit
	Record      Record
	Other       *Record // of a link: the record after which the group is named, if this disk has it

	key int64
}

// maxActs is how many acts are told at once.
const maxActs = 20

// Acts returns the newest acts that the officer has not been shown, newest first, and how many more there are.
func (db *DB) Acts(ctx context.Context) (acts []Act, more int64, err error) {
	err = db.readTx(ctx, func() error {
		acts, more = nil, 0
		err := db.queryEach("SELECT key, id, what, unit, at, record FROM acts WHERE shown = 0 ORDER BY at DESC, key DESC LIMIT ?", func(s *sqlite3.Stmt) error {
			a := Act{key: s.ColumnInt64(0), Observation: s.ColumnText(1), What: s.ColumnText(2), Unit: s.ColumnText(3), At: s.ColumnInt64(4)}
			a.Record.View.Record = s.ColumnText(5)
			acts = append(acts, a)
			return nil
		}, maxActs)
		if err != nil {
			return err
		}
		for i := range acts {
			if err := db.fillAct(&acts[i]); err != nil {
				return err
			}
		}
		n, err := db.queryInt("SELECT count(*) FROM acts WHERE shown = 0")
		more = n - int64(len(acts))
		return err
	})
	return acts, more, err
}

func (db *DB) fillAct(a *Act) (err error) {
	if a.Record, err = db.loadRecord(a.Record.View.Record); err != nil {
		return err
	}
	for i := range a.Record.Observations {
		if a.What == ActReleased {
			break // the line is the officer's own
		}
		if o := &a.Record.Observations[i]; o.ID.String() == a.Observation {
			a.Line = o.Line
		}
	}
	if a.Line.Act != wire.Link || a.Line.Group == a.Record.View.Record {
		return nil
	}
	_, other, err := db.findObservation(a.Line.Group)
	if errors.Is(err, ErrUnknownRecord) {
		return nil
	}
	if err == nil {
		a.Other = new(Record)
		*a.Other, err = db.loadRecord(other)
	}
	return err
}

// MarkActsShown notes that the officer has been shown the acts.
func (db *DB) MarkActsShown(ctx context.Context, acts []Act) error {
	if len(acts) == 0 {
		return nil
	}
	return db.writeTx(ctx, func() error {
		for i := range acts {
			if err := db.exec("UPDATE acts SET shown = 1 WHERE key = ?", acts[i].key); err != nil {
				return err
			}
		}
		return nil
	})
}

// ActsOf returns the acts about one record that the officer has not been shown, without their content: for MarkActsShown.
func (db *DB) ActsOf(ctx context.Context, record string) (acts []Act, err error) {
	err = db.readTx(ctx, func() error {
		return db.queryEach("SELECT key FROM acts WHERE shown = 0 AND record = ?", func(s *sqlite3.Stmt) error {
			acts = append(acts, Act{key: s.ColumnInt64(0)})
			return nil
		}, record)
	})
	return acts, err
}

// Returned lists the records that HQ has returned to the unit, by id, until the unit corrects them.
func (db *DB) Returned(ctx context.Context) (list []Record, err error) {
	err = db.readTx(ctx, func() error {
		list = nil
		var ids []string
		err := db.queryEach("SELECT DISTINCT record FROM acts WHERE what = 'review' ORDER BY record", func(s *sqlite3.Stmt) error {
			ids = append(ids, s.ColumnText(0))
			return nil
		})
		for _, id := range ids {
			var r Record
			if r, err = db.loadRecord(id); err != nil {
				return err
			}
			if r.Returned != nil && r.GoneTo == "" {
				list = append(list, r)
			}
		}
		return err
	})
	return list, err
}

// seeReturn names HQ's review as seen by a new item of a returned record: the item may be all that was missing.
func (db *DB) seeReturn(line *wire.Line) error {
	if line.Record == "" {
		return nil
	}
	r, err := db.loadRecord(line.Record)
	if err == nil && r.Returned != nil {
		line.Seen = []string{r.Returned.By.String()}
	}
	return err
}

// markHQ sets HQ in the observations by HQ's devices.
func (db *DB) markHQ(all []Observation) error {
	hq := map[string]bool{}
	err := db.queryEach("SELECT device FROM hq_devices", func(s *sqlite3.Stmt) error {
		hq[s.ColumnText(0)] = true
		return nil
	})
	for i := range all {
		all[i].HQ = hq[all[i].ID.Device]
	}
	return err
}

// returned is HQ's review by which a record is returned. A quarantined correction is none.
func (db *DB) returned(r *Record) *merge.Review {
	if len(r.View.Reviews()) == 0 || r.Quarantined() == 0 {
		return r.View.Returned()
	}
	standing := slices.DeleteFunc(slices.Clone(r.Observations), func(o Observation) bool { return o.Own && o.Status == wire.Quarantined })
	v := merge.Fold(r.View.Record, mergeState(r.View.Record, standing, db.cfg.Schema), db.cfg.Schema)
	return v.Returned()
}
