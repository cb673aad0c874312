package localdb

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Observation is one observation of a record, as known to the device.
type Observation struct {
	ID     wire.ObsID
	Line   wire.Line
	Own    bool          // the line is in a stream of this disk
	HQ     bool          // HQ or one of its imports sent the line, as far as the device knows
	Status wire.Status   // of an own line; "" = waiting
	Faults schema.Faults // of a quarantined line
	Boot   clock.Boot    // of the line, as far as the server has told
}

const selectObservations = "SELECT lines.key, streams.epoch, lines.hash, lines.line, lines.status, lines.faults, " +
	"boots.base, boots.ceiling FROM lines JOIN streams ON streams.id = lines.key >> 32 " +
	"LEFT JOIN boots ON boots.boot = lines.boot AND boots.epoch = streams.epoch "

func (db *DB) scanOwn(s *sqlite3.Stmt, o *Observation) error {
	var h wire.Hash
	if err := scanHash(s, 2, &h); err != nil {
		return err
	}
	_, seq := splitKey(s.ColumnInt64(0))
	o.ID = wire.NewObsID(db.stream(s.ColumnText(1)), seq, h)
	o.Own, o.Status = true, wire.Status(s.ColumnText(4))
	if faults := s.ColumnRawText(5); len(faults) > 0 {
		if err := json.Unmarshal(faults, &o.Faults); err != nil {
			return err
		}
	}
	return db.parse(o, s.ColumnBlob(3, nil), s.ColumnInt64(6), s.ColumnInt64(7))
}

func (db *DB) scanPulled(s *sqlite3.Stmt, o *Observation) (err error) {
	if o.ID, err = wire.ParseObsID(s.ColumnText(0)); err != nil {
		return err
	}
	return db.parse(o, s.ColumnBlob(1, nil), s.ColumnInt64(2), s.ColumnInt64(3))
}

// parse sets the line and its boot.
func (db *DB) parse(o *Observation, line []byte, base, ceiling int64) error {
	if fault := wire.ParseLine(line, &o.Line); fault != nil {
		return *fault
	}
	o.Boot = clock.Boot{ID: o.Line.Clock.Boot, Base: base, Ceiling: ceiling}
	return db.completeBoot(o.ID.Stream(), &o.Boot)
}

// stamp is the observation's place among others, as far as the device knows.
func (o *Observation) stamp() merge.Stamp {
	moment, _ := clock.Correct(o.Line.Clock, o.Boot)
	return merge.Stamp{Moment: moment, HLC: o.Line.Clock.HLC, ID: o.ID}
}

// mergeObs converts the observation for a record's state.
func (o *Observation) mergeObs(sch *schema.Schema) merge.Obs {
	k, ok := sch.Kind(o.Line.Kind)
	var v schema.Values
	if ok && len(o.Line.Fields) > 0 {
		v, _ = k.Decode(o.Line.Fields) // faults are shown with the line
	}
	return merge.FromLine(o.ID, &o.Line, k, v, o.Boot)
}

// observationsOf returns all known observations of a record, each once.
func (db *DB) observationsOf(record string) ([]Observation, error) {
	var all []Observation
	add := func(scan func(*sqlite3.Stmt, *Observation) error) func(*sqlite3.Stmt) error {
		return func(s *sqlite3.Stmt) error {
			var o Observation
			err := scan(s, &o)
			if err == nil && !slices.ContainsFunc(all, func(x Observation) bool { return x.ID == o.ID }) {
				all = append(all, o)
			}
			return err
		}
	}
	first, _, err := db.findObservation(record)
	if err == nil && first.Line.Record == "" {
		all = append(all, first)
	} else if err != nil && !errors.Is(err, ErrUnknownRecord) {
		return nil, err
	}
	if err := db.queryEach(selectObservations+"WHERE lines.about = ? ORDER BY lines.key", add(db.scanOwn), record); err != nil {
		return nil, err
	}
	return all, db.queryEach("SELECT id, line, base, ceiling FROM pulled WHERE record = ? ORDER BY id", add(db.scanPulled), record)
}

// findObservation finds one observation and its record by the observation's id. ErrUnknownRecord.
func (db *DB) findObservation(id string) (o Observation, record string, err error) {
	id = schema.CleanName(id)
	parsed, err := wire.ParseObsID(id)
	if err != nil {
		return o, "", ErrUnknownRecord
	}
	found := false
	if parsed.Device == db.device {
		found, err = db.queryOne(selectObservations+"WHERE streams.epoch = ? AND lines.key = streams.id << 32 | ?",
			func(s *sqlite3.Stmt) error { return db.scanOwn(s, &o) }, parsed.Epoch, int64(parsed.Seq))
	}
	if err == nil && (!found || o.ID != parsed) {
		found, err = db.queryOne("SELECT id, line, base, ceiling FROM pulled WHERE id = ?",
			func(s *sqlite3.Stmt) error { o = Observation{}; return db.scanPulled(s, &o) }, id)
	}
	if err == nil && !found {
		err = ErrUnknownRecord
	}
	if err != nil {
		return o, "", err
	}
	return o, merge.RecordOf(o.ID, &o.Line), nil
}

// mergeState joins observations into a state. Observations beyond a record's capacity are left out, as on a server.
func mergeState(record string, all []Observation, sch *schema.Schema) *merge.State {
	var s merge.State
	for i := range all {
		s.Join(record, all[i].mergeObs(sch))
	}
	return &s
}
