// Package syncer delivers a device's lines to its server, and pulls news.
//
// Syncer is a step machine: Step makes at most one round trip and returns the wait before the next step. The package
// has no clock, goroutine or network of its own. A simulation calls Step the same way as the commands.
//
// The package promises: lines are never given up or dropped. One request is in flight at a time. After any error the
// next step tries again, without a new save. Waits are spread by full jitter, from one second to five minutes, and are
// never shorter than the server asked for. An expired token causes no wait.
package syncer

import (
	"context"
	"errors"
	"net/http"
	"time"

	"roadbook/client/localdb"
	"roadbook/sync/wire"
)

// Transport reaches one server. Errors are *Refusal for an answer of the server, and any other type without an answer.
// After either, the server may have kept the lines.
type Transport interface {
	// Token gets a fresh access token for a signed assertion.
	Token(ctx context.Context) (string, error)
	// Sync makes one round trip.
	Sync(ctx context.Context, token string, req *wire.Request) (*wire.Answer, error)
}

// Refusal is a server's refusal, with status and header of the answer.
type Refusal struct {
	Reason     *wire.Error
	HTTP       int           // status
	RetryAfter time.Duration // 0 = not given
}

func (r *Refusal) Error() string { return r.Reason.Error() }

// Unwrap returns the wire's error.
func (r *Refusal) Unwrap() error { return r.Reason }

// DB is the part of localdb.DB used by the syncer.
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

// Config configures a Syncer. Every member but Idle and UnprovenAddress is required.
type Config struct {
	DB              DB
	Transport       Transport
	Rand            Rand
	Idle            time.Duration // time between pulls while nothing waits; 0 = one minute
	UnprovenAddress bool          // a new address: no line is sent before a signed answer
}

// Bounds of the wait after errors.
const (
	minBackoff = time.Second
	maxBackoff = 5 * time.Minute
)

// maxReofferAnswers bounds the answers that make delivered lines wait again, within one drain. A restored server needs
// one, the comparison of all streams another, and both may happen twice.
const maxReofferAnswers = 5

// ErrServerLosesLines: the server repeatedly acknowledges lines and then does not have them.
var ErrServerLosesLines = errors.New("syncer: the server does not keep what it takes")

// Syncer delivers one device's lines. A Syncer must not be used by several goroutines at once.
type Syncer struct {
	cfg Config

	token           string
	refreshed       bool                 // a new token was requested since the last answer: a second 401 is an error
	failures        int                  // in a row
	lines           int                  // lines in a frame at most, after a 413; 0 = the server's limit
	streams         bool                 // ask for the ranges of all streams
	noLines         bool                 // the next request carries no line
	suspect         localdb.LinePosition // refused alone as too large; the next request asks for the server's limits
	deferred        localdb.LinePosition // refused alone twice: later lines go first
	deferredRefusal error                // of the deferred line
	reofferAnswers  int                  // answers since the last idle step that made delivered lines wait again
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

// Floor is the wait requested by the server after the last step. Even a new observation must wait.
func (s *Syncer) Floor() time.Duration { return s.floor }

// Last is the effect of the last answer.
func (s *Syncer) Last() localdb.Applied { return s.last }

// Step makes one round trip, with a new token if needed, and returns the wait before the next step. err is informative:
// the caller only has to step again.
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

// limits returns the server's limits, with fewer lines after a 413.
func (s *Syncer) limits(ctx context.Context) (wire.Limits, error) {
	l, err := s.cfg.DB.Limits(ctx)
	if s.lines > 0 {
		l.Observations = min(l.Observations, s.lines)
	}
	return l, err
}

// afterAnswer returns the wait after an answer: none while there is work and progress.
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
		s.deferred, s.suspect = localdb.LinePosition{}, localdb.LinePosition{} // all later lines are delivered: try the deferred line again after a long wait
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

// afterError returns the wait after a request without an answer.
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
			return 0, nil // an expired token is no failure
		}
	case r.HTTP == http.StatusRequestEntityTooLarge && s.shrinkFrame(req.Frame):
		s.deferredRefusal = r
		return 0, nil
	}
	return s.backOff(err), err
}

// shrinkFrame makes the next frame smaller: half the lines, down to one. A refusal is unsigned, so the word of a proxy
// must not turn a line into a tombstone. After the refusal of a single line, the next request therefore asks for the
// server's limits, sent with a signed answer. If the line fits the limits and is refused again, something between
// device and server blocks the line. The line is deferred, and later lines go first. The result is true if the next
// step need not wait.
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

// backOff counts a failure and draws the wait: full jitter, in addition to the server's Retry-After.
func (s *Syncer) backOff(err error) time.Duration {
	s.failures++
	ceiling := maxBackoff
	if n := s.failures - 1; n < 9 {
		ceiling = min(minBackoff<<n, maxBackoff)
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		s.floor = r.RetryAfter
		if !r.Reason.Retryable || r.HTTP == http.StatusRequestEntityTooLarge {
			ceiling = maxBackoff // the refusal will likely repeat: try again, but seldom
		}
	}
	return s.floor + s.randomWait(ceiling)
}

func (s *Syncer) randomWait(d time.Duration) time.Duration {
	return time.Duration(s.cfg.Rand.Int64N(int64(d) + 1))
}
