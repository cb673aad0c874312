package store

import (
	"context"
	"encoding/json"
	"errors"
)

// GetJSON reads the JSON of an entry. ErrNotFound: e is the absent entry, for PutJSON.
func GetJSON[T any](ctx context.Context, r Registry, section, name string) (v T, e Entry, err error) {
	if e, err = r.Get(ctx, section, name); err != nil {
		return v, Entry{Section: section, Name: name}, err
	}
	return v, e, json.Unmarshal(e.Data, &v)
}

// FindJSON is GetJSON with the zero T for an absent entry.
func FindJSON[T any](ctx context.Context, r Registry, section, name string) (v T, e Entry, err error) {
	v, e, err = GetJSON[T](ctx, r, section, name)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return v, e, err
}

// PutJSON stores v as the JSON of e. The errors of Put.
func PutJSON(ctx context.Context, r Registry, e Entry, v any) (_ Entry, err error) {
	if e.Data, err = json.Marshal(v); err != nil {
		return e, err
	}
	return r.Put(ctx, e)
}

// ListJSON reads a section whole.
func ListJSON[T any](ctx context.Context, r Registry, section string) (out []T, err error) {
	for e, err := range AllEntries(ctx, r, section) {
		if err != nil {
			return nil, err
		}
		var v T
		if err := json.Unmarshal(e.Data, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
