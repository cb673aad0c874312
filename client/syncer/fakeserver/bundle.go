package fakeserver

import (
	"crypto/ed25519"

	"roadbook/sync/wire"
)

// Bundle answers a device's bundle.
func (s *Server) Bundle(file []byte) ([]byte, error) {
	b, err := wire.DecodeBundle(file)
	if err != nil {
		return nil, err
	}
	key := s.deviceKey(b.Device)
	if err := b.CheckSignature(key); err != nil {
		return nil, err
	}
	back := &wire.Bundle{Kind: wire.BundleAnswers, Device: b.Device, ServerKey: s.Public()}
	for n := range b.Parts {
		req, err := b.Request(s.Key, n, s.Limits)
		if err != nil {
			return nil, err
		}
		late := &wire.BundledAnswer{Stream: req.Stream.String(), First: req.Frame.First, Last: req.Frame.Last(), Head: req.Frame.Head}
		late.Answer, late.Refusal = s.Sync(req)
		if err := back.AddAnswer(key, late); err != nil {
			return nil, err
		}
	}
	return back.Encode(s.Key)
}

func (s *Server) deviceKey(device string) ed25519.PublicKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.devices[device]
}
