package wire

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// allocatedBy is how many bytes do allocates, with no room left over from before.
func allocatedBy(do func()) uint64 {
	runtime.GC()
	runtime.GC() // the pools are empty after the second
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// The memory for reading back a few lines does not depend on the limit: thousands of simultaneous pulls read frames
// under a limit of 64 MiB.
func TestSmallBodiesTakeSmallBuffers(t *testing.T) {
	const limit, most = 64 << 20, 2 << 20
	for _, n := range []int{1, 3, 500} {
		packed := PackLines(sampleLines(n))
		var err error
		if got := allocatedBy(func() { _, err = UnpackLines(packed, limit) }); err != nil || got > most {
			t.Errorf("%d lines, %d bytes packed, took %d bytes: %v", n, len(packed), got, err)
		}
	}
	for _, enc := range []Encoding{Zstd, Gzip} {
		body, err := compress(bytes.Repeat([]byte("a line\n"), 20), enc) // too short for zstd to say how long
		if err != nil {
			t.Fatal(err)
		}
		if got := allocatedBy(func() { _, err = inflate(body, enc, limit) }); err != nil || got > most {
			t.Errorf("%s took %d bytes: %v", enc, got, err)
		}
	}
}

// A body of several frames, or with too small a size in its header, is read up to the limit.
func TestBuffersGrow(t *testing.T) {
	half := bytes.Repeat([]byte("0123456789abcdef"), 40<<10) // 640 KiB
	one := zstdEncoder().EncodeAll(half, nil)
	both := append(bytes.Clone(one), one...)
	for _, enc := range []Encoding{Zstd, Gzip} {
		body := both
		if enc == Gzip {
			body, _ = compress(append(bytes.Clone(half), half...), enc)
		}
		got, err := inflate(body, enc, 2*len(half))
		if err != nil || len(got) != 2*len(half) {
			t.Errorf("%s: %d bytes, %v", enc, len(got), err)
		}
		if _, err := inflate(body, enc, 2*len(half)-1); err != errTooLarge { //nolint:errorlint // as returned
			t.Errorf("%s: one byte too many: %v", enc, err)
		}
	}
	var h zstd.Header
	if err := h.Decode(one); err != nil || !h.HasFCS {
		t.Fatalf("a frame of ours does not say how much it holds: %v", err)
	}
}
