package localdb

import (
	"cmp"
	"context"
	"io"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// maxBatch bounds the number of waiting lines read for one frame.
const maxBatch = 4096

// RequestOptions shape the next request.
type RequestOptions struct {
	Limits  wire.Limits
	Streams bool         // ask for the ranges of all streams, even if not due
	NoLines bool         // send no line and pull nothing: only the server's limits and signature are wanted
	After   LinePosition // the frame begins after this waiting line; zero: with the oldest
}

// LinePosition is the position of a line on this disk.
type LinePosition struct {
	Epoch string
	Seq   uint64
}

// NextRequest makes the next request: a signed frame of the oldest waiting lines within the limits, a clock sample, and
// the boots fixed by the server (the running one, and the lines' own). A frame with all waiting lines comes with a
// pull. Without waiting lines Frame is nil. The request asks for the ranges of all streams once a day, and after any
// sign of lost lines at the server. The same state gives the same request, except for the nonce.
func (db *DB) NextRequest(ctx context.Context, ask RequestOptions) (req *wire.Request, err error) {
	err = db.readTx(ctx, func() error {
		if req, err = db.buildRequest(&ask); err != nil {
			return err
		}
		if req.Certificate, err = db.shownCertificate(); err != nil {
			return err
		}
		if req.Kinds, err = db.kindsDigest(); err != nil {
			return err
		}
		if req.Arrival, err = db.getMeta(metaArrival + req.Stream.Epoch); err != nil {
			return err
		}
		if req.Streams = ask.Streams; !ask.Streams {
			req.Streams, err = db.streamsDue()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	req.Nonce = make([]byte, wire.NonceLen)
	_, err = io.ReadFull(db.cfg.Rand, req.Nonce)
	return req, err
}

func (db *DB) buildRequest(ask *RequestOptions) (*wire.Request, error) {
	boot, mono := db.cfg.Clock.Boot()
	now := &wire.BootSample{Boot: boot, Mono: mono, Wall: db.cfg.Clock.Wall()}
	req := &wire.Request{Now: now, Boots: clock.BootVersion}
	if ask.NoLines {
		return req, db.completeWithoutLines(req)
	}
	after, err := db.keyOfLine(ask.After)
	if err != nil {
		return nil, err
	}
	w, err := db.findWaiting(ask.Limits, after)
	if err != nil {
		return nil, err
	}
	if len(w.lines) == 0 {
		if err := db.completeWithoutLines(req); err != nil {
			return nil, err
		}
		req.Pull, err = db.pullRequest()
		return req, err
	}
	n := wire.FrameLen(w.lines, ask.Limits)
	if req.Frame, err = db.signedFrame(w.stream, w.first, w.lines[:n], ask.Limits); err != nil {
		return nil, err
	}
	req.Stream = req.Frame.Stream
	// The running boot's too: a restored server would otherwise fix this boot anew by the sample.
	if req.Offers, err = db.bootOffers(w.epoch, append(w.boots[:n:n], boot)); err != nil {
		return nil, err
	}
	if n == len(w.lines) && !w.more {
		req.Pull, err = db.pullRequest()
	}
	return req, err
}

// completeWithoutLines adds stream and boot offers to a request without lines.
func (db *DB) completeWithoutLines(req *wire.Request) error {
	st, err := db.lastStream()
	if err != nil {
		return err
	}
	req.Stream = db.stream(st.epoch)
	req.Offers, err = db.bootOffers(st.epoch, []string{req.Now.Boot})
	return err
}

// keyOfLine is the key of a line; 0 for none.
func (db *DB) keyOfLine(at LinePosition) (int64, error) {
	if at.Seq == 0 {
		return 0, nil
	}
	st, found, err := db.streamByEpoch(at.Epoch)
	if err != nil || !found {
		return 0, err
	}
	return keyOf(st.id, at.Seq), nil
}

// waitingRun is a run of waiting lines without a gap.
type waitingRun struct {
	stream int64
	epoch  string
	first  uint64
	lines  [][]byte
	boots  []string
	more   bool // more lines wait after the run
}

// findWaiting finds the oldest run after the key after.
func (db *DB) findWaiting(limits wire.Limits, after int64) (w waitingRun, err error) {
	size, last := 0, int64(0)
	limit := min(limits.Observations+1, maxBatch)
	err = db.queryEach("SELECT key, line, boot FROM lines WHERE status = '' AND key > ? ORDER BY key LIMIT ?", func(s *sqlite3.Stmt) error {
		key := s.ColumnInt64(0)
		if len(w.lines) > 0 && (key != last+1 || size > limits.Soft) {
			w.more = true
		}
		if w.more {
			return nil
		}
		if len(w.lines) == 0 {
			w.stream, w.first = splitKey(key)
		}
		last = key
		w.lines = append(w.lines, s.ColumnBlob(1, nil))
		w.boots = append(w.boots, s.ColumnText(2))
		size += len(w.lines[len(w.lines)-1])
		return nil
	}, after, limit)
	if err != nil || len(w.lines) == 0 {
		return w, err
	}
	st, err := db.streamByID(w.stream)
	w.epoch = st.epoch
	return w, err
}

// signedFrame makes and signs a frame. A line too long for the server is replaced by its tombstone, with the same
// chain.
func (db *DB) signedFrame(stream int64, first uint64, lines [][]byte, limits wire.Limits) (*wire.Frame, error) {
	st, err := db.streamByID(stream)
	if err != nil {
		return nil, err
	}
	prev, _, err := db.hashAt(&st, first-1)
	if err != nil {
		return nil, err
	}
	for i := range lines {
		lines[i] = wire.FitLine(lines[i], limits)
	}
	f := wire.NewFrame(db.stream(st.epoch), first, prev, lines)
	wire.SignFrame(db.cfg.Keys.Device, f)
	return f, nil
}

func (db *DB) pullRequest() (*wire.Pull, error) {
	cursor, err := db.getMeta(metaCursor)
	if err != nil {
		return nil, err
	}
	digest, err := db.referenceDigest()
	return &wire.Pull{Cursor: cursor, Reference: cmp.Or(digest, wire.AllReference)}, err
}
