package syncer

import (
	"context"
	"errors"
	"time"

	"roadbook/sync/wire"
)

// Wait sleeps at least least and at most most, and may end in between for new lines. A done context ends Wait with the
// context's error.
type Wait func(ctx context.Context, least, most time.Duration) error

// Stepped is the result of a step.
type Stepped struct {
	Again time.Duration // until the next step
	Err   error
	Told  []string // records about whose doubts the answer told something new
}

// Run steps until the context is done. note, if not nil, is called after every step.
func (s *Syncer) Run(ctx context.Context, wait Wait, note func(Stepped)) error {
	for {
		again, err := s.Step(ctx)
		if note != nil {
			note(Stepped{again, err, s.last.Told})
		}
		least := again
		if s.idle {
			least = 0 // a new observation need not wait for the timer
		}
		if err := wait(ctx, max(least, s.floor), again); err != nil {
			return err
		}
	}
}

// Progress has callbacks for the course of a Drain; each may be nil.
type Progress struct {
	Sent func(sent, total int)  // lines delivered so far, of all lines waiting at the start or added since
	Told func(records []string) // records about whose doubts an answer told something new
	Wait func(failures int, again time.Duration, err error)
}

// Drain steps until nothing waits and nothing is left to pull. After tries failed steps in a row, or a final refusal,
// Drain returns the last error, and undelivered lines keep waiting.
func (s *Syncer) Drain(ctx context.Context, tries int, wait Wait, progress Progress) error {
	sent, failures := 0, 0
	for {
		again, err := s.Step(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sent += s.last.Acknowledged
		if err := s.tellSent(ctx, sent, progress.Sent); err != nil {
			return err
		}
		if progress.Told != nil && len(s.last.Told) > 0 {
			progress.Told(s.last.Told)
		}
		switch {
		case s.idle:
			return nil
		case isFinal(err):
			return err
		case err != nil || again > 0:
			if failures++; failures >= tries {
				return orRetryLater(err)
			}
			if progress.Wait != nil {
				progress.Wait(failures, again, orRetryLater(err))
			}
		case s.last.Acknowledged > 0 || s.last.More:
			failures = 0
		}
		if err := wait(ctx, again, again); err != nil {
			return err
		}
	}
}

// isFinal reports whether the server would repeat the refusal. An unknown device is final too: the server has seen the
// certificate.
func isFinal(err error) bool {
	r, ok := errors.AsType[*Refusal](err)
	return errors.Is(err, ErrServerLosesLines) || ok && (!r.Reason.Retryable || r.Reason.Code == wire.CodeUnknownDevice)
}

func (s *Syncer) tellSent(ctx context.Context, sent int, progress func(sent, total int)) error {
	if progress == nil || s.last.Acknowledged == 0 {
		return nil
	}
	waiting, err := s.cfg.DB.Waiting(ctx)
	if err == nil {
		progress(sent, sent+int(waiting))
	}
	return err
}

// ErrRetryLater: the server answers, but accepts no line at present.
var ErrRetryLater = errors.New("syncer: the server asks to send again later")

func orRetryLater(err error) error {
	if err == nil {
		return ErrRetryLater
	}
	return err
}
