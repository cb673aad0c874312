package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// A bundle is a file for places without a network: a device's requests on the way out, a server's answers on the way
// back. The writer signs the whole file and seals each part to its reader; see PROTOCOL.md. A bundle of requests
// acknowledges nothing; a bundle of answers is worth as much as the answers inside.

// BundleKind is the direction of a bundle.
type BundleKind string

// The kinds of bundles.
const (
	BundleRequests BundleKind = "requests"
	BundleAnswers  BundleKind = "answers"
)

// Bundle is a bundle file, decoded or to be encoded.
type Bundle struct {
	Kind        BundleKind
	Device      string
	ServerKey   []byte   // the server that receives the requests or wrote the answers
	Certificate string   // the device's, on the way out
	Parts       [][]byte // sealed
	digest      []byte   // of the signed bytes, after decoding
	sig         []byte
}

// MaxBundle bounds a bundle's file, in bytes.
const MaxBundle = 64 << 20

const (
	bundleMagic   = "roadbook bundle 1\n"
	maxBundleLine = 32 << 10 // header, lengths and trailer
)

// Errors of reading a bundle.
var (
	ErrNotBundle     = errors.New("wire: not a bundle")
	ErrDamagedBundle = errors.New("wire: the bundle was cut off or changed")
)

type bundleHeader struct {
	V           int        `json:"v"`
	Kind        BundleKind `json:"kind"`
	Device      string     `json:"device"`
	ServerKey   []byte     `json:"server_key"`
	Certificate string     `json:"certificate,omitempty"`
	Parts       int        `json:"parts"`
}

type bundleTrailer struct {
	Digest string `json:"sha256"` // of everything before the trailer, hex
	Sig    []byte `json:"sig"`
}

// Encode writes the file and signs with the writer's key.
func (b *Bundle) Encode(key ed25519.PrivateKey) ([]byte, error) {
	out, err := appendJSON([]byte(bundleMagic), bundleHeader{Version, b.Kind, b.Device, b.ServerKey, b.Certificate, len(b.Parts)})
	if err != nil {
		return nil, err
	}
	for _, p := range b.Parts {
		out = append(append(strconv.AppendInt(out, int64(len(p)), 10), '\n'), p...)
		out = append(out, '\n')
	}
	digest := sha256.Sum256(out)
	return appendJSON(out, bundleTrailer{hex.EncodeToString(digest[:]), ed25519.Sign(key, bundleSigningBytes(digest[:]))})
}

// bundleSigningBytes are the signed bytes: the magic line and the digest in hex.
func bundleSigningBytes(digest []byte) []byte { return hex.AppendEncode([]byte(bundleMagic), digest) }

// CheckSignature returns ErrBadSignature unless key signed this very file.
func (b *Bundle) CheckSignature(key ed25519.PublicKey) error {
	return check(key, bundleSigningBytes(b.digest), b.sig)
}

// DecodeBundle reads a file whole: its form and digest, not yet its signature. The parts alias file.
// ErrNotBundle, ErrDamagedBundle, or an *Error (bad_version, too_large).
func DecodeBundle(file []byte) (*Bundle, error) {
	rest, ok := bytes.CutPrefix(file, []byte(bundleMagic))
	if !ok {
		if n := min(len(file), len(bundleMagic)); n > 0 && string(file[:n]) == bundleMagic[:n] {
			return nil, ErrDamagedBundle
		}
		return nil, ErrNotBundle
	}
	if len(file) > MaxBundle {
		return nil, Refuse(CodeTooLarge, "")
	}
	var h bundleHeader
	rest, err := readBundleJSON(rest, &h)
	if err != nil {
		return nil, err
	}
	if h.V != Version || h.Kind != BundleRequests && h.Kind != BundleAnswers {
		return nil, Refuse(CodeBadVersion, "")
	}
	b := &Bundle{Kind: h.Kind, Device: h.Device, ServerKey: h.ServerKey, Certificate: h.Certificate}
	if h.Parts < 0 || h.Parts > len(rest) {
		return nil, ErrDamagedBundle
	}
	for range h.Parts {
		var part []byte
		if part, rest, err = readBundlePart(rest); err != nil {
			return nil, err
		}
		b.Parts = append(b.Parts, part)
	}
	digest := sha256.Sum256(file[:len(file)-len(rest)])
	b.digest = digest[:]
	var t bundleTrailer
	rest, err = readBundleJSON(rest, &t)
	if err != nil || len(rest) > 0 || t.Digest != hex.EncodeToString(b.digest) {
		return nil, ErrDamagedBundle
	}
	b.sig = t.Sig
	return b, nil
}

// readBundleJSON reads a line of JSON.
func readBundleJSON(b []byte, v any) (rest []byte, err error) {
	i := bytes.IndexByte(b[:min(len(b), maxBundleLine)], '\n')
	if i < 0 || decodeJSON(b[:i], v) != nil {
		return nil, ErrDamagedBundle
	}
	return b[i+1:], nil
}

// readBundlePart reads a length, as many bytes, and a newline.
func readBundlePart(b []byte) (part, rest []byte, err error) {
	i := bytes.IndexByte(b[:min(len(b), 12)], '\n')
	if i < 0 {
		return nil, nil, ErrDamagedBundle
	}
	n, err := strconv.ParseUint(string(b[:i]), 10, 31)
	if b = b[i+1:]; err != nil || n >= uint64(len(b)) || b[n] != '\n' {
		return nil, nil, ErrDamagedBundle
	}
	return b[:n:n], b[n+1:], nil
}

// BundledAnswer is a part of a bundle of answers: the answer to the request that ended at Head. Head binds every line
// of the stream up to Last, so that another disk of the same device refuses the answer. Exactly one of Answer and
// Refusal is set.
type BundledAnswer struct {
	Stream  string  `json:"stream"`
	First   uint64  `json:"first"`
	Last    uint64  `json:"last"`
	Head    Hash    `json:"head"`
	Answer  *Answer `json:"answer,omitempty"`
	Refusal *Error  `json:"refusal,omitempty"`
}

// The info strings of the parts' seals.
const (
	requestInfo = "roadbook bundle request 1"
	answerInfo  = "roadbook bundle answer 1"
)

// AddRequest seals a request to the bundle's server.
func (b *Bundle) AddRequest(r *Request) error {
	body, err := r.Encode(Zstd)
	if err != nil {
		return err
	}
	part, err := Seal(b.ServerKey, requestInfo, body)
	b.Parts = append(b.Parts, part)
	return err
}

// Request opens the part n of a bundle of requests. ErrSealed, or an *Error.
func (b *Bundle) Request(key ed25519.PrivateKey, n int, lim Limits) (*Request, error) {
	body, err := Unseal(key, requestInfo, b.Parts[n])
	if err != nil {
		return nil, err
	}
	r, err := DecodeRequest(body, string(Zstd), lim)
	if err == nil && r.Frame == nil {
		return nil, Refuse(CodeBadRequest, "no frame")
	}
	return r, err
}

// AddAnswer seals an answer to the device's key.
func (b *Bundle) AddAnswer(to ed25519.PublicKey, a *BundledAnswer) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	body, err := compress(text, Zstd)
	if err != nil {
		return err
	}
	part, err := Seal(to, answerInfo, body)
	b.Parts = append(b.Parts, part)
	return err
}

// Answer opens the part n of a bundle of answers. ErrSealed, ErrBadAnswer.
func (b *Bundle) Answer(key ed25519.PrivateKey, n, limit int) (*BundledAnswer, error) {
	body, err := Unseal(key, answerInfo, b.Parts[n])
	if err != nil {
		return nil, err
	}
	text, err := inflate(body, Zstd, limit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	var a BundledAnswer
	if err := decodeJSON(text, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	whole := a.First > 0 && a.First <= a.Last && a.Last <= MaxSeq && (a.Answer == nil) != (a.Refusal == nil)
	if !whole || a.Answer != nil && a.Answer.V != Version {
		return nil, ErrBadAnswer
	}
	return &a, nil
}
