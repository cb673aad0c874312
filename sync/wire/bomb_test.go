package wire

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// A single long frame of a repeated byte: the limit falls inside a block.
func TestBombOfOneFrame(t *testing.T) {
	for _, size := range []int{4<<20 + 1, 4<<20 + 64<<10, 5 << 20, 64 << 20} {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		mustRefuse(t, b.Bytes(), string(Zstd), CodeTooLarge)
	}
}
