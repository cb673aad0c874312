package wire

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"roadbook/schema"
)

// sampleBundle is a device's bundle with a single request, for the server with seed 9.
func sampleBundle(t testing.TB) (*Bundle, []byte) {
	t.Helper()
	device, server := testKey(1), testKey(9)
	s := StreamID{Device: DeviceID(publicKey(device)), Epoch: "ab12cd34"}
	f := NewFrame(s, 1, Genesis(s), sampleLines(3))
	SignFrame(device, f)
	b := &Bundle{Kind: BundleRequests, Device: s.Device, ServerKey: publicKey(server), Certificate: "cert"}
	if err := b.AddRequest(&Request{Stream: s, Frame: f}); err != nil {
		t.Fatal(err)
	}
	file, err := b.Encode(device)
	if err != nil {
		t.Fatal(err)
	}
	return b, file
}

func TestBundleComesBack(t *testing.T) {
	b, file := sampleBundle(t)
	got, err := DecodeBundle(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.Kind != b.Kind || got.Device != b.Device || got.Certificate != "cert" || !reflect.DeepEqual(got.Parts, b.Parts) {
		t.Fatalf("%+v", got)
	}
	if err := got.CheckSignature(publicKey(testKey(1))); err != nil {
		t.Fatal(err)
	}
	if err := got.CheckSignature(publicKey(testKey(2))); !errors.Is(err, ErrBadSignature) {
		t.Fatal(err)
	}
	r, err := got.Request(testKey(9), 0, DefaultLimits)
	if err != nil || !reflect.DeepEqual(r.Frame.Lines, sampleLines(3)) {
		t.Fatalf("%+v %v", r, err)
	}
	if _, err := got.Request(testKey(8), 0, DefaultLimits); !errors.Is(err, ErrSealed) {
		t.Fatal(err)
	}
	if bytes.Contains(file, sampleLines(1)[0][:20]) {
		t.Fatal("the file can be read by anyone")
	}
}

func TestBundledAnswerComesBack(t *testing.T) {
	device, server := testKey(1), testKey(9)
	s := StreamID{Device: DeviceID(publicKey(device)), Epoch: "ab12cd34"}
	want := &BundledAnswer{Stream: s.String(), First: 1, Last: 2, Head: Genesis(s), Answer: &Answer{
		V: 1, ServerEpoch: "e1", Results: []Result{{First: 1, Last: 2, Status: Quarantined, Faults: schema.Faults{{Code: "x"}}}}}}
	b := &Bundle{Kind: BundleAnswers, Device: s.Device, ServerKey: publicKey(server)}
	for _, a := range []*BundledAnswer{want, {Stream: s.String(), First: 3, Last: 3}} {
		if err := b.AddAnswer(publicKey(device), a); err != nil {
			t.Fatal(err)
		}
	}
	file, err := b.Encode(server)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeBundle(file)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := got.Answer(device, 0, 1<<20); err != nil || !reflect.DeepEqual(a, want) {
		t.Fatalf("%+v %v", a, err)
	}
	if _, err := got.Answer(device, 1, 1<<20); !errors.Is(err, ErrBadAnswer) { // neither answer nor refusal
		t.Fatal(err)
	}
	if _, err := got.Answer(server, 0, 1<<20); !errors.Is(err, ErrSealed) {
		t.Fatal(err)
	}
}

// DecodeBundle and CheckSignature refuse a file cut at any byte, or with any byte changed.
func TestDamagedBundleIsRefused(t *testing.T) {
	_, file := sampleBundle(t)
	for n := range file {
		if _, err := DecodeBundle(file[:n]); err == nil {
			t.Fatalf("%d of %d bytes pass", n, len(file))
		}
		bad := bytes.Clone(file)
		bad[n] ^= 1
		b, err := DecodeBundle(bad)
		if err == nil && b.CheckSignature(publicKey(testKey(1))) == nil {
			t.Fatalf("byte %d was changed: %q", n, bad[n])
		}
	}
	if _, err := DecodeBundle(append(bytes.Clone(file), '\n')); !errors.Is(err, ErrDamagedBundle) {
		t.Fatal(err)
	}
	if _, err := DecodeBundle([]byte("hello")); !errors.Is(err, ErrNotBundle) {
		t.Fatal(err)
	}
}

// Both ways to an X25519 key agree: from the secret key by the hash of RFC 8032, from the public key by the map of RFC
// 7748.
func TestMontgomery(t *testing.T) {
	for i := range byte(50) {
		k := testKey(i)
		h := sha512.Sum512(k.Seed())
		secret, err := ecdh.X25519().NewPrivateKey(h[:32])
		if err != nil {
			t.Fatal(err)
		}
		u, err := montgomery(publicKey(k))
		if err != nil || !bytes.Equal(u, secret.PublicKey().Bytes()) {
			t.Fatalf("%s, want %s (%v)", hex.EncodeToString(u), hex.EncodeToString(secret.PublicKey().Bytes()), err)
		}
	}
	identity := make([]byte, 32)
	identity[0] = 1 // y = 1 has no u
	if _, err := montgomery(identity); !errors.Is(err, ErrSealed) {
		t.Fatal(err)
	}
}

func FuzzDecodeBundle(f *testing.F) {
	_, file := sampleBundle(f)
	f.Add(file)
	for _, seed := range []string{"", bundleMagic, bundleMagic + "{}\n", bundleMagic + `{"v":1,"kind":"answers","parts":9}` + "\n9999999999\n",
		bundleMagic + `{"v":1,"kind":"requests","parts":1}` + "\n0\n\n" + `{"sha256":""}` + "\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := DecodeBundle(file)
		if err != nil {
			return
		}
		// A bundle that was read and written again still says the same.
		again, err := b.Encode(testKey(1))
		if err != nil {
			t.Fatal(err)
		}
		c, err := DecodeBundle(again)
		if err != nil || c.Device != b.Device || c.Kind != b.Kind || len(c.Parts) != len(b.Parts) {
			t.Fatalf("%+v %v", c, err)
		}
		for i := range b.Parts {
			if _, err := b.Request(testKey(9), i, DefaultLimits); err == nil && !bytes.Equal(b.Parts[i], c.Parts[i]) {
				t.Fatal("a part has changed")
			}
		}
	})
}
