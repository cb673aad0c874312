package store

import (
	"context"
	"iter"

	"roadbook/sync/wire"
)

// walkPage is the number of elements read at once.
const walkPage = 500

// Walk yields the elements of page after page, up to an empty page. read returns the page after an element; key names an
// element. After an error the walk ends.
func Walk[T, K any](after K, key func(*T) K, read func(after K) ([]T, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			page, err := read(after)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page {
				if !yield(&page[i], nil) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
			after = key(&page[len(page)-1])
		}
	}
}

// AllStreams walks through the streams after one.
func AllStreams(ctx context.Context, r Reader, after wire.StreamID) iter.Seq2[*Stream, error] {
	return Walk(after, func(s *Stream) wire.StreamID { return s.ID }, func(after wire.StreamID) ([]Stream, error) {
		return r.Streams(ctx, after, walkPage)
	})
}

// AllFrames walks through the frames of a stream, of all streams if id is zero; page of them are in memory at once.
func AllFrames(ctx context.Context, r Reader, id wire.StreamID, page int) iter.Seq2[*Frame, error] {
	return Walk(FrameKey{}, func(f *Frame) FrameKey { return f.Key }, func(after FrameKey) ([]Frame, error) {
		return r.ScanFrames(ctx, id, after, page)
	})
}

// AllQuarantined walks through the quarantined or the released lines of a stream, of all streams if id is zero.
func AllQuarantined(ctx context.Context, r Reader, id wire.StreamID, released bool) iter.Seq2[*Quarantined, error] {
	return Walk(wire.ObsID{}, func(q *Quarantined) wire.ObsID { return q.ID }, func(after wire.ObsID) ([]Quarantined, error) {
		return r.QuarantinedLines(ctx, id, after, released, walkPage)
	})
}

// AllGroups walks through the groups.
func AllGroups(ctx context.Context, r Reader) iter.Seq2[*Group, error] {
	return Walk("", func(g *Group) string { return g.Name }, func(after string) ([]Group, error) {
		return r.Groups(ctx, after, walkPage)
	})
}

// AllEntries walks through a section of the registry.
func AllEntries(ctx context.Context, r Registry, section string) iter.Seq2[*Entry, error] {
	return Walk("", func(e *Entry) string { return e.Name }, func(after string) ([]Entry, error) {
		return r.List(ctx, section, after, walkPage)
	})
}
