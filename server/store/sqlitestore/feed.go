package sqlitestore

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"roadbook/server/store"
)

// A feed's cursor is a position: one writer gives them, when frames are marked, and positions become visible
// in their order. feedScan bounds what one page looks through for a unit.
const feedScan = 4096

// Feed pages through marked frames.
func (s *Store) Feed(ctx context.Context, cursor, unit string, limit int) (page store.FeedPage, err error) {
	pos, err := readCursor(cursor)
	if err != nil {
		return page, err
	}
	want, size := s.units.find(unit), int(pageSize(limit))
	err = s.read(ctx, func(v *view) error {
		var ns []int64
		seen := 0
		err := v.c.each(`SELECT pos, n, units FROM feed WHERE pos>? ORDER BY pos`, func(r row) error {
			if len(ns) == size || seen == feedScan {
				page.More = true
				return errStop
			}
			pos, seen = r.int(0), seen+1
			if unit == "" || unitIn(r.s.ColumnRawBlob(2), want) {
				ns = append(ns, r.int(1))
			}
			return nil
		}, pos)
		if err != nil {
			return err
		}
		return v.feedEntries(ns, &page)
	})
	page.Next = writeCursor(pos)
	return page, err
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

var errCursor = errors.New("sqlitestore: not a cursor of this feed")

func writeCursor(pos int64) string {
	if pos == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(binary.AppendUvarint([]byte{1}, uint64(pos)))
}

func readCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 2 || b[0] != 1 {
		return 0, fmt.Errorf("%w: %s", errCursor, strconv.Quote(cursor))
	}
	pos, n := binary.Uvarint(b[1:])
	if n != len(b)-1 || pos >= 1<<62 {
		return 0, fmt.Errorf("%w: %s", errCursor, strconv.Quote(cursor))
	}
	return int64(pos), nil
}
