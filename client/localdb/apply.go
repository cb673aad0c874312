package localdb

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"

	"roadbook/sync/wire"
)

// Applied says what an answer did.
type Applied struct {
	Acknowledged int  // lines that were waiting and are delivered
	Quarantined  int  // of those, set aside by the server: a person must look
	Reoffered    int  // lines delivered once that wait again
	Forked       bool // another disk has written to the stream too: the next observation begins a new one
	More         bool // there is more to pull
}

// Apply takes in an answer to the request that was sent, in one transaction.
//
// Only a result for a line of the sent frame acknowledges it. What the server says it holds (ranges), and a
// server epoch other than the last, only make lines wait again. A hash that is not this disk's own, or
// more lines than it has, close the stream. wire.ErrUnsigned: the server signs, and this answer is unsigned; nothing of
// it is kept.
//
// ErrFull: the disk had no room for what was pulled, and the Applied is what was done for the lines all the same. What
// was pulled may take half of the reserve; the rest is kept for the queue.
func (db *DB) Apply(ctx context.Context, ans *wire.Answer, sent *wire.Request) (Applied, error) {
	return db.apply(ctx, ans, sent, ans.Signed)
}

// apply is Apply. sure: the server's signature stands under the answer, or under the bundle that it came in.
func (db *DB) apply(ctx context.Context, ans *wire.Answer, sent *wire.Request, signed bool) (a Applied, err error) {
	killPoint("Answer", true)
	id, err := db.Identity(ctx)
	if err != nil {
		return a, err
	}
	if id.Signed && !signed {
		return a, wire.ErrUnsigned
	}
	applyOnce := func(pulled bool) func() error {
		return func() (err error) {
			a = Applied{}
			err = db.applyAnswer(ans, sent, &id, &a, pulled)
			if err == nil {
				err = db.saveServerState(ans.ServerEpoch, ans.ServerTime, ans.Limits, signed)
			}
			killPoint("Apply", true) // its commit
			return err
		}
	}
	var keep int64
	if ans.Pull != nil {
		keep = db.cfg.Reserve.Left() / 2
	}
	err = db.writeTxKeeping(ctx, keep, applyOnce(true))
	if errors.Is(err, ErrFull) && ans.Pull != nil && db.writeTx(ctx, applyOnce(false)) == nil {
		return a, err
	}
	if err != nil {
		return Applied{}, err
	}
	killPoint("Apply", false)
	return a, nil
}

// applyAnswer does what the answer says; pulled: also what it brings of others.
func (db *DB) applyAnswer(ans *wire.Answer, sent *wire.Request, id *Identity, a *Applied, withPull bool) error {
	if err := db.applyResults(ans, sent, a); err != nil {
		return err
	}
	if err := db.compareRanges(ans, sent, a); err != nil {
		return err
	}
	if err := db.saveBoots(ans, sent.Stream, id.ServerKey); err != nil {
		return err
	}
	if withPull {
		if err := db.savePulled(ans, a); err != nil {
			return err
		}
	}
	if ans.Signed {
		return db.putMeta(metaSigns, "1")
	}
	return nil
}

// applyResults gives the sent lines their fates.
func (db *DB) applyResults(ans *wire.Answer, sent *wire.Request, a *Applied) error {
	f := sent.Frame
	if f == nil {
		return nil
	}
	st, found, err := db.streamByEpoch(f.Stream.Epoch)
	if err != nil || !found {
		return err
	}
	for _, r := range ans.Results {
		first, last := max(r.First, f.First), min(r.Last, f.Last())
		if !r.Status.Acknowledges() || first > last {
			continue
		}
		if err := db.acknowledge(&st, first, last, r, a); err != nil {
			return err
		}
		if r.Status == wire.Forked {
			a.Forked = true
			if err := db.closeStream(&st); err != nil {
				return err
			}
		}
	}
	return nil
}

func (db *DB) acknowledge(st *stream, first, last uint64, r wire.Result, a *Applied) error {
	var faults any
	if len(r.Faults) > 0 {
		text, err := json.Marshal(r.Faults)
		if err != nil {
			return err
		}
		faults = string(text)
	}
	err := db.exec("UPDATE lines SET status = ?, faults = ? WHERE status = '' AND key BETWEEN ? AND ?",
		string(r.Status), faults, keyOf(st.id, first), keyOf(st.id, last))
	n := int(db.conn.Changes())
	a.Acknowledged += n
	if r.Status == wire.Quarantined && err == nil {
		a.Quarantined += n
		return db.restoreReleased(st, first, last)
	}
	return err
}

func (db *DB) closeStream(st *stream) error {
	return db.exec("UPDATE streams SET closed = 1 WHERE id = ?", st.id)
}

// saveBoots keeps what the server fixed about boots. It says the same each time, unless it was restored and
// fixed a boot anew before this device could offer it, or the device went to another server: then its last word is what
// it counts by.
func (db *DB) saveBoots(ans *wire.Answer, s wire.StreamID, server ed25519.PublicKey) error {
	for _, b := range ans.Boots {
		if wire.CheckBoot(server, s, b) != nil {
			continue // not this server's word
		}
		err := db.exec("INSERT INTO boots VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (boot, epoch) "+
			"DO UPDATE SET base = ?3, ceiling = ?4, sig = ?5 WHERE base <> ?3 OR ceiling <> ?4 OR sig <> ?5",
			s.Epoch, b.ID, b.Base, b.Ceiling, b.Sig)
		if err != nil {
			return err
		}
	}
	return nil
}
