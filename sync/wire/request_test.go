package wire

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/sync/clock"
)

var encodings = []Encoding{Zstd, Gzip, Identity}

func TestRequestComesBackByteForByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := anyLines(t, 1, 9)
		first := rapid.Uint64Range(1, MaxSeq-10).Draw(t, "first")
		enc := rapid.SampledFrom(encodings).Draw(t, "encoding")
		f := NewFrame(testStream, first, Genesis(testStream), lines)
		SignFrame(testKey(1), f)
		asked := &Request{Stream: testStream, Now: &BootSample{Boot: "q5w7e9r1", Mono: 77}, Frame: f,
			Offers: []SignedBoot{SignBoot(testKey(9), testStream, clock.Boot{ID: "aaaaaaaa", Ceiling: 5})},
			Pull:   &Pull{Cursor: "c", Catalogues: []string{"shunping-2020@1"}, Limit: 9}, Boots: 2}
		body, err := asked.Encode(enc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeRequest(body, string(enc), DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range lines {
			if !bytes.Equal(got.Frame.Lines[i], line) {
				t.Fatalf("line %d: %q, want %q", i, got.Frame.Lines[i], line)
			}
		}
		got.Frame.Lines = lines // nil and empty count as equal
		if !reflect.DeepEqual(got, asked) {
			t.Fatalf("%+v\nwant %+v", got, asked)
		}
	})
}

func TestPullOnly(t *testing.T) {
	body, err := (&Request{Stream: testStream, Pull: &Pull{Limit: 3}}).Encode(Identity)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"v":1,"stream":"` + testStream.String() + `","pull":{"limit":3}}` + "\n"
	if string(body) != want {
		t.Fatalf("%s, want %s", body, want)
	}
	got, err := DecodeRequest(body, "", DefaultLimits)
	if err != nil || got.Frame != nil || got.Pull.Limit != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestEncodeRefusesNewlines(t *testing.T) {
	f := NewFrame(testStream, 1, Genesis(testStream), [][]byte{[]byte("a\nb")})
	if body, err := (&Request{Stream: testStream, Frame: f}).Encode(Identity); err == nil {
		t.Fatalf("%q", body)
	}
}

// plainBody is a request of two short lines, as text, to be spoilt.
func plainBody(t *testing.T) string {
	t.Helper()
	f := NewFrame(testStream, 1, Genesis(testStream), [][]byte{[]byte("a"), []byte("b")})
	SignFrame(testKey(1), f)
	body, err := (&Request{Stream: testStream, Frame: f}).Encode(Identity)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestHostileRequests(t *testing.T) {
	good := plainBody(t)
	if _, err := DecodeRequest([]byte(good), "identity", DefaultLimits); err != nil {
		t.Fatal(err)
	}
	swap := func(old, to string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q in %s", old, good)
		}
		return strings.Replace(good, old, to, 1)
	}
	header, _, _ := strings.Cut(good, "\n")
	for _, c := range []struct{ name, body, enc, code string }{
		{"empty", "", "", CodeBadRequest},
		{"only a newline", "\n", "", CodeBadRequest},
		{"cut inside the trailer", good[:len(good)-9], "", CodeBadRequest},
		{"cut after the lines", swap("\nb\n", "\nb\n\x00")[:strings.Index(good, "\nb\n")+3], "", CodeBadRequest},
		{"header alone but counting", header + "\n", "", CodeBadRequest},
		{"header is text", "hello\n", "", CodeBadRequest},
		{"header is an array", "[]\n", "", CodeBadRequest},
		{"header null", "null\n", "", CodeBadVersion},
		{"header not UTF-8", swap(`"v":1`, "\"\xff\":0,\"v\":1"), "", CodeBadRequest},
		{"version 2", swap(`"v":1`, `"v":2`), "", CodeBadVersion},
		{"version as text", swap(`"v":1`, `"v":"1"`), "", CodeBadRequest},
		{"a boot that is no id", swap(`"v":1`, `"now":{"boot":"`+strings.Repeat("b", 1<<16)+`","mono":1},"v":1`), "", CodeBadRequest},
		{"no stream", swap(testStream.String(), ""), "", CodeBadRequest},
		{"stream in capitals", swap(testStream.Epoch, "AB12CD34"), "", CodeBadRequest},
		{"stream with a path", swap(testStream.Epoch, "../../.."), "", CodeBadRequest},
		{"first 0", swap(`"first":1`, `"first":0`), "", CodeBadSequence},
		{"first negative", swap(`"first":1`, `"first":-1`), "", CodeBadRequest},
		{"first a fraction", swap(`"first":1`, `"first":1.5`), "", CodeBadRequest},
		{"first over 64 bits", swap(`"first":1`, `"first":18446744073709551616`), "", CodeBadRequest},
		{"sequence overflows 64 bits", swap(`"first":1`, `"first":18446744073709551615`), "", CodeBadSequence},
		{"sequence overflows 32 bits", swap(`"first":1`, `"first":4294967295`), "", CodeBadSequence},
		{"count 0", swap(`"count":2`, `"count":0`), "", CodeBadSequence},
		{"count too small", swap(`"count":2`, `"count":1`), "", CodeBadRequest},
		{"count too great", swap(`"count":2`, `"count":3`), "", CodeBadRequest},
		{"count enormous", swap(`"count":2`, `"count":4294967294`), "", CodeTooLarge},
		{"no prev", swap(`"prev"`, `"perv"`), "", CodeBadRequest},
		{"prev short", swap(`"prev":"`, `"prev":"0`), "", CodeBadRequest},
		{"last wrong", swap(`"last":2`, `"last":3`), "", CodeBadSequence},
		{"trailer is no JSON", swap(`{"last"`, `"last"`), "", CodeBadRequest},
		{"sig not base64", swap(`"sig":"`, `"sig":"!`), "", CodeBadRequest},
		{"unknown encoding", good, "br", CodeBadEncoding},
		{"two encodings", good, "zstd, gzip", CodeBadEncoding},
		{"plain called zstd", good, "zstd", CodeBadEncoding},
		{"plain called gzip", good, "gzip", CodeBadEncoding},
		{"empty zstd", "", "zstd", CodeBadRequest},
		{"empty gzip", "", "gzip", CodeBadEncoding},
		{"line too long", swap("\na\n", "\n"+strings.Repeat("a", DefaultLimits.Line+1)+"\n"), "", CodeTooLarge},
		{"body too long", strings.Repeat("a", DefaultLimits.Hard+1), "", CodeTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) { mustRefuse(t, []byte(c.body), c.enc, c.code) })
	}
}

func mustRefuse(t *testing.T, body []byte, enc, code string) {
	t.Helper()
	r, err := DecodeRequest(body, enc, DefaultLimits)
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != code {
		t.Fatalf("got %v (%+v), want %s", err, r, code)
	}
	if refused.Message.ZH == "" || refused.Message.EN == "" {
		t.Errorf("message %+v", refused.Message)
	}
}

// A header alone with first but no count is a pull, whatever first says; unknown members are left alone.
func TestHeaderOfALaterMinorVersion(t *testing.T) {
	body := plainBody(t)
	body = strings.Replace(body, `"v":1`, `"colour":{"of":"sky"},"v":1`, 1)
	r, err := DecodeRequest([]byte(body), "", DefaultLimits)
	if err != nil || len(r.Frame.Lines) != 2 {
		t.Fatal(r, err)
	}
}

func TestDamagedBodies(t *testing.T) {
	for _, enc := range []Encoding{Zstd, Gzip} {
		body := sampleBody(t, 50, enc)
		for cut := range len(body) {
			if _, err := DecodeRequest(body[:cut], string(enc), DefaultLimits); err == nil {
				t.Fatalf("%s cut at %d of %d read", enc, cut, len(body))
			}
		}
		mustRefuse(t, append(bytes.Clone(body), "rubbish"...), string(enc), CodeBadEncoding)
	}
}

// A bomb that would inflate to 256 MiB, in one frame or in many, must not cost more memory than the hard limit and the
// decoder's own buffers.
func TestBombsStaySmall(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for _, enc := range []Encoding{Zstd, Gzip} {
		piece, err := compress(zeros, enc)
		if err != nil {
			t.Fatal(err)
		}
		bomb := bytes.Repeat(piece, 256)
		if _, err := DecodeRequest(bomb, string(enc), DefaultLimits); err == nil { // warms the pools
			t.Fatal("a bomb was read")
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 8 {
			mustRefuse(t, bomb, string(enc), CodeTooLarge)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 8*8<<20 {
			t.Errorf("%s: eight bombs took %d MiB", enc, used>>20)
		}
	}
}

// A zstd header may claim any size and window: neither is believed.
func TestLyingZstdHeader(t *testing.T) {
	claims := []byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x01, 0, 0}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := DecodeRequest(claims, "zstd", DefaultLimits); err == nil {
		t.Fatal("read")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("a claim took %d MiB", used>>20)
	}
	mustRefuse(t, claims, "zstd", CodeTooLarge)
}

func TestManyShortLines(t *testing.T) {
	n := DefaultLimits.MaxLines() + 1
	f := NewFrame(testStream, 1, Genesis(testStream), make([][]byte, n))
	SignFrame(testKey(1), f)
	body, err := (&Request{Stream: testStream, Frame: f}).Encode(Zstd)
	if err != nil {
		t.Fatal(err)
	}
	mustRefuse(t, body, "zstd", CodeTooLarge)
}

func TestCutObeysTheLimits(t *testing.T) {
	lim := Limits{Observations: 3, Soft: 100, Hard: 400, Line: 90}
	line := func(n int) []byte { return bytes.Repeat([]byte("x"), n) }
	for _, c := range []struct {
		lines [][]byte
		want  int
	}{
		{nil, 0},
		{[][]byte{line(1), line(1)}, 2},
		{[][]byte{line(1), line(1), line(1), line(1)}, 3},
		{[][]byte{line(49), line(49)}, 2},
		{[][]byte{line(49), line(50)}, 1},
		{[][]byte{line(5000), line(1)}, 2}, // travels as 72 bytes
		{[][]byte{line(89)}, 1},
	} {
		if got := FrameLen(c.lines, lim); got != c.want {
			t.Errorf("Cut(%d lines) = %d, want %d", len(c.lines), got, c.want)
		}
	}
	if got := FrameLen([][]byte{line(80)}, Limits{Observations: 1, Soft: 10}); got != 1 {
		t.Errorf("one line must always go, got %d", got)
	}
}

func TestAnswerComesBack(t *testing.T) {
	a := &Answer{V: Version, ServerEpoch: "s", ServerTime: 1608000000000, Limits: DefaultLimits,
		Results: []Result{{First: 1, Last: 2, Status: Created},
			{First: 3, Last: 3, Status: Quarantined, Faults: schema.Faults{{Code: "x", Field: "y"}}}},
		Ranges: []Range{{First: 1, Last: 3, Prev: Genesis(testStream), Head: Hash{1}}},
		Boots:  []SignedBoot{SignBoot(testKey(9), testStream, clock.Boot{ID: "q5w7e9r1", Base: 1})},
		Pull:   &Pulled{Cursor: "c", Observations: []PulledLine{{ID: "i", Line: "{}"}}}}
	for _, enc := range encodings {
		body, err := EncodeAnswer(a, enc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeAnswer(body, string(enc), 1<<20)
		if err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("%s: %+v, %v", enc, got, err)
		}
		if _, err := DecodeAnswer(body, string(enc), 20); !errors.Is(err, ErrBadAnswer) {
			t.Errorf("%s: over the limit: %v", enc, err)
		}
	}
	for _, bad := range []string{"", "{}", "null", "<html>", `{"v":2}`, "{\"v\":1,\"server_epoch\":\"\xff\"}"} {
		if _, err := DecodeAnswer([]byte(bad), "", 1<<20); !errors.Is(err, ErrBadAnswer) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestPackedLinesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := anyLines(t, 0, 9)
		packed := PackLines(lines)
		got, err := UnpackLines(packed, 1<<20)
		if err != nil || len(got) != len(lines) {
			t.Fatal(len(got), err)
		}
		for i := range lines {
			if !bytes.Equal(got[i], lines[i]) {
				t.Fatalf("line %d: %q, want %q", i, got[i], lines[i])
			}
		}
	})
	if _, err := UnpackLines(PackLines(sampleLines(100)), 1000); !errors.Is(err, ErrBadLines) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := UnpackLines([]byte("rubbish"), 1000); !errors.Is(err, ErrBadLines) {
		t.Errorf("rubbish: %v", err)
	}
}

func TestErrorsHaveOneRowEach(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Refusals() {
		if seen[r.Code] || r.HTTP < 400 || r.Message.ZH == "" || r.Message.EN == "" {
			t.Errorf("%+v", r)
		}
		seen[r.Code] = true
		if e := Refuse(r.Code, ""); e.HTTP() != r.HTTP || e.Retryable != r.Retryable {
			t.Errorf("Refuse(%s) = %+v", r.Code, e)
		}
	}
	if e := Refuse("never heard of", "x"); e.Code != CodeInternal || !e.Retryable || e.HTTP() != 500 {
		t.Errorf("%+v", e)
	}
	if got := fmt.Sprint(Refuse(CodeBusy, "stopping")); got != "busy: server busy: stopping" {
		t.Error(got)
	}
}

func TestOnlyDurableStatusesAcknowledge(t *testing.T) {
	for s, want := range map[Status]bool{Created: true, Exists: true, Quarantined: true, Forked: true,
		Retry: false, "": false, "of a later version": false} {
		if s.Acknowledges() != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
