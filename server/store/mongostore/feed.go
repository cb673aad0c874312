package mongostore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"roadbook/server/store"
)

// Feed returns the frames of each stream numbered after the cursor, up to the summary's number. All these frames carry
// their number, except perhaps the last frame, named by the summary. A unit's feed reads only the streams that ever
// touched the unit.
func (s *Store) Feed(ctx context.Context, cursor, unit string, limit int) (page store.FeedPage, err error) {
	v, err := parseCursor(cursor)
	if err != nil {
		return page, err
	}
	if s.without.Off(store.FeedByNumber) {
		return s.feedByReceived(ctx, v.old["received"], limitOf(limit))
	}
	docs, err := s.feedStreams(ctx, unit)
	if err != nil {
		return page, err
	}
	cs, err := v.positions(docs)
	if s.without.Off(store.CursorNamesFrame) && errors.Is(err, store.ErrCursor) {
		err = nil
	}
	if err != nil {
		return page, err
	}
	room := limitOf(limit)
	for i := range cs {
		for c := &cs[i]; !c.caughtUp() && !page.More; page.More = len(page.Entries) >= room {
			if err := s.feedStream(ctx, c, unit, room, &page); err != nil {
				return page, err
			}
		}
	}
	page.Next = encodeCursor(cs, s.maxNamedStreams)
	return page, nil
}

func (s *Store) feedStreams(ctx context.Context, unit string) ([]streamDoc, error) {
	where := []Cond{{"n", Above, int64(0)}}
	if unit != "" {
		where = []Cond{{"units", In, []string{unit}}}
	}
	raws, err := s.docs.Scan(ctx, Streams, Query{Where: where, Sort: "_id", Only: []string{"n", "last", "received"}})
	if err != nil {
		return nil, err
	}
	return decodeAll[streamDoc](raws)
}

// feedStream adds to the page a stream's frames after the last frame seen, and sets seen to the last frame examined.
func (s *Store) feedStream(ctx context.Context, c *streamPosition, unit string, room int, page *store.FeedPage) error {
	docs, err := s.framesAfter(ctx, c, room)
	if err != nil {
		return err
	}
	for i := range docs {
		if len(page.Entries) >= room {
			return nil
		}
		key, err := parseFrameID(docs[i].ID)
		if err != nil {
			return err
		}
		c.seen = lastSeen{n: docs[i].N, frame: store.ArrivalOf(key.Head, docs[i].Received)}
		if unit != "" && !slices.Contains(docs[i].Units, unit) {
			continue
		}
		_, ids, err := docs[i].touchedRecords()
		if err != nil {
			return err
		}
		page.Entries = append(page.Entries, store.FeedEntry{Key: key, N: docs[i].N, Touched: ids})
	}
	return nil
}

// framesAfter reads the last frame seen and the stream's frames behind it. The last frame seen must exist and have the
// arrival known to the reader. store.ErrCursor.
func (s *Store) framesAfter(ctx context.Context, c *streamPosition, room int) ([]frameDoc, error) {
	from, extra := c.seen.n, 0
	if from > 0 {
		from, extra = from-1, 1
	}
	raws, err := s.docs.Scan(ctx, Frames, Query{
		Where: append(streamConds(c.id), Cond{"stream", Is, c.id}, Cond{"n", Above, from}, Cond{"n", AtMost, c.lastN}),
		Sort:  "n", Limit: room + extra, Only: []string{"n", "own", "touched", "units", "received"}, By: framesByNumber,
	})
	if err != nil {
		return nil, err
	}
	docs, err := decodeAll[frameDoc](raws)
	if err != nil {
		return nil, err
	}
	if extra > 0 {
		c.seen.noArrival = c.seen.noArrival || s.without.Off(store.CursorNamesFrame)
		if docs, err = c.dropLastSeen(docs); err != nil {
			return nil, err
		}
	}
	if len(docs) < room && (len(docs) == 0 || docs[len(docs)-1].N < c.lastN) {
		last, err := firstDoc(s.docs.Read(ctx, Frames, []string{c.last}))
		if err != nil {
			return nil, err
		}
		f, err := decode[frameDoc](last)
		if err != nil {
			return nil, err
		}
		f.N = c.lastN
		docs = append(docs, f)
	}
	return docs, nil
}

// dropLastSeen checks the last frame seen and removes it from the front of docs.
func (c *streamPosition) dropLastSeen(docs []frameDoc) ([]frameDoc, error) {
	if len(docs) > 0 && docs[0].N == c.seen.n {
		key, err := parseFrameID(docs[0].ID)
		if err != nil {
			return nil, err
		}
		if c.seen.noArrival || store.ArrivalOf(key.Head, docs[0].Received) == c.seen.frame {
			return docs[1:], nil
		}
	}
	return nil, fmt.Errorf("%w: stream %s has no such frame %d", store.ErrCursor, c.id, c.seen.n)
}

// feedByReceived is the behaviour forbidden by FeedByNumber: the cursor is the moment of receipt.
func (s *Store) feedByReceived(ctx context.Context, received int64, limit int) (page store.FeedPage, err error) {
	raws, err := s.docs.Scan(ctx, Frames, Query{
		Where: []Cond{{"waiting", AtMost, int64(0)}, {"received", Above, received}}, Sort: "received", Limit: limit,
	})
	if err != nil {
		return page, err
	}
	fs, err := decodeFrames(raws)
	for i := range fs {
		page.Entries = append(page.Entries, store.FeedEntry{Key: fs[i].Key, N: fs[i].N, Touched: fs[i].Touched})
		received = fs[i].Received
	}
	page.Next, page.More = encodeOldCursor(map[string]int64{"received": received}), len(fs) == limit
	return page, err
}

// encodeOldCursor writes a cursor in the form of older programs.
func encodeOldCursor(v map[string]int64) string {
	b, err := cborOut.Marshal(v)
	if err != nil {
		panic(err) // a plain map
	}
	return base64.RawURLEncoding.EncodeToString(b)
}
