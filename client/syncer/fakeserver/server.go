// Package fakeserver is a small server for tests of the client alone. The server keeps lines in memory, by their chain
// hashes, and answers as in sync/PROTOCOL.md. No code of the real server is imported, so that both cannot share a mistake.
package fakeserver

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"sync"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Server is the fake. Its exported members may be changed between requests.
type Server struct {
	Epoch  string
	Now    int64 // Unix ms
	Limits wire.Limits
	Poison string                         // lines with this text are quarantined
	Retry  bool                           // answer "retry" to every line
	Pulled []*wire.Pulled                 // sent one by one
	Kinds  *wire.Kinds                    // nil: like an older server, which states nothing
	Moved  *wire.Moved                    // told to devices that do not show its certificate
	Doubts func(line string) []wire.Doubt // about a new line; nil: none
	Key    ed25519.PrivateKey

	Reference []byte // reference data as JSON; nil: none
	Unsigned  bool   // like an older server: no answer is signed, and no other stream's ranges are sent

	mu      sync.Mutex
	devices map[string]ed25519.PublicKey
	streams map[wire.StreamID]*stream
	boots   map[string]clock.Boot // stream + boot
}

// stream holds the lines by sequence: one each, or several in a fork.
type stream struct{ at map[uint64][]storedLine }

type storedLine struct {
	hash   wire.Hash
	prev   wire.Hash
	line   string
	faults schema.Faults
}

// New makes an empty server.
func New() *Server {
	return &Server{
		Epoch: "epoch-1", Now: 1608000000000, Limits: wire.DefaultLimits,
		Kinds:   wire.NewKinds(schema.Default()),
		Key:     ed25519.NewKeyFromSeed([]byte("a server's seed for the tests 32")),
		devices: map[string]ed25519.PublicKey{}, streams: map[wire.StreamID]*stream{}, boots: map[string]clock.Boot{},
	}
}

// Public is the key that signs boots.
func (s *Server) Public() ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }

// AddDevice enrolls a device's key.
func (s *Server) AddDevice(key ed25519.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices[wire.DeviceID(key)] = key
}

// Copy is a backup of the server. Original and copy share no devices or lines.
func (s *Server) Copy() *Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := New()
	c.Epoch, c.Now, c.Limits = s.Epoch, s.Now, s.Limits
	maps.Copy(c.devices, s.devices)
	for id, st := range s.streams {
		to := &stream{at: map[uint64][]storedLine{}}
		for seq, lines := range st.at {
			to.at[seq] = slices.Clone(lines)
		}
		c.streams[id] = to
	}
	return c
}

// Lines returns all kept lines by their ids.
func (s *Server) Lines() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for id, st := range s.streams {
		for seq, lines := range st.at {
			for _, k := range lines {
				out[wire.NewObsID(id, seq, k.hash).String()] = k.line
			}
		}
	}
	return out
}

// Sync answers one request, already decoded.
func (s *Server) Sync(req *wire.Request) (*wire.Answer, *wire.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, ok := s.devices[req.Stream.Device]
	if !ok {
		return nil, wire.Refuse(wire.CodeUnknownDevice, "")
	}
	st := s.streams[req.Stream]
	if st == nil {
		st = &stream{at: map[uint64][]storedLine{}}
		s.streams[req.Stream] = st
	}
	ans := &wire.Answer{V: wire.Version, ServerEpoch: s.Epoch, ServerTime: s.Now, Limits: s.Limits}
	if f := req.Frame; f != nil {
		if len(f.Lines) > s.Limits.Observations {
			return nil, wire.Refuse(wire.CodeTooLarge, "")
		}
		hs, err := f.Verify()
		if err != nil {
			return nil, wire.Refuse(wire.CodeBadChain, "")
		}
		if f.CheckSignature(key) != nil {
			return nil, wire.Refuse(wire.CodeBadSignature, "")
		}
		s.storeFrame(st, f, hs, ans)
		s.fixBoots(req, ans)
	}
	ans.Ranges = st.ranges()
	if req.Streams && !s.Unsigned {
		for id, st := range s.streams {
			if id.Device == req.Stream.Device {
				ans.Streams = append(ans.Streams, wire.StreamRanges{Epoch: id.Epoch, Ranges: st.ranges()})
			}
		}
	}
	if s.Kinds != nil {
		ans.Kinds = s.Kinds.For(req.Kinds)
	}
	if s.Moved != nil && req.Certificate != s.Moved.Certificate {
		ans.Moved = s.Moved
	}
	if req.Pull != nil && len(s.Pulled) > 0 {
		ans.Pull, s.Pulled = s.Pulled[0], s.Pulled[1:]
	}
	s.addReference(req.Pull, ans)
	return ans, nil
}

// addReference adds the reference data to a pull with another digest.
func (s *Server) addReference(pull *wire.Pull, ans *wire.Answer) {
	if pull == nil || pull.Reference == "" || s.Reference == nil {
		return
	}
	if sum := sha256.Sum256(s.Reference); pull.Reference == hex.EncodeToString(sum[:8]) {
		return
	}
	if ans.Pull == nil {
		ans.Pull = &wire.Pulled{Cursor: pull.Cursor}
	}
	ans.Pull.Reference = s.Reference
}

func (s *Server) storeFrame(st *stream, f *wire.Frame, hs []wire.Hash, ans *wire.Answer) {
	prev := f.Prev
	for i, line := range f.Lines {
		seq := f.First + uint64(i)
		r := wire.Result{First: seq, Last: seq, Status: wire.Retry}
		if !s.Retry {
			r.Status, r.Faults = s.storeLine(st, seq, storedLine{hash: hs[i], prev: prev, line: string(line)})
		}
		if s.Doubts != nil && r.Status == wire.Created {
			for _, d := range s.Doubts(string(line)) {
				d.Seq = seq
				ans.Doubts = append(ans.Doubts, d)
			}
		}
		prev = hs[i]
		ans.Results = append(ans.Results, r)
	}
}

func (s *Server) storeLine(st *stream, seq uint64, k storedLine) (wire.Status, schema.Faults) {
	for _, old := range st.at[seq] {
		if old.hash == k.hash {
			if len(old.faults) > 0 {
				return wire.Quarantined, old.faults
			}
			return wire.Exists, nil
		}
	}
	if _, tombstone := wire.IsTombstone([]byte(k.line)); tombstone || (s.Poison != "" && strings.Contains(k.line, s.Poison)) {
		k.faults = schema.Faults{{Code: "poison", Field: "remark", Message: schema.Text{ZH: "内容不被接受", EN: "not acceptable"}}}
	}
	st.at[seq] = append(st.at[seq], k)
	switch {
	case len(k.faults) > 0:
		return wire.Quarantined, k.faults
	case len(st.at[seq]) > 1:
		return wire.Forked, nil
	}
	return wire.Created, nil
}

// fixBoots fixes the boots of the frame's lines, each once.
func (s *Server) fixBoots(req *wire.Request, ans *wire.Answer) {
	for _, line := range req.Frame.Lines {
		var l wire.Line
		if wire.ParseLine(line, &l) != nil {
			continue
		}
		key := req.Stream.String() + l.Clock.Boot
		b, ok := s.boots[key]
		if !ok {
			b = clock.FixBoot(l.Clock.Boot, req.Now, clock.ServerReading{Now: s.Now}, s.offeredBoot(req, l.Clock.Boot))
			s.boots[key] = b
		}
		if !slices.ContainsFunc(ans.Boots, func(x wire.SignedBoot) bool { return x.ID == b.ID }) {
			ans.Boots = append(ans.Boots, wire.SignBoot(s.Key, req.Stream, b.In(req.Boots)))
		}
	}
}

func (s *Server) offeredBoot(req *wire.Request, boot string) *clock.Boot {
	for _, o := range req.Offers {
		if o.ID == boot && wire.CheckBoot(s.Public(), req.Stream, o) == nil {
			return &o.Boot
		}
	}
	return nil
}

// ranges returns the stream's runs, with the first branch of a fork.
func (st *stream) ranges() (out []wire.Range) {
	seqs := make([]uint64, 0, len(st.at))
	for seq := range st.at {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	for _, seq := range seqs {
		k := st.at[seq][0]
		if n := len(out); n > 0 && out[n-1].Last+1 == seq {
			out[n-1].Last, out[n-1].Head = seq, k.hash
			continue
		}
		out = append(out, wire.Range{First: seq, Last: seq, Prev: k.prev, Head: k.hash})
	}
	return out
}
