// Package ingest is the server's only write path. For each frame it checks the lines, commits the frame, projects the
// frame into records, groups and sums, marks the frame, and only then answers.
//
// Promises: created, exists and fork mean durable and counted; quarantined means durable and shown. Every other answer
// promises nothing, and the device may send again. The steps are the methods of store.Steps in their order
// (server/store/WRITE-PATH.md): a crash between any two of them leaves work for the next sender of the same frame, or
// for the sweeper, and the result is the same.
package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Device is the sender of a request, as the server knows the sender from the token.
type Device struct {
	ID   string
	Key  ed25519.PublicKey
	Unit string
	// Earlier are the former units of the device. Lines saved there count as before the move.
	Earlier []string
	Role    string // "officer", "clerk", "hq"
	// Deposit: the device was revoked. Its lines are kept and shown, and count only when HQ releases them.
	Deposit bool
	// Import: the stream of an import; codes reserved for imports are allowed.
	Import bool
	// Moved is what the answer tells the device about its last move; nil: nothing.
	Moved *wire.Moved
}

// RoleHQ is the role whose streams may link, separate, review and release.
const RoleHQ = "hq"

// Config holds the parts and limits of an Ingest.
type Config struct {
	Store      store.Store
	Schema     *schema.Schema
	Catalogues []string           // names of the known versions, "shunping-2020@1"; HQ's own lines name the first
	Counter    *tally.Counter     // of the catalogue versions in force; SetCatalogues replaces both
	Key        ed25519.PrivateKey // the server's: signs boots
	Epoch      string             // server_epoch of the answers
	Now        func() time.Time
	ClockCheck ClockCheck // checks Now; nil: Now is trusted
	Rand       io.Reader  // epochs of HQ's streams
	Log        *slog.Logger
	Limits     wire.Limits                                      // zero: wire.DefaultLimits
	Queue      int                                              // maximum of waiting frames; 0 = 256. Beyond: wire busy
	Timeout    time.Duration                                    // of one Batch; 0 = 30 s
	Reference  func(context.Context) (*schema.Reference, error) // for the doubts in answers; nil: answers have none
	Counted    func()                                           // called, often, after new lines were counted; nil: no call
	RefoldPage int                                              // frames derived anew in a Batch; 0 = 32
	Inline     bool                                             // the caller's goroutine does the work: for simulations in control of every step
	Without    store.Guard                                      // tests only
}

// ClockCheck checks the server's clock.
type ClockCheck interface {
	// NoteDeviceClock records the wall clock of a device, Unix ms, at the moment of the call.
	NoteDeviceClock(device string, wall int64)
	// Present returns the server's time, and whether times may be derived from it.
	Present() clock.ServerReading
	// BeforeSigning announces a time, Unix ms, before the server signs it. After an error the time must not date
	// anything new.
	BeforeSigning(ctx context.Context, ms int64) error
}

// Ingest is the write path of one server. It is safe for many goroutines.
type Ingest struct {
	cfg       Config
	inForce   atomic.Pointer[inForce]
	queue     *queue
	hqStreams hqStreams
	summaries summaryCache
	kinds     *wire.Kinds // the lines taken

	warnedPutBack atomic.Bool
}

// inForce holds what the catalogues in force decide.
type inForce struct {
	names   []string // of the known versions
	counter *tally.Counter
}

// New starts the write path. Close ends it.
func New(cfg Config) *Ingest {
	if cfg.Limits == (wire.Limits{}) {
		cfg.Limits = wire.DefaultLimits
	}
	if cfg.Queue == 0 {
		cfg.Queue = 256
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.RefoldPage == 0 {
		cfg.RefoldPage = 32
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Counted == nil {
		cfg.Counted = func() {}
	}
	in := &Ingest{cfg: cfg, kinds: wire.NewKinds(cfg.Schema)}
	in.SetCatalogues(cfg.Catalogues, cfg.Counter)
	in.queue = newQueue(in)
	return in
}

// SetCatalogues replaces the catalogues in force: the names of the known versions, HQ's own lines naming the first, and the
// counter of what is counted from now on. Sums of other versions are the caller's to rebuild.
func (in *Ingest) SetCatalogues(names []string, counter *tally.Counter) {
	in.inForce.Store(&inForce{names: names, counter: counter})
}

// Close waits for the accepted frames and refuses further frames.
func (in *Ingest) Close() { in.queue.close() }

// Limits are the limits stated in answers.
func (in *Ingest) Limits() wire.Limits { return in.cfg.Limits }

// Kinds are the lines taken, as stated to devices.
func (in *Ingest) Kinds() *wire.Kinds { return in.kinds }

// Sync processes one request of a device and answers; the caller adds the pull part. Every error is a *wire.Error.
// Cancelling ctx ends the waiting, not the work.
func (in *Ingest) Sync(ctx context.Context, who Device, req *wire.Request) (*wire.Answer, error) {
	if req.Stream.Device != who.ID {
		return nil, wire.Refuse(wire.CodeWrongStream, "")
	}
	j, err := in.prepare(ctx, who, req)
	if err != nil {
		if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrDenied) { // the queue logs its own errors
			in.cfg.Log.Error("a frame could not be looked at", "err", err)
		}
		return nil, asRefusal(err)
	}
	if err := in.queue.submit(ctx, j); err != nil {
		return nil, asRefusal(err)
	}
	a := in.answer(ctx, j)
	a.Doubts = in.doubts(ctx, j)
	a.Moved, a.Kinds = who.Moved, in.kinds.For(req.Kinds)
	if req.Streams {
		a.Streams = in.deviceStreams(ctx, j)
	}
	return a, nil
}

// Seal encodes the answer to a request and signs the bytes with the server's key.
func (in *Ingest) Seal(a *wire.Answer, req *wire.Request, enc wire.Encoding) (wire.SignedAnswer, error) {
	return wire.SignAnswer(a, req, enc, in.cfg.Key)
}

// asRefusal turns any error into a *wire.Error, the only kind of error sent to a device. When the database is full, gone
// or denies access, an administrator has to act first: the device is told to try again later, and nothing is promised.
func asRefusal(err error) error {
	var refusal *wire.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, wire.ErrBadChain):
		return wire.Refuse(wire.CodeBadChain, "")
	case errors.Is(err, wire.ErrBadSignature):
		return wire.Refuse(wire.CodeBadSignature, "")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrConflict):
		return wire.Refuse(wire.CodeTimeout, "")
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrGone), errors.Is(err, store.ErrDenied),
		errors.Is(err, store.ErrNewer): // until this server has followed a publication that another server counts by
		return wire.Refuse(wire.CodeBusy, "")
	}
	return wire.Refuse(wire.CodeInternal, "")
}

// AddBoots sets an answer's boots to all fixed boots of the request's stream. A device at a restored server needs all of them: a
// delayed request may have fixed a boot anew there, for lines the device has no reason to send again.
func (in *Ingest) AddBoots(ctx context.Context, req *wire.Request, a *wire.Answer) error {
	stream, err := in.readStream(ctx, req.Stream)
	if err != nil {
		return asRefusal(err)
	}
	a.Boots = a.Boots[:0]
	for _, b := range stream.Boots {
		a.Boots = append(a.Boots, in.signBoot(req, b))
	}
	return nil
}

// signBoot signs a boot of the request's stream, in a version that the device reads.
func (in *Ingest) signBoot(req *wire.Request, b clock.Boot) wire.SignedBoot {
	return wire.SignBoot(in.cfg.Key, req.Stream, b.In(req.Boots))
}

// answer builds the answer with the results of the job's lines.
func (in *Ingest) answer(ctx context.Context, j *job) *wire.Answer {
	a := &wire.Answer{
		V: wire.LineVersion, Results: j.results, Ranges: j.stream.Ranges, ServerEpoch: in.cfg.Epoch,
		ServerTime: in.cfg.Now().UnixMilli(), Limits: in.cfg.Limits, Arrival: j.arrived, PutBack: j.putBack,
	}
	_ = in.beforeSigning(ctx, a.ServerTime) // committed lines are answered whether or not the mark could be stored
	for _, id := range j.unreadBoots() {
		in.addBoot(j, id)
	}
	for _, b := range j.stream.Boots {
		if j.hasBoot(b.ID) {
			a.Boots = append(a.Boots, in.signBoot(j.req, b))
		}
	}
	return a
}
