package transfer

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Replayer takes in a frame of another store: ingest.Ingest does.
type Replayer interface {
	Replay(ctx context.Context, f store.Frame, boots []clock.Boot) error
}

// Log moves a log.
type Log struct {
	From, To store.Store
	Replay   Replayer                // into To
	Progress func(done, total int64) // frames; one call at a time; nil: no calls

	// Served: a server writes to From meanwhile. A stream waiting for a line not moved in this run is left for the next run.
	Served bool

	mu    sync.Mutex
	done  int64
	total int64
}

// streamsAtOnce is the number of summaries read in one page.
const streamsAtOnce = 200

// Move replays every marked frame of From not yet counted by To, each stream's in the order of its numbers, several
// streams side by side. A stream releasing a line of another stream waits for that stream. Move may be called again at
// any time.
func (l *Log) Move(ctx context.Context) error {
	n, err := l.From.Counts(ctx)
	if err != nil {
		return err
	}
	if l.total = n.Frames; l.Progress == nil {
		l.Progress = func(int64, int64) {}
	}
	for last := -1; ; {
		waiting, err := l.moveRound(ctx)
		if err != nil || len(waiting) == 0 {
			return err
		}
		if len(waiting) == last {
			if l.Served {
				return nil
			}
			return fmt.Errorf("stream %v: %w", waiting[0], ingest.ErrTargetLater)
		}
		last = len(waiting)
	}
}

// moveRound goes once through all streams and returns the waiting streams.
func (l *Log) moveRound(ctx context.Context) (waiting []wire.StreamID, err error) {
	l.done = 0
	for after := (wire.StreamID{}); ; {
		page, err := l.From.Streams(ctx, after, streamsAtOnce)
		if err != nil || len(page) == 0 {
			return waiting, err
		}
		more, err := l.movePage(ctx, page)
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, more...)
		after = page[len(page)-1].ID
	}
}

// movePage moves some streams, as many at once as To prefers. The first error ends the page.
func (l *Log) movePage(ctx context.Context, page []store.Stream) (waiting []wire.StreamID, failed error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	todo := make(chan store.Stream, len(page))
	for _, s := range page {
		todo <- s
	}
	close(todo)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range max(1, l.To.Traits().Parallel) {
		workers.Go(func() {
			for s := range todo {
				err := l.moveStream(ctx, &s)
				mu.Lock()
				switch {
				case errors.Is(err, ingest.ErrTargetLater):
					waiting = append(waiting, s.ID)
				case err != nil && failed == nil:
					failed = fmt.Errorf("stream %s: %w", s.ID, err)
					stop()
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return waiting, failed
}

// moveStream replays the frames of one stream missing from To.
func (l *Log) moveStream(ctx context.Context, s *store.Stream) error {
	there, err := readSummary(ctx, l.To, s.ID)
	if err != nil {
		return err
	}
	next := there.N + 1
	l.addDone(there.N)
	ahead := map[int64]store.Frame{} // frames with a number beyond the next: their lines came out of order
	for f, err := range store.AllFrames(ctx, l.From, s.ID, framesAtOnce) {
		if err != nil {
			return err
		}
		if f.N < next || f.N > s.N {
			continue // already there; or not counted here; or newer than s, which may lack the boots of its lines
		}
		ahead[f.N] = *f
		for f, ok := ahead[next]; ok; f, ok = ahead[next] {
			if err := l.Replay.Replay(ctx, f, s.Boots); err != nil {
				return err
			}
			delete(ahead, next)
			next++
			l.addDone(1)
		}
	}
	return nil
}

func (l *Log) addDone(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done += n
	l.Progress(l.done, l.total)
}

func readSummary(ctx context.Context, s store.Store, id wire.StreamID) (sum store.Stream, err error) {
	err = s.Batch(ctx, func(st store.Steps) error {
		sum, err = st.Stream(ctx, id)
		return err
	})
	return sum, err
}

// framesAtOnce bounds the frames in memory: 64 frames of at most 4 MiB.
const framesAtOnce = 64
