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
	NextRequest(ctx context.Context, ask localdb.RequestOptions) (*wire.Request, error)
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
	DB              DB
	Transport       Transport
	Rand            Rand
	Idle            time.Duration // between pulls while nothing waits; 0 = one minute
	UnprovenAddress bool          // nobody has spoken at this address yet: no line goes there before a signed answer came
}

// The waits after errors.
const (
	minBackoff = time.Second
	maxBackoff = 5 * time.Minute
)

// maxReofferAnswers is how often, before all is delivered, a server may turn out to have lost lines: once where it was restored,
// once where all streams are compared, and again where that happens twice.
const maxReofferAnswers = 5

// ErrServerLosesLines: the server takes lines, and then does not have them, again and again.
var ErrServerLosesLines = errors.New("syncer: the server does not keep what it takes")

// Syncer is one device's uploader. It is not for several goroutines at once.
type Syncer struct {
	cfg Config

	token           string
	refreshed       bool                 // since the last answer: a second 401 is an error like any other
	failures        int                  // in a row
	lines           int                  // most lines a frame after a 413; 0 = the server's limit
	streams         bool                 // ask for the ranges of all streams
	noLines         bool                 // the next request carries no line
	suspect         localdb.LinePosition // refused alone as too large; the server's limits are asked for since
	deferred        localdb.LinePosition // refused once more: those behind it go first
	deferredRefusal error                // of the line aside
	reofferAnswers  int                  // answers since the last idle step by which delivered lines wait again
	idle            bool
	floor           time.Duration
	last            localdb.Applied
}

// New makes a Syncer.
func New(cfg Config) *Syncer {
	if cfg.Idle == 0 {
		cfg.Idle = time.Minute
	}
	return &Syncer{cfg: cfg, streams: true, noLines: cfg.UnprovenAddress}
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
			return s.backOff(err), err
		}
	}
	limits, err := s.limits(ctx)
	if err != nil {
		return s.backOff(err), err
	}
	req, err := s.cfg.DB.NextRequest(ctx, localdb.RequestOptions{Limits: limits, Streams: s.streams, NoLines: s.noLines, After: s.deferred})
	if err != nil {
		return s.backOff(err), err
	}
	ans, err := s.cfg.Transport.Sync(ctx, s.token, req)
	if err != nil {
		return s.afterError(req, err)
	}
	if s.last, err = s.cfg.DB.Apply(ctx, ans, req); err != nil {
		return s.backOff(err), err
	}
	return s.afterAnswer(ctx, req)
}

// limits are the server's, narrowed by what it refused as too large.
func (s *Syncer) limits(ctx context.Context) (wire.Limits, error) {
	l, err := s.cfg.DB.Limits(ctx)
	if s.lines > 0 {
		l.Observations = min(l.Observations, s.lines)
	}
	return l, err
}

// afterAnswer decides after an answer: on at once while there is work and it goes forward.
func (s *Syncer) afterAnswer(ctx context.Context, req *wire.Request) (time.Duration, error) {
	bare := s.noLines
	s.refreshed, s.streams, s.noLines = false, false, false
	waiting, err := s.cfg.DB.Waiting(ctx)
	if err != nil {
		return s.backOff(err), err
	}
	if req.Frame != nil && s.last.Acknowledged == 0 {
		return s.backOff(nil), nil // "retry" for every line
	}
	if s.deferred.Seq > 0 && req.Frame == nil && !bare {
		s.deferred, s.suspect = localdb.LinePosition{}, localdb.LinePosition{} // all behind it went: once more, but seldom
		return s.backOff(s.deferredRefusal), s.deferredRefusal
	}
	if s.last.Reoffered > 0 {
		if s.reofferAnswers++; s.reofferAnswers > maxReofferAnswers {
			return s.randomWait(maxBackoff), ErrServerLosesLines
		}
	}
	s.failures = 0
	if waiting > 0 || s.last.More || req.Pull == nil {
		return 0, nil
	}
	s.idle, s.lines, s.reofferAnswers = true, 0, 0
	return s.cfg.Idle/2 + s.randomWait(s.cfg.Idle/2), nil
}

// afterError decides after a request that brought no answer.
func (s *Syncer) afterError(req *wire.Request, err error) (time.Duration, error) {
	var r *Refusal
	if !errors.As(err, &r) {
		return s.backOff(err), err
	}
	switch {
	case r.HTTP == http.StatusUnauthorized || r.Reason.Code == wire.CodeUnknownDevice:
		s.token = ""
		if !s.refreshed {
			s.refreshed = true
			return 0, nil // a token that ran out is no failure
		}
	case r.HTTP == http.StatusRequestEntityTooLarge && s.shrinkFrame(req.Frame):
		s.deferredRefusal = r
		return 0, nil
	}
	return s.backOff(err), err
}

// shrinkFrame makes the next frame smaller: half the lines, down to one. A refusal is unsigned, and never turns a line into
// its tombstone: of one line the server's limits are asked for, which an answer states. If it fits them and is refused
// again, something on the way does not let it through, and those behind it go first. It reports whether to go on at
// once.
func (s *Syncer) shrinkFrame(f *wire.Frame) bool {
	if f == nil {
		return false
	}
	if n := len(f.Lines); n > 1 {
		s.lines = n / 2
		return true
	}
	at := localdb.LinePosition{Epoch: f.Stream.Epoch, Seq: f.First}
	if s.suspect != at {
		s.suspect, s.noLines = at, true
		return true
	}
	s.deferred, s.lines = at, 0
	return true
}

// backOff counts a failure and draws the wait: full jitter, on top of what the server asked for.
func (s *Syncer) backOff(err error) time.Duration {
	s.failures++
	ceiling := maxBackoff
	if n := s.failures - 1; n < 9 {
		ceiling = min(minBackoff<<n, maxBackoff)
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		s.floor = r.RetryAfter
		if !r.Reason.Retryable || r.HTTP == http.StatusRequestEntityTooLarge {
			ceiling = maxBackoff // the same answer is likely: go on, but seldom
		}
	}
	return s.floor + s.randomWait(ceiling)
}

func (s *Syncer) randomWait(d time.Duration) time.Duration {
	return time.Duration(s.cfg.Rand.Int64N(int64(d) + 1))
}
