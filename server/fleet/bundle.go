package fleet

import (
	"crypto/ed25519"

	"roadbook/sync/wire"
)

// Bundle writes frames into a file for a server, as a device without a network does. certificate comes from the
// enrollment.
func (d *Device) Bundle(server ed25519.PublicKey, certificate string, frames ...*wire.Frame) ([]byte, error) {
	b := &wire.Bundle{Kind: wire.BundleRequests, Device: d.ID, ServerKey: server, Certificate: certificate}
	for _, f := range frames {
		if err := b.AddRequest(&wire.Request{Stream: f.Stream, Frame: f}); err != nil {
			return nil, err
		}
	}
	return b.Encode(d.key)
}
