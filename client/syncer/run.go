package syncer

import (
	"context"
	"errors"
	"time"

	"roadbook/sync/wire"
)

// Wait sleeps for at least least and at most most; it may end in between when there is something new to
// send. It returns the context's error when that is done.
type Wait func(ctx context.Context, least, most time.Duration) error

// Run steps for ever: until the context is done. note, if not nil, hears of every step.
func (s *Syncer) Run(ctx context.Context, wait Wait, note func(again time.Duration, err error)) error {
	for {
		again, err := s.Step(ctx)
		if note != nil {
			note(again, err)
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

// Progress hears how a Drain goes on. Nil members hear nothing.
type Progress struct {
	Sent func(sent, total int) // so many of the lines that waited at the start, or came since, are delivered
	Wait func(failures int, again time.Duration, err error)
}

// Drain steps until nothing waits and nothing is left to pull, or until tries steps in a row went wrong, or one
// refusal came that the next try would only get again: then it returns the last error, and everything saved goes on
// waiting.
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

// isFinal reports whether the server would say the same to the next try. That it does not know the device is final too:
// it has been shown the certificate.
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

// ErrRetryLater: the server answers, but takes no line for now.
var ErrRetryLater = errors.New("syncer: the server asks to send again later")

func orRetryLater(err error) error {
	if err == nil {
		return ErrRetryLater
	}
	return err
}
