package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
)

func (d *entryDoc) entry() store.Entry {
	return store.Entry{Section: d.Section, Name: d.Name, Rev: d.Rev, Data: d.Data, Expires: d.Expires}
}

func (s *Store) expired(d *entryDoc) bool { return d.Expires != 0 && d.Expires <= s.now().UnixMilli() }

// Get reads an entry. store.ErrNotFound.
func (s *Store) Get(ctx context.Context, section, name string) (store.Entry, error) {
	d, err := s.entry(ctx, section, name)
	if err == nil && s.expired(&d) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Entry{}, err
	}
	return d.entry(), nil
}

func (s *Store) entry(ctx context.Context, section, name string) (entryDoc, error) {
	raw, err := firstDoc(s.docs.Read(ctx, Entries, []string{entryID(section, name)}))
	if err != nil {
		return entryDoc{}, err
	}
	return decode[entryDoc](raw)
}

// Put replaces the revision read by the caller. The name of an expired entry is free; if the expired entry is still
// stored, its revision is continued.
func (s *Store) Put(ctx context.Context, e store.Entry) (store.Entry, error) {
	if e.Rev > 0 {
		return s.replaceEntry(ctx, e, e.Rev, Cond{"expires", ZeroOrAbove, s.now().UnixMilli()})
	}
	for range maxAttempts {
		stored, err := s.newEntry(ctx, e)
		if !errors.Is(err, store.ErrConflict) {
			return stored, err
		}
	}
	return store.Entry{}, fmt.Errorf("entry %s: %w: changed too often", entryID(e.Section, e.Name), store.ErrUnavailable)
}

// newEntry stores an entry under a free name. store.ErrConflict: at the same time an expired entry was removed, or
// replaced by another.
func (s *Store) newEntry(ctx context.Context, e store.Entry) (store.Entry, error) {
	d := entryDoc{
		ID: entryID(e.Section, e.Name), Section: e.Section, Name: e.Name, Rev: store.FirstRev(), Data: e.Data, Expires: e.Expires,
	}
	taken, err := s.docs.Insert(ctx, Entries, []any{d})
	if err != nil {
		return store.Entry{}, err
	}
	if !taken[0] {
		return d.entry(), nil
	}
	existing, err := s.entry(ctx, e.Section, e.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Entry{}, store.ErrConflict
	case err != nil:
		return store.Entry{}, err
	case !s.expired(&existing):
		return store.Entry{}, store.ErrExists
	}
	return s.replaceEntry(ctx, e, existing.Rev)
}

func (s *Store) replaceEntry(ctx context.Context, e store.Entry, rev int64, and ...Cond) (store.Entry, error) {
	done, err := s.docs.Change(ctx, Entries, []Change{{
		ID: entryID(e.Section, e.Name), If: append([]Cond{{"rev", Is, rev}}, and...),
		Set: bson.D{{Key: "rev", Value: rev + 1}, {Key: "data", Value: e.Data}, {Key: "expires", Value: e.Expires}},
	}})
	switch {
	case err != nil:
		return store.Entry{}, err
	case !done[0]:
		return store.Entry{}, store.ErrConflict
	}
	e.Rev = rev + 1
	return e, nil
}

// List pages through a section by name (stored name: bucket).
func (s *Store) List(ctx context.Context, section, after string, limit int) ([]store.Entry, error) {
	raws, err := s.docs.Scan(ctx, Entries, Query{
		Where: []Cond{
			{"_id", Above, entryID(section, after)}, {"_id", Below, section + "0"},
			{"expires", ZeroOrAbove, s.now().UnixMilli()},
		},
		Sort: "_id", Limit: limitOf(limit),
	})
	if err != nil {
		return nil, err
	}
	docs, err := decodeAll[entryDoc](raws)
	out := make([]store.Entry, len(docs))
	for i := range docs {
		out[i] = docs[i].entry()
	}
	return out, err
}

// Sections reads the first entry after each section: each section costs one step along the index, whatever its size.
func (s *Store) Sections(ctx context.Context) (out []string, err error) {
	for after := ""; ; {
		raw, err := firstDoc(s.docs.Scan(ctx, Entries, Query{
			Where: []Cond{{"_id", Above, after}}, Sort: "_id", Limit: 1, Only: []string{"bucket"},
		}))
		if errors.Is(err, store.ErrNotFound) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		d, err := decode[entryDoc](raw)
		if err != nil {
			return nil, err
		}
		out = append(out, d.Section)
		after = d.Section + "0" // the character after the slash
	}
}

// Expire removes the entries that expired before now.
func (s *Store) Expire(ctx context.Context, now int64) error {
	return s.docs.Remove(ctx, Entries, []Cond{{"expires", Above, int64(0)}, {"expires", Below, now}})
}
