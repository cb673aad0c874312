package localdb

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/wire"
)

// Status is the device's status.
type Status struct {
	Identity    // zero if not enrolled
	Enrolled    bool
	Device      string // id
	Epoch       string // of the last observation's stream; "" = none yet
	Saved       int64  // observations ever saved
	Waiting     int64  // lines not delivered yet
	Oldest      int64  // time of saving the oldest waiting line, Unix ms by the device; 0 = none
	Quarantined []QuarantinedLine
	LastContact int64 // server time of the last answer, Unix ms; 0 = never
	Catalogue   string
	Lists       bool     // HQ's lists were pulled at least once
	Pending     *Pending // a server of another key, not confirmed; nil: none
}

// QuarantinedLine is a line quarantined by the server until a person looks.
type QuarantinedLine struct {
	ID          string
	Record      string
	Kind        string
	Observation Observation
}

// Status reads the device's status.
func (db *DB) Status(ctx context.Context) (s Status, err error) {
	err = db.readTx(ctx, func() error {
		s.Device = db.device
		s.Identity, err = db.identity()
		s.Enrolled = err == nil
		if err != nil && !errors.Is(err, ErrNotEnrolled) {
			return err
		}
		return db.fillStatus(&s)
	})
	return s, err
}

func (db *DB) fillStatus(s *Status) error {
	st, err := db.lastStream()
	if err != nil {
		return err
	}
	s.Epoch = st.epoch
	if s.LastContact, err = db.getMetaInt(metaContact); err != nil {
		return err
	}
	if s.Catalogue, err = db.getMeta(metaCatalogue); err != nil {
		return err
	}
	if s.Catalogue == "" {
		s.Catalogue = db.cfg.Catalogue
	}
	if s.Saved, err = db.queryInt("SELECT count(*) FROM lines"); err != nil {
		return err
	}
	if s.Waiting, err = db.queryInt("SELECT count(*) FROM lines WHERE status = ''"); err != nil {
		return err
	}
	if s.Oldest, err = db.queryInt("SELECT saved FROM lines WHERE status = '' ORDER BY key LIMIT 1"); err != nil {
		return err
	}
	digest, err := db.referenceDigest()
	if err != nil {
		return err
	}
	s.Lists = digest != ""
	if s.Pending, err = db.pending(); err != nil {
		return err
	}
	s.Quarantined, err = db.quarantinedLines()
	return err
}

func (db *DB) quarantinedLines() (list []QuarantinedLine, err error) {
	err = db.queryEach(selectObservations+"WHERE lines.status = 'quarantined' ORDER BY lines.key", func(s *sqlite3.Stmt) error {
		var o Observation
		if err := db.scanOwn(s, &o); err != nil {
			return err
		}
		record := o.Line.Record
		if record == "" {
			record = o.ID.String()
		}
		list = append(list, QuarantinedLine{ID: o.ID.String(), Record: record, Kind: o.Line.Kind, Observation: o})
		return nil
	})
	return list, err
}

// Waiting counts the lines not delivered yet.
func (db *DB) Waiting(ctx context.Context) (n int64, err error) {
	err = db.readTx(ctx, func() error {
		n, err = db.queryInt("SELECT count(*) FROM lines WHERE status = ''")
		return err
	})
	return n, err
}

// Lines calls fn with every line on this disk, in the order of saving: id, bytes verbatim, status ("" = waiting).
// Backups and checkers read the stream this way.
func (db *DB) Lines(ctx context.Context, fn func(id wire.ObsID, line []byte, status wire.Status) error) error {
	return db.readTx(ctx, func() error {
		return db.queryEach("SELECT lines.key, streams.epoch, lines.hash, lines.line, lines.status FROM lines "+
			"JOIN streams ON streams.id = lines.key >> 32 ORDER BY lines.key", func(s *sqlite3.Stmt) error {
			var h wire.Hash
			if err := scanHash(s, 2, &h); err != nil {
				return err
			}
			_, seq := splitKey(s.ColumnInt64(0))
			id := wire.NewObsID(db.stream(s.ColumnText(1)), seq, h)
			return fn(id, s.ColumnBlob(3, nil), wire.Status(s.ColumnText(4)))
		})
	})
}

// Totals are the unit's sums as the server last told, and the server's moment of its last answer (Unix ms). nil: the server has not told any.
func (db *DB) Totals(ctx context.Context) (t *wire.Totals, at int64, err error) {
	err = db.readTx(ctx, func() error {
		text, err := db.getMeta(metaTotals)
		if err != nil || text == "" {
			return err
		}
		t = new(wire.Totals)
		if err := json.Unmarshal([]byte(text), t); err != nil {
			return err
		}
		at, err = db.getMetaInt(metaServerTime)
		return err
	})
	return t, at, err
}
