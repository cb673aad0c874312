package localdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// Form is a draft as a person left it: typed texts, not yet an observation. A page keeps each change, so that a closed window or
// a power cut loses nothing.
type Form struct {
	ID      string // chosen by the page
	Officer string
	At      int64  // Unix ms by the device
	Body    []byte // the page's own; at most MostForm bytes
}

// Bounds of forms: bytes of one, and number.
const (
	MostForm  = 64 << 10
	mostForms = 500
)

// ErrForm: a form without a name, too large, or one too many.
var ErrForm = errors.New("localdb: the form can't be kept")

// KeepForm keeps a form, or its next state, and returns when it is on disk. ErrForm, ErrFull.
func (db *DB) KeepForm(ctx context.Context, f Form) error {
	if f.ID == "" || len(f.ID) > 64 || len(f.Body) > MostForm {
		return ErrForm
	}
	return db.writeTx(ctx, func() error {
		n, err := db.queryInt("SELECT count(*) FROM forms WHERE id <> ?", f.ID)
		if err != nil {
			return err
		}
		if n >= mostForms {
			return ErrForm
		}
		return db.exec("INSERT INTO forms VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET officer = ?2, at = ?3, body = ?4",
			f.ID, f.Officer, db.cfg.Clock.Wall(), f.Body)
	})
}

// Forms returns all forms, the latest change first.
func (db *DB) Forms(ctx context.Context) (forms []Form, err error) {
	err = db.readTx(ctx, func() error {
		return db.queryEach("SELECT id, officer, at, body FROM forms ORDER BY at DESC, id", func(s *sqlite3.Stmt) error {
			forms = append(forms, Form{s.ColumnText(0), s.ColumnText(1), s.ColumnInt64(2), s.ColumnBlob(3, nil)})
			return nil
		})
	})
	return forms, err
}

// DropForm forgets a form. A form that is not there is no error.
func (db *DB) DropForm(ctx context.Context, id string) error {
	return db.writeTx(ctx, func() error { return db.dropForm(id) })
}

func (db *DB) dropForm(id string) error { return db.exec("DELETE FROM forms WHERE id = ?", id) }

// DraftError names the draft that kept a number of drafts from being saved.
type DraftError struct {
	Index int
	Err   error
}

func (e *DraftError) Error() string { return fmt.Sprintf("draft %d: %v", e.Index, e.Err) }

func (e *DraftError) Unwrap() error { return e.Err }

// SaveAll saves drafts in one transaction: all or none. Errors are Save's; a *DraftError names the draft.
func (db *DB) SaveAll(ctx context.Context, drafts []Draft) (saved []Saved, err error) {
	err = db.saveTx(ctx, func() error {
		saved = saved[:0]
		for i := range drafts {
			one, err := db.save(&drafts[i])
			if err != nil {
				return &DraftError{i, err}
			}
			saved = append(saved, one)
		}
		killPoint("Save", true) // the commit follows
		return nil
	})
	switch {
	case errors.Is(err, ErrUnsure):
		return saved, err
	case err != nil:
		return nil, err
	}
	killPoint("Save", false)
	return saved, nil
}

// errLooked takes back the transaction of a look.
var errLooked = errors.New("localdb: only a look")

// Look reads a draft as Save would, and returns the record as it would be, with its doubts. Nothing is kept. Errors are Save's.
func (db *DB) Look(ctx context.Context, d Draft) (r Record, err error) {
	d.Form = ""
	err = db.runTx(ctx, begin, func() error {
		saved, err := db.save(&d)
		if err != nil {
			return err
		}
		if r, err = db.loadRecord(saved.Record); err != nil {
			return err
		}
		doubter, err := db.newDoubter()
		if err != nil {
			return err
		}
		if r.Doubts, err = doubter.doubtsAbout(&r); err != nil {
			return err
		}
		return errLooked
	})
	if errors.Is(err, errLooked) {
		err = nil
	}
	return r, err
}
