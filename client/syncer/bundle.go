package syncer

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/client/localdb"
	"roadbook/sync/wire"
)

// Faults of a bundle of answers, in addition to those in package wire.
var (
	ErrNotAnswers    = errors.New("syncer: not a bundle of answers")
	ErrOtherDevice   = errors.New("syncer: the bundle is for another device")
	ErrOtherServer   = errors.New("syncer: the bundle is another server's")
	ErrNothingWaits  = errors.New("syncer: nothing waits")
	ErrNotEverything = errors.New("syncer: the file is full, more waits")
)

// BundleDB is the part of localdb.DB used for bundles.
type BundleDB interface {
	Identity(ctx context.Context) (localdb.Identity, error)
	Limits(ctx context.Context) (wire.Limits, error)
	WaitingRequests(ctx context.Context, limits wire.Limits, take func(*wire.Request) (bool, error)) error
	ApplyBundled(ctx context.Context, late *wire.BundledAnswer) (a localdb.Applied, stale bool, err error)
}

// fullBundle is the size after which no more requests are added to a bundle, in bytes.
const fullBundle = wire.MaxBundle / 2

// Export writes the waiting lines into a bundle for the device's server, and returns the number of lines. Nothing
// changes: the lines keep waiting until an answer comes, by any way. ErrNothingWaits. With ErrNotEverything the file is
// valid, and the remaining lines fit into a bundle after applying the answer.
func Export(ctx context.Context, db BundleDB, key ed25519.PrivateKey) (file []byte, lines int, err error) {
	id, err := db.Identity(ctx)
	if err != nil {
		return nil, 0, err
	}
	limits, err := db.Limits(ctx)
	if err != nil {
		return nil, 0, err
	}
	b := &wire.Bundle{Kind: wire.BundleRequests, Device: id.Device, ServerKey: id.ServerKey, Certificate: id.Certificate}
	size, full := 0, false
	err = db.WaitingRequests(ctx, limits, func(req *wire.Request) (bool, error) {
		if full = size > fullBundle; full {
			return false, nil
		}
		lines += len(req.Frame.Lines)
		err := b.AddRequest(req)
		size += len(b.Parts[len(b.Parts)-1])
		return true, err
	})
	if err != nil {
		return nil, 0, err
	}
	if lines == 0 {
		return nil, 0, ErrNothingWaits
	}
	if file, err = b.Encode(key); err == nil && full {
		err = ErrNotEverything
	}
	return file, lines, err
}

// Delivered is the effect of a bundle of answers.
type Delivered struct {
	localdb.Applied
	Stale    int           // parts answered before the server was restored, without effect
	Refusals []*wire.Error // of parts refused by the server: their lines keep waiting
}

// ApplyBundle applies a bundle of answers. A damaged file, or a file of another device or server, changes nothing.
// Applying a file twice, late or out of order does no harm.
func ApplyBundle(ctx context.Context, db BundleDB, key ed25519.PrivateKey, file []byte) (d Delivered, err error) {
	b, err := wire.DecodeBundle(file)
	if err != nil {
		return d, err
	}
	id, err := db.Identity(ctx)
	if err != nil {
		return d, err
	}
	switch {
	case b.Kind != wire.BundleAnswers:
		return d, ErrNotAnswers
	case b.Device != id.Device:
		return d, ErrOtherDevice
	case !ed25519.PublicKey(b.ServerKey).Equal(ed25519.PublicKey(id.ServerKey)):
		return d, ErrOtherServer
	}
	if err := b.CheckSignature(id.ServerKey); err != nil {
		return d, err
	}
	for n := range b.Parts {
		late, err := b.Answer(key, n, maxAnswer)
		if err != nil {
			return d, err
		}
		if err := d.applyAnswer(ctx, db, late); err != nil {
			return d, err
		}
	}
	return d, nil
}

// maxAnswer bounds one answer, inflated, in bytes: every line of a frame may have its faults.
const maxAnswer = 32 << 20

func (d *Delivered) applyAnswer(ctx context.Context, db BundleDB, late *wire.BundledAnswer) error {
	if late.Answer == nil { // refused: a person reads the reason
		d.Refusals = append(d.Refusals, late.Refusal)
		return nil
	}
	a, stale, err := db.ApplyBundled(ctx, late)
	if stale {
		d.Stale++
	}
	d.Acknowledged += a.Acknowledged
	d.Quarantined += a.Quarantined
	d.Reoffered += a.Reoffered
	d.Forked = d.Forked || a.Forked
	d.Told = append(d.Told, a.Told...)
	return err
}
