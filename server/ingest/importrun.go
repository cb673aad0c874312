package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/sync/wire"
)

// ImportRun is one run of an import: a stream of its own under the import's key, held by the server. Its lines take the
// same write path as any device's frame. It is for one goroutine.
type ImportRun struct {
	in  *Ingest
	who Officer
	hq  hqStream
}

// NewImportRun begins a run. Nothing is written before the first Send.
func (in *Ingest) NewImportRun(who Officer) (*ImportRun, error) {
	r := &ImportRun{in: in, who: who}
	return r, in.newEpoch(&r.hq, who)
}

// Stream is the run's own stream.
func (r *ImportRun) Stream() wire.StreamID { return r.hq.stream }

// Send appends lines to the run's stream and takes them in as one frame of at most Limits().Observations. After an error
// the outcome of the frame is unknown, and the run is over: its sequences must not be reused.
func (r *ImportRun) Send(ctx context.Context, lines []*wire.Line) ([]wire.Result, error) {
	in := r.in
	frame := in.signedFrame(&r.hq, r.who, lines)
	req := &wire.Request{
		Stream: r.hq.stream, Frame: frame,
		Now: &wire.BootSample{Boot: r.hq.stream.Epoch, Mono: in.cfg.Now().UnixMilli() - r.hq.start},
	}
	who := Device{
		ID: r.hq.stream.Device, Key: r.who.Key.Public().(ed25519.PublicKey), Unit: r.who.Unit, Role: RoleHQ, Import: true,
	}
	var err error
	for range maxSends {
		var a *wire.Answer
		if a, err = in.Sync(ctx, who, req); err == nil {
			r.hq.seq, r.hq.head = frame.Last(), frame.Head
			return a.Results, nil
		}
		var refusal *wire.Error
		if errors.As(err, &refusal) && !refusal.Retryable {
			break
		}
	}
	return nil, err
}
