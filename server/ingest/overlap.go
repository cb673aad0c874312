package ingest

import (
	"context"
	"fmt"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// findInLog finds, line by line, the log's content under the job's sequences: the same line (exists, or quarantined with
// the faults of its frame), another line (fork), or none (""). It reads frames only if the summary has some of the
// sequences, or a line has faults. A frame committed but not yet in the summary is found by CommitFrame, if it has the
// same bounds; with other bounds it may have accepted a line, before the device was revoked, that has a fault now.
func (in *Ingest) findInLog(ctx context.Context, s store.Steps, j *job) ([]lineResult, error) {
	results := make([]lineResult, len(j.frame.Lines))
	if !overlaps(j.stream.Ranges, j.frame.First, j.frame.Last()) && !j.hasFaults() {
		return results, nil
	}
	if in.cfg.Without.Off(store.DedupeByHash) {
		return matchBySequence(j.stream.Ranges, j.frame.First, results), nil
	}
	frames, err := s.FramesWithin(ctx, j.frame.Stream, j.frame.First, j.frame.Last())
	if err != nil {
		return nil, err
	}
	for _, f := range frames {
		if !f.Projected {
			if err := in.finishFrame(ctx, s, f); err != nil {
				return nil, err
			}
		}
		if err := in.compareFrame(j, f, results); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// hasFaults reports whether a line of the job has a fault, as far as the lines were read.
func (j *job) hasFaults() bool {
	return slices.ContainsFunc(j.lines, func(c checkedLine) bool { return len(c.faults) > 0 })
}

// maxRanges bounds the separate runs of one stream. An honest device has one run, and another for each time a disk or a
// server was restored; every sync of the stream reads and answers all runs.
const maxRanges = 256

// tooManyRanges reports whether the frame, cut to its new lines, would be a run beyond the maximum.
func tooManyRanges(ranges []wire.Range, key store.FrameKey, prev wire.Hash) bool {
	if len(ranges) < maxRanges {
		return false
	}
	r := wire.Range{First: key.First, Last: key.Last, Prev: prev, Head: key.Head}
	return len(store.AddRange(ranges, r)) > len(ranges)
}

func overlaps(ranges []wire.Range, first, last uint64) bool {
	for _, r := range ranges {
		if r.First <= last && first <= r.Last {
			return true
		}
	}
	return false
}

// matchBySequence is the broken variant without DedupeByHash: a line is known by its number, and a fork is taken for a
// repetition.
func matchBySequence(ranges []wire.Range, first uint64, results []lineResult) []lineResult {
	for i := range results {
		seq := first + uint64(i)
		if overlaps(ranges, seq, seq) {
			results[i].status = wire.Exists
		}
	}
	return results
}

// compareFrame sets in results the job's lines found in f (exists or quarantined), and the sequences with another line in
// f (fork).
func (in *Ingest) compareFrame(j *job, f store.Frame, results []lineResult) error {
	from, to := max(j.frame.First, f.Key.First), min(j.frame.Last(), f.Key.Last)
	// A hash binds everything before it: frames with the same hash at the last common line agree on all common lines,
	// and nothing needs to be unpacked.
	if to == f.Key.Last && j.hashes[to-j.frame.First] == f.Key.Head {
		for seq := from; seq <= to; seq++ {
			results[seq-j.frame.First].set(storedResult(f, seq))
		}
		if to == j.frame.Last() {
			j.noteArrival(&f)
		}
		return nil
	}
	theirs, err := lineHashes(f)
	if err != nil {
		return err
	}
	for seq := from; seq <= to; seq++ {
		i := seq - j.frame.First
		switch {
		case theirs(seq) == j.hashes[i]:
			results[i].set(storedResult(f, seq))
			if seq == j.frame.Last() {
				j.noteArrival(&f)
			}
		case results[i].status == "" && !in.cfg.Without.Off(store.SeeForks):
			results[i].status = wire.Forked
		}
	}
	return nil
}

// set takes over the result of the same line in another frame. A line accepted in any frame counts.
func (r *lineResult) set(found lineResult) {
	if r.status != wire.Exists {
		*r = found
	}
}

// lineHashes returns the chain hashes of a stored frame's lines, by sequence.
func lineHashes(f store.Frame) (func(seq uint64) wire.Hash, error) {
	lines, err := wire.UnpackLines(f.Packed, maxUnpacked)
	if err != nil {
		return nil, fmt.Errorf("frame %v: %w", f.Key, err)
	}
	hs := make([]wire.Hash, len(lines))
	h := f.Prev
	for i, line := range lines {
		h = wire.ChainHash(h, line)
		hs[i] = h
	}
	return func(seq uint64) wire.Hash { return hs[seq-f.Key.First] }, nil
}

// maxUnpacked bounds the unpacked size of a stored frame: more than any limit a server ever stated.
const maxUnpacked = 64 << 20
