package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"
)

// Version is the protocol's version: the v of headers and answers.
const Version = 1

// MaxSeq is the greatest sequence of a stream: 32 bits, so that stores may pack a sequence. A device that reaches
// MaxSeq begins a new epoch.
const MaxSeq = 1<<32 - 1

// MaxLines is how many lines a request may have at most.
func (l Limits) MaxLines() int { return 8 * l.Observations }

type header struct {
	V      int          `json:"v"`
	Stream string       `json:"stream"`
	First  uint64       `json:"first,omitempty"`
	Count  uint64       `json:"count,omitempty"`
	Prev   *Hash        `json:"prev,omitempty"`
	Now    *BootSample  `json:"now,omitempty"`
	Offers []SignedBoot `json:"offers,omitempty"`
	Pull   *Pull        `json:"pull,omitempty"`

	Boots       int    `json:"boots,omitempty"`
	Streams     bool   `json:"streams,omitempty"`
	Nonce       []byte `json:"nonce,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Kinds       string `json:"kinds,omitempty"`
	Arrival     string `json:"arrival,omitempty"`
}

type trailer struct {
	Last uint64 `json:"last"`
	Head Hash   `json:"head"`
	Sig  []byte `json:"sig"`
}

// Encode writes the request's body. The frame must be signed, its lines without newlines.
func (r *Request) Encode(enc Encoding) ([]byte, error) {
	b, err := r.headerLine()
	if err != nil || r.Frame == nil {
		return compressBody(b, enc, err)
	}
	b, err = appendLines(slices.Grow(b, textSize(r.Frame.Lines)+maxTrailer), r.Frame.Lines)
	if err != nil {
		return nil, err
	}
	b, err = appendJSON(b, trailer{r.Frame.Last(), r.Frame.Head, r.Frame.Sig})
	return compressBody(b, enc, err)
}

// maxTrailer is more than a trailer takes, in bytes.
const maxTrailer = 256

// headerLine is the first line of the body, with its newline.
func (r *Request) headerLine() ([]byte, error) {
	h := header{
		V: Version, Stream: r.Stream.String(), Now: r.Now, Offers: r.Offers, Pull: r.Pull, Boots: r.Boots, Streams: r.Streams,
		Nonce: r.Nonce, Certificate: r.Certificate, Kinds: r.Kinds, Arrival: r.Arrival,
	}
	if f := r.Frame; f != nil {
		h.First, h.Count, h.Prev = f.First, uint64(len(f.Lines)), &f.Prev
	}
	return appendJSON(nil, h)
}

func compressBody(b []byte, enc Encoding, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return compress(b, enc)
}

// DecodeRequest reads a received body under its Content-Encoding. DecodeRequest checks form and limits, but neither
// chain nor signature nor the meaning of the lines. It never inflates beyond lim.Hard. The lines alias one buffer,
// owned by the request alone. Every error is an *Error.
func DecodeRequest(body []byte, contentEncoding string, lim Limits) (*Request, error) {
	enc, ok := ParseEncoding(contentEncoding)
	if !ok {
		return nil, Refuse(CodeBadEncoding, clip(contentEncoding))
	}
	if len(body) > lim.Hard {
		return nil, Refuse(CodeTooLarge, "")
	}
	text, err := inflate(body, enc, lim.Hard)
	if errors.Is(err, errTooLarge) {
		return nil, Refuse(CodeTooLarge, "")
	}
	if err != nil {
		return nil, Refuse(CodeBadEncoding, "the body is not "+string(enc))
	}
	return parseRequest(text, lim)
}

func parseRequest(text []byte, lim Limits) (*Request, error) {
	if len(text) == 0 || text[len(text)-1] != '\n' {
		return nil, Refuse(CodeBadRequest, "the last line has no end: cut off?")
	}
	first, rest, _ := bytes.Cut(text, []byte{'\n'})
	var h header
	if err := decodeJSON(first, &h); err != nil {
		return nil, Refuse(CodeBadRequest, "header: "+clip(err.Error()))
	}
	if h.V != Version {
		return nil, Refuse(CodeBadVersion, "")
	}
	stream, err := ParseStream(h.Stream)
	if err != nil {
		return nil, Refuse(CodeBadRequest, err.Error())
	}
	if h.Now != nil && !isID(h.Now.Boot, BootLen) {
		return nil, Refuse(CodeBadRequest, "header: now.boot")
	}
	r := &Request{
		Stream: stream, Now: h.Now, Offers: h.Offers, Pull: h.Pull, Boots: h.Boots, Streams: h.Streams,
		Nonce: h.Nonce, Certificate: h.Certificate, Kinds: h.Kinds, Arrival: h.Arrival,
	}
	if err := r.keepHeaderHash(first); err != nil {
		return nil, err
	}
	if len(rest) == 0 && h.Count == 0 {
		return r, nil
	}
	r.Frame, err = parseFrame(stream, &h, rest, lim)
	return r, err
}

// keepHeaderHash keeps the hash of the header line as received, for the signature of the answer.
func (r *Request) keepHeaderHash(line []byte) error {
	switch len(r.Nonce) {
	case 0:
	case NonceLen:
		r.header = sha256.Sum256(line)
	default:
		return Refuse(CodeBadRequest, "header: nonce")
	}
	return nil
}

// parseFrame reads lines and trailer. On failure the frame is nil.
func parseFrame(s StreamID, h *header, rest []byte, lim Limits) (*Frame, error) {
	if h.First == 0 || h.Count == 0 || h.First > MaxSeq || h.Count > MaxSeq-h.First+1 {
		return nil, Refuse(CodeBadSequence, "first and count")
	}
	if h.Prev == nil {
		return nil, Refuse(CodeBadRequest, "header: prev is missing")
	}
	if h.Count > uint64(lim.MaxLines()) {
		return nil, Refuse(CodeTooLarge, "too many lines")
	}
	if bytes.Count(rest, []byte{'\n'}) != int(h.Count)+1 {
		return nil, Refuse(CodeBadRequest, "count does not fit the number of lines")
	}
	f := &Frame{Stream: s, First: h.First, Prev: *h.Prev, Lines: splitLines(rest, int(h.Count))}
	var end int
	for _, line := range f.Lines {
		if len(line) > lim.Line {
			return nil, Refuse(CodeTooLarge, "a line is too long")
		}
		end += len(line) + 1
	}
	var t trailer
	if err := decodeJSON(rest[end:len(rest)-1], &t); err != nil {
		return nil, Refuse(CodeBadRequest, "trailer: "+clip(err.Error()))
	}
	if t.Last != f.Last() {
		return nil, Refuse(CodeBadSequence, "last")
	}
	f.Head, f.Sig = t.Head, t.Sig
	return f, nil
}

// FrameLen is the number of waiting lines for the next frame under the server's limits: at least 1 if any line waits. A
// line longer than lim.Line counts with the size of its tombstone, as sent by FitLine.
func FrameLen(lines [][]byte, lim Limits) int {
	size := 0
	for i, line := range lines {
		size += len(FitLine(line, lim)) + 1
		if i > 0 && (i >= lim.Observations || size > lim.Soft) {
			return i
		}
	}
	return len(lines)
}

// FitLine returns the line to send: the line itself, or its tombstone if longer than lim.Line.
func FitLine(line []byte, lim Limits) []byte {
	if lim.Line > 0 && len(line) > lim.Line {
		return Tombstone(line)
	}
	return line
}

func appendJSON(b []byte, v any) ([]byte, error) {
	j, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(append(b, j...), '\n'), nil
}

var errUTF8 = errors.New("not UTF-8")

// decodeJSON reads a JSON value and ignores unknown members: later versions may add members.
func decodeJSON(b []byte, v any) error {
	if !utf8.Valid(b) {
		return errUTF8
	}
	return json.Unmarshal(b, v)
}
