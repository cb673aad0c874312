package imports

import (
	"context"
	"errors"
	"slices"

	"roadbook/server/store"
)

// Run is an import or undo in the list. Its lines are in the log under its stream; a Run records their origin.
type Run struct {
	ID       string  `json:"run"`      // also the epoch of its stream
	Importer string  `json:"importer"` // the mapping's name
	Kind     string  `json:"kind"`
	File     string  `json:"file,omitempty"`
	Digest   string  `json:"digest,omitempty"`  // of the file, SHA-256
	Mapping  string  `json:"mapping,omitempty"` // of the mapping, SHA-256
	Undoes   string  `json:"undoes,omitempty"`  // an undo: the run being undone
	UndoneBy string  `json:"undone_by,omitempty"`
	By       string  `json:"by"`
	At       int64   `json:"at"` // Unix ms
	Rows     int     `json:"rows"`
	Skipped  int     `json:"skipped"`
	Rejected int     `json:"rejected"`
	Rejects  string  `json:"rejects,omitempty"` // file with the rejected rows
	Changes  Changes `json:"changes"`
	Done     bool    `json:"done"` // false: cut off; importing again, or undo, completes the run
}

const sectionRun = "import"

func getRun(ctx context.Context, reg store.Registry, id string) (r Run, e store.Entry, err error) {
	return store.GetJSON[Run](ctx, reg, sectionRun, id)
}

// editRun changes a run's registry entry, or creates it.
func editRun(ctx context.Context, reg store.Registry, id string, change func(*Run)) error {
	for {
		r, e, err := store.FindJSON[Run](ctx, reg, sectionRun, id)
		if err != nil {
			return err
		}
		change(&r)
		if _, err = store.PutJSON(ctx, reg, e, &r); !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
}

// List returns all runs, the latest first.
func List(ctx context.Context, reg store.Registry) ([]Run, error) {
	out, err := store.ListJSON[Run](ctx, reg, sectionRun)
	slices.SortStableFunc(out, func(a, b Run) int { return int(b.At - a.At) })
	return out, err
}

// runEpochs are the epochs of an importer's runs.
func runEpochs(ctx context.Context, reg store.Registry, importer string) (ids []string, err error) {
	runs, err := List(ctx, reg)
	for _, r := range runs {
		if r.Importer == importer {
			ids = append(ids, r.ID)
		}
	}
	return ids, err
}

// Runs returns all runs of all importers, the latest first.
func (im *Importer) Runs(ctx context.Context) ([]Run, error) { return List(ctx, im.Store) }
