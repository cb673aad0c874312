package sqlitestore

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// view is one snapshot of the file, for a reader.
type view struct {
	s *Store
	c *conn
}

func (v *view) chunk(key int64) (*chunk, error) { return readChunk(v.c, key) }

// locate returns the ref of an id; ok is false if no record can have the id.
func (v *view) locate(id string) (ref, bool) {
	stream, seq, hash, ok := cutID(id)
	if !ok {
		return oddRef(id), true
	}
	n := v.s.streams.find(stream)
	return refOf(n, seq, hash), n != 0
}

// Record reads one record.
func (s *Store) Record(ctx context.Context, id string) (r store.Record, err error) {
	recs, err := s.RecordsByID(ctx, id)
	switch {
	case err != nil:
		return r, err
	case len(recs) == 0:
		return r, store.ErrNotFound
	}
	return recs[0], nil
}

// RecordsByID reads the records with the given ids; absent ids are left out.
func (s *Store) RecordsByID(ctx context.Context, ids ...string) (out []store.Record, err error) {
	err = s.read(ctx, func(v *view) error {
		for _, id := range ids {
			at, ok := v.locate(id)
			if !ok {
				continue
			}
			c, err := v.chunk(at.chunk)
			if err != nil {
				return err
			}
			e := c.find(at)
			if e == nil {
				continue
			}
			if err := e.parse(s); err != nil {
				return err
			}
			out = append(out, e.rec)
		}
		return nil
	})
	return out, err
}

// RecordsOfGroups reads the records naming one of the groups, by id.
func (s *Store) RecordsOfGroups(ctx context.Context, names ...string) (out []store.Record, err error) {
	named := make(map[string]bool, len(names))
	err = s.read(ctx, func(v *view) error {
		var numbers []int64
		for _, name := range names {
			named[name] = true
			members, err := storedMembers(v.c, groupKey(name))
			if err != nil {
				return err
			}
			if numbers = append(numbers, members...); !isRecordID(name) {
				continue
			}
			if at, ok := v.locate(name); ok {
				numbers = append(numbers, at.number())
			}
		}
		for _, n := range sortedSet(numbers) {
			if err := v.eachNumbered(n, func(e *entry) {
				if named[e.rec.Group] {
					out = append(out, e.rec)
				}
			}); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b store.Record) int { return strings.Compare(a.ID, b.ID) })
	return out, err
}

// eachNumbered calls fn for the records with a ref's number.
func (v *view) eachNumbered(n int64, fn func(*entry)) error {
	key, low := chunkOf(n)
	c, err := v.chunk(key)
	if err != nil {
		return err
	}
	for _, e := range c.entries {
		if e.low == low {
			if err := e.parse(v.s); err != nil {
				return err
			}
			fn(e)
		}
	}
	return nil
}

// ScanFrames pages through the log.
func (s *Store) ScanFrames(ctx context.Context, stream wire.StreamID, after store.FrameKey, limit int) (out []store.Frame, err error) {
	err = s.read(ctx, func(v *view) error {
		if stream == (wire.StreamID{}) {
			return v.scanStreams(after, limit, &out)
		}
		if after.Stream != stream {
			after = store.FrameKey{}
		}
		return v.scanFrames(stream.String(), after, int(pageSize(limit)), &out)
	})
	return out, err
}

// scanStreams reads stream after stream, by their texts, until the page is full.
func (v *view) scanStreams(after store.FrameKey, limit int, out *[]store.Frame) error {
	text := ""
	if after.Last != 0 {
		text = after.Stream.String()
	}
	return v.eachStream(text, true, func(id string) error {
		from := store.FrameKey{}
		if id == text {
			from = after
		}
		if err := v.scanFrames(id, from, int(pageSize(limit)), out); err != nil {
			return err
		}
		if len(*out) >= int(pageSize(limit)) {
			return errStop
		}
		return nil
	})
}

// eachStream calls fn with the streams' texts in order, starting at from.
func (v *view) eachStream(from string, inclusive bool, fn func(id string) error) error {
	op := map[bool]string{true: ">=", false: ">"}[inclusive]
	return v.c.each(`SELECT id FROM stream WHERE id`+op+`? ORDER BY id`, func(r row) error { return fn(r.text(0)) }, from)
}

func (v *view) scanFrames(stream string, after store.FrameKey, limit int, out *[]store.Frame) error {
	rows, err := queryFrames(v.c, `WHERE f.s=? AND (f.first, f.last, f.head) > (?,?,?) ORDER BY f.first, f.last, f.head LIMIT ?`,
		v.s.streams.find(stream), clip63(after.First), clip63(after.Last), after.Head[:], int64(limit-len(*out)))
	if err != nil {
		return err
	}
	for i := range rows {
		f, err := v.toFrame(&rows[i], parseStream(stream))
		if err != nil {
			return err
		}
		*out = append(*out, f)
	}
	return nil
}

func (v *view) toFrame(x *storedFrame, id wire.StreamID) (store.Frame, error) {
	fs, err := x.state(id)
	if err != nil {
		return store.Frame{}, err
	}
	return fs.toFrame(v.s, v)
}

// maxLines bounds the unpacked lines of a stored frame, in bytes.
const maxLines = 64 << 20

// FrameWith finds the frame of an observation: among the frames that contain its sequence, the frame whose chain has
// its hash.
func (s *Store) FrameWith(ctx context.Context, id wire.ObsID) (out store.Frame, err error) {
	err = s.read(ctx, func(v *view) error {
		n := s.streams.find(id.Stream().String())
		if n == 0 {
			return store.ErrNotFound
		}
		rows, err := queryFrames(v.c, `WHERE f.s=? AND f.first<=? AND f.last>=? ORDER BY f.first DESC`, n, clip63(id.Seq), clip63(id.Seq))
		if err != nil {
			return err
		}
		for i := range rows {
			f, err := v.toFrame(&rows[i], id.Stream())
			if err != nil {
				return err
			}
			if holds(&f, id) {
				out = f
				return nil
			}
		}
		return store.ErrNotFound
	})
	return out, err
}

func holds(f *store.Frame, id wire.ObsID) bool {
	lines, err := wire.UnpackLines(f.Packed, maxLines)
	if err != nil {
		return false
	}
	h := f.Prev
	for i, line := range lines {
		h = wire.ChainHash(h, line)
		if f.Key.First+uint64(i) == id.Seq {
			return bytes.Equal(h[:len(id.Hash)], id.Hash[:])
		}
	}
	return false
}

func (v *view) frameByNumber(n int64, out *[]store.Frame) error {
	var stream int64
	if err := v.c.each(`SELECT s FROM frame WHERE n=?`, func(r row) error { stream = r.int(0); return nil }, n); err != nil {
		return err
	}
	rows, err := queryFrames(v.c, `WHERE f.n=?`, n)
	if err != nil || len(rows) == 0 {
		return err
	}
	f, err := v.toFrame(&rows[0], parseStream(v.s.streams.text(stream)))
	*out = append(*out, f)
	return err
}

// Streams lists summaries.
func (s *Store) Streams(ctx context.Context, after wire.StreamID, limit int) (out []store.Stream, err error) {
	from := ""
	if after != (wire.StreamID{}) {
		from = after.String()
	}
	err = s.read(ctx, func(v *view) error {
		return v.c.each(`SELECT id, d FROM stream WHERE id>? AND d IS NOT NULL ORDER BY id`, func(r row) error {
			st := streamState{sum: store.Stream{ID: parseStream(r.text(0))}}
			if err := st.decode(r.s.ColumnRawBlob(1)); err != nil {
				return err
			}
			if st.sum.Rev > 0 {
				out = append(out, st.sum)
			}
			if len(out) >= int(pageSize(limit)) {
				return errStop
			}
			return nil
		}, from)
	})
	return out, err
}

// Counts returns stored counters.
func (s *Store) Counts(ctx context.Context) (store.Counts, error) {
	if err := ctx.Err(); err != nil {
		return store.Counts{}, unavailable(err)
	}
	return s.statNow().Counts, nil
}

// CountedBy is the version of the catalogue used for the totals.
func (s *Store) CountedBy(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", unavailable(err)
	}
	return s.statNow().CountedBy, nil
}

// CountAs checks the version: a single process counts.
func (s *Store) CountAs(ctx context.Context, version string) error {
	current, err := s.CountedBy(ctx)
	if err == nil && current != version {
		err = fmt.Errorf("%w: sums are counted by catalogue %q, not by %q", store.ErrNewer, current, version)
	}
	return err
}
