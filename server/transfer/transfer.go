// Package transfer copies a deployment from one store to another, as a move or as a backup following its source. It
// copies the registry and the log. Everything else is a projection, computed by the other store itself.
//
// It promises: an interrupted move continues when the same call is made again; a store with other data is refused before
// anything is written; the mark of an unfinished move is cleared only after a successful proof, and a server refuses to
// start on a store with this mark.
package transfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"roadbook/server/store"
)

var (
	// ErrEmpty: there is nothing to move.
	ErrEmpty = errors.New("来源是空的，请核对 --from · the source is empty: check --from")
	// ErrTaken: the other store holds other data.
	ErrTaken = errors.New("目标库已有别的数据，未作任何改动；请另选空库 · the target holds other data and was left as it is: name an empty one")
	// ErrMoved: this source was moved to the store, and proved, before.
	ErrMoved = errors.New("这份数据已经搬完并核对过，目标库可以直接使用 · these data were moved and proved already: the target is ready for use")
	// ErrUnfinished: a move to this store was begun and has not ended.
	ErrUnfinished = errors.New("迁移没有完成，请再次运行 server migrate · a move to this store is unfinished: run server migrate again")
	// ErrBackup: the store is a backup, not to be changed by a server.
	ErrBackup = errors.New("这是备份，不能直接使用；请用 server restore 恢复到另一个库 · this is a backup and not to be served: restore it elsewhere with server restore")
	// ErrNoBackup: the store to restore from is no backup.
	ErrNoBackup = errors.New("这不是备份 · this is no backup")
	// ErrDiffers: the proof failed.
	ErrDiffers = errors.New("核对不一致，来源若仍有服务器在写入，请停止后再次运行 · the two stores differ: if a server still writes to the source, stop it and run again")
)

const (
	markSection = "transfer"
	markName    = "mark"
	// The entry identity tells deployments apart. A store gets its identity at its first start.
	identitySection, identityName = "server", "identity"
)

// localSections are the sections of entries without meaning in another store.
var localSections = map[string]bool{markSection: true, "nonce": true, "tries": true, "lease": true}

// mark is stored in the target before the first write. Done is set after a successful proof.
type mark struct {
	From string `json:"from"` // SHA-256 of the source's identity
	Done bool   `json:"done"`
	Copy bool   `json:"copy,omitempty"` // a backup following its source
}

// Check reports ErrUnfinished for a store with an unfinished move, and ErrBackup for a backup.
func Check(ctx context.Context, r store.Registry) error {
	m, _, err := readMark(ctx, r)
	switch {
	case err != nil:
		return err
	case m.Copy:
		return ErrBackup
	case m.From != "" && !m.Done:
		return ErrUnfinished
	}
	return nil
}

// CheckBackup reports ErrNoBackup for a store other than a backup, and ErrUnfinished for a backup never complete.
func CheckBackup(ctx context.Context, r store.Registry) error {
	m, _, err := readMark(ctx, r)
	switch {
	case err != nil:
		return err
	case !m.Copy:
		return ErrNoBackup
	case !m.Done:
		return ErrUnfinished
	}
	return nil
}

func readMark(ctx context.Context, r store.Registry) (m mark, e store.Entry, err error) {
	return store.FindJSON[mark](ctx, r, markSection, markName)
}

// Begin checks that to is empty or was begun from the same source, marks it, and copies the registry. It may be called
// again. ErrEmpty, ErrTaken, ErrMoved.
func Begin(ctx context.Context, from, to store.Store) error { return begin(ctx, from, to, false) }

// Follow is Begin for a backup: it may be called again at any time to copy new data.
func Follow(ctx context.Context, from, to store.Store) error { return begin(ctx, from, to, true) }

func begin(ctx context.Context, from, to store.Store, isCopy bool) error {
	id, err := from.Get(ctx, identitySection, identityName)
	if errors.Is(err, store.ErrNotFound) {
		return ErrEmpty
	}
	if err != nil {
		return err
	}
	digest := sha256.Sum256(id.Data)
	if err := claimTarget(ctx, to, mark{From: hex.EncodeToString(digest[:]), Copy: isCopy}); err != nil {
		return err
	}
	return copyEntries(ctx, from, to)
}

func claimTarget(ctx context.Context, to store.Store, want mark) error {
	m, e, err := readMark(ctx, to)
	switch {
	case err != nil:
		return err
	case m.From == want.From && m.Copy == want.Copy && m.Done && !m.Copy:
		return ErrMoved
	case m.From == want.From && m.Copy == want.Copy:
		return nil
	case m.From != "":
		return ErrTaken
	}
	if empty, err := isEmpty(ctx, to); err != nil || !empty {
		return errors.Join(err, ErrTaken)
	}
	_, err = store.PutJSON(ctx, to, e, want)
	return err
}

// isEmpty reports whether the store has neither a frame nor an entry.
func isEmpty(ctx context.Context, s store.Store) (bool, error) {
	buckets, err := s.Sections(ctx)
	if err != nil || len(buckets) > 0 {
		return false, err
	}
	n, err := s.Counts(ctx)
	return n.Frames == 0, err
}

// Finish sets Done in the mark.
func Finish(ctx context.Context, to store.Store) error {
	m, e, err := readMark(ctx, to)
	if err != nil {
		return err
	}
	if m.Done {
		return nil
	}
	m.Done = true
	_, err = store.PutJSON(ctx, to, e, m)
	return err
}

// copyEntries copies every differing entry.
func copyEntries(ctx context.Context, from, to store.Store) error {
	return eachEntry(ctx, from, func(e store.Entry) error {
		stands, err := to.Get(ctx, e.Section, e.Name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil && sameEntry(&stands, &e) {
			return nil
		}
		e.Rev = stands.Rev
		if _, err = to.Put(ctx, e); err != nil {
			return fmt.Errorf("%s/%s: %w", e.Section, e.Name, err)
		}
		return nil
	})
}

func sameEntry(a, b *store.Entry) bool { return a.Expires == b.Expires && bytes.Equal(a.Data, b.Data) }

// eachEntry reads all entries except those of localSections.
func eachEntry(ctx context.Context, r store.Registry, do func(store.Entry) error) error {
	buckets, err := r.Sections(ctx)
	if err != nil {
		return err
	}
	for _, b := range buckets {
		if localSections[b] {
			continue
		}
		for e, err := range store.AllEntries(ctx, r, b) {
			if err != nil {
				return err
			}
			if err := do(*e); err != nil {
				return err
			}
		}
	}
	return nil
}
