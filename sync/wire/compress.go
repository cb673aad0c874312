package wire

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Encoding is a Content-Encoding of the protocol.
type Encoding string

// The encodings. A body without a Content-Encoding is Identity.
const (
	Zstd     Encoding = "zstd"
	Gzip     Encoding = "gzip"
	Identity Encoding = "identity"
)

// ParseEncoding reads a Content-Encoding header.
func ParseEncoding(header string) (Encoding, bool) {
	switch e := Encoding(strings.ToLower(strings.TrimSpace(header))); e {
	case "":
		return Identity, true
	case Zstd, Gzip, Identity:
		return e, true
	}
	return "", false
}

var (
	errTooLarge = errors.New("wire: more bytes than allowed")
	errEncoding = errors.New("wire: unknown encoding")
)

// A single encoder and a single decoder serve every goroutine: EncodeAll and DecodeAll are safe to share. The decoder
// never writes beyond the given buffer, whatever size the body claims.
var (
	zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
		return must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20)))
	})
	zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
		return must(zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true),
			zstd.WithDecoderMaxWindow(8<<20)))
	})
	gzipWriters  = sync.Pool{New: func() any { return must(gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)) }}
	gzipReaders  = sync.Pool{New: func() any { return new(gzip.Reader) }}
	smallBuffers sync.Pool // of *[]byte: room to inflate into
	largeBuffers sync.Pool
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // options are constants
	}
	return v
}

func compress(b []byte, enc Encoding) ([]byte, error) {
	switch enc {
	case Zstd:
		return zstdEncoder().EncodeAll(b, make([]byte, 0, len(b)/4+64)), nil
	case Gzip:
		var out bytes.Buffer
		w := gzipWriters.Get().(*gzip.Writer)
		defer gzipWriters.Put(w)
		w.Reset(&out)
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		return out.Bytes(), nil
	case Identity, "":
		return b, nil
	}
	return nil, errEncoding
}

// slack is added behind the limit: a whole zstd block (128 KiB). A body that is too large then shows as too many bytes,
// and not as a block without room.
const slack = 128<<10 + 1

// smallBuffer, in bytes, holds nearly every body without a size in its header.
const smallBuffer = 256 << 10

// inflate returns a copy of the content of b, and errTooLarge for more than limit bytes. A body that gives its size in
// the header is inflated straight into the result: a frame from the log is small, whatever its limit. Any other body
// uses at most limit bytes, plus slack, beside the result.
func inflate(b []byte, enc Encoding, limit int) ([]byte, error) {
	if enc == Identity {
		if len(b) > limit {
			return nil, errTooLarge
		}
		return bytes.Clone(b), nil
	}
	if size, ok := contentSize(b, enc); ok && size <= limit {
		if out, err := inflateInto(make([]byte, 0, size), b, enc); err == nil && len(out) == size {
			return out, nil
		}
	} else if smallBuffer < limit {
		if out, err := inflateFromPool(&smallBuffers, smallBuffer, b, enc); err == nil && len(out) < smallBuffer {
			return out, nil
		}
	}
	out, err := inflateFromPool(&largeBuffers, limit+slack, b, enc)
	if len(out) > limit {
		return nil, errTooLarge
	}
	return out, err
}

// contentSize is the content's size as the header of b gives it.
func contentSize(b []byte, enc Encoding) (int, bool) {
	var h zstd.Header
	if enc != Zstd || h.Decode(b) != nil || !h.HasFCS || h.FrameContentSize > math.MaxInt32 {
		return 0, false
	}
	return int(h.FrameContentSize), true
}

// inflateFromPool inflates into a buffer of size bytes from a pool, and returns a copy of the content.
func inflateFromPool(rooms *sync.Pool, size int, b []byte, enc Encoding) ([]byte, error) {
	room := getBuffer(rooms, size)
	defer rooms.Put(room)
	out, err := inflateInto((*room)[:0:size], b, enc)
	return bytes.Clone(out), err
}

func inflateInto(room, b []byte, enc Encoding) ([]byte, error) {
	switch enc {
	case Zstd:
		out, err := zstdDecoder().DecodeAll(b, room)
		if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return nil, errTooLarge
		}
		return out, err
	case Gzip:
		r := gzipReaders.Get().(*gzip.Reader)
		defer gzipReaders.Put(r)
		if err := r.Reset(bytes.NewReader(b)); err != nil {
			return nil, err
		}
		return readInto(room, r)
	}
	return nil, errEncoding
}

// readInto reads to the end of r or of the room.
func readInto(room []byte, r io.Reader) ([]byte, error) {
	for len(room) < cap(room) {
		n, err := r.Read(room[len(room):cap(room)])
		room = room[:len(room)+n]
		if errors.Is(err, io.EOF) {
			return room, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return room, nil
}

func getBuffer(rooms *sync.Pool, n int) *[]byte {
	if room, ok := rooms.Get().(*[]byte); ok && cap(*room) >= n {
		return room
	}
	room := make([]byte, 0, n)
	return &room
}
