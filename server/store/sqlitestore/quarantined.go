package sqlitestore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// quarantinedForm is a quarantined line's row besides its key and the releasing observation. The table has the older
// name held.
type quarantinedForm struct {
	_        struct{} `cbor:",toarray"`
	Unit     string
	Faults   schema.Faults
	Received int64
}

// Quarantine stores lines; existing rows stay unchanged.
func (b *batch) Quarantine(_ context.Context, qs []store.Quarantined) error {
	for _, q := range qs {
		err := b.w.exec(`INSERT OR IGNORE INTO held(s, seq, hash, d, released) VALUES(?,?,?,?,?)`,
			q.ID.Stream().String(), clip63(q.ID.Seq), q.ID.Hash[:],
			encodeForm(quarantinedForm{Unit: q.Unit, Faults: q.Faults, Received: q.Received}), q.Released)
		if err != nil {
			return translate(err)
		}
		if b.w.c.Changes() > 0 && q.Released == "" {
			b.stat.Quarantined++
		}
	}
	return nil
}

// Release marks a line as released; the first release stands.
func (b *batch) Release(_ context.Context, id wire.ObsID, by string) error {
	err := b.w.exec(`UPDATE held SET released=? WHERE s=? AND seq=? AND hash=? AND released=''`,
		by, id.Stream().String(), clip63(id.Seq), id.Hash[:])
	if err == nil && b.w.c.Changes() > 0 {
		b.stat.Quarantined--
	}
	return translate(err)
}

// QuarantinedLines pages through quarantined lines, or through released lines, by id.
func (s *Store) QuarantinedLines(ctx context.Context, stream wire.StreamID, after wire.ObsID, released bool, limit int) (out []store.Quarantined, err error) {
	sql := `SELECT s, seq, hash, d, released FROM held WHERE (s, seq, hash) > (?, ?, ?)`
	from, to := quarantinedWithin(stream)
	if !after.IsZero() {
		from = after.Stream().String()
	}
	args := []any{from, clip63(after.Seq), after.Hash[:]}
	if to != "" {
		sql += ` AND s<?`
		args = append(args, to)
	}
	sql += map[bool]string{false: ` AND released=''`, true: ` AND released<>''`}[released] + ` ORDER BY s, seq, hash LIMIT ?`
	err = s.read(ctx, func(v *view) error {
		return v.c.each(sql, func(r row) error {
			q, err := quarantinedRow(r)
			out = append(out, q)
			return err
		}, append(args, pageSize(limit))...)
	})
	return out, err
}

// quarantinedWithin returns bounds on the streams' texts for the lines of a stream, of a device's streams, or all
// lines ("").
func quarantinedWithin(stream wire.StreamID) (from, to string) {
	switch {
	case stream == (wire.StreamID{}):
		return "", ""
	case stream.Epoch == "":
		return stream.Device + ".", stream.Device + "/" // the character after the dot
	}
	return stream.String(), stream.String() + "\x00"
}

// QuarantineVersion hashes the rows of a device's streams.
func (s *Store) QuarantineVersion(ctx context.Context, device string) (mark string, err error) {
	from, to := quarantinedWithin(wire.StreamID{Device: device})
	h, n := sha256.New(), 0
	err = s.read(ctx, func(v *view) error {
		return v.c.each(`SELECT s, seq, hash, released FROM held WHERE s>? AND s<? ORDER BY s, seq, hash`, func(r row) error {
			n++
			_, err := fmt.Fprintf(h, "%s/%d/%x/%s\n", r.s.ColumnRawText(0), r.int(1), r.s.ColumnRawBlob(2), r.s.ColumnRawText(3))
			return err
		}, from, to)
	})
	if n == 0 || err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12]), nil
}

func quarantinedRow(r row) (store.Quarantined, error) {
	var f quarantinedForm
	err := cbor.Unmarshal(r.s.ColumnRawBlob(3), &f)
	id := parseStream(r.text(0))
	q := store.Quarantined{
		ID:   wire.ObsID{Device: id.Device, Epoch: id.Epoch, Seq: uint64(r.int(1))},
		Unit: f.Unit, Faults: f.Faults, Received: f.Received, Released: r.text(4),
	}
	copy(q.ID.Hash[:], r.s.ColumnRawBlob(2))
	return q, err
}

// pageSize is the limit of a page, 500 by default.
func pageSize(limit int) int64 {
	if limit <= 0 {
		return 500
	}
	return int64(limit)
}
