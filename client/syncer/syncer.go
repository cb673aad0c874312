// Package syncer brings what a device saved to its server, and back what is new.
//
// It is a step machine: Step does at most one round trip and says how long to wait before the next. It has
// no clock, no goroutine and no network of its own; a simulation calls Step just as the commands do.
//
// It promises: it never gives up and never drops anything; one request is in flight at a time; after any
// error it goes on by itself, without a new write; the waits are spread by full jitter from one second to
// five minutes, never shorter than the server asked for; a token that ran out costs none of that patience.
package syncer

import (
	"context"
	"errors"
	"net/http"
	"time"

	"roadbook/client/localdb"
	"roadbook/sync/wire"
)

// Transport is one server, as the device reaches it. Its errors are *Refusal where the server answered,
// anything else where it did not: after either the lines may be durable all the same.
type Transport interface {
	// Token gets a fresh access token by a signed assertion.
	Token(ctx context.Context) (string, error)
	// Sync makes one round trip.
	Sync(ctx context.Context, token string, req *wire.Request) (*wire.Answer, error)
}

// Refusal is a server's refusal, with what its answer's head said.
type Refusal struct {
	Reason     *wire.Error
	HTTP       int           // status
	RetryAfter time.Duration // 0 = the server did not say
}

func (r *Refusal) Error() string { return r.Reason.Error() }

// Unwrap returns the wire's error.
func (r *Refusal) Unwrap() error { return r.Reason }

// DB is what the syncer needs of a localdb.DB.
type DB interface {
	Next(ctx context.Context, limits wire.Limits) (*wire.Request, error)
	Apply(ctx context.Context, ans *wire.Answer, sent *wire.Request) (localdb.Applied, error)
	Limits(ctx context.Context) (wire.Limits, error)
	Waiting(ctx context.Context) (int64, error)
}

// Rand draws a number in [0, n).
type Rand interface {
	Int64N(n int64) int64
}

// Config says what a Syncer stands on. Every member but Idle is required.
type Config struct {
	DB        DB
	Transport Transport
	Rand      Rand
	Idle      time.Duration // between pulls while nothing waits; 0 = one minute
}

// The waits after errors.
const (
	firstWait = time.Second
	lastWait  = 5 * time.Minute
)

// smallLine is what every server must accept, in bytes: a shorter line is never sent as its hash alone.
const smallLine = 4 << 10

// Syncer is one device's uploader. It is not for several goroutines at once.
type Syncer struct {
	cfg Config

	token     string
	refreshed bool // since the last answer: a second 401 is an error like any other
	failures  int  // in a row
	lines     int  // most lines a frame after a 413; 0 = the server's limit
	longest   int  // longest line sent as it is, after a 413 for one line; 0 = the server's limit
	idle      bool
	floor     time.Duration
	last      localdb.Applied
}

// New makes a Syncer.
func New(cfg Config) *Syncer {
	if cfg.Idle == 0 {
		cfg.Idle = time.Minute
	}
	return &Syncer{cfg: cfg}
}

// Idle reports whether the last step left nothing to send and nothing to pull.
func (s *Syncer) Idle() bool { return s.idle }

// Floor is how long the server asked to be left alone after the last step: not even a new observation may
// shorten it.
func (s *Syncer) Floor() time.Duration { return s.floor }

// Last is what the last answer did.
func (s *Syncer) Last() localdb.Applied { return s.last }

// Step makes one round trip, if need be after getting a token, and says after how long to step again.
// err says what went wrong; it is handled: stepping again is all there is to do.
func (s *Syncer) Step(ctx context.Context) (again time.Duration, err error) {
	s.idle, s.floor, s.last = false, 0, localdb.Applied{}
	if s.token == "" {
		if s.token, err = s.cfg.Transport.Token(ctx); err != nil {
			s.token = ""
			return s.failed(err), err
		}
	}
	limits, err := s.limits(ctx)
	if err != nil {
		return s.failed(err), err
	}
	req, err := s.cfg.DB.Next(ctx, limits)
	if err != nil {
		return s.failed(err), err
	}
	ans, err := s.cfg.Transport.Sync(ctx, s.token, req)
	if err != nil {
		return s.refused(req, err)
	}
	if s.last, err = s.cfg.DB.Apply(ctx, ans, req); err != nil {
		return s.failed(err), err
	}
	return s.answered(ctx, req)
}

// limits are the server's, narrowed by what it refused as too large.
func (s *Syncer) limits(ctx context.Context) (wire.Limits, error) {
	l, err := s.cfg.DB.Limits(ctx)
	if s.lines > 0 {
		l.Observations = min(l.Observations, s.lines)
	}
	if s.longest > 0 {
		l.Line = min(l.Line, s.longest)
	}
	return l, err
}

// answered decides after an answer: on at once while there is work and it goes forward.
func (s *Syncer) answered(ctx context.Context, req *wire.Request) (time.Duration, error) {
	s.refreshed, s.longest = false, 0
	waiting, err := s.cfg.DB.Waiting(ctx)
	if err != nil {
		return s.failed(err), err
	}
	if req.Frame != nil && s.last.Acknowledged == 0 {
		return s.failed(nil), nil // "retry" for every line
	}
	s.failures = 0
	if waiting > 0 || s.last.More || req.Pull == nil {
		return 0, nil
	}
	s.idle, s.lines = true, 0
	return s.cfg.Idle/2 + s.draw(s.cfg.Idle/2), nil
}

// refused decides after a request that brought no answer.
func (s *Syncer) refused(req *wire.Request, err error) (time.Duration, error) {
	var r *Refusal
	if !errors.As(err, &r) {
		return s.failed(err), err
	}
	switch {
	case r.HTTP == http.StatusUnauthorized || r.Reason.Code == wire.CodeUnknownDevice:
		s.token = ""
		if !s.refreshed {
			s.refreshed = true
			return 0, nil // a token that ran out is no failure
		}
	case r.HTTP == http.StatusRequestEntityTooLarge && s.shrink(req.Frame, r):
		return 0, nil
	}
	return s.failed(err), err
}

// shrink makes the next frame smaller: half the lines, down to one; that one, if the server itself finds
// it too large, as its hash. It reports whether there was anything left to make smaller.
func (s *Syncer) shrink(f *wire.Frame, r *Refusal) bool {
	if f == nil {
		return false
	}
	if n := len(f.Lines); n > 1 {
		s.lines = n / 2
		return true
	}
	if r.Reason.Code != wire.CodeTooLarge || len(f.Lines[0]) <= smallLine {
		return false
	}
	s.longest = len(f.Lines[0]) - 1
	return true
}

// failed counts a failure and draws the wait: full jitter, on top of what the server asked for.
func (s *Syncer) failed(err error) time.Duration {
	s.failures++
	ceiling := lastWait
	if n := s.failures - 1; n < 9 {
		ceiling = min(firstWait<<n, lastWait)
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		s.floor = r.RetryAfter
		if !r.Reason.Retryable {
			ceiling = lastWait // the same answer is likely: go on, but seldom
		}
	}
	return s.floor + s.draw(ceiling)
}

func (s *Syncer) draw(d time.Duration) time.Duration {
	return time.Duration(s.cfg.Rand.Int64N(int64(d) + 1))
}
