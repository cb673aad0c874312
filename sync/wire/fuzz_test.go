package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"
)

// The seeds run in every go test; go test -fuzz=NAME searches on.

func FuzzParseLine(f *testing.F) {
	for _, line := range sampleLines(3) {
		f.Add(line)
	}
	for _, seed := range []string{"", "{}", "#sha256:", `{"v":1,"v":2}`, `{"clock":{"hlc":"1"}}`, `{"fields":{"a":[1,{"b":"\u00e9"}]}}`,
		`{"seen":["a","b"],"auto":[]}`, "{\"kind\":\"\xff\"}", `{"kind":"\ud800"}`, `{"v":-0}`, `[[[[`, `{"a`, `{"v":1e999}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var l Line
		if fault := ParseLine(raw, &l); fault != nil {
			return
		}
		// Every line accepted by this parser is JSON in UTF-8, and Marshal keeps its meaning.
		if !json.Valid(raw) || !utf8.Valid(raw) {
			t.Fatalf("%q is not JSON", raw)
		}
		written := l.Marshal()
		var again Line
		if fault := ParseLine(written, &again); fault != nil || !bytes.Equal(again.Marshal(), written) {
			t.Fatalf("%q written %q: %v", raw, written, fault)
		}
	})
}

func FuzzDecodeRequest(f *testing.F) {
	for _, enc := range encodings {
		f.Add(sampleBody(f, 2, enc), string(enc))
	}
	f.Add([]byte("{\"v\":1}\n"), "")
	f.Add([]byte("\n\n\n"), "identity")
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd}, "zstd")
	f.Add([]byte{0x1f, 0x8b, 8}, "gzip")
	lim := Limits{Observations: 50, Soft: 1 << 12, Hard: 1 << 16, Line: 1 << 10}
	f.Fuzz(func(t *testing.T, body []byte, enc string) {
		r, err := DecodeRequest(body, enc, lim)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) || r != nil && r.Frame != nil {
				t.Fatalf("%v beside %+v", err, r)
			}
			return
		}
		if r.Frame == nil {
			return
		}
		if n := len(r.Frame.Lines); n == 0 || n > lim.MaxLines() || textSize(r.Frame.Lines) > lim.Hard || r.Frame.Last() > MaxSeq {
			t.Fatalf("%d lines to %d", n, r.Frame.Last())
		}
		out, err := r.Encode(Identity)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeRequest(out, "", Limits{Observations: 50, Hard: 1 << 20, Line: 1 << 10})
		if err != nil || back.Frame.Head != r.Frame.Head || !bytes.Equal(bytes.Join(back.Frame.Lines, []byte("\n")), bytes.Join(r.Frame.Lines, []byte("\n"))) {
			t.Fatalf("%v: %+v, want %+v", err, back, r)
		}
	})
}

func FuzzDecodeAnswer(f *testing.F) {
	for _, enc := range encodings {
		body, err := EncodeAnswer(&Answer{V: 1, Limits: DefaultLimits, Results: []Result{{First: 1, Last: 2, Status: Created}}}, enc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, string(enc))
	}
	f.Add([]byte(`{"v":1,"results":[{"first":-1}]}`), "")
	f.Fuzz(func(t *testing.T, body []byte, enc string) {
		a, err := DecodeAnswer(body, enc, 1<<16)
		if (err == nil) == (a == nil) || err != nil && !errors.Is(err, ErrBadAnswer) {
			t.Fatal(a, err)
		}
	})
}

func FuzzUnpackLines(f *testing.F) {
	f.Add(PackLines(sampleLines(3)))
	f.Add(PackLines(nil))
	f.Add([]byte("rubbish"))
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, err := UnpackLines(b, 1<<16)
		if err != nil {
			if !errors.Is(err, ErrBadLines) {
				t.Fatal(err)
			}
			return
		}
		if textSize(lines) > 1<<16 {
			t.Fatalf("%d bytes", textSize(lines))
		}
		if again, err := UnpackLines(PackLines(lines), 1<<16); err != nil || len(again) != len(lines) {
			t.Fatal(err)
		}
	})
}
