package mongostore

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// maxAttempts bounds a compare-and-set loop. Each lost round means another process's success, so only extreme
// contention on one stream reaches the bound; the caller may try again.
const maxAttempts = 100

func (s *steps) Stream(ctx context.Context, id wire.StreamID) (store.Stream, error) {
	raws, err := s.docs.Read(ctx, Streams, []string{id.String()})
	if err != nil || len(raws) == 0 {
		return store.Stream{ID: id}, err
	}
	d, err := decode[streamDoc](raws[0])
	if err != nil {
		return store.Stream{ID: id}, err
	}
	sum, err := d.stream()
	if err == nil {
		s.cache.setSummary(sum)
	}
	return sum, err
}

// summary returns the summary last read or stored by this Batch, once, or reads the summary. The result is only for a
// compare-and-set: its success proves that the summary has not changed, and after a failure the summary is read again.
func (s *steps) summary(ctx context.Context, id wire.StreamID) (store.Stream, error) {
	sum := s.cache.summary
	s.cache.summary = store.Stream{}
	if sum.Rev > 0 && sum.ID == id {
		return sum, nil
	}
	return s.Stream(ctx, id)
}

// replaceSummary replaces the revision of a summary read before, and adds to its units; ok is false if another process
// was first.
func (s *steps) replaceSummary(ctx context.Context, sum *store.Stream, units []string) (ok bool, err error) {
	was := sum.Rev
	sum.Rev++
	d := streamToDoc(sum)
	d.Units = unique(units)
	if was == 0 {
		taken, err := s.docs.Insert(ctx, Streams, []any{d})
		if ok = err == nil && !taken[0]; ok {
			s.cache.setSummary(*sum)
		}
		return ok, err
	}
	change := Change{ID: d.ID, If: []Cond{{"rev", Is, was}}, Set: bson.D{
		{Key: "rev", Value: d.Rev}, {Key: "n", Value: d.N}, {Key: "ranges", Value: d.Ranges}, {Key: "last", Value: d.Last},
		{Key: "boots", Value: d.Boots}, {Key: "received", Value: d.Received}, {Key: "forks", Value: d.Forks},
	}}
	if len(d.Units) > 0 {
		change.Union = bson.D{{Key: "units", Value: d.Units}}
	}
	if s.without.Off(store.NumberBySummary) {
		change.If = nil
	}
	done, err := s.docs.Change(ctx, Streams, []Change{change})
	return err == nil && done[0], err
}

func (s *steps) FixBoots(ctx context.Context, id wire.StreamID, boots []clock.Boot) (store.Stream, error) {
	for range maxAttempts {
		sum, err := s.Stream(ctx, id)
		if err != nil {
			return sum, err
		}
		before := len(sum.Boots)
		for _, b := range boots {
			if !slices.ContainsFunc(sum.Boots, func(existing clock.Boot) bool { return existing.ID == b.ID }) {
				sum.Boots = append(sum.Boots, b)
			}
		}
		if len(sum.Boots) == before {
			return sum, nil
		}
		if ok, err := s.replaceSummary(ctx, &sum, nil); err != nil || ok {
			return sum, err
		}
	}
	return store.Stream{}, fmt.Errorf("stream %s: %w: changed too often", id, store.ErrUnavailable)
}

// Mark numbers a frame. The compare-and-set of the summary gives the number and is the only place that writes it; the
// same process or any later process copies the number onto the frame.
func (s *steps) Mark(ctx context.Context, key store.FrameKey) (int64, error) {
	for range maxAttempts {
		sum, err := s.summary(ctx, key.Stream)
		if err != nil {
			return 0, err
		}
		f, proved := s.cache.unnumberedFrame(&sum, key)
		if !proved || !s.numbered.has(sum.Last) {
			if f, err = s.readUnnumbered(ctx, &sum, key); err != nil || f.N > 0 {
				return f.N, err
			}
		}
		addFrame(&sum, &f)
		ok, err := s.replaceSummary(ctx, &sum, f.Units)
		if err != nil {
			return 0, err
		}
		if ok {
			return sum.N, s.setNumber(ctx, key, sum.N)
		}
	}
	return 0, fmt.Errorf("stream %s: %w: changed too often", key.Stream, store.ErrUnavailable)
}

// readUnnumbered reads a frame after its summary. Before returning, it copies the summary's number onto the frame
// named by the summary, if that frame has no number.
func (s *steps) readUnnumbered(ctx context.Context, sum *store.Stream, key store.FrameKey) (f store.Frame, err error) {
	ids := []string{frameID(key)}
	if sum.N > 0 && sum.Last != key {
		ids = append(ids, frameID(sum.Last))
	}
	raws, err := s.docs.Scan(ctx, Frames, Query{
		Where: []Cond{{"_id", In, ids}}, Only: []string{"n", "prev", "forked", "received", "waiting", "units"},
	})
	if err != nil {
		return f, err
	}
	fs, err := decodeFrames(raws)
	if err != nil {
		return f, err
	}
	at := slices.IndexFunc(fs, func(f store.Frame) bool { return f.Key == key })
	if at < 0 {
		return f, fmt.Errorf("frame %s: %w", frameID(key), store.ErrNotFound)
	}
	for i := range fs {
		if sum.N > 0 && fs[i].Key == sum.Last && fs[i].N == 0 {
			fs[i].N = sum.N
			if err := s.setNumber(ctx, sum.Last, sum.N); err != nil {
				return f, err
			}
		}
	}
	return fs[at], nil
}

// addFrame adds a frame to a summary.
func addFrame(sum *store.Stream, f *store.Frame) {
	sum.N++
	sum.Ranges = store.AddRange(sum.Ranges, wire.Range{First: f.Key.First, Last: f.Key.Last, Prev: f.Prev, Head: f.Key.Head})
	sum.Last = f.Key
	sum.Received = f.Received
	sum.Forks += int64(len(f.Forked))
}

// setNumber copies a number onto its frame, unless the frame has a number. A numbered frame is projected.
func (s *steps) setNumber(ctx context.Context, key store.FrameKey, n int64) error {
	change := Change{
		ID: frameID(key), If: []Cond{{"n", Is, int64(0)}},
		Set: bson.D{{Key: "n", Value: n}, {Key: "waiting", Value: int64(0)}},
	}
	if s.without.Off(store.NumberBySummary) {
		change.If = nil
	}
	_, err := s.docs.Change(ctx, Frames, []Change{change})
	if err == nil {
		s.numbered.add(key)
	}
	return err
}

// numberedFrames remembers, by stream, the last frame seen with a number by this process. The number never changes
// again.
type numberedFrames struct {
	mu sync.Mutex
	m  map[wire.StreamID]store.FrameKey
}

// maxNumbered bounds the streams remembered; beyond the bound, the memory starts empty again.
const maxNumbered = 1 << 14

func (n *numberedFrames) add(key store.FrameKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.m == nil || len(n.m) >= maxNumbered {
		n.m = map[wire.StreamID]store.FrameKey{}
	}
	n.m[key.Stream] = key
}

func (n *numberedFrames) has(key store.FrameKey) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.m[key.Stream] == key
}
