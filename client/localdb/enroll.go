package localdb

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"

	"roadbook/sync/wire"
)

// ErrOtherServer: the device belongs to a server of another key, and the new server is not confirmed.
var ErrOtherServer = errors.New("localdb: a server of another key waits to be confirmed")

// ErrNoPending: no server waits to be confirmed.
var ErrNoPending = errors.New("localdb: no server waits to be confirmed")

// Pending is an enrollment at a server of another key. Until a person confirms the change, the device stays with its
// own server, and the new server gets nothing.
type Pending struct {
	Server   string        `json:"server"` // URL
	Enrolled wire.Enrolled `json:"enrolled"`
	OwnKey   []byte        `json:"-"` // key of the device's own server
	Lines    int64         `json:"-"` // to be sent to the new server
}

// Enroll saves the answer to an enrollment. A later enrollment, as into another unit, affects later observations only.
// The same server with another epoch than in its last answer has lost its data: every delivered line waits again, and the next
// pull begins afresh. A server of another key is
// saved as Pending, with ErrOtherServer.
func (db *DB) Enroll(ctx context.Context, server string, e wire.Enrolled) error {
	other := false
	err := db.writeTx(ctx, func() error {
		was, err := db.identity()
		if err != nil && !errors.Is(err, ErrNotEnrolled) {
			return err
		}
		if other = err == nil && !ed25519.PublicKey(was.ServerKey).Equal(ed25519.PublicKey(e.ServerKey)); other {
			return db.putPending(&Pending{Server: server, Enrolled: e})
		}
		if err := db.putPending(nil); err != nil {
			return err
		}
		last, wrong := db.getMeta(metaServerEpoch)
		if wrong != nil {
			return wrong
		}
		return db.adoptServer(server, &e, err == nil && last != "" && last != e.ServerEpoch)
	})
	if err == nil && other {
		err = ErrOtherServer
	}
	return err
}

// Confirm makes the pending server the device's own: every line of every stream waits again. ErrNoPending.
func (db *DB) Confirm(ctx context.Context) error {
	return db.writeTx(ctx, func() error {
		p, err := db.pending()
		if err != nil {
			return err
		}
		if p == nil {
			return ErrNoPending
		}
		for _, name := range []string{metaSigns, metaCursor, metaTotals, metaServerTime} { // of the old server
			if err := db.exec("DELETE FROM meta WHERE name = ?", name); err != nil {
				return err
			}
		}
		if err := db.emptyTables("elsewhere", "told_doubts", "reference"); err != nil {
			return err
		}
		if err := db.putPending(nil); err != nil {
			return err
		}
		return db.adoptServer(p.Server, &p.Enrolled, true)
	})
}

// Decline forgets the pending server.
func (db *DB) Decline(ctx context.Context) error {
	return db.writeTx(ctx, func() error { return db.putPending(nil) })
}

// Pending is the server waiting for confirmation; nil: none.
func (db *DB) Pending(ctx context.Context) (p *Pending, err error) {
	err = db.readTx(ctx, func() error {
		p, err = db.pending()
		return err
	})
	return p, err
}

func (db *DB) pending() (*Pending, error) {
	text, err := db.getMeta(metaPending)
	if err != nil || text == "" {
		return nil, err
	}
	var p Pending
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, err
	}
	was, err := db.identity()
	if err != nil {
		return nil, err
	}
	p.OwnKey = was.ServerKey
	p.Lines, err = db.queryInt("SELECT count(*) FROM lines")
	return &p, err
}

func (db *DB) putPending(p *Pending) error {
	if p == nil {
		return db.exec("DELETE FROM meta WHERE name = ?", metaPending)
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return db.putMeta(metaPending, string(text))
}

// adoptServer makes a server the device's own. lost: the server has no delivered line of this device.
func (db *DB) adoptServer(server string, e *wire.Enrolled, lost bool) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if lost {
		if err := db.reoffer("1", &Applied{}); err != nil {
			return err
		}
		if err := db.forgetTold(e.ServerTime, true); err != nil {
			return err
		}
		if err := db.putMeta(metaCursor, ""); err != nil { // the old position tells no fate again
			return err
		}
	}
	if err := db.saveKinds(e.Kinds); err != nil {
		return err
	}
	if e.Signs > 0 {
		if err := db.putMeta(metaSigns, "1"); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{metaEnrolled: string(text), metaServer: server, metaStreams: "0"} {
		if err := db.putMeta(name, value); err != nil {
			return err
		}
	}
	if err := db.saveServerState(e.ServerEpoch, e.ServerTime, e.Limits, false); err != nil {
		return err
	}
	_, err = db.openStream() // so that a device without observations can pull
	return err
}
