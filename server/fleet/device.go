// Package fleet simulates devices and HQ users over the real protocol: real keys, real frames, over HTTP. The demo and the
// load generator use it. Fleet and client share only the protocol (sync/wire), so that each checks the other.
package fleet

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Device is one simulated device. It must not be used by several goroutines at once.
type Device struct {
	Name string
	ID   string
	Unit string
	Role string

	Skew  int64 // ms by which the device's clock is ahead of the true time
	Known int64 // the last server time in the device's memory, Unix ms; 0: none

	Asleep int64 // ms that the steady clock missed in this boot, because it stops while the machine sleeps

	key       ed25519.PrivateKey
	catalogue string
	stream    wire.StreamID
	boot      string
	bootAt    int64 // Unix ms of the boot's begin
	hlc       clock.HLCSource
	lines     [][]byte // all lines of this epoch
	hashes    []wire.Hash
	sent      int  // lines acknowledged
	forked    bool // the server has other lines under this stream's numbers
	limits    wire.Limits
	server    ed25519.PublicKey // of the server of the enrollment; nil: none
	requests  uint64            // number of requests made
}

// NewDevice makes a device with a key and epoch from rng. bootAt is the moment of its first boot, Unix ms.
func NewDevice(rng *rand.Rand, name string, bootAt int64) *Device {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(rng.UintN(256))
	}
	d := &Device{Name: name, key: ed25519.NewKeyFromSeed(seed), limits: wire.DefaultLimits}
	d.ID = wire.DeviceID(d.PublicKey())
	d.Reboot(rng, bootAt)
	d.newEpoch(rng)
	return d
}

// PublicKey is the device's public key.
func (d *Device) PublicKey() ed25519.PublicKey { return d.key.Public().(ed25519.PublicKey) }

// Reboot begins a new boot at a moment, Unix ms.
func (d *Device) Reboot(rng *rand.Rand, at int64) {
	d.boot, d.bootAt, d.Asleep = randomID(rng, 8), at, 0
}

func (d *Device) newEpoch(rng *rand.Rand) {
	d.stream = wire.StreamID{Device: d.ID, Epoch: randomID(rng, wire.EpochLen)}
	d.lines, d.hashes, d.sent, d.forked = nil, nil, 0, false
}

// Renew begins a new epoch after a fork, once all lines are acknowledged. It reports whether it did.
func (d *Device) Renew(rng *rand.Rand) bool {
	if !d.forked || d.Waiting() > 0 {
		return false
	}
	d.newEpoch(rng)
	return true
}

func randomID(rng *rand.Rand, n int) string {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(rng.UintN(256))
	}
	return wire.IDEncoding.EncodeToString(raw)[:n]
}

// Observation is one observation before it becomes a line.
type Observation struct {
	Kind    *schema.Kind
	Act     wire.Act
	Officer string // "": the device's name
	Record  string
	Item    string
	Seen    []string
	Reason  string
	Auto    []string
	Share   []string
	Fields  schema.Values
	At      int64 // Unix ms, the true moment: Device.Skew gives the error of the device's clock
}

// Save appends an observation to the stream as a line and returns the observation's id.
func (d *Device) Save(s Observation) wire.ObsID {
	l := wire.Line{
		V: wire.LineVersion, Kind: s.Kind.Name, Act: s.Act, Catalogue: d.catalogue, Officer: cmp.Or(s.Officer, d.Name),
		Record: s.Record, Item: s.Item, Seen: s.Seen, Reason: s.Reason, Auto: s.Auto, Share: s.Share,
		Clock: clock.Evidence{
			HLC: d.hlc.Next(s.At + d.Skew), Boot: d.boot, Mono: s.At - d.bootAt - d.Asleep, Wall: s.At + d.Skew, Known: d.Known,
		},
	}
	if len(s.Fields) > 0 {
		l.Fields = s.Kind.Encode(s.Fields)
	}
	prev := d.head(len(d.lines))
	raw := l.Marshal()
	h := wire.ChainHash(prev, raw)
	d.lines, d.hashes = append(d.lines, raw), append(d.hashes, h)
	return wire.NewObsID(d.stream, uint64(len(d.lines)), h)
}

func (d *Device) head(n int) wire.Hash {
	if n == 0 {
		return wire.Genesis(d.stream)
	}
	return d.hashes[n-1]
}

// Sent is the number of acknowledged lines.
func (d *Device) Sent() int { return d.sent }

// Waiting is the number of lines without an acknowledgement.
func (d *Device) Waiting() int { return len(d.lines) - d.sent }

// Frame makes a signed frame of the lines from..to (indexes, to exclusive).
func (d *Device) Frame(from, to int) *wire.Frame {
	f := wire.NewFrame(d.stream, uint64(from)+1, d.head(from), d.lines[from:to])
	wire.SignFrame(d.key, f)
	return f
}

// Next is the next frame to send, nil when no line waits.
func (d *Device) Next() *wire.Frame {
	if d.Waiting() == 0 {
		return nil
	}
	n := wire.FrameLen(d.lines[d.sent:], d.limits)
	return d.Frame(d.sent, d.sent+n)
}

// Request makes the request for a frame, at the device's moment now, Unix ms.
func (d *Device) Request(f *wire.Frame, now int64) *wire.Request {
	sample := &wire.BootSample{Boot: d.boot, Mono: now - d.bootAt - d.Asleep, Wall: now + d.Skew}
	return &wire.Request{Stream: d.stream, Frame: f, Now: sample, Boots: clock.BootVersion, Nonce: d.nonce()}
}

// nonce is new for each request. Like everything in a simulated device it depends on the seed only.
func (d *Device) nonce() []byte {
	d.requests++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(d.key.Seed(), d.requests))
	return sum[:wire.NonceLen]
}

// SetEnrollment sets the results of an enrollment.
func (d *Device) SetEnrollment(unit, role, catalogue string) {
	d.Unit, d.Role, d.catalogue = unit, role, catalogue
}

// Clone is a second device with a copy of the disk.
func (d *Device) Clone() *Device {
	c := *d
	c.lines, c.hashes = append([][]byte(nil), d.lines...), append([]wire.Hash(nil), d.hashes...)
	return &c
}

// SaveRaw appends bytes as a line; they need not be an observation.
func (d *Device) SaveRaw(line []byte) {
	h := wire.ChainHash(d.head(len(d.lines)), line)
	d.lines, d.hashes = append(d.lines, line), append(d.hashes, h)
}
