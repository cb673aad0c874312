package api

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"roadbook/sync/wire"
)

// testDevice is a minimal device. Tests write its lines by hand.
type testDevice struct {
	w      *world
	key    ed25519.PrivateKey
	stream wire.StreamID
	cert   string
	token  string
	hashes []wire.Hash
	lines  [][]byte
}

// newDev enrolls a device; n seeds its key.
func (w *world) newDev(n byte, unit, role string) *testDevice {
	w.t.Helper()
	d := &testDevice{w: w, key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))}
	d.stream = wire.StreamID{Device: wire.DeviceID(d.public()), Epoch: fmt.Sprintf("ep0ch%03d", n)}
	code, err := w.auth.NewCode(w.t.Context(), unit, role, "test", time.Hour)
	w.must(err)
	var e wire.Enrolled
	w.post("/v1/enroll", wire.EnrollRequest{PublicKey: d.public(), Code: code}, &e)
	d.cert = e.Certificate
	d.signIn()
	return d
}

func (d *testDevice) public() ed25519.PublicKey { return d.key.Public().(ed25519.PublicKey) }

// signIn gets an access token with a nonce.
func (d *testDevice) signIn() {
	d.w.t.Helper()
	var t wire.Token
	d.w.post("/v1/token", wire.TokenRequest{GrantType: wire.GrantType, Assertion: d.assertion()}, &t)
	d.token = t.AccessToken
}

func (d *testDevice) assertion() string {
	d.w.t.Helper()
	var n wire.Nonce
	d.w.post("/v1/nonce", nil, &n)
	text, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": d.stream.Device, "sub": d.stream.Device, "aud": "roadbook", "jti": n.Nonce,
		"iat": n.ServerTime / 1000, "exp": n.ServerTime/1000 + 60,
	}).SignedString(d.key)
	d.w.must(err)
	return text
}

// post sends JSON and reads JSON; every status but 200 fails the test.
func (w *world) post(path string, in, out any) {
	w.t.Helper()
	var body []byte
	if in != nil {
		var err error
		body, err = json.Marshal(in)
		w.must(err)
	}
	r := w.ask(http.MethodPost, path, "", body)
	if r.status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	w.must(json.Unmarshal([]byte(r.body), out))
}

// appendLine appends a line to the stream and returns its id.
func (d *testDevice) appendLine(line string) wire.ObsID {
	h := wire.ChainHash(d.head(len(d.lines)), []byte(line))
	d.lines, d.hashes = append(d.lines, []byte(line)), append(d.hashes, h)
	return wire.NewObsID(d.stream, uint64(len(d.lines)), h)
}

func (d *testDevice) head(n int) wire.Hash {
	if n == 0 {
		return wire.Genesis(d.stream)
	}
	return d.hashes[n-1]
}

// clockText is a line's clock member, of a right clock.
func (d *testDevice) clockText() string {
	n := int64(1608000000000) + int64(len(d.lines))
	return fmt.Sprintf(`{"hlc":"%d","boot":"b1111111","mono":%d,"wall":%d}`, uint64(n)<<16, len(d.lines), n)
}

// appendPlate appends a plate's create line.
func (d *testDevice) appendPlate(unit, number, at string) wire.ObsID {
	return d.appendLine(fmt.Sprintf(`{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1","officer":"0001","clock":%s,`+
		`"fields":{"business":"register","occurred_at":%q,"plate_number":%q,"plate_type":"02","sets":1,"unit":%q}}`,
		d.clockText(), at, number, unit))
}

// frame makes a frame of the lines from..to, to exclusive.
func (d *testDevice) frame(from, to int) *wire.Frame {
	f := wire.NewFrame(d.stream, uint64(from)+1, d.head(from), d.lines[from:to])
	wire.SignFrame(d.key, f)
	return f
}

// body encodes the lines from..to.
func (d *testDevice) body(from, to int, enc wire.Encoding) []byte {
	d.w.t.Helper()
	b, err := (&wire.Request{Stream: d.stream, Frame: d.frame(from, to)}).Encode(enc)
	d.w.must(err)
	return b
}

func (d *testDevice) send(body []byte, enc string) reply {
	d.w.t.Helper()
	return d.w.ask(http.MethodPost, "/v1/sync", d.token, body, "Content-Encoding", enc)
}

// push sends the lines from..to and returns the answer.
func (d *testDevice) push(from, to int) *wire.Answer {
	d.w.t.Helper()
	return d.answer(d.send(d.body(from, to, wire.Zstd), "zstd"))
}

func (d *testDevice) answer(r reply) *wire.Answer {
	d.w.t.Helper()
	if r.status != http.StatusOK {
		d.w.t.Fatalf("%d %s", r.status, r.body)
	}
	a, err := wire.DecodeAnswer([]byte(r.body), r.header.Get("Content-Encoding"), 1<<24)
	d.w.must(err)
	return a
}
