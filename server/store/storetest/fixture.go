package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// bench is one database under test.
type bench struct {
	t *testing.T
	s store.Store
}

func open(t *testing.T, h Harness) *bench {
	t.Helper()
	return &bench{t, h.Open(t)}
}

// servers opens n servers on one new database, each with a handle of its own if the store allows.
func servers(t *testing.T, h Harness, n int) []*bench {
	t.Helper()
	out := []*bench{open(t, h)}
	for len(out) < n {
		s := out[0].s
		if h.Beside != nil {
			s = h.Beside(t, s)
		}
		out = append(out, &bench{t, s})
	}
	return out
}

// do runs steps in a Batch of their own and requires success.
func (b *bench) do(fn func(ctx context.Context, st store.Steps) error) {
	b.t.Helper()
	ctx := b.t.Context()
	if err := b.s.Batch(ctx, func(st store.Steps) error { return fn(ctx, st) }); err != nil {
		b.t.Fatal(err)
	}
}

// must stops the test on an error.
func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// race runs fn n times at once.
func race(n int, fn func(i int)) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { <-start; fn(i) })
	}
	close(start)
	wg.Wait()
}

// stream names the i-th stream of a test.
func stream(i int) wire.StreamID {
	return wire.StreamID{Device: fmt.Sprintf("dev%07d", i), Epoch: fmt.Sprintf("ep0ch%03d", i)}
}

// lines are n lines of a branch from sequence first on; lines of different branches differ.
func lines(first, n int, branch string) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, `{"n":%d,"branch":%q}`, first+i, branch)
	}
	return out
}

// hashAt is the chain hash of a stream's branch at a sequence.
func hashAt(s wire.StreamID, seq int, branch string) wire.Hash {
	h := wire.Genesis(s)
	for _, line := range lines(1, seq, branch) {
		h = wire.ChainHash(h, line)
	}
	return h
}

// frame is the frame first..last of a stream's branch, as ingest would commit it.
func frame(s wire.StreamID, first, last int, branch string) store.Frame {
	prev := hashAt(s, first-1, branch)
	ls := lines(first, last-first+1, branch)
	w := wire.NewFrame(s, uint64(first), prev, ls)
	return store.Frame{
		Key:      store.FrameKey{Stream: s, First: w.First, Last: w.Last(), Head: w.Head},
		Prev:     prev,
		Sig:      []byte("signature of " + branch),
		Packed:   wire.PackLines(ls),
		Received: 1_600_000_000_000 + int64(first),
		Unit:     "unit-1",
		Role:     "officer",
	}
}

// obsID is the id of a line of a branch.
func obsID(s wire.StreamID, seq int, branch string) wire.ObsID {
	return wire.NewObsID(s, uint64(seq), hashAt(s, seq, branch))
}

// commit commits a frame and requires that it is new.
func (b *bench) commit(f store.Frame) store.Frame {
	b.t.Helper()
	var stored store.Frame
	b.do(func(ctx context.Context, st store.Steps) error {
		var existed bool
		var err error
		stored, existed, err = st.CommitFrame(ctx, f)
		if err == nil && existed {
			b.t.Errorf("frame %v existed before it was committed", f.Key)
		}
		return err
	})
	return stored
}

// mark marks a frame and returns its number.
func (b *bench) mark(key store.FrameKey) (n int64) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) (err error) {
		n, err = st.Mark(ctx, key)
		return err
	})
	return n
}

// summary reads a stream's summary through the steps.
func (b *bench) summary(id wire.StreamID) (s store.Stream) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) (err error) {
		s, err = st.Stream(ctx, id)
		return err
	})
	return s
}

// frames reads the stored frames of a stream by the steps.
func (b *bench) frames(id wire.StreamID, first, last uint64) (fs []store.Frame) {
	b.t.Helper()
	b.do(func(ctx context.Context, st store.Steps) (err error) {
		fs, err = st.FramesWithin(ctx, id, first, last)
		return err
	})
	return fs
}
