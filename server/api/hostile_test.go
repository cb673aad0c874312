package api

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// compressed returns n zeros, compressed.
func compressed(t *testing.T, enc string, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if enc == "zstd" {
		var err error
		if w, err = zstd.NewWriter(&b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.CopyN(w, zeros{}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestHostileSyncs(t *testing.T) {
	w := newWorld(t)
	d, other := w.newDev(1, "office-1", auth.RoleClerk), w.newDev(2, "office-1", auth.RoleClerk)
	for i := range 3 {
		d.appendPlate("office-1", fmt.Sprintf("冀F8K2M%d", i), "2020-12-15T10:00:00+08:00")
	}
	plain := d.body(0, 3, wire.Identity)
	zstdBody := d.body(0, 3, wire.Zstd)
	forged := d.frame(0, 3)
	forged.Sig = other.frame(0, 0).Sig
	signedByOther := wire.NewFrame(d.stream, 1, d.head(0), d.lines)
	wire.SignFrame(other.key, signedByOther)
	broken := d.frame(0, 3)
	broken.Lines = [][]byte{broken.Lines[1], broken.Lines[0], broken.Lines[2]}
	jump := wire.NewFrame(d.stream, 1<<32, d.head(0), d.lines)
	wire.SignFrame(d.key, jump)
	encode := func(f *wire.Frame) []byte {
		b, err := (&wire.Request{Stream: d.stream, Frame: f}).Encode(wire.Identity)
		w.must(err)
		return b
	}
	lim := w.ingest.Limits()
	tests := []struct {
		name, enc string
		body      []byte
		want      string
	}{
		{"nothing", "identity", nil, wire.CodeBadRequest},
		{"not this protocol", "identity", []byte("hello\n"), wire.CodeBadRequest},
		{"JSON of another shape", "identity", []byte("[1,2]\n"), wire.CodeBadRequest},
		{"future version", "identity", bytes.Replace(plain, []byte(`{"v":1,"stream"`), []byte(`{"v":9,"stream"`), 1), wire.CodeBadVersion},
		{"cut off", "identity", plain[:len(plain)-10], wire.CodeBadRequest},
		{"cut off inside the compression", "zstd", zstdBody[:len(zstdBody)/2], wire.CodeBadEncoding},
		{"said to be gzip", "gzip", zstdBody, wire.CodeBadEncoding},
		{"unknown compression", "br", zstdBody, wire.CodeBadEncoding},
		{"twice compressed", "zstd, gzip", zstdBody, wire.CodeBadEncoding},
		{"compressed, said to be plain", "identity", zstdBody, wire.CodeBadRequest},
		{"zip bomb, zstd", "zstd", compressed(t, "zstd", 1<<30), wire.CodeTooLarge},
		{"zip bomb, gzip", "gzip", compressed(t, "gzip", 256<<20), wire.CodeTooLarge},
		{"oversized, compressed", "gzip", bytes.Repeat([]byte{0x42}, lim.Hard), wire.CodeBadEncoding},
		{"oversized, plain", "identity", bytes.Repeat([]byte{' '}, lim.Hard+1), wire.CodeTooLarge},
		{"twice oversized", "identity", bytes.Repeat([]byte{' '}, 2*lim.Hard), wire.CodeTooLarge},
		{"a line too long", "identity", encode(wire.NewFrame(d.stream, 1, d.head(0), [][]byte{bytes.Repeat([]byte("x"), lim.Line+1)})), wire.CodeTooLarge},
		{"binary noise", "identity", append(bytes.Repeat([]byte{0xfe, 0x00, 0xff}, 1000), '\n'), wire.CodeBadRequest},
		{"forged signature", "identity", encode(forged), wire.CodeBadSignature},
		{"signed by another device", "identity", encode(signedByOther), wire.CodeBadSignature},
		{"lines in another order", "identity", encode(broken), wire.CodeBadChain},
		{"sequence beyond all", "identity", encode(jump), wire.CodeBadSequence},
		{"another device's stream", "identity", other.body(0, 0, wire.Identity), wire.CodeWrongStream},
	}
	// An empty frame has no trailer; the last test needs only the header.
	b, err := (&wire.Request{Stream: other.stream}).Encode(wire.Identity)
	w.must(err)
	tests[len(tests)-1].body = b

	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 3 {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				wt := *w
				wt.t = t
				wt.wantRefusal(d.send(tt.body, tt.enc), tt.want)
			})
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if n, err := w.store.Counts(t.Context()); err != nil || n.Frames != 0 {
		t.Fatalf("%+v %v stands in the store", n, err)
	}
	if got := statusesOf(d.push(0, 3)); len(got) != 3 || got[0] != wire.Created { // the server still serves
		t.Fatalf("%v", got)
	}
}

func TestHostileTokens(t *testing.T) {
	w, foreign := newWorld(t), newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	theirs := foreign.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	body := d.body(0, 1, wire.Identity)
	tests := []struct {
		name, token, want string
		header            []string
	}{
		{"none", "", wire.CodeUnauthorized, nil},
		{"of another server", theirs.token, wire.CodeUnauthorized, nil},
		{"a certificate", d.cert, wire.CodeUnauthorized, nil},
		{"an assertion", d.assertion(), wire.CodeUnauthorized, nil},
		{"noise", "……", wire.CodeUnauthorized, nil},
		{"long", strings.Repeat("x", 12<<10), wire.CodeUnauthorized, nil},
		{"of a user", w.tokenOf(auth.RoleAdmin), wire.CodeForbidden, nil},
		{"another scheme", "", wire.CodeUnauthorized, []string{"Authorization", "Basic " + d.token}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wt := *w
			wt.t = t
			wt.wantRefusal(w.ask(http.MethodPost, "/v1/sync", tt.token, body, tt.header...), tt.want)
		})
	}
}

func TestHostileBodies(t *testing.T) {
	w := newWorld(t)
	deep := []byte(strings.Repeat("[", 12_000) + strings.Repeat("]", 4_000))
	for _, path := range []string{"/v1/enroll", "/v1/token", "/v1/signin", "/v1/acts", "/v1/codes"} {
		for _, tt := range []struct {
			name string
			body []byte
			want string
			enc  string
		}{
			{"empty", nil, wire.CodeBadRequest, ""},
			{"no JSON", []byte("hello"), wire.CodeBadRequest, ""},
			{"wrong types", []byte(`{"code":[],"grant_type":7,"user":{},"act":5,"unit":true}`), wire.CodeBadRequest, ""},
			{"half", []byte(`{"code":`), wire.CodeBadRequest, ""},
			{"deep", deep, wire.CodeBadRequest, ""},
			{"not UTF-8", []byte("{\"code\":\"\xff\"}"), wire.CodeBadRequest, ""},
			{"too large", bytes.Repeat([]byte(" "), jsonLimit+1), wire.CodeTooLarge, ""},
			{"far too large", bytes.Repeat([]byte(" "), 4<<20), wire.CodeTooLarge, ""},
			{"compressed", compressed(t, "gzip", 1<<20), wire.CodeBadEncoding, "gzip"},
		} {
			t.Run(path+" "+tt.name, func(t *testing.T) {
				wt := *w
				wt.t = t
				wt.wantRefusal(w.ask(http.MethodPost, path, w.tokenOf(auth.RoleAdmin), tt.body, "Content-Encoding", tt.enc), tt.want)
			})
		}
	}
}

// Connections with no HTTP, half a request or no bytes at all do not keep the server from serving, nor from stopping:
// the connections stay open until the server has stopped.
func TestHostileConnections(t *testing.T) {
	var open []net.Conn
	t.Cleanup(func() {
		for _, c := range open {
			_ = c.Close()
		}
	})
	w := newWorld(t)
	addr := strings.TrimPrefix(w.url, "http://")
	for _, text := range []string{
		"", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET", "POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
		"POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 10_000) + "\r\n",
		"POST /v1/sync HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
		"POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", addr)
		w.must(err)
		_, err = conn.Write([]byte(text))
		w.must(err)
		open = append(open, conn)
		if r := w.ask(http.MethodGet, "/healthz", "", nil); r.status != http.StatusOK {
			t.Fatalf("after %q: %+v", text, r)
		}
	}
}

func TestTooManyAtOnceAreTurnedAway(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxSyncs = 1 })
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	leave, err := w.api.syncs.enter() // someone is inside
	w.must(err)
	r := d.send(d.body(0, 1, wire.Zstd), "zstd")
	w.wantRefusal(r, wire.CodeBusy)
	if r.header.Get("Retry-After") == "" {
		t.Fatal("no Retry-After")
	}
	leave()
	if got := statusesOf(d.push(0, 1)); got[0] != wire.Created {
		t.Fatalf("%v", got)
	}
}

func TestStoppingServerTurnsAway(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	w.api.closing.Store(true)
	w.wantRefusal(d.send(d.body(0, 1, wire.Zstd), "zstd"), wire.CodeBusy)
	w.wantRefusal(w.ask(http.MethodGet, "/readyz", "", nil), wire.CodeBusy)
	w.api.closing.Store(false)
	if r := w.ask(http.MethodGet, "/readyz", "", nil); r.status != http.StatusOK {
		t.Fatal(r)
	}
}

// A closed reader ends the export's work.
func TestAbandonedExportEnds(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	pad := strings.Repeat("x", 60_000)
	for range 60 {
		d.appendLine(pad)
	}
	for i := range 6 {
		d.push(10*i, 10*i+10)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/export/observations?all=1", nil)
	w.must(err)
	req.Header.Set("Authorization", "Bearer "+w.tokenOf(auth.RoleHQ))
	resp, err := new(http.Transport).RoundTrip(req)
	w.must(err)
	if _, err := io.CopyN(io.Discard, resp.Body, 1000); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for i := 0; len(w.api.reads) > 0; i++ {
		if i > 1000 {
			t.Fatal("the export is still being made")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
