package timecheck

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"roadbook/server/store"
)

// The mark's place in the registry.
const (
	markSection = "clock"
	markName    = "signed"
)

const (
	// Step is how far what is stored may be below the greatest time that was signed.
	SaveStep = 2 * time.Minute
	// saveFrom is from where on it is stored without anybody waiting for it: one small write a minute.
	saveFrom = SaveStep / 2
	// saveTime bounds an attempt, pause follows one that failed.
	saveTimeout = 5 * time.Second
	retryPause  = time.Second
)

// Mark is the greatest time that servers signed, as it is stored.
type Mark struct {
	Signed   int64 `json:"signed"`           // Unix ms
	Waived   int64 `json:"waived,omitempty"` // how many marks before this one were given up
	Previous int64 `json:"was,omitempty"`    // the last one given up, Unix ms
}

// ReadMark reads what is stored; nothing yet is the zero Mark.
func ReadMark(ctx context.Context, r store.Registry) (Mark, error) {
	m, _, err := readMarkEntry(ctx, r)
	return m, err
}

func readMarkEntry(ctx context.Context, r store.Registry) (m Mark, e store.Entry, err error) {
	e, err = r.Get(ctx, markSection, markName)
	if errors.Is(err, store.ErrNotFound) {
		return m, store.Entry{Section: markSection, Name: markName}, nil
	}
	if err != nil {
		return m, e, err
	}
	return m, e, json.Unmarshal(e.Data, &m)
}

func writeMark(ctx context.Context, r store.Registry, e store.Entry, m Mark) (err error) {
	if e.Data, err = json.Marshal(m); err != nil {
		return err
	}
	_, err = r.Put(ctx, e)
	return err
}

// tries bounds how often a write meets another server's.
const maxTries = 16

// insist does something to the stored mark, again where another server was faster.
func updateMark(ctx context.Context, r store.Registry, do func(*Mark) (write bool)) error {
	for range maxTries {
		m, e, err := readMarkEntry(ctx, r)
		if err != nil || !do(&m) {
			return err
		}
		err = writeMark(ctx, r, e, m)
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return fmt.Errorf("timecheck: %w", store.ErrConflict)
}

// Accept gives up a mark that is wrong: from now, Unix ms, on is reckoned anew. Servers that are running hear of it
// within seconds. It returns the mark that stood.
func Accept(ctx context.Context, r store.Registry, now int64) (was int64, err error) {
	err = updateMark(ctx, r, func(m *Mark) bool {
		was = m.Signed
		*m = Mark{Signed: now, Waived: m.Waived + 1, Previous: was}
		return true
	})
	return was, err
}

// Look reads what other servers and Accept have stored, stores what is due, and judges the clock, so that a change is
// logged though nobody asks.
func (w *Watch) Refresh(ctx context.Context) error {
	m, err := ReadMark(ctx, w.cfg.Registry)
	if err == nil {
		w.mu.Lock()
		w.adopt(m)
		w.mu.Unlock()
		err = w.BeforeSigning(ctx, 0)
	}
	w.Check()
	return err
}

// learn takes over what is stored. A mark given up takes what was signed under it along.
func (w *Watch) adopt(m Mark) {
	if m.Waived < w.waived {
		return // read before it was given up
	}
	if m.Waived > w.waived {
		w.cfg.Log.Info("the mark of the greatest time signed was given up", "was", moment(m.Previous), "now", moment(m.Signed))
		w.waived, w.signed = m.Waived, m.Signed
	}
	w.stored = m.Signed
	w.signed = max(w.signed, m.Signed)
}

// Sign notes that a time, Unix ms, is about to be signed. It returns nil once what is stored is at most Step below it:
// mostly at once. After an error nothing may be dated by that time; what was dated before may be repeated.
func (w *Watch) BeforeSigning(ctx context.Context, ms int64) error {
	w.mu.Lock()
	w.signed = max(w.signed, ms)
	due := w.signed - w.stored
	must := due >= SaveStep.Milliseconds()
	failing := w.saveErr != nil && w.cfg.Steady() < w.retryAt
	if due < saveFrom.Milliseconds() || !must && (w.saving || failing) || must && failing {
		err := w.saveErr
		w.mu.Unlock()
		if !must {
			return nil
		}
		return err
	}
	w.saving = true
	w.mu.Unlock()
	if err := w.save(ctx, ms, saveFrom); err != nil && must {
		return err
	}
	return nil
}

// save stores the greatest time signed, if the stored one is at least least below it. Requests that come together all find
// the mark too low: the first write serves them all, and without that bound each would write its own millisecond over
// the others' until its tries were spent.
func (w *Watch) save(ctx context.Context, ms int64, least time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	var stands Mark
	err := updateMark(ctx, w.cfg.Registry, func(m *Mark) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.adopt(*m)
		w.signed = max(w.signed, ms)
		due := w.signed-m.Signed >= least.Milliseconds()
		if due {
			m.Signed = w.signed
		}
		stands = *m
		return due
	})
	w.noteSave(ctx, stands, err)
	return err
}

// saved notes how an attempt ended.
func (w *Watch) noteSave(ctx context.Context, stands Mark, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.saving = false; err == nil {
		w.saveErr = nil
		w.adopt(stands)
		return
	}
	if w.saveErr == nil && ctx.Err() == nil {
		w.cfg.Log.Warn("the greatest time signed is not stored", "err", err)
	}
	w.saveErr, w.retryAt = err, w.cfg.Steady()+retryPause
}

// Close stores the greatest time signed, where that is more than is stored.
func (w *Watch) Close() error {
	w.mu.Lock()
	due := w.signed > w.stored
	w.mu.Unlock()
	if !due {
		return nil
	}
	return w.save(context.Background(), 0, time.Millisecond)
}
