package wire

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strconv"

	"roadbook/sync/clock"
)

// ErrBadSignature: the signature was not made by the expected key over these bytes.
var ErrBadSignature = errors.New("wire: the signature does not fit")

// FrameSigningBytes are the bytes that a device signs for a frame: "roadbook frame 1\n" + stream + "\n" + last + "\n" +
// hex(head).
func FrameSigningBytes(stream StreamID, last uint64, head Hash) []byte {
	b := make([]byte, 0, 128)
	b = append(b, "roadbook frame 1\n"...)
	b = append(b, stream.String()...)
	b = append(b, '\n')
	b = strconv.AppendUint(b, last, 10)
	b = append(b, '\n')
	return hex.AppendEncode(b, head[:])
}

// SignFrame signs f with the device's key.
func SignFrame(key ed25519.PrivateKey, f *Frame) {
	f.Sig = ed25519.Sign(key, FrameSigningBytes(f.Stream, f.Last(), f.Head))
}

// CheckSignature returns ErrBadSignature unless pub signed stream, last and head. CheckChain checks the lines.
func (f *Frame) CheckSignature(pub ed25519.PublicKey) error {
	return check(pub, FrameSigningBytes(f.Stream, f.Last(), f.Head), f.Sig)
}

// bootSigningBytes are the bytes that a server signs for a boot: "roadbook boot 1\n" + stream + "\n" + boot + "\n" +
// base + "\n" + ceiling; of version 2 "roadbook boot 2\n" + … + ceiling + "\n" + offset + "\n" + mono.
func bootSigningBytes(stream StreamID, b clock.Boot) []byte {
	out := make([]byte, 0, 160)
	out = append(out, "roadbook boot "...)
	out = strconv.AppendInt(out, int64(max(b.V, 1)), 10)
	out = append(out, '\n')
	out = append(out, stream.String()...)
	out = append(out, '\n')
	out = append(out, b.ID...)
	out = append(out, '\n')
	out = strconv.AppendInt(out, b.Base, 10)
	out = append(out, '\n')
	out = strconv.AppendInt(out, b.Ceiling, 10)
	if b.V < clock.BootVersion {
		return out
	}
	out = strconv.AppendInt(append(out, '\n'), b.Offset, 10)
	return strconv.AppendInt(append(out, '\n'), b.Mono, 10)
}

// SignBoot puts the server's signature under a boot of a stream.
func SignBoot(server ed25519.PrivateKey, stream StreamID, b clock.Boot) SignedBoot {
	return SignedBoot{Boot: b, Sig: ed25519.Sign(server, bootSigningBytes(stream, b))}
}

// CheckBoot returns ErrBadSignature unless the server signed this boot for this stream, with every member that it has.
func CheckBoot(server ed25519.PublicKey, stream StreamID, b SignedBoot) error {
	if b.V != clock.BootVersion && b.Boot != b.In(1) {
		return ErrBadSignature
	}
	return check(server, bootSigningBytes(stream, b.Boot), b.Sig)
}

func check(pub ed25519.PublicKey, message, sig []byte) error {
	if len(pub) != ed25519.PublicKeySize || len(sig) != ed25519.SignatureSize || !ed25519.Verify(pub, message, sig) {
		return ErrBadSignature
	}
	return nil
}
