package sqlitestore

import (
	"context"
	"slices"

	"roadbook/server/store"
)

// SideRows reads rows of the side table by key.
func (s *Store) SideRows(ctx context.Context, keys ...string) (out []store.SideRow, err error) {
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	err = s.read(ctx, func(v *view) error {
		for _, key := range keys {
			err := v.c.each(`SELECT k, d FROM side WHERE k=?`, func(r row) error { out = append(out, sideRow(r)); return nil }, key)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func sideRow(r row) store.SideRow { return store.SideRow{Key: r.text(0), Data: r.blob(1)} }

// ScanSide pages through the side table. Texts compare by bytes.
func (s *Store) ScanSide(ctx context.Context, prefix, after string, limit int) (out []store.SideRow, err error) {
	add := func(r row) error { out = append(out, sideRow(r)); return nil }
	from, to := store.SideRange(prefix)
	err = s.read(ctx, func(v *view) error {
		if to == "" {
			return v.c.each(`SELECT k, d FROM side WHERE k>? ORDER BY k LIMIT ?`, add, after, pageSize(limit))
		}
		return v.c.each(`SELECT k, d FROM side WHERE k>=? AND k>? AND k<? ORDER BY k LIMIT ?`, add, from, after, to, pageSize(limit))
	})
	return out, err
}

// WriteSide is one transaction, between two Batches.
func (s *Store) WriteSide(ctx context.Context, rows []store.SideRow, gone []string) error {
	if len(rows) == 0 && len(gone) == 0 {
		return nil
	}
	w, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer s.unlock(w)
	if err := s.checkBeforeWrite(); err != nil {
		return err
	}
	return s.checkAfterCommit(w, w.transaction(ctx, func() error {
		for _, r := range rows {
			if err := w.exec(`INSERT INTO side(k, d) VALUES(?,?) ON CONFLICT DO UPDATE SET d=excluded.d`, r.Key, r.Data); err != nil {
				return err
			}
		}
		for _, key := range gone {
			if err := w.exec(`DELETE FROM side WHERE k=?`, key); err != nil {
				return err
			}
		}
		return nil
	}))
}
