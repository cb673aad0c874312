// Package ingest is the server's one write path: it judges the lines of a frame, commits the frame,
// projects it into records, groups and sums, marks it, and only then answers.
//
// Promises: created, exists and fork mean durable and counted; quarantined means durable and shown;
// everything else promises nothing and may be sent again. The steps are those of store.Steps in their
// order, so that a crash between any two of them leaves work that the next sender of the frame, or the
// sweeper, finishes with the same result.
package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"time"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Device is who sends, as the server knows it from the token.
type Device struct {
	ID   string
	Key  ed25519.PublicKey
	Unit string
	Role string // "officer", "clerk", "hq"
	// Deposit: the device was revoked. What it sends is kept and shown, and counts only when HQ releases it.
	Deposit bool
	// Import: an importer's stream; codes that only imports may use are let through.
	Import bool
}

// RoleHQ is the role whose streams may link, separate, review and release.
const RoleHQ = "hq"

// Config is what an Ingest stands on.
type Config struct {
	Store      store.Store
	Schema     *schema.Schema
	Catalogues []string           // names of the versions known, "shunping-2020@1"; HQ's own lines name the first
	Counter    *tally.Counter     // of the version that counts
	Key        ed25519.PrivateKey // the server's: signs boots
	Epoch      string             // server_epoch of the answers
	Now        func() time.Time
	ClockCheck ClockCheck // judges Now; nil: it is believed
	Rand       io.Reader  // epochs of HQ's streams
	Log        *slog.Logger
	Limits     wire.Limits   // zero: wire.DefaultLimits
	Queue      int           // frames that may wait; 0 = 256. Beyond: wire busy
	Timeout    time.Duration // of one Batch; 0 = 30 s
	Counted    func()        // called after something new was counted, often; nil: nobody is told
	Inline     bool          // the caller's goroutine does the work: for simulations that own every step
	Without    store.Guard   // tests only
}

// Times judges the server's clock.
type ClockCheck interface {
	// Hear notes the wall clock of a device, Unix ms, as it is now.
	NoteDeviceClock(device string, wall int64)
	// Present is the server's clock now, and whether it may be reckoned from.
	Present() clock.Present
	// Sign notes that a time, Unix ms, is about to be signed. After an error nothing new may be dated by it.
	BeforeSigning(ctx context.Context, ms int64) error
}

// Ingest is the write path of one server. It is safe for many goroutines.
type Ingest struct {
	cfg        Config
	catalogues map[string]bool
	queue      *queue
	hqStreams  hqStreams
	summaries  summaryCache
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
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Counted == nil {
		cfg.Counted = func() {}
	}
	in := &Ingest{cfg: cfg, catalogues: map[string]bool{}}
	for _, name := range cfg.Catalogues {
		in.catalogues[name] = true
	}
	in.queue = newQueue(in)
	return in
}

// Close lets the frames that were taken on finish and refuses further ones.
func (in *Ingest) Close() { in.queue.close() }

// Limits are those that the answers state.
func (in *Ingest) Limits() wire.Limits { return in.cfg.Limits }

// Sync takes one request of a device and answers it; the pull part is left to the caller. Every error is
// a *wire.Error. Cancelling ctx ends the waiting, not the work.
func (in *Ingest) Sync(ctx context.Context, who Device, req *wire.Request) (*wire.Answer, error) {
	if req.Stream.Device != who.ID {
		return nil, wire.Refuse(wire.CodeWrongStream, "")
	}
	j, err := in.prepare(ctx, who, req)
	if err != nil {
		if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrDenied) { // what is queued tells by itself
			in.cfg.Log.Error("a frame could not be looked at", "err", err)
		}
		return nil, asRefusal(err)
	}
	if err := in.queue.submit(ctx, j); err != nil {
		return nil, asRefusal(err)
	}
	a := in.answer(ctx, j)
	if req.Streams {
		a.Streams = in.deviceStreams(ctx, j)
	}
	return a, nil
}

// Seal writes the answer to a request as it travels, under the server's signature.
func (in *Ingest) Seal(a *wire.Answer, req *wire.Request, enc wire.Encoding) (wire.Sealed, error) {
	return wire.SealAnswer(a, req, enc, in.cfg.Key)
}

// asRefusal turns any error into the one shape that travels. Where the database is full, gone or lets nobody in, somebody
// has to act first: a device is told to come again later, and that nothing was promised.
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
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrGone), errors.Is(err, store.ErrDenied):
		return wire.Refuse(wire.CodeBusy, "")
	}
	return wire.Refuse(wire.CodeInternal, "")
}

// TellBoots adds to an answer all that was fixed about the boots of its stream. A device that comes to a
// restored server needs it: a request that was long under way may have fixed a boot anew there, under lines that
// the device has no reason to send again.
func (in *Ingest) AddBoots(ctx context.Context, id wire.StreamID, a *wire.Answer) error {
	stream, err := in.readStream(ctx, id)
	if err != nil {
		return asRefusal(err)
	}
	a.Boots = a.Boots[:0]
	for _, b := range stream.Boots {
		a.Boots = append(a.Boots, wire.SignBoot(in.cfg.Key, id, b))
	}
	return nil
}

// answer writes what became of the job's lines.
func (in *Ingest) answer(ctx context.Context, j *job) *wire.Answer {
	a := &wire.Answer{
		V: wire.LineVersion, Results: j.results, Ranges: j.stream.Ranges, ServerEpoch: in.cfg.Epoch,
		ServerTime: in.cfg.Now().UnixMilli(), Limits: in.cfg.Limits,
	}
	_ = in.beforeSigning(ctx, a.ServerTime) // what was committed is told whether or not the mark could be stored
	for _, id := range j.unreadBoots() {
		in.addBoot(j, id)
	}
	for _, b := range j.stream.Boots {
		if j.hasBoot(b.ID) {
			a.Boots = append(a.Boots, wire.SignBoot(in.cfg.Key, j.stream.ID, b))
		}
	}
	return a
}
