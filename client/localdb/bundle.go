package localdb

import (
	"context"
	"errors"
	"fmt"

	"roadbook/sync/wire"
)

// ErrOtherDisk: this disk does not have the lines of the answer, though the device is the same. The disk was copied, or
// put back to an older state.
var ErrOtherDisk = errors.New("localdb: the answer is to another disk's lines")

// WaitingRequests passes all waiting lines to take, as requests for a file: signed frames, oldest lines first, with the
// boots fixed by the server. The requests have no clock sample and no pull, since the time of reading is unknown.
// Nothing changes on the device: the lines keep waiting. take ends the walk by returning false.
func (db *DB) WaitingRequests(ctx context.Context, limits wire.Limits, take func(*wire.Request) (bool, error)) error {
	for after, more := int64(0), true; more; {
		req, next, err := db.waitingRequest(ctx, limits, after)
		if err != nil || req == nil {
			return err
		}
		if more, err = take(req); err != nil {
			return err
		}
		after = next
	}
	return nil
}

// waitingRequest returns the request after the key after, and the key of its last line; nil without waiting lines.
func (db *DB) waitingRequest(ctx context.Context, limits wire.Limits, after int64) (req *wire.Request, next int64, err error) {
	err = db.readTx(ctx, func() error {
		req = nil
		w, err := db.findWaiting(limits, after)
		if err != nil || len(w.lines) == 0 {
			return err
		}
		n := wire.FrameLen(w.lines, limits)
		f, err := db.signedFrame(w.stream, w.first, w.lines[:n], limits)
		if err != nil {
			return err
		}
		offers, err := db.bootOffers(w.epoch, w.boots[:n])
		if err != nil {
			return err
		}
		arrival, err := db.getMeta(metaArrival + w.epoch)
		if err != nil {
			return err
		}
		kinds, err := db.kindsDigest()
		req, next = &wire.Request{Stream: f.Stream, Frame: f, Offers: offers, Kinds: kinds, Arrival: arrival}, keyOf(w.stream, f.Last())
		return err
	})
	return req, next, err
}

// ApplyBundled applies an answer from a file, perhaps after later answers. There are three differences from Apply. An
// answer about lines unlike this disk's is ErrOtherDisk. An answer older than the last contact is left out, and stale is
// true, if another database has answered since. Of any other old answer only results and boots count, since a later
// answer has told the ranges.
func (db *DB) ApplyBundled(ctx context.Context, late *wire.BundledAnswer) (a Applied, stale bool, err error) {
	sent, err := db.requestOf(ctx, late)
	if err != nil {
		return a, false, err
	}
	ans := *late.Answer
	err = db.readTx(ctx, func() error {
		epoch, err := db.getMeta(metaServerEpoch)
		if err != nil {
			return err
		}
		contact, err := db.getMetaInt(metaContact)
		if err != nil {
			return err
		}
		replaced, err := db.getMetaInt(metaReplaced)
		if old := ans.ServerTime < contact; old && (epoch != ans.ServerEpoch || ans.ServerTime < replaced) {
			stale = true
		} else if old {
			ans.ServerTime = contact
			ans.Limits, ans.Kinds, ans.Arrival, ans.PutBack = wire.Limits{}, nil, "", false
			ans.Ranges, err = db.wholeRange(sent.Stream)
		}
		return err
	})
	if err != nil || stale {
		return a, stale, err
	}
	a, err = db.apply(ctx, &ans, sent, true) // the bundle is signed
	return a, false, err
}

// requestOf rebuilds the request behind a bundled answer, as far as applying the answer needs.
func (db *DB) requestOf(ctx context.Context, late *wire.BundledAnswer) (req *wire.Request, err error) {
	id, err := wire.ParseStream(late.Stream)
	if err != nil || id.Device != db.device {
		return nil, fmt.Errorf("%w: %s", ErrOtherDisk, late.Stream)
	}
	err = db.readTx(ctx, func() error {
		st, found, err := db.streamByEpoch(id.Epoch)
		if err != nil {
			return err
		}
		if !found || late.Last > st.seq {
			return fmt.Errorf("%w: %s", ErrOtherDisk, late.Stream)
		}
		head, found, err := db.hashAt(&st, late.Last)
		if err == nil && (!found || head != late.Head) {
			err = fmt.Errorf("%w: %s.%d", ErrOtherDisk, late.Stream, late.Last)
		}
		return err
	})
	return &wire.Request{Stream: id, Frame: &wire.Frame{
		Stream: id, First: late.First, Lines: make([][]byte, late.Last-late.First+1), Head: late.Head,
	}}, err
}

// wholeRange covers the whole stream, so that no line is offered again.
func (db *DB) wholeRange(id wire.StreamID) ([]wire.Range, error) {
	st, found, err := db.streamByEpoch(id.Epoch)
	if err != nil || !found {
		return nil, err
	}
	return []wire.Range{{First: 1, Last: st.seq, Prev: wire.Genesis(id), Head: st.head}}, nil
}
