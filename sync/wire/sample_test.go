package wire

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/clock"
)

var testStream = StreamID{DeviceID(testKey(1).Public().(ed25519.PublicKey)), "ab12cd34"}

// testKey is the device key from a seed of 32 bytes n.
func testKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// sampleLines are n lines as a counter writes them.
func sampleLines(n int) [][]byte {
	lines := make([][]byte, n)
	for i := range lines {
		ms := int64(1608000000000 + i*60_137)
		lines[i] = (&Line{
			V: LineVersion, Kind: "plate", Act: Create, Catalogue: "shunping-2020@1",
			Officer: fmt.Sprintf("%05d", 1200+i%7),
			Clock: clock.Evidence{HLC: clock.HLCAt(ms), Boot: "q5w7e9r1", Mono: int64(i)*60_137 + 5,
				Wall: ms, Known: 1607990000000, Base: 1607900000000},
			Fields: fmt.Appendf(nil, `{"unit":"window-1","occurred_at":"2020-12-15T10:%02d:%02d+08:00",`+
				`"plate_type":"02","plate_number":"冀F%05d","business":"register","sets":1,"site":"车管所一号窗口"}`,
				i/60%60, i%60, i*37%100000),
		}).Marshal()
	}
	return lines
}

// anyLines draws lines without newlines: JSON, poison, empty lines and tombstones.
func anyLines(t *rapid.T, low, high int) [][]byte {
	samples := sampleLines(4)
	line := rapid.Custom(func(t *rapid.T) []byte {
		switch rapid.IntRange(0, 4).Draw(t, "sort") {
		case 0:
			return bytes.ReplaceAll(rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "raw"), []byte("\n"), nil)
		case 1:
			return Tombstone(rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "large"))
		default:
			return samples[rapid.IntRange(0, len(samples)-1).Draw(t, "sample")]
		}
	})
	return rapid.SliceOfN(line, low, high).Draw(t, "lines")
}

// sampleBody is a signed request of n lines from sequence 1.
func sampleBody(tb testing.TB, n int, enc Encoding) []byte {
	tb.Helper()
	f := NewFrame(testStream, 1, Genesis(testStream), sampleLines(n))
	SignFrame(testKey(1), f)
	body, err := (&Request{Stream: testStream, Now: &BootSample{Boot: "q5w7e9r1", Mono: 99}, Frame: f}).Encode(enc)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}
