package wire

import (
	"crypto/ed25519"
	"testing"
)

// Each benchmark handles a frame of 500 observations per round and reports the time per line.

func benchFrame(b *testing.B) ([]byte, *Frame) {
	b.Helper()
	key := testKey(1)
	f := NewFrame(testStream, 1, Genesis(testStream), sampleLines(500))
	SignFrame(key, f)
	body, err := (&Request{Stream: testStream, Frame: f}).Encode(Zstd)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	return body, f
}

func perLine(b *testing.B, f *Frame) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(f.Lines)), "ns/line")
}

func BenchmarkDecodeRequest(b *testing.B) {
	body, f := benchFrame(b)
	for b.Loop() {
		if _, err := DecodeRequest(body, "zstd", DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
	perLine(b, f)
	b.ReportMetric(float64(len(body))/float64(len(f.Lines)), "wire-B/line")
}

func BenchmarkParseLine(b *testing.B) {
	_, f := benchFrame(b)
	var l Line
	for b.Loop() {
		for _, raw := range f.Lines {
			if fault := ParseLine(raw, &l); fault != nil {
				b.Fatal(fault)
			}
		}
	}
	perLine(b, f)
	b.ReportMetric(float64(textSize(f.Lines))/float64(len(f.Lines)), "B/line")
}

func BenchmarkVerify(b *testing.B) {
	_, f := benchFrame(b)
	pub := testKey(1).Public().(ed25519.PublicKey)
	for b.Loop() {
		if _, err := f.Verify(); err != nil {
			b.Fatal(err)
		}
		if err := f.CheckSignature(pub); err != nil {
			b.Fatal(err)
		}
	}
	perLine(b, f)
}

func BenchmarkPackLines(b *testing.B) {
	_, f := benchFrame(b)
	n := 0
	for b.Loop() {
		n = len(PackLines(f.Lines))
	}
	perLine(b, f)
	b.ReportMetric(float64(n)/float64(len(f.Lines)), "packed-B/line")
}

func BenchmarkUnpackLines(b *testing.B) {
	_, f := benchFrame(b)
	packed := PackLines(f.Lines)
	for b.Loop() {
		if _, err := UnpackLines(packed, 4<<20); err != nil {
			b.Fatal(err)
		}
	}
	perLine(b, f)
}

func BenchmarkMarshal(b *testing.B) {
	_, f := benchFrame(b)
	var l Line
	if fault := ParseLine(f.Lines[0], &l); fault != nil {
		b.Fatal(fault)
	}
	for b.Loop() {
		for range f.Lines {
			l.Marshal()
		}
	}
	perLine(b, f)
}
