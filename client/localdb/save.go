package localdb

import (
	"context"
	"errors"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Draft is an observation before saving. Values are canonical (schema.Kind.Parse).
type Draft struct {
	Act     wire.Act // "" = create
	Kind    string   // of a new record or item
	ID      string   // record or item to amend, void or restore
	Officer string
	Reason  string   // of a void
	Share   []string // of a create or an amendment: units that may speak about the record from now on
	Fields  schema.Values
	Form    string // the form that the draft came from: forgotten in the moment of saving
}

// Saved holds the ids of a saved draft.
type Saved struct {
	ID     string // of the observation
	Record string // the observation's record
	Item   string // the observation's item, if any
}

// Subject is the id for later commands: the item's or the record's.
func (s Saved) Subject() string {
	if s.Item != "" {
		return s.Item
	}
	return s.Record
}

// Save completes a draft, freezes it as the stream's next line, and returns when the line is on disk. After an error
// nothing was saved, even if ctx ended; only after ErrUnsure the draft may be saved, under the ids returned. Errors:
// schema.Faults (all faults of the draft), ErrUnknownKind, ErrUnknownRecord, ErrNotEnrolled, ErrFull.
func (db *DB) Save(ctx context.Context, d Draft) (saved Saved, err error) {
	err = db.saveTx(ctx, func() error {
		saved, err = db.save(&d)
		killPoint("Save", true) // the commit follows
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
	if d.Form != "" {
		if err := db.dropForm(d.Form); err != nil {
			return Saved{}, err
		}
	}
	return db.appendLine(&st, &line, raw)
}

// appendLine writes the line after the stream's head, and moves the head.
func (db *DB) appendLine(st *stream, line *wire.Line, raw []byte) (Saved, error) {
	st.seq, st.head, st.hlc = st.seq+1, wire.ChainHash(st.head, raw), line.Clock.HLC
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
	if err := db.saveKeysOfLine(id, line); err != nil {
		return saved, err
	}
	return saved, db.exec("UPDATE streams SET seq = ?, head = ?, hlc = ? WHERE id = ?",
		int64(st.seq), st.head[:], int64(st.hlc), st.id)
}

// Present is the present for a typed time without a day or a year. It is known while the running boot has a base: the
// device's own clock, which may be years off, is not asked.
func (db *DB) Present(ctx context.Context) (p schema.Present, err error) {
	boot, mono := db.cfg.Clock.Boot()
	err = db.readTx(ctx, func() error {
		base, err := db.bootBase(boot)
		if base != 0 {
			p.Ms = base + mono
		}
		return err
	})
	p.Why = schema.Text{
		ZH: "本机开机后还没有经服务器核对时间，不能推算（client sync 送达一条记录后即可）",
		EN: "no server has confirmed this device's clock since its start (client sync does, once it delivers a record)"}
	return p, err
}

// bootBase is the base of a boot, 0 for none.
func (db *DB) bootBase(boot string) (int64, error) {
	return db.queryInt("SELECT base FROM boots WHERE boot = ? AND base <> 0 ORDER BY epoch", boot)
}

// clockEvidence collects the present evidence about the device's clock.
func (db *DB) clockEvidence(st *stream) (ev clock.Evidence, err error) {
	ev.Boot, ev.Mono = db.cfg.Clock.Boot()
	ev.Wall = db.cfg.Clock.Wall()
	if ev.Known, err = db.getMetaInt(metaServerTime); err != nil {
		return ev, err
	}
	if ev.Base, err = db.bootBase(ev.Boot); err != nil {
		return ev, err
	}
	src := clock.HLCSource{Last: st.hlc}
	ev.HLC = src.Next(bestNow(ev))
	return ev, nil
}

// bestNow is the best estimate of the present, in Unix ms: by the server's time if this boot has a base. A boot of this
// program never spans a sleep that its steady clock misses, so a wall clock that was set meanwhile is not asked.
func bestNow(ev clock.Evidence) int64 {
	ms, _ := clock.Correct(ev, clock.Boot{ID: ev.Boot, Base: ev.Base})
	return ms
}
