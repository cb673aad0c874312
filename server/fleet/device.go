// Package fleet simulates devices that speak the real protocol: real keys, real frames, over HTTP. The demo
// and the load generator use it. It shares no code with the client, only the protocol (sync/wire), so that
// the two keep each other honest.
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

// Device is one simulated device. It is not for several goroutines at once.
type Device struct {
	Name string
	ID   string
	Unit string
	Role string

	Skew  int64 // ms by which its wall clock is ahead of the true time
	Known int64 // the last server time it has noted, Unix ms; 0: none

	key       ed25519.PrivateKey
	catalogue string
	stream    wire.StreamID
	boot      string
	bootAt    int64 // Unix ms at which its boot began
	hlc       clock.HLCSource
	lines     [][]byte // all that was ever said in this epoch
	hashes    []wire.Hash
	sent      int  // lines acknowledged
	forked    bool // the server has other lines under this stream's numbers
	limits    wire.Limits
	server    ed25519.PublicKey // of the server that it enrolled at; nil: none
	requests  uint64            // number of requests made
}

// NewDevice makes a device whose key and epoch come from rng. bootAt is when it was switched on, Unix ms.
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

// PublicKey is the device's.
func (d *Device) PublicKey() ed25519.PublicKey { return d.key.Public().(ed25519.PublicKey) }

// Reboot begins a new boot at a moment, Unix ms.
func (d *Device) Reboot(rng *rand.Rand, at int64) { d.boot, d.bootAt = randomID(rng, 8), at }

func (d *Device) newEpoch(rng *rand.Rand) {
	d.stream = wire.StreamID{Device: d.ID, Epoch: randomID(rng, wire.EpochLen)}
	d.lines, d.hashes, d.sent, d.forked = nil, nil, 0, false
}

// Renew begins a new epoch if the server has told of a fork and nothing waits. It reports whether it did.
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

// Observation is one observation before it is frozen.
type Observation struct {
	Kind    *schema.Kind
	Act     wire.Act
	Officer string // "": the device's name
	Record  string
	Item    string
	Seen    []string
	Reason  string
	Auto    []string
	Fields  schema.Values
	At      int64 // Unix ms, the true moment: Device.Skew is how far its wall clock is off
}

// Save freezes an observation behind the stream's last one and returns its id.
func (d *Device) Save(s Observation) wire.ObsID {
	l := wire.Line{
		V: wire.LineVersion, Kind: s.Kind.Name, Act: s.Act, Catalogue: d.catalogue, Officer: cmp.Or(s.Officer, d.Name),
		Record: s.Record, Item: s.Item, Seen: s.Seen, Reason: s.Reason, Auto: s.Auto,
		Clock: clock.Evidence{
			HLC: d.hlc.Next(s.At + d.Skew), Boot: d.boot, Mono: s.At - d.bootAt, Wall: s.At + d.Skew, Known: d.Known,
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

// Sent is how many observations are acknowledged.
func (d *Device) Sent() int { return d.sent }

// Waiting is how many observations are not acknowledged yet.
func (d *Device) Waiting() int { return len(d.lines) - d.sent }

// Frame cuts the lines from..to (indexes, to exclusive) as a signed frame.
func (d *Device) Frame(from, to int) *wire.Frame {
	f := wire.NewFrame(d.stream, uint64(from)+1, d.head(from), d.lines[from:to])
	wire.SignFrame(d.key, f)
	return f
}

// Next is the next frame to send, nil when nothing waits.
func (d *Device) Next() *wire.Frame {
	if d.Waiting() == 0 {
		return nil
	}
	n := wire.FrameLen(d.lines[d.sent:], d.limits)
	return d.Frame(d.sent, d.sent+n)
}

// Request asks for a frame to be taken in, at the device's moment now, Unix ms.
func (d *Device) Request(f *wire.Frame, now int64) *wire.Request {
	return &wire.Request{Stream: d.stream, Frame: f, Now: &wire.BootSample{Boot: d.boot, Mono: now - d.bootAt, Wall: now + d.Skew}, Nonce: d.nonce()}
}

// nonce is new for each request. It repeats with the device's seed, as all of a simulated device does.
func (d *Device) nonce() []byte {
	d.requests++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(d.key.Seed(), d.requests))
	return sum[:wire.NonceLen]
}

// SetEnrollment makes the device what an enrolment would make it.
func (d *Device) SetEnrollment(unit, role, catalogue string) {
	d.Unit, d.Role, d.catalogue = unit, role, catalogue
}

// Clone is a second device with the same disk: what happens when one is copied.
func (d *Device) Clone() *Device {
	c := *d
	c.lines, c.hashes = append([][]byte(nil), d.lines...), append([]wire.Hash(nil), d.hashes...)
	return &c
}

// SaveRaw freezes bytes that need not be an observation.
func (d *Device) SaveRaw(line []byte) {
	h := wire.ChainHash(d.head(len(d.lines)), line)
	d.lines, d.hashes = append(d.lines, line), append(d.hashes, h)
}
