package localdb

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/wire"
)

// Names in the table meta.
const (
	metaServer        = "server"       // URL
	metaEnrolled      = "enrolled"     // wire.Enrolled as JSON
	metaServerEpoch   = "server_epoch" // of the last answer
	metaServerTime    = "server_time"  // the greatest seen, Unix ms
	metaContact       = "last_contact" // server time of the last answer, Unix ms
	metaKnownComplete = "known"        // the table of this name is complete
	metaKeysComplete  = "record_keys"  // the table of this name is complete
	metaCursor        = "cursor"
	metaCatalogue     = "catalogue" // newest known version
	metaTotals        = "totals"
	metaKinds         = "kinds" // wire.Kinds as JSON, of the server; "" = it states none
	metaLimits        = "limits"
	metaSigns         = "signs"     // "1": this server signs its answers
	metaStreams       = "streams"   // server time of the last answer with all streams' ranges, Unix ms; 0 = ask now
	metaPending       = "pending"   // Pending as JSON
	metaReplaced      = "replaced"  // server time of the last answer by another database than before, Unix ms
	metaArrival       = "arrival."  // … and a stream's epoch: the arrival in the last answer to a frame of the stream
	metaCompared      = "compared." // … and a stream's epoch: the last comparison as JSON, if another disk wrote to the stream
)

func (db *DB) getMeta(name string) (value string, err error) {
	_, err = db.queryOne("SELECT value FROM meta WHERE name = ?", func(s *sqlite3.Stmt) error {
		value = s.ColumnText(0)
		return nil
	}, name)
	return value, err
}

func (db *DB) getMetaInt(name string) (int64, error) {
	text, err := db.getMeta(name)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

func (db *DB) putMeta(name, value string) error {
	return db.exec("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2 WHERE value <> ?2", name, value)
}

func (db *DB) putMetaInt(name string, v int64) error {
	return db.putMeta(name, strconv.FormatInt(v, 10))
}

// Identity is the device's identity, and its server.
type Identity struct {
	wire.Enrolled
	Server string // URL
	Signed bool   // the server signs its answers: unsigned ones are refused
}

// Identity returns the result of the enrollment. ErrNotEnrolled.
func (db *DB) Identity(ctx context.Context) (id Identity, err error) {
	err = db.readTx(ctx, func() error {
		id, err = db.identity()
		return err
	})
	return id, err
}

func (db *DB) identity() (id Identity, err error) {
	text, err := db.getMeta(metaEnrolled)
	if err != nil {
		return id, err
	}
	if text == "" {
		return id, ErrNotEnrolled
	}
	if err := json.Unmarshal([]byte(text), &id.Enrolled); err != nil {
		return id, err
	}
	if id.Server, err = db.getMeta(metaServer); err != nil {
		return id, err
	}
	signs, err := db.getMeta(metaSigns)
	id.Signed = signs != ""
	return id, err
}

// SetServer keeps another address of the same server.
func (db *DB) SetServer(ctx context.Context, server string) error {
	return db.writeTx(ctx, func() error { return db.putMeta(metaServer, server) })
}

// saveServerState saves the server's epoch, time and limits from an answer. signed: the limits count even if smaller
// than the protocol's.
func (db *DB) saveServerState(epoch string, now int64, limits wire.Limits, signed bool) error {
	known, err := db.getMetaInt(metaServerTime)
	if err != nil {
		return err
	}
	if err := db.putMetaInt(metaServerTime, max(known, now)); err != nil {
		return err
	}
	if err := db.putMetaInt(metaContact, now); err != nil {
		return err
	}
	if limits.Observations > 0 {
		text, err := json.Marshal(limits.Clamp(signed))
		if err != nil {
			return err
		}
		if err := db.putMeta(metaLimits, string(text)); err != nil {
			return err
		}
	}
	return db.putMeta(metaServerEpoch, epoch)
}

// Limits returns the server's last limits, bounded by wire's Obeyed, or the protocol's defaults.
func (db *DB) Limits(ctx context.Context) (l wire.Limits, err error) {
	l = wire.DefaultLimits
	err = db.readTx(ctx, func() error {
		text, err := db.getMeta(metaLimits)
		if err != nil || text == "" {
			return err
		}
		signs, err := db.getMeta(metaSigns)
		if err != nil {
			return err
		}
		err = json.Unmarshal([]byte(text), &l)
		l = l.Clamp(signs != "") // limits saved by an older program are unbounded
		return err
	})
	return l, err
}
