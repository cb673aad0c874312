package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// NonceLen is the length of a request's nonce, in bytes.
const NonceLen = 16

// SignatureHeader is the HTTP header with the server's signature of the answer, in base 64.
const SignatureHeader = "Roadbook-Signature"

// ErrUnsigned: the device's server signs its answers, and this answer has no signature.
var ErrUnsigned = errors.New("wire: the answer is not signed")

// answerSigningBytes are the bytes that a server signs for an answer to r: "roadbook answer 1\n" + hex(SHA-256(header
// line)) + "\n" + (hex(h(last)) or "-") + "\n" + hex(SHA-256(body)). The hash is of the body before compression, so
// that a proxy may change the compression.
func answerSigningBytes(header Hash, f *Frame, body []byte) []byte {
	b := make([]byte, 0, 256)
	b = append(b, "roadbook answer 1\n"...)
	b = hex.AppendEncode(b, header[:])
	b = append(b, '\n')
	if f == nil {
		b = append(b, '-')
	} else {
		b = hex.AppendEncode(b, f.Head[:])
	}
	b = append(b, '\n')
	sum := sha256.Sum256(body)
	return hex.AppendEncode(b, sum[:])
}

// headerHash is SHA-256 of the request's header line, without its newline. A request read from the wire keeps the hash
// of the received bytes.
func (r *Request) headerHash() (h Hash, err error) {
	if r.header != (Hash{}) {
		return r.header, nil
	}
	line, err := r.headerLine()
	if err != nil {
		return h, err
	}
	return sha256.Sum256(line[:len(line)-1]), nil
}

// SignedAnswer is an answer ready to send.
type SignedAnswer struct {
	Body      []byte // in the requested encoding
	Signature string // of SignatureHeader; "" for a request without a nonce
}

// SignAnswer writes an answer to r and signs with the server's key.
func SignAnswer(a *Answer, r *Request, enc Encoding, server ed25519.PrivateKey) (s SignedAnswer, err error) {
	text, err := marshalAnswer(a)
	if err != nil {
		return s, err
	}
	if len(r.Nonce) > 0 {
		header, err := r.headerHash()
		if err != nil {
			return s, err
		}
		s.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(server, answerSigningBytes(header, r.Frame, text)))
	}
	s.Body, err = compress(text, enc)
	return s, err
}

// Trust is the device's requirement of an answer.
type Trust struct {
	Server ed25519.PublicKey // the server of the device's enrollment
	Signs  bool              // this server has signed before: an answer without a signature is nobody's
}

// OpenAnswer reads the answer to r. The signature is checked over the bytes before they are parsed. limit bounds the
// inflated body, in bytes. Errors: ErrUnsigned, ErrBadSignature, ErrBadAnswer.
func (t Trust) OpenAnswer(r *Request, body []byte, contentEncoding, signature string, limit int) (*Answer, error) {
	text, err := inflateAnswer(body, contentEncoding, limit)
	if err != nil {
		return nil, err
	}
	if signature == "" && t.Signs {
		return nil, ErrUnsigned
	}
	if signature != "" {
		if err := t.check(r, text, signature); err != nil {
			return nil, err
		}
	}
	a, err := parseAnswer(text)
	if err != nil {
		return nil, err
	}
	a.Signed = signature != ""
	return a, nil
}

func (t Trust) check(r *Request, text []byte, signature string) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("%w: %s is not base 64", ErrBadSignature, SignatureHeader)
	}
	header, err := r.headerHash()
	if err != nil {
		return err
	}
	return check(t.Server, answerSigningBytes(header, r.Frame, text), sig)
}

// Fingerprint is a server's key in the form for comparison by people: the first 16 characters of base 32 of
// SHA-256(key), in fours.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	text := IDEncoding.EncodeToString(sum[:10])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}
