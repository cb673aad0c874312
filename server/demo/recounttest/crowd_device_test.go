package recounttest

import (
	"crypto/ed25519"
	"encoding/json"
	"math/rand/v2"
	"slices"

	"roadbook/server/ingest"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// gadget is the device of a stream, with lying, sleeping and jumping clocks.
type gadget struct {
	name, role string
	units      []string // ever given, the present one last
	imports    bool
	key        ed25519.PrivateKey
	stream     wire.StreamID
	lines      [][]byte
	hashes     []wire.Hash
	said       []*Said // by line; nil: no observation
	checked    []bool  // by line: a server has checked it

	boot          string
	bootAt, sleep int64 // of the boot: begin; ms missed by the steady clock
	skew          int64 // ms of the wall clock ahead of the true time
	hlc           uint64
	known         int64 // the last server time
	tellsWall     bool
	sent          int // number of lines up to the last sent line
}

func newGadget(rng *rand.Rand, name, role string, unit string, now int64) *gadget {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(rng.UintN(256))
	}
	g := &gadget{name: name, role: role, units: []string{unit}, key: ed25519.NewKeyFromSeed(seed)}
	g.stream = wire.StreamID{Device: wire.DeviceID(g.public()), Epoch: randomID(rng)}
	g.reboot(rng, now)
	return g
}

func (g *gadget) public() ed25519.PublicKey { return g.key.Public().(ed25519.PublicKey) }

func randomID(rng *rand.Rand) string {
	raw := make([]byte, 5)
	for i := range raw {
		raw[i] = byte(rng.UintN(256))
	}
	return wire.IDEncoding.EncodeToString(raw)[:8]
}

func (g *gadget) reboot(rng *rand.Rand, now int64) {
	g.boot, g.bootAt, g.sleep = randomID(rng), now, 0
}

func (g *gadget) unit() string { return g.units[len(g.units)-1] }

func (g *gadget) had(unit string) bool {
	return g.role == "hq" || slices.Contains(g.units, unit)
}

// who is the device as the server knows it.
func (g *gadget) who() ingest.Device {
	return ingest.Device{
		ID: g.stream.Device, Key: g.public(), Unit: g.unit(), Earlier: g.units[:len(g.units)-1], Role: g.role, Import: g.imports,
	}
}

// reading reads the device's clocks at a true moment.
func (g *gadget) reading(now int64) Reading {
	wall := now + g.skew
	g.hlc = max(g.hlc+1, uint64(held(wall))<<16)
	return Reading{HLC: g.hlc, Boot: g.boot, Mono: now - g.bootAt - g.sleep, Wall: wall, Known: g.known}
}

func (r Reading) evidence() clock.Evidence {
	return clock.Evidence{HLC: clock.HLC(r.HLC), Boot: r.Boot, Mono: r.Mono, Wall: r.Wall, Known: r.Known}
}

// add appends a line with its meaning.
func (g *gadget) add(line []byte, s *Said) string {
	prev := wire.Genesis(g.stream)
	if n := len(g.hashes); n > 0 {
		prev = g.hashes[n-1]
	}
	h := wire.ChainHash(prev, line)
	g.lines, g.hashes, g.said, g.checked = append(g.lines, line), append(g.hashes, h), append(g.said, s), append(g.checked, false)
	return wire.NewObsID(g.stream, uint64(len(g.lines)), h).String()
}

// clone is a second device with a copy of the disk.
func (g *gadget) clone() *gadget {
	c := *g
	c.lines, c.hashes = append([][]byte(nil), g.lines...), append([]wire.Hash(nil), g.hashes...)
	c.said, c.checked = append([]*Said(nil), g.said...), append([]bool(nil), g.checked...)
	c.units = append([]string(nil), g.units...)
	return &c
}

// request is a request with the lines from..to, to exclusive.
func (g *gadget) request(from, to int, now int64) *wire.Request {
	prev := wire.Genesis(g.stream)
	if from > 0 {
		prev = g.hashes[from-1]
	}
	f := wire.NewFrame(g.stream, uint64(from)+1, prev, g.lines[from:to])
	wire.SignFrame(g.key, f)
	sample := &wire.BootSample{Boot: g.boot, Mono: now - g.bootAt - g.sleep}
	if g.tellsWall {
		sample.Wall = max(1, now+g.skew)
	}
	return &wire.Request{Stream: g.stream, Frame: f, Now: sample, Boots: clock.BootVersion}
}

// lineOf writes an observation as a line, with the values as typed.
func lineOf(s *Said, typed map[string]any, act string) []byte {
	l := wire.Line{
		V: wire.LineVersion, Kind: s.Kind, Act: wire.Act(act), Catalogue: catalogueName, Officer: "01234", Clock: s.Clock.evidence(),
		Record: s.Record, Seen: s.Seen, Target: s.Target, Share: s.Share, Group: s.Group,
	}
	if act != "create" {
		l.Item = s.Item
	}
	if act == "void" && len(s.Seen)%3 != 0 { // the others give no reason
		l.Reason = "录错"
	}
	if s.Auto {
		l.Auto = []string{"occurred_at"}
	}
	if typed != nil {
		l.Fields, _ = json.Marshal(typed)
	}
	return l.Marshal()
}

const catalogueName = "shunping-2020@2"
