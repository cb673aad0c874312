package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/sync/wire"
)

// Run is one run of an importer: a stream of its own under the importer's key, which the server holds. What it says
// goes the one write path like any device's frame. It is for one goroutine.
type Run struct {
	in  *Ingest
	who Officer
	d   desk
}

// NewRun begins a run. Nothing is written before the first Say.
func (in *Ingest) NewRun(who Officer) (*Run, error) {
	r := &Run{in: in, who: who}
	return r, in.mint(&r.d, who)
}

// Stream is the run's own stream.
func (r *Run) Stream() wire.StreamID { return r.d.stream }

// Say freezes lines behind the run's last one and takes them in as one frame of at most Limits().Observations. After
// an error it is not known what became of the frame, and the run is over: nothing must be written over it.
func (r *Run) Say(ctx context.Context, lines []*wire.Line) ([]wire.Result, error) {
	in := r.in
	frame := in.freeze(&r.d, r.who, lines)
	req := &wire.Request{
		Stream: r.d.stream, Frame: frame,
		Now: &wire.BootSample{Boot: r.d.stream.Epoch, Mono: in.cfg.Now().UnixMilli() - r.d.start},
	}
	who := Device{
		ID: r.d.stream.Device, Key: r.who.Key.Public().(ed25519.PublicKey), Unit: r.who.Unit, Role: RoleHQ, Import: true,
	}
	var err error
	for range deskTries {
		var a *wire.Answer
		if a, err = in.Sync(ctx, who, req); err == nil {
			r.d.seq, r.d.head = frame.Last(), frame.Head
			return a.Results, nil
		}
		var refusal *wire.Error
		if errors.As(err, &refusal) && !refusal.Retryable {
			break
		}
	}
	return nil, err
}
