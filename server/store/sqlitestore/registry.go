package sqlitestore

import (
	"context"

	"roadbook/server/store"
)

// Get reads an entry that has not expired.
func (s *Store) Get(ctx context.Context, section, name string) (e store.Entry, err error) {
	err = s.read(ctx, func(v *view) (err error) {
		e, err = getEntry(v.c, section, name, s.now())
		return err
	})
	return e, err
}

func (s *Store) now() int64 { return s.cfg.Now().UnixMilli() }

func getEntry(c *conn, section, name string, now int64) (e store.Entry, err error) {
	err = store.ErrNotFound
	found := c.each(`SELECT bucket, name, rev, d, expires FROM registry WHERE bucket=? AND name=? AND (expires=0 OR expires>?)`,
		func(r row) error { e, err = entryRow(r), nil; return nil }, section, name, now)
	if found != nil {
		return e, found
	}
	return e, err
}

func entryRow(r row) store.Entry {
	return store.Entry{Section: r.text(0), Name: r.text(1), Rev: r.int(2), Data: r.blob(3), Expires: r.int(4)}
}

// Put stores e if the stored revision is e.Rev. An expired entry's revision is continued: a caller that read the
// expired entry can't overwrite its successor.
func (s *Store) Put(ctx context.Context, e store.Entry) (store.Entry, error) {
	w, err := s.lock(ctx)
	if err != nil {
		return e, err
	}
	defer s.unlock(w)
	if err := s.checkBeforeWrite(); err != nil {
		return e, err
	}
	rev := e.Rev
	err = s.checkAfterCommit(w, w.transaction(ctx, func() error {
		stands, last, err := revisions(w, e.Section, e.Name, s.now())
		switch {
		case err != nil:
			return err
		case rev == 0 && stands != 0:
			return store.ErrExists
		case rev != stands:
			return store.ErrConflict
		}
		if e.Rev = last + 1; last == 0 {
			e.Rev = store.FirstRev()
		}
		return w.exec(`INSERT INTO registry(bucket, name, rev, d, expires) VALUES(?,?,?,?,?)
			ON CONFLICT DO UPDATE SET rev=excluded.rev, d=excluded.d, expires=excluded.expires`,
			e.Section, e.Name, e.Rev, e.Data, e.Expires)
	}))
	if err != nil {
		e.Rev = rev
	}
	return e, err
}

// revisions returns the revision of the entry, 0 if expired, and the last revision given to its name.
func revisions(c *conn, section, name string, now int64) (stands, last int64, err error) {
	err = c.each(`SELECT rev, expires FROM registry WHERE bucket=? AND name=?`, func(r row) error {
		last = r.int(0)
		if expires := r.int(1); expires == 0 || expires > now {
			stands = last
		}
		return nil
	}, section, name)
	return stands, last, err
}

// List pages through a section by name (column bucket).
func (s *Store) List(ctx context.Context, section, after string, limit int) (out []store.Entry, err error) {
	err = s.read(ctx, func(v *view) error {
		return v.c.each(`SELECT bucket, name, rev, d, expires FROM registry
			WHERE bucket=? AND name>? AND (expires=0 OR expires>?) ORDER BY name LIMIT ?`,
			func(r row) error { out = append(out, entryRow(r)); return nil }, section, after, s.now(), pageSize(limit))
	})
	return out, err
}

// Sections lists the sections with entries.
func (s *Store) Sections(ctx context.Context) (out []string, err error) {
	err = s.read(ctx, func(v *view) error {
		return v.c.each(`SELECT DISTINCT bucket FROM registry ORDER BY bucket`, func(r row) error {
			out = append(out, r.text(0))
			return nil
		})
	})
	return out, err
}

// Expire removes the entries that expired before now.
func (s *Store) Expire(ctx context.Context, now int64) error {
	w, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer s.unlock(w)
	return s.checkAfterCommit(w, w.transaction(ctx, func() error {
		return w.exec(`DELETE FROM registry WHERE expires>0 AND expires<?`, now)
	}))
}
