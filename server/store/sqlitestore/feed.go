package sqlitestore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"

	"roadbook/server/store"
)

// A feed's cursor is a position: one writer gives them, when frames are marked, and positions become visible
// in their order. Beside it stands the head of the frame that has the position: a file that was put back from a copy, and
// grew past it, has another one there. feedScan bounds what one page looks through for a unit.
const feedScan = 4096

// Feed pages through marked frames.
func (s *Store) Feed(ctx context.Context, cursor, unit string, limit int) (page store.FeedPage, err error) {
	at, err := readCursor(cursor)
	if err != nil {
		return page, err
	}
	want, size := s.units.find(unit), int(pageSize(limit))
	err = s.read(ctx, func(v *view) error {
		if err := v.checkPlace(at); err != nil {
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
			if unit == "" || unitIn(r.s.ColumnRawBlob(2), want) {
				ns = append(ns, r.int(1))
			}
			return nil
		}, at.pos)
		if err != nil {
			return err
		}
		if seen > 0 || at.head == nil {
			if at.head, err = v.headAt(at.pos); err != nil {
				return err
			}
		}
		return v.feedEntries(ns, &page)
	})
	page.Next = at.String()
	return page, err
}

// checkPlace reports whether the frame that a cursor names stands at its position. An older program's names none.
func (v *view) checkPlace(at place) error {
	if at.pos == 0 || v.s.cfg.Without.Off(store.CursorNamesFrame) {
		return nil
	}
	head, err := v.headAt(at.pos)
	if err == nil && (head == nil || at.head != nil && !bytes.Equal(head, at.head)) {
		err = fmt.Errorf("%w: another frame stands at %d, or none", store.ErrCursor, at.pos)
	}
	return err
}

// headAt is the beginning of the head of the frame at a position; nil where none stands.
func (v *view) headAt(pos int64) (head []byte, err error) {
	err = v.c.each(`SELECT substr(frame.head, 1, 8) FROM feed JOIN frame ON frame.n=feed.n WHERE feed.pos=?`, func(r row) error {
		head = r.blob(0)
		return nil
	}, pos)
	return head, err
}

func unitIn(raw []byte, unit int64) bool {
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

// place is what a cursor says.
type place struct {
	pos  int64
	head []byte // headLen bytes of the head of the frame there; nil: the cursor is an older program's
}

const headLen = 8

// The forms of a cursor, its first byte.
const (
	oldCursor = 1 // a position
	newCursor = 2 // a position and a head
)

func (p place) String() string {
	if p.pos == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(binary.AppendUvarint([]byte{newCursor}, uint64(p.pos)), p.head...))
}

// maxCursor is the longest cursor, in bytes of its text.
const maxCursor = 64

func readCursor(cursor string) (p place, err error) {
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
		return place{pos: int64(pos)}, nil
	case b[0] == newCursor && len(rest) == headLen:
		return place{pos: int64(pos), head: rest}, nil
	}
	return p, bad
}
