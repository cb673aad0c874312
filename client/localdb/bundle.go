package localdb

import (
	"context"
	"errors"
	"fmt"

	"roadbook/sync/wire"
)

// ErrOtherDisk: the answer speaks of lines that this disk does not have, though the device is the same: it was
// copied, or put back to an older state.
var ErrOtherDisk = errors.New("localdb: the answer is to another disk's lines")

// WaitingRequests hands out all that waits, as requests that may travel by a file: signed frames of the oldest lines first,
// with the boots that a server has fixed. They say neither which boot is running, since nobody knows when the
// file will be read, nor what to pull. Nothing is changed: what was handed out goes on waiting. take ends it by
// returning false.
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

// waitingRequest is the request behind the key after, and the key behind it; nil where nothing waits any more.
func (db *DB) waitingRequest(ctx context.Context, limits wire.Limits, after int64) (req *wire.Request, next int64, err error) {
	err = db.readTx(ctx, func() error {
		req = nil
		w, err := db.findWaiting(limits, after)
		if err != nil || len(w.lines) == 0 {
			return err
		}
		n := wire.Cut(w.lines, limits)
		f, err := db.signedFrame(w.stream, w.first, w.lines[:n], limits)
		if err != nil {
			return err
		}
		offers, err := db.bootOffers(w.epoch, w.boots[:n])
		req, next = &wire.Request{Stream: f.Stream, Frame: f, Offers: offers}, keyOf(w.stream, f.Last())
		return err
	})
	return req, next, err
}

// ApplyBundled takes in an answer that came by a file, and so perhaps after later ones. It does what Apply does, but
// for this: lines that are not the very ones of the answer are ErrOtherDisk; one of an earlier server, that was
// restored since, says nothing any more and is left out (stale); of one older than the last contact only the results
// and the boots count, since of what the server holds a later one has spoken.
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
		if old := ans.ServerTime < contact; old && epoch != ans.ServerEpoch {
			stale = true
		} else if old {
			ans.ServerTime = contact
			ans.Limits = wire.Limits{}
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

// requestOf rebuilds what was asked, as far as an answer needs it.
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

// wholeRange covers the whole stream: by it nothing is offered again.
func (db *DB) wholeRange(id wire.StreamID) ([]wire.Range, error) {
	st, found, err := db.streamByEpoch(id.Epoch)
	if err != nil || !found {
		return nil, err
	}
	return []wire.Range{{First: 1, Last: st.seq, Prev: wire.Genesis(id), Head: st.head}}, nil
}
