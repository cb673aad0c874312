package syncer

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/client/localdb"
	"roadbook/sync/wire"
)

// What may be wrong with a bundle of answers, beside what package wire says.
var (
	ErrNotAnswers    = errors.New("syncer: not a bundle of answers")
	ErrOtherDevice   = errors.New("syncer: the bundle is for another device")
	ErrOtherServer   = errors.New("syncer: the bundle is another server's")
	ErrNothingWaits  = errors.New("syncer: nothing waits")
	ErrNotEverything = errors.New("syncer: the file is full, more waits")
)

// BundleDB is what bundles need of a localdb.DB.
type BundleDB interface {
	Identity(ctx context.Context) (localdb.Identity, error)
	Limits(ctx context.Context) (wire.Limits, error)
	WaitingRequests(ctx context.Context, limits wire.Limits, take func(*wire.Request) (bool, error)) error
	ApplyBundled(ctx context.Context, late *wire.BundledAnswer) (a localdb.Applied, stale bool, err error)
}

// fullBundle is how full a bundle may get before no further request is put in, in bytes.
const fullBundle = wire.MaxBundle / 2

// Export writes all that waits into a bundle for the device's server, and says how many lines that is. It changes
// nothing: what is in the file goes on waiting until an answer comes, by whatever way. ErrNothingWaits. With
// ErrNotEverything the file is good, and the rest goes out when its answer has been applied.
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

// Delivered is what a bundle of answers did.
type Delivered struct {
	localdb.Applied
	Stale    int           // parts of an earlier server, which say nothing any more
	Refusals []*wire.Error // parts that the server could not take: they go on waiting
}

// ApplyBundle takes in a bundle of answers. A file that is not whole, or not of this device and its server, changes
// nothing. Applied twice, late or out of order it does no harm.
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
	if late.Answer == nil { // refused: for a person to read
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
	return err
}
