package localdb

import (
	"context"
	"errors"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Draft is what a person wants to say. Values are canonical (schema.Kind.Parse).
type Draft struct {
	Act     wire.Act // "" = create
	Kind    string   // of what is created
	ID      string   // what is amended, voided or restored: a record's or an item's id
	Officer string
	Reason  string // of a void
	Fields  schema.Values
}

// Saved says where a draft went.
type Saved struct {
	ID     string // of the observation
	Record string // it speaks about
	Item   string // it speaks about, if any
}

// Subject is the id by which a person goes on speaking about it.
func (s Saved) Subject() string {
	if s.Item != "" {
		return s.Item
	}
	return s.Record
}

// Save completes a draft, freezes it as the next line of the stream and returns when it is on disk. On an
// error nothing was saved, also where ctx ended; on ErrUnsure alone it may have been, under the ids returned. Errors:
// schema.Faults (what is wrong with the draft, all of it), ErrUnknownKind, ErrUnknownRecord, ErrNotEnrolled, ErrFull.
func (db *DB) Save(ctx context.Context, d Draft) (saved Saved, err error) {
	err = db.saveTx(ctx, func() error {
		saved, err = db.save(&d)
		killPoint("Save", true) // its commit
		return err
	})
	if errors.Is(err, ErrUnsure) {
		return saved, err
	}
	if err != nil {
		return Saved{}, err
	}
	killPoint("Save", false)
	return saved, nil
}

func (db *DB) save(d *Draft) (Saved, error) {
	id, err := db.identity()
	if err != nil {
		return Saved{}, err
	}
	st, err := db.openStream()
	if err != nil {
		return Saved{}, err
	}
	ev, err := db.clockEvidence(&st)
	if err != nil {
		return Saved{}, err
	}
	if faults := checkTextLengths(d); len(faults) > 0 {
		return Saved{}, faults
	}
	line, err := db.buildLine(d, &id, ev)
	if err != nil {
		return Saved{}, err
	}
	raw := line.Marshal()
	if err := db.checkLength(raw); err != nil {
		return Saved{}, err
	}
	return db.appendLine(&st, &line, raw)
}

// appendLine writes the line behind the stream's head, and moves the head.
func (db *DB) appendLine(st *stream, line *wire.Line, raw []byte) (Saved, error) {
	st.seq, st.head, st.hlc = st.seq+1, wire.Next(st.head, raw), line.Clock.HLC
	id := wire.NewObsID(db.stream(st.epoch), st.seq, st.head).String()
	saved := Saved{ID: id, Record: id, Item: line.Item}
	var about any
	if line.Record != "" {
		about, saved.Record = line.Record, line.Record
		if line.Act == wire.Create {
			saved.Item = id
		}
	}
	err := db.exec("INSERT INTO lines (key, hash, line, about, boot, saved) VALUES (?, ?, ?, ?, ?, ?)",
		keyOf(st.id, st.seq), st.head[:], raw, about, line.Clock.Boot, line.Clock.Wall)
	if err != nil {
		return saved, err
	}
	if err := db.updateKnown(keyOf(st.id, st.seq), id, line); err != nil {
		return saved, err
	}
	return saved, db.exec("UPDATE streams SET seq = ?, head = ?, hlc = ? WHERE id = ?",
		int64(st.seq), st.head[:], int64(st.hlc), st.id)
}

// clockEvidence is what the device knows of its clock now.
func (db *DB) clockEvidence(st *stream) (ev clock.Evidence, err error) {
	ev.Boot, ev.Mono = db.cfg.Clock.Boot()
	ev.Wall = db.cfg.Clock.Wall()
	if ev.Known, err = db.getMetaInt(metaServerTime); err != nil {
		return ev, err
	}
	if ev.Base, err = db.queryInt("SELECT base FROM boots WHERE boot = ? AND base <> 0 ORDER BY epoch", ev.Boot); err != nil {
		return ev, err
	}
	src := clock.Source{Last: st.hlc}
	ev.HLC = src.Next(bestNow(ev))
	return ev, nil
}

// bestNow is the device's best idea of the present, Unix ms: by the server where this boot has met one.
func bestNow(ev clock.Evidence) int64 {
	ms, _ := clock.Correct(ev, clock.Boot{ID: ev.Boot, Base: ev.Base})
	return ms
}
