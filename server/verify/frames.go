package verify

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"

	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

const (
	framePage  = 100
	streamPage = 500
	maxStored  = 64 << 20 // bound of a stored frame's unpacked size, as in ingest
)

// readLog reads all summaries, then all frames: every frame counted by a summary must be among them.
func (r *run) readLog(ctx context.Context) (err error) {
	if r.total, err = r.Store.Counts(ctx); err != nil {
		return err
	}
	known, err := r.summaries(ctx)
	if err != nil {
		return err
	}
	for _, s := range known {
		r.streams[s.ID] = s
	}
	log := newStreamLog(wire.StreamID{})
	var after store.FrameKey
	for {
		frames, err := r.Store.ScanFrames(ctx, wire.StreamID{}, after, framePage)
		if err != nil {
			return err
		}
		for i := range frames {
			f := &frames[i]
			if f.Key.Stream != log.stream {
				r.checkStream(log)
				log = newStreamLog(f.Key.Stream)
				delete(known, log.stream)
			}
			if err := r.checkAndReadFrame(ctx, log, f); err != nil {
				return err
			}
			after = f.Key
		}
		r.Progress("frames", r.summary.Frames, max(r.total.Frames, r.summary.Frames))
		if len(frames) == 0 {
			break
		}
	}
	r.checkStream(log)
	for id := range known { // summaries without a frame
		r.checkStream(newStreamLog(id))
	}
	return nil
}

// summaries reads all streams.
func (r *run) summaries(ctx context.Context) (map[wire.StreamID]store.Stream, error) {
	all := map[wire.StreamID]store.Stream{}
	for s, err := range store.AllStreams(ctx, r.Store, wire.StreamID{}) {
		if err != nil {
			return nil, err
		}
		all[s.ID] = *s
	}
	return all, nil
}

// checkAndReadFrame checks a frame by itself and adds its lines to the recount.
func (r *run) checkAndReadFrame(ctx context.Context, l *streamLog, f *store.Frame) error {
	r.summary.Frames++
	r.summary.Observations += int64(f.Key.Last - f.Key.First + 1)
	key, err := r.keyOf(ctx, f.Key.Stream)
	if err != nil {
		return err
	}
	hashes, bad := checkFrame(f, key)
	l.addFrame(f, hashes)
	if bad != nil {
		r.emit(*bad)
		r.processed[f.Key] = true
		r.lostLines[f.Key.Stream] = append(r.lostLines[f.Key.Stream], span{f.Key.First, f.Key.Last})
		return nil
	}
	return r.readFrameLines(ctx, f)
}

// readFrameLines adds a sound frame's lines to the recount, or keeps them as pending until the frame is marked.
func (r *run) readFrameLines(ctx context.Context, f *store.Frame) error {
	lines, err := ingest.ReadFrame(ctx, r.Store, r.Schema, *f, r.streamOf)
	if errors.Is(err, wire.ErrBadLines) { // of the frame of a released line: reported by itself
		r.lostLines[f.Key.Stream] = append(r.lostLines[f.Key.Stream], span{f.Key.First, f.Key.Last})
		r.processed[f.Key] = true
		return nil
	}
	if err != nil {
		return err
	}
	if !f.Projected {
		r.pending[f.Key] = pendingFrame{*f, lines}
		return nil
	}
	delete(r.pending, f.Key)
	r.processed[f.Key] = true
	return r.addLines(lines)
}

// checkFrame computes the chain of the frame itself and checks its signature if the key is at hand.
func checkFrame(f *store.Frame, key ed25519.PublicKey) ([]wire.Hash, *Finding) {
	place := framePlace(f.Key)
	lines, err := wire.UnpackLines(f.Packed, maxStored)
	if err != nil {
		bad := finding(Altered, place, "内容已损坏，无法读取：%v", "its content is damaged and can't be read: %v", err)
		return nil, &bad
	}
	if n := f.Key.Last - f.Key.First + 1; uint64(len(lines)) != n {
		bad := finding(Altered, place, "应有 %d 行，实有 %d 行", "%d lines are due, %d are there", n, len(lines))
		return nil, &bad
	}
	hashes := chain(f.Prev, lines)
	genesis := sha256.Sum256([]byte("roadbook stream 1\n" + f.Key.Stream.String()))
	if hashes[len(hashes)-1] != f.Key.Head || f.Key.First == 1 && f.Prev != wire.Hash(genesis) {
		bad := finding(Altered, place, "各行的哈希链不通向帧头", "the hash chain of its lines does not lead to its head")
		return nil, &bad
	}
	if key != nil && (len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, wire.FrameSigningBytes(f.Key.Stream, f.Key.Last, f.Key.Head), f.Sig)) {
		bad := finding(Altered, place, "签名与设备的公钥不符", "its signature does not fit the device's key")
		return nil, &bad
	}
	return hashes, nil
}

// chain computes h of every line: h(n) = SHA-256(h(n−1) ‖ SHA-256(line)); a tombstone stands for its line.
func chain(h wire.Hash, lines [][]byte) []wire.Hash {
	out := make([]wire.Hash, len(lines))
	for i, line := range lines {
		sum, stone := wire.IsTombstone(line)
		if !stone {
			sum = sha256.Sum256(line)
		}
		h = sha256.Sum256(append(h[:], sum[:]...))
		out[i] = h
	}
	return out
}

func framePlace(k store.FrameKey) string {
	return fmt.Sprintf("frame %v %d-%d", k.Stream, k.First, k.Last)
}
