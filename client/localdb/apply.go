package localdb

import (
	"context"
	"encoding/json"
	"errors"

	"roadbook/sync/wire"
)

// Applied tells the effect of an answer.
type Applied struct {
	Acknowledged int  // lines delivered by this answer
	Quarantined  int  // among Acknowledged: quarantined by the server, a person must look
	Reoffered    int  // delivered lines now waiting again
	Forked       bool // another disk has written to the stream too: the next observation begins a new stream
	More         bool // the server has more to pull

	Told    []string // records about whose doubts this answer told something new
	MovedTo string   // unit to which HQ has given the device, if this answer told it
}

// Apply applies an answer to the request sent, in one transaction.
//
// A line is acknowledged only by a result, and only if the request carried the line. The server's ranges, and a changed
// server epoch, only make lines wait again. A hash unlike this disk's, or more lines than this disk has, closes the
// stream. wire.ErrUnsigned: the server signs and this answer is unsigned; nothing is kept.
//
// ErrFull: the disk had no room for the pulled part. Applied then tells the effect on the sent lines, which is kept.
// The pulled part may take half of the reserve; the other half is left for the queue.
func (db *DB) Apply(ctx context.Context, ans *wire.Answer, sent *wire.Request) (Applied, error) {
	return db.apply(ctx, ans, sent, ans.Signed)
}

// apply is Apply. signed: the server's signature covers the answer, or the bundle around the answer.
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
			if signed && ans.Moved != nil {
				if err := db.saveMove(ans.Moved, &a); err != nil { // before the pull, which is the new unit's
					return err
				}
			}
			err = db.applyAnswer(ans, sent, &id, &a, pulled)
			if err == nil {
				err = db.saveServerState(ans.ServerEpoch, ans.ServerTime, ans.Limits, signed)
			}
			if err == nil && (ans.Kinds != nil || sent.Kinds != "") {
				err = db.saveKinds(ans.Kinds)
			}
			killPoint("Apply", true) // the commit follows
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

// applyAnswer applies the results, ranges and boots of an answer, and the pulled part if withPull is set.
func (db *DB) applyAnswer(ans *wire.Answer, sent *wire.Request, id *Identity, a *Applied, withPull bool) error {
	replaced, err := db.replaced(ans, a)
	if err != nil {
		return err
	}
	if replaced {
		if err := db.forgetTold(ans.ServerTime, ans.PutBack); err != nil {
			return err
		}
	}
	if err := db.saveAnswerDoubts(ans, sent, a); err != nil { // before the lines are acknowledged
		return err
	}
	if err := db.applyResults(ans, sent, a); err != nil {
		return err
	}
	if err := db.compareRanges(ans, sent, replaced, a); err != nil {
		return err
	}
	if err := db.saveArrival(ans, sent); err != nil {
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
	if ans.PutBack {
		if err := db.putMeta(metaCursor, ""); err != nil {
			return err
		}
	}
	if ans.Signed {
		return db.putMeta(metaSigns, "1")
	}
	return nil
}

// applyResults sets the status of the sent lines.
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
	if err != nil || n == 0 {
		return err
	}
	if r.Status == wire.Quarantined {
		a.Quarantined += n
		return db.restoreReleased(st, first, last)
	}
	return db.restoreQuarantined(st, first, last)
}

func (db *DB) closeStream(st *stream) error {
	return db.exec("UPDATE streams SET closed = 1 WHERE id = ?", st.id)
}
