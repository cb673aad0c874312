package localdb

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/wire"
)

// batch is how many waiting lines are looked at for one frame.
const maxBatch = 4096

// Next makes the next request: a signed frame of the oldest waiting lines under the limits, the clock's
// sample, those of its and the lines' boots that a server has fixed, and, when the frame takes all that waits, the
// wish to pull. Frame is nil where nothing waits. The same state gives the same request.
func (db *DB) Next(ctx context.Context, limits wire.Limits) (req *wire.Request, err error) {
	err = db.read(ctx, func() error {
		req, err = db.next(limits)
		return err
	})
	return req, err
}

func (db *DB) next(limits wire.Limits) (*wire.Request, error) {
	w, err := db.waiting(limits, 0)
	if err != nil {
		return nil, err
	}
	boot, mono := db.cfg.Clock.Boot()
	req := &wire.Request{Now: &wire.BootSample{Boot: boot, Mono: mono}}
	if len(w.lines) == 0 {
		st, err := db.lastStream()
		if err != nil {
			return nil, err
		}
		req.Stream = db.stream(st.epoch)
		if req.Offers, err = db.offers(st.epoch, []string{boot}); err != nil {
			return nil, err
		}
		req.Pull, err = db.pull()
		return req, err
	}
	n := wire.Cut(w.lines, limits)
	if req.Frame, err = db.frame(w.stream, w.first, w.lines[:n], limits); err != nil {
		return nil, err
	}
	req.Stream = req.Frame.Stream
	// The running boot's too: a server that was restored would else fix it anew by the sample.
	if req.Offers, err = db.offers(w.epoch, append(w.boots[:n:n], boot)); err != nil {
		return nil, err
	}
	if n == len(w.lines) && !w.more {
		req.Pull, err = db.pull()
	}
	return req, err
}

// run is the oldest run of waiting lines without a gap.
type run struct {
	stream int64
	epoch  string
	first  uint64
	lines  [][]byte
	boots  []string
	more   bool // waits behind it
}

// waiting finds the oldest run behind the key after.
func (db *DB) waiting(limits wire.Limits, after int64) (w run, err error) {
	size, last := 0, int64(0)
	limit := min(limits.Observations+1, maxBatch)
	err = db.each("SELECT key, line, boot FROM lines WHERE status = '' AND key > ? ORDER BY key LIMIT ?", func(s *sqlite3.Stmt) error {
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

// frame makes and signs the frame. A line too long for the server travels as its hash: the chain is the same.
func (db *DB) frame(stream int64, first uint64, lines [][]byte, limits wire.Limits) (*wire.Frame, error) {
	st, err := db.streamByID(stream)
	if err != nil {
		return nil, err
	}
	prev, _, err := db.hashAt(&st, first-1)
	if err != nil {
		return nil, err
	}
	for i := range lines {
		lines[i] = wire.Fit(lines[i], limits)
	}
	f := wire.NewFrame(db.stream(st.epoch), first, prev, lines)
	wire.SignFrame(db.cfg.Keys.Device, f)
	return f, nil
}

// offers are the boots of lines that a server has fixed, each once.
func (db *DB) offers(epoch string, boots []string) (offers []wire.SignedBoot, err error) {
	done := map[string]bool{}
	for _, boot := range boots {
		if done[boot] {
			continue
		}
		done[boot] = true
		err := db.each("SELECT base, ceiling, sig FROM boots WHERE boot = ? AND epoch = ?", func(s *sqlite3.Stmt) error {
			b := wire.SignedBoot{Sig: s.ColumnBlob(2, nil)}
			b.ID, b.Base, b.Ceiling = boot, s.ColumnInt64(0), s.ColumnInt64(1)
			offers = append(offers, b)
			return nil
		}, boot, epoch)
		if err != nil {
			return nil, err
		}
	}
	return offers, nil
}

func (db *DB) pull() (*wire.Pull, error) {
	cursor, err := db.get(metaCursor)
	return &wire.Pull{Cursor: cursor}, err
}
