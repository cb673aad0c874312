package timecheck

import (
	"context"
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
	// SaveStep bounds the difference between the stored mark and the greatest signed time.
	SaveStep = 2 * time.Minute
	// saveFrom is the difference from which on the mark is stored without any caller waiting: one small write a minute.
	saveFrom = SaveStep / 2
	// saveTimeout bounds an attempt to store; retryPause follows a failed attempt.
	saveTimeout = 5 * time.Second
	retryPause  = time.Second
)

// Mark is the stored form of the greatest time signed by any server.
type Mark struct {
	Signed   int64 `json:"signed"`           // Unix ms
	Waived   int64 `json:"waived,omitempty"` // number of marks given up before this mark
	Previous int64 `json:"was,omitempty"`    // the mark given up last, Unix ms
}

// ReadMark reads the stored mark; the zero Mark if none is stored.
func ReadMark(ctx context.Context, r store.Registry) (Mark, error) {
	m, _, err := readMarkEntry(ctx, r)
	return m, err
}

func readMarkEntry(ctx context.Context, r store.Registry) (m Mark, e store.Entry, err error) {
	return store.FindJSON[Mark](ctx, r, markSection, markName)
}

// maxTries bounds the attempts of a write that meets other servers' writes.
const maxTries = 16

// updateMark changes the stored mark, and tries again if another server was faster.
func updateMark(ctx context.Context, r store.Registry, do func(*Mark) (write bool)) error {
	for range maxTries {
		m, e, err := readMarkEntry(ctx, r)
		if err != nil || !do(&m) {
			return err
		}
		_, err = store.PutJSON(ctx, r, e, m)
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return fmt.Errorf("timecheck: %w", store.ErrConflict)
}

// Accept gives up a wrong mark and sets the mark to now, Unix ms. Running servers notice within seconds. It returns the
// previous mark.
func Accept(ctx context.Context, r store.Registry, now int64) (was int64, err error) {
	err = updateMark(ctx, r, func(m *Mark) bool {
		was = m.Signed
		*m = Mark{Signed: now, Waived: m.Waived + 1, Previous: was}
		return true
	})
	return was, err
}

// Refresh reads the mark stored by other servers and by Accept, stores a due mark, and checks the clock, so that a change
// is logged without any request.
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

// adopt takes over the stored mark. If a mark was given up, the times signed under that mark are given up too.
func (w *Watch) adopt(m Mark) {
	if m.Waived < w.waived {
		return // read before Accept
	}
	if m.Waived > w.waived {
		w.cfg.Log.Info("the mark of the greatest time signed was given up", "was", moment(m.Previous), "now", moment(m.Signed))
		w.waived, w.signed = m.Waived, m.Signed
	}
	w.stored = m.Signed
	w.signed = max(w.signed, m.Signed)
}

// BeforeSigning announces a time, Unix ms, before the server signs it. It returns nil once the stored mark is at most
// SaveStep below the time: mostly at once. After an error nothing new may be dated by the time; dates given before may
// be repeated.
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

// save stores the greatest signed time, if the stored mark is at least the duration least below it. Concurrent requests
// all find the mark too low: the first write serves them all. Without this bound each request would write its own
// millisecond over the rest until its tries were spent.
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

// noteSave notes the result of an attempt to store.
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

// Close stores the greatest signed time, if greater than the stored mark.
func (w *Watch) Close() error {
	w.mu.Lock()
	due := w.signed > w.stored
	w.mu.Unlock()
	if !due {
		return nil
	}
	return w.save(context.Background(), 0, time.Millisecond)
}
