package imports

import (
	"context"
	"encoding/json"
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
	if e, err = reg.Get(ctx, sectionRun, id); err != nil {
		return r, e, err
	}
	return r, e, json.Unmarshal(e.Data, &r)
}

// editRun changes a run's registry entry, or creates it.
func editRun(ctx context.Context, reg store.Registry, id string, change func(*Run)) error {
	for {
		r, e, err := getRun(ctx, reg, id)
		if errors.Is(err, store.ErrNotFound) {
			e, err = store.Entry{Section: sectionRun, Name: id}, nil
		}
		if err != nil {
			return err
		}
		change(&r)
		if e.Data, err = json.Marshal(&r); err != nil {
			return err
		}
		if _, err = reg.Put(ctx, e); !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
}

// List returns all runs, the latest first.
func List(ctx context.Context, reg store.Registry) ([]Run, error) {
	const page = 500
	var out []Run
	for after := ""; ; {
		es, err := reg.List(ctx, sectionRun, after, page)
		if err != nil {
			return nil, err
		}
		for i := range es {
			var r Run
			if err := json.Unmarshal(es[i].Data, &r); err != nil {
				return nil, err
			}
			out = append(out, r)
		}
		if len(es) < page {
			break
		}
		after = es[len(es)-1].Name
	}
	slices.SortStableFunc(out, func(a, b Run) int { return int(b.At - a.At) })
	return out, nil
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
