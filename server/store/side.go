package store

import "context"

// SideRow is a row of the side table. Its key has parts joined by "/".
type SideRow struct {
	Key  string // UTF-8 without NUL
	Data []byte
}

// Side is a table, ordered by the bytes of its keys, for followers of the feed. It holds data derived from records, which
// a follower can derive anew: no sum, no acknowledgement and no step of the write path depends on a row. A copy of a
// database made through this contract begins with an empty table.
type Side interface {
	// SideRows reads the rows with the given keys, by key; absent keys are left out.
	SideRows(ctx context.Context, keys ...string) ([]SideRow, error)
	// ScanSide pages through the rows whose key begins with prefix ("" or ending in "/") and lies behind after ("": from
	// the first), by key.
	ScanSide(ctx context.Context, prefix, after string, limit int) ([]SideRow, error)
	// WriteSide stores rows in place of those with the same keys, and then deletes the rows with the keys gone. Where a
	// Batch is a transaction, so is WriteSide; elsewhere a part may land. The same call may be repeated. Two writers of
	// one key at once leave the row of either.
	WriteSide(ctx context.Context, rows []SideRow, gone []string) error
}

// SideRange are the first key with a prefix and the first key behind all keys with the prefix; "" and "": all keys.
func SideRange(prefix string) (from, to string) {
	if prefix == "" {
		return "", ""
	}
	return prefix, prefix[:len(prefix)-1] + string(prefix[len(prefix)-1]+1)
}

// WalkSide calls fn with each row under a prefix.
func WalkSide(ctx context.Context, s Side, prefix string, fn func(*SideRow) error) error {
	read := func(after string) ([]SideRow, error) { return s.ScanSide(ctx, prefix, after, walkPage) }
	for row, err := range Walk("", func(r *SideRow) string { return r.Key }, read) {
		if err != nil {
			return err
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	return nil
}
