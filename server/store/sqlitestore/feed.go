package sqlitestore

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// A feed's cursor is a position. The one writer assigns positions when frames are marked, and positions become visible
// in order. The cursor also contains the arrival of the frame at the position: a file put back from a copy that has
// grown past the position has another frame there. feedScan bounds the positions examined for one page of a unit.
const feedScan = 4096

// Feed pages through marked frames.
func (s *Store) Feed(ctx context.Context, cursor, unit string, limit int) (page store.FeedPage, err error) {
	at, err := parseCursor(cursor)
	if err != nil {
		return page, err
	}
	want, size := s.units.find(unit), int(pageSize(limit))
	err = s.read(ctx, func(v *view) error {
		if err := v.checkPosition(at); err != nil {
			return err
		}
		var ns []int64
		seen := 0
		err := v.c.each(`SELECT pos, n, units FROM feed WHERE pos>? ORDER BY pos`, func(r row) error {
			if len(ns) == size || seen == feedScan {
				page.More = true
				return errStop
			}
			at.pos, seen = r.int(0), seen+1
			if unit == "" || hasUnit(r.s.ColumnRawBlob(2), want) {
				ns = append(ns, r.int(1))
			}
			return nil
		}, at.pos)
		if err != nil {
			return err
		}
		if seen > 0 || at.frame == nil {
			if at.frame, err = v.arrivalAt(at.pos); err != nil {
				return err
			}
		}
		return v.feedEntries(ns, &page)
	})
	page.Next = at.String()
	return page, err
}

// checkPosition returns ErrCursor unless the frame named by the cursor is at its position. An older program's cursor
// names no frame.
func (v *view) checkPosition(at position) error {
	if at.pos == 0 || v.s.cfg.Without.Off(store.CursorNamesFrame) {
		return nil
	}
	frame, err := v.arrivalAt(at.pos)
	if err == nil && (frame == nil || at.frame != nil && *frame != *at.frame) {
		err = fmt.Errorf("%w: another frame stands at %d, or none", store.ErrCursor, at.pos)
	}
	return err
}

// arrivalAt is the arrival of the frame at a position; nil without a frame.
func (v *view) arrivalAt(pos int64) (at *store.Arrival, err error) {
	err = v.c.each(`SELECT frame.head, frame.d FROM feed JOIN frame ON frame.n=feed.n WHERE feed.pos=?`, func(r row) error {
		form, err := decodeFrameForm(r.s.ColumnRawBlob(1))
		if err != nil {
			return err
		}
		var head wire.Hash
		copy(head[:], r.s.ColumnRawBlob(0))
		a := store.ArrivalOf(head, form.Received)
		at = &a
		return nil
	}, pos)
	return at, err
}

func hasUnit(raw []byte, unit int64) bool {
	d := reader{b: raw}
	return unit != 0 && slices.Contains(d.numbers(nil), unit)
}

func (v *view) feedEntries(ns []int64, page *store.FeedPage) error {
	for _, n := range ns {
		var fs []store.Frame
		if err := v.frameByNumber(n, &fs); err != nil {
			return err
		}
		for _, f := range fs {
			page.Entries = append(page.Entries, store.FeedEntry{Key: f.Key, N: f.N, Touched: f.Touched})
		}
	}
	return nil
}

// position is a decoded cursor.
type position struct {
	pos   int64
	frame *store.Arrival // of the frame there; nil in an older program's cursor
}

// The forms of a cursor, in its first byte.
const (
	oldCursor = 1 // a position
	newCursor = 2 // a position and an arrival
)

func (p position) String() string {
	if p.pos == 0 {
		return ""
	}
	b := binary.AppendUvarint([]byte{newCursor}, uint64(p.pos))
	if p.frame != nil {
		b = append(b, p.frame[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// maxCursor is the longest cursor, in bytes of its text.
const maxCursor = 64

func parseCursor(cursor string) (p position, err error) {
	if cursor == "" {
		return p, nil
	}
	bad := fmt.Errorf("%w: %.*q", store.ErrCursor, maxCursor, cursor)
	if len(cursor) > maxCursor {
		return p, bad
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 2 {
		return p, bad
	}
	pos, n := binary.Uvarint(b[1:])
	if n <= 0 || pos == 0 || pos >= 1<<62 {
		return p, bad
	}
	rest := b[1+n:]
	switch {
	case b[0] == oldCursor && len(rest) == 0:
		return position{pos: int64(pos)}, nil
	case b[0] == newCursor && len(rest) == len(store.Arrival{}):
		return position{pos: int64(pos), frame: (*store.Arrival)(rest)}, nil
	}
	return p, bad
}
