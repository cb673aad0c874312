package mongostore

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"roadbook/server/store"
)

// vector is a feed cursor: by stream, the number of the last frame seen.
type vector map[string]int64

func (v vector) String() string {
	b, err := cborOut.Marshal(map[string]int64(v)) // sorted: the same vector is the same text
	if err != nil {
		panic(err) // a plain map
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseVector(cursor string) (vector, error) {
	v := vector{}
	if cursor == "" {
		return v, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = cbor.Unmarshal(b, &v)
	}
	if err != nil {
		return nil, fmt.Errorf("mongostore: feed cursor: %w", err)
	}
	return v, nil
}

// Feed shows, of each stream, the frames numbered after the cursor and up to the summary's number: all of
// these have their number, except perhaps the last one, which the summary names. A unit's feed looks only at the
// streams that ever touched it.
func (s *Store) Feed(ctx context.Context, cursor, unit string, limit int) (page store.FeedPage, err error) {
	if s.without.Off(store.FeedByNumber) {
		return s.feedByMoment(ctx, cursor, limitOf(limit))
	}
	v, err := parseVector(cursor)
	if err != nil {
		return page, err
	}
	room := limitOf(limit)
	where := []Cond{{"n", Above, int64(0)}}
	if unit != "" {
		where = []Cond{{"units", In, []string{unit}}}
	}
	raws, err := s.docs.Scan(ctx, Streams, Query{Where: where, Sort: "_id", Only: []string{"n", "last"}})
	if err != nil {
		return page, err
	}
	for _, raw := range raws {
		d, err := decode[streamDoc](raw)
		if err != nil {
			return page, err
		}
		for v[d.ID] < d.N && !page.More {
			seen, err := s.feedStream(ctx, &d, v[d.ID], unit, room, &page)
			if err != nil {
				return page, err
			}
			v[d.ID] = seen
			page.More = len(page.Entries) >= room
		}
	}
	page.Next = v.String()
	return page, nil
}

// feedStream adds to the page a stream's frames after number v, and returns the number of the last one that
// was looked at.
func (s *Store) feedStream(ctx context.Context, d *streamDoc, v int64, unit string, room int, page *store.FeedPage) (int64, error) {
	raws, err := s.docs.Scan(ctx, Frames, Query{
		Where: append(ofStream(d.ID), Cond{"stream", Is, d.ID}, Cond{"n", Above, v}, Cond{"n", AtMost, d.N}),
		Sort:  "n", Limit: room, Only: []string{"n", "own", "touched", "units"}, By: framesByNumber,
	})
	if err != nil {
		return v, err
	}
	docs, err := decodeAll[frameDoc](raws)
	if err != nil {
		return v, err
	}
	if len(docs) < room && (len(docs) == 0 || docs[len(docs)-1].N < d.N) {
		last, err := first(s.docs.Read(ctx, Frames, []string{d.Last}))
		if err != nil {
			return v, err
		}
		f, err := decode[frameDoc](last)
		if err != nil {
			return v, err
		}
		f.N = d.N
		docs = append(docs, f)
	}
	for i := range docs {
		if len(page.Entries) >= room {
			return v, nil
		}
		v = docs[i].N
		if unit == "" || slices.Contains(docs[i].Units, unit) {
			key, ids, err := docs[i].touched()
			if err != nil {
				return v, err
			}
			page.Entries = append(page.Entries, store.FeedEntry{Key: key, N: docs[i].N, Touched: ids})
		}
	}
	return v, nil
}

// feedByMoment is what FeedByNumber forbids: a cursor that is the time of receipt.
func (s *Store) feedByMoment(ctx context.Context, cursor string, limit int) (page store.FeedPage, err error) {
	v, err := parseVector(cursor)
	if err != nil {
		return page, err
	}
	raws, err := s.docs.Scan(ctx, Frames, Query{
		Where: []Cond{{"waiting", AtMost, int64(0)}, {"received", Above, v["received"]}}, Sort: "received", Limit: limit,
	})
	if err != nil {
		return page, err
	}
	fs, err := frames(raws)
	for i := range fs {
		page.Entries = append(page.Entries, store.FeedEntry{Key: fs[i].Key, N: fs[i].N, Touched: fs[i].Touched})
		v["received"] = fs[i].Received
	}
	page.Next, page.More = v.String(), len(fs) == limit
	return page, err
}
