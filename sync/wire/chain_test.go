package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/clock"
)

// The chain by hand: every hash is written out from the definition, with nothing of the package.
func TestChainByDefinition(t *testing.T) {
	genesis := sha256.Sum256([]byte("roadbook stream 1\n" + testStream.Device + ".ab12cd34"))
	if Genesis(testStream) != Hash(genesis) {
		t.Fatal("genesis")
	}
	want := genesis
	lines := [][]byte{[]byte(`{"v":1}`), {}, []byte("\xff\xfe"), []byte("last")}
	f := NewFrame(testStream, 1, genesis, lines)
	for i, line := range lines {
		sum := sha256.Sum256(line)
		want = sha256.Sum256(slices.Concat(want[:], sum[:]))
		if got := f.Hashes()[i]; got != Hash(want) {
			t.Fatalf("h(%d) = %v, want %x", i+1, got, want)
		}
		id := f.IDs(f.Hashes())[i]
		if id.Seq != uint64(i+1) || !bytes.Equal(id.Hash[:], want[:10]) || id.Stream() != testStream {
			t.Fatalf("id %d = %v", i+1, id)
		}
	}
	if f.Head != Hash(want) {
		t.Fatal("head")
	}
}

func TestChainBindsEveryByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := anyLines(t, 1, 6)
		f := NewFrame(testStream, 1, Genesis(testStream), lines)
		if err := f.CheckChain(); err != nil {
			t.Fatal(err)
		}
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		changed := append(bytes.Clone(lines[i]), rapid.Byte().Draw(t, "byte"))
		if rapid.Bool().Draw(t, "flip") && len(lines[i]) > 0 {
			changed = bytes.Clone(lines[i])
			changed[rapid.IntRange(0, len(changed)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		f.Lines = slices.Clone(lines)
		f.Lines[i] = changed
		if err := f.CheckChain(); !errors.Is(err, ErrBadChain) {
			t.Fatalf("line %q for %q: %v", changed, lines[i], err)
		}
	})
}

func TestChainBindsOrderAndStream(t *testing.T) {
	lines := sampleLines(3)
	f := NewFrame(testStream, 1, Genesis(testStream), lines)
	f.Lines = [][]byte{lines[1], lines[0], lines[2]}
	if f.CheckChain() == nil {
		t.Error("swapped lines")
	}
	f.Lines = lines
	f.Stream.Epoch = "zzzzzzzz"
	if f.CheckChain() == nil {
		t.Error("another stream's genesis")
	}
	empty := &Frame{Stream: testStream, First: 1}
	if empty.CheckChain() == nil {
		t.Error("an empty frame")
	}
}

// Cut anywhere and joined anyhow, the same lines have the same ids, and a trimmed frame is still signed.
func TestRecutKeepsIDsAndSignature(t *testing.T) {
	key := testKey(1)
	rapid.Check(t, func(t *rapid.T) {
		lines := anyLines(t, 2, 8)
		whole := NewFrame(testStream, 1, Genesis(testStream), lines)
		SignFrame(key, whole)
		ids := whole.IDs(whole.Hashes())
		cut := rapid.IntRange(1, len(lines)-1).Draw(t, "cut")

		head := NewFrame(testStream, 1, Genesis(testStream), lines[:cut])
		if got := head.IDs(head.Hashes()); !slices.Equal(got, ids[:cut]) {
			t.Fatalf("ids of the head %v, want %v", got, ids[:cut])
		}
		trimmed, hashed := *whole, *whole
		trimmed.Trim(cut)
		left := hashed.TrimHashed(cut, whole.Hashes())
		if trimmed.Prev != head.Head || trimmed.First != uint64(cut)+1 || hashed.Prev != trimmed.Prev {
			t.Fatalf("trimmed at %d %v", trimmed.First, trimmed.Prev)
		}
		if got := trimmed.IDs(left); !slices.Equal(got, ids[cut:]) || !slices.Equal(left, trimmed.Hashes()) {
			t.Fatalf("ids of the rest %v, want %v", got, ids[cut:])
		}
		if err := errors.Join(trimmed.CheckChain(), trimmed.CheckSignature(key.Public().(ed25519.PublicKey))); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTombstoneChainsLikeItsLine(t *testing.T) {
	line := bytes.Repeat([]byte("x"), 70_000)
	stone := Tombstone(line)
	if len(stone) != len("#sha256:")+64 || json.Valid(stone) {
		t.Errorf("tombstone %q", stone)
	}
	if LineHash(stone) != LineHash(line) || !bytes.Equal(Tombstone(stone), stone) {
		t.Error("a tombstone must stand for its line")
	}
	for _, near := range []string{"", "#", "#sha256:", "#sha256:" + strings.Repeat("g", 64),
		"#sha256:" + strings.Repeat("A", 64), "#sha256:" + strings.Repeat("a", 63), " #sha256:" + strings.Repeat("a", 64)} {
		if _, ok := IsTombstone([]byte(near)); ok {
			t.Errorf("%q is no tombstone", near)
		}
		if LineHash([]byte(near)) != Hash(sha256.Sum256([]byte(near))) {
			t.Errorf("%q hashes as itself", near)
		}
	}
}

func TestSignatureBindsStreamLastHeadAndKey(t *testing.T) {
	pub := testKey(1).Public().(ed25519.PublicKey)
	other := testStream
	other.Epoch = "zzzzzzzz"
	for name, spoil := range map[string]func(*Frame){
		"stream":    func(f *Frame) { f.Stream = other },
		"last":      func(f *Frame) { f.First++ },
		"head":      func(f *Frame) { f.Head[31] ^= 1 },
		"signature": func(f *Frame) { f.Sig[0] ^= 1 },
		"short":     func(f *Frame) { f.Sig = f.Sig[:63] },
		"none":      func(f *Frame) { f.Sig = nil },
		"key":       func(f *Frame) { SignFrame(testKey(2), f) },
	} {
		f := NewFrame(testStream, 1, Genesis(testStream), sampleLines(2))
		SignFrame(testKey(1), f)
		if err := f.CheckSignature(pub); err != nil {
			t.Fatal(err)
		}
		if spoil(f); !errors.Is(f.CheckSignature(pub), ErrBadSignature) {
			t.Errorf("spoilt %s passes", name)
		}
	}
	f := NewFrame(testStream, 1, Genesis(testStream), sampleLines(1))
	SignFrame(testKey(1), f)
	if f.CheckSignature(nil) == nil {
		t.Error("no key passes")
	}
}

func TestBootSignature(t *testing.T) {
	server := testKey(9)
	pub := server.Public().(ed25519.PublicKey)
	signed := SignBoot(server, testStream, clock.Boot{ID: "q5w7e9r1", Base: 1607900000000})
	text, err := json.Marshal(signed)
	if err != nil {
		t.Fatal(err)
	}
	var back SignedBoot
	if err := json.Unmarshal(text, &back); err != nil || back.Boot != signed.Boot {
		t.Fatalf("%s → %+v, %v", text, back, err)
	}
	if err := CheckBoot(pub, testStream, back); err != nil {
		t.Fatal(err)
	}
	forged := back
	forged.Base++
	moved := back
	moved.Base, moved.Ceiling = 0, back.Base
	for _, b := range []SignedBoot{forged, moved} {
		if CheckBoot(pub, testStream, b) == nil {
			t.Errorf("%+v passes", b)
		}
	}
	if CheckBoot(pub, StreamID{testStream.Device, "zzzzzzzz"}, back) == nil {
		t.Error("another stream's boot passes")
	}
}

// Each member of a boot of version 2 is signed, its version too; nothing may be added to one of version 1.
func TestBootSignatureOfVersion2(t *testing.T) {
	server := testKey(9)
	pub := server.Public().(ed25519.PublicKey)
	whole := clock.Boot{ID: "q5w7e9r1", Base: 1607900000000, V: 2, Offset: -5, Mono: 7}
	two, one := SignBoot(server, testStream, whole), SignBoot(server, testStream, whole.In(1))
	text, err := json.Marshal(two)
	if err != nil {
		t.Fatal(err)
	}
	var back SignedBoot
	if err := json.Unmarshal(text, &back); err != nil || back.Boot != whole || CheckBoot(pub, testStream, back) != nil {
		t.Fatalf("%s → %+v, %v", text, back, err)
	}
	const want = "roadbook boot 2\n6htgz65xb7.ab12cd34\nq5w7e9r1\n1607900000000\n0\n-5\n7"
	if got := string(bootSigningBytes(testStream, whole)); got != want {
		t.Errorf("signed is %q, want %q", got, want)
	}
	if CheckBoot(pub, testStream, one) != nil || !ed25519.Verify(pub, []byte("roadbook boot 1\n6htgz65xb7.ab12cd34\nq5w7e9r1\n1607900000000\n0"), one.Sig) {
		t.Error("version 1 is not as before")
	}
	for name, change := range map[string]func(*SignedBoot){
		"version": func(b *SignedBoot) { b.V = 0 }, "later version": func(b *SignedBoot) { b.V = 3 },
		"offset": func(b *SignedBoot) { b.Offset++ }, "mono": func(b *SignedBoot) { b.Mono-- }, "base": func(b *SignedBoot) { b.Base++ },
		"ceiling": func(b *SignedBoot) { b.Ceiling++ }, "in version 1": func(b *SignedBoot) { b.Boot = b.In(1) },
	} {
		b := two
		if change(&b); CheckBoot(pub, testStream, b) == nil {
			t.Errorf("another %s passes", name)
		}
	}
	for name, change := range map[string]func(*SignedBoot){
		"version": func(b *SignedBoot) { b.V = 1 }, "version 2": func(b *SignedBoot) { b.V = 2 },
		"offset": func(b *SignedBoot) { b.Offset = 1 }, "mono": func(b *SignedBoot) { b.Mono = 1 },
	} {
		b := one
		if change(&b); CheckBoot(pub, testStream, b) == nil {
			t.Errorf("a %s added to version 1 passes", name)
		}
	}
}

func TestHashHasOneWriting(t *testing.T) {
	h := Genesis(testStream)
	text, _ := h.MarshalText()
	var back Hash
	if err := back.UnmarshalText(text); err != nil || back != h {
		t.Fatal(back, err)
	}
	for _, bad := range []string{"", "00", strings.ToUpper(string(text)), string(text) + "00", strings.Repeat("g", 64)} {
		if back.UnmarshalText([]byte(bad)) == nil && bad != string(text) {
			t.Errorf("%q read as a hash", bad)
		}
	}
}

func TestObsIDHasOneWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h Hash
		copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
		id := NewObsID(testStream, rapid.Uint64Range(1, MaxSeq).Draw(t, "seq"), h)
		back, err := ParseObsID(id.String())
		if err != nil || back != id {
			t.Fatalf("%v → %v, %v", id, back, err)
		}
	})
	good := NewObsID(testStream, 7, Genesis(testStream)).String()
	parts := strings.Split(good, ".")
	for _, bad := range []string{"", "...", good + ".", strings.ToUpper(good), strings.Replace(good, ".7.", ".07.", 1),
		strings.Replace(good, ".7.", ".0.", 1), strings.Replace(good, ".7.", ".+7.", 1),
		strings.Replace(good, ".7.", ".18446744073709551616.", 1), strings.Join(parts[:3], "."), good + "0",
		strings.Replace(good, parts[3], "iiiiiiiiiiiiiiii", 1)} {
		if id, err := ParseObsID(bad); err == nil {
			t.Errorf("%q read as %v", bad, id)
		}
	}
}
