package wire

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Alphabet of all identifiers: lower-case letters and digits without i, l, o, u.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

var inAlphabet = func() (in [256]bool) {
	for i := range len(idAlphabet) {
		in[idAlphabet[i]] = true
	}
	return in
}()

// IDEncoding writes random bytes as identifiers (base 32, no padding).
var IDEncoding = base32.NewEncoding(idAlphabet).WithPadding(base32.NoPadding)

// Lengths of the parts of an id, in characters.
const (
	DeviceLen = 10 // 50 bits: the first of SHA-256(public key)
	EpochLen  = 8  // 40 random bits
	BootLen   = 8  // of a boot's id, also random
	hashLen   = 16 // 80 bits of the chain hash
)

// Hash is a link of a stream's chain: h(n) = SHA-256(h(n-1) ‖ SHA-256(line n)).
type Hash [sha256.Size]byte

// StreamID names a stream: an epoch of a device.
type StreamID struct{ Device, Epoch string }

func (s StreamID) String() string { return s.Device + "." + s.Epoch }

// ParseStream reads "device.epoch".
func ParseStream(text string) (StreamID, error) {
	device, epoch, ok := strings.Cut(text, ".")
	if !ok || !isID(device, DeviceLen) || !isID(epoch, EpochLen) {
		return StreamID{}, fmt.Errorf("stream %q is not device.epoch", clip(text))
	}
	return StreamID{device, epoch}, nil
}

// ObsID names an observation: device.epoch.seq.hash80. The hash binds the line and all lines before.
type ObsID struct {
	Device string
	Epoch  string
	Seq    uint64
	Hash   [10]byte
}

// NewObsID makes the id of the line at seq with chain hash h.
func NewObsID(s StreamID, seq uint64, h Hash) ObsID {
	return ObsID{s.Device, s.Epoch, seq, [10]byte(h[:10])}
}

// Stream returns the observation's stream.
func (id ObsID) Stream() StreamID { return StreamID{id.Device, id.Epoch} }

// IsZero reports whether id names nothing.
func (id ObsID) IsZero() bool { return id == ObsID{} }

func (id ObsID) String() string {
	if id.IsZero() {
		return ""
	}
	return id.Device + "." + id.Epoch + "." + strconv.FormatUint(id.Seq, 10) + "." + IDEncoding.EncodeToString(id.Hash[:])
}

// Compare orders ids by device, epoch, sequence, hash: a total order, used as the last tie-break.
func (id ObsID) Compare(o ObsID) int {
	if c := strings.Compare(id.Device, o.Device); c != 0 { // step by step: sorting records calls this often
		return c
	}
	if c := strings.Compare(id.Epoch, o.Epoch); c != 0 {
		return c
	}
	if c := cmp.Compare(id.Seq, o.Seq); c != 0 {
		return c
	}
	return bytes.Compare(id.Hash[:], o.Hash[:])
}

// MarshalText writes the id as text, "" for none.
func (id ObsID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the output of MarshalText.
func (id *ObsID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = ObsID{}
		return nil
	}
	parsed, err := ParseObsID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

var errID = errors.New("an observation id is device.epoch.sequence.hash")

// ParseObsID reads device.epoch.seq.hash.
func ParseObsID(text string) (ObsID, error) {
	device, rest, _ := strings.Cut(text, ".")
	epoch, rest, _ := strings.Cut(rest, ".")
	seqText, hash, _ := strings.Cut(rest, ".")
	seq, ok := parseUint([]byte(seqText))
	if !ok || seq == 0 || !isID(device, DeviceLen) || !isID(epoch, EpochLen) || !isID(hash, hashLen) {
		return ObsID{}, fmt.Errorf("id %q: %w", clip(text), errID)
	}
	id := ObsID{Device: device, Epoch: epoch, Seq: seq}
	if _, err := IDEncoding.Decode(id.Hash[:], []byte(hash)); err != nil {
		return ObsID{}, fmt.Errorf("id %q: %w", clip(text), errID)
	}
	return id, nil
}

// DeviceID derives a device's id from its Ed25519 public key: nobody can choose an id.
func DeviceID(publicKey []byte) string {
	sum := sha256.Sum256(publicKey)
	return IDEncoding.EncodeToString(sum[:])[:DeviceLen]
}

// ValidDevice reports whether text has the form of a device's id.
func ValidDevice(text string) bool { return isID(text, DeviceLen) }

// ValidBoot reports whether text has the form of a boot's id.
func ValidBoot(text string) bool { return isID(text, BootLen) }

func isID(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if !inAlphabet[s[i]] {
			return false
		}
	}
	return true
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
