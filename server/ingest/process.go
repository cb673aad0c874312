package ingest

import (
	"context"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// lineResult is the result of one line.
type lineResult struct {
	status wire.Status
	faults schema.Faults
}

// inLog reports whether the line was found in the log.
func (r lineResult) inLog() bool { return r.status == wire.Exists || r.status == wire.Quarantined }

// process takes one job through the steps. After an error nothing may be acknowledged.
func (in *Ingest) process(ctx context.Context, s store.Steps, j *job) error {
	var err error
	j.results, j.refused, j.storedNew, j.counted, j.arrived = nil, nil, false, nil, ""
	if j.stream, err = s.Stream(ctx, j.stream.ID); err != nil {
		return err
	}
	if j.putBack, err = in.lacksArrival(ctx, s, j); err != nil {
		return err
	}
	if err := in.fixBoots(ctx, s, j); err != nil || j.frame == nil {
		return err
	}
	results, err := in.findInLog(ctx, s, j)
	if err != nil {
		return err
	}
	if cut := knownPrefix(results); cut < len(results) {
		if err := in.readSkippedLines(ctx, s, j); err != nil {
			return err
		}
		if err := in.keepResults(ctx, s, j, cut, results); err != nil {
			return err
		}
		if err := in.commitAndProject(ctx, s, j, cut, results); err != nil || j.refused != nil {
			return err
		}
	}
	j.results = resultRuns(j.frame.First, results)
	in.summaries.store(j.stream)
	return nil
}

// readSkippedLines reads the lines of a job whose frame looked like a repetition and has new lines after all.
func (in *Ingest) readSkippedLines(ctx context.Context, s store.Steps, j *job) error {
	if j.lines != nil {
		return nil
	}
	if err := in.readLines(ctx, s.Stream, j); err != nil {
		return err
	}
	return in.fixBoots(ctx, s, j)
}

// keepResults gives the lines from cut on that are already in the log the faults of their first arrival. The faults of
// today may differ, since the device was revoked or moved or a catalogue was loaded: the new frame would quarantine a line
// that counts, or count a line that HQ sees quarantined.
func (in *Ingest) keepResults(ctx context.Context, s store.Steps, j *job, cut int, results []lineResult) error {
	for i := cut; i < len(results); i++ {
		if r := results[i]; r.inLog() {
			c := checkedLine{id: j.lines[i].id}
			if err := in.readStoredLine(ctx, s.Stream, j.frame.Lines[i], r.faults, &c); err != nil {
				return err
			}
			j.lines[i], j.folded = c, nil
		}
	}
	return nil
}

// knownPrefix counts the lines at the front of a frame already in the log.
func knownPrefix(results []lineResult) int {
	for i, r := range results {
		if !r.inLog() {
			return i
		}
	}
	return len(results)
}

// commitAndProject stores the lines from cut on as a frame, projects and marks the frame, and sets the lines' results.
func (in *Ingest) commitAndProject(ctx context.Context, s store.Steps, j *job, cut int, results []lineResult) error {
	deltas := in.recordDeltas(j, cut)
	frame := in.newStoredFrame(j, cut, results)
	in.presetTouched(&frame, deltas)
	if tooManyRanges(j.stream.Ranges, frame.Key, frame.Prev) {
		j.refused = wire.Refuse(wire.CodeBadSequence, "too many separate runs in one stream")
		return nil // the other frames of the batch go on
	}
	stored, existed, err := s.CommitFrame(ctx, frame)
	if err != nil {
		return err
	}
	j.storedNew = true
	j.noteArrival(&stored)
	if existed {
		if err := in.answerExisting(ctx, s, j, stored, cut, results); err != nil {
			return err
		}
		j.addRange(&stored)
		return nil
	}
	p := in.newProjection(s, stored.Key, j)
	p.deltas, p.justCommitted = deltas, !in.cfg.Store.Traits().Atomic
	p.quarantined = quarantinedLines(j.lines[cut:], stored.Unit, stored.Received)
	p.releases = releaseLines(j.lines[cut:])
	if err := p.run(ctx); err != nil {
		return err
	}
	j.counted, j.sharesEvents = deltas, p.sharesEvents
	j.addRange(&stored)
	for i := cut; i < len(results); i++ {
		if results[i].status == "" {
			results[i] = lineResult{status: wire.Created}
		}
		if faults := j.lines[i].faults; len(faults) > 0 {
			results[i] = lineResult{wire.Quarantined, faults}
		} else if fault, noted := p.noted[j.lines[i].id]; noted && fault.Code == CodeRecordFull {
			results[i] = lineResult{wire.Quarantined, schema.Faults{fault}}
		}
	}
	return nil
}

// addRange adds a newly marked frame to the ranges of the answer. The summary may have more ranges by now; the answer
// need not show them.
func (j *job) addRange(f *store.Frame) {
	j.stream.Ranges = store.AddRange(j.stream.Ranges, wire.Range{First: f.Key.First, Last: f.Key.Last, Prev: f.Prev, Head: f.Key.Head})
}

// recordDeltas returns the deltas of the job's lines from cut on: the deltas folded ahead, if still valid.
func (in *Ingest) recordDeltas(j *job, cut int) []*recordDelta {
	if cut == 0 && j.folded != nil {
		return j.folded.deltas
	}
	return in.deltasByRecord(j.lines[cut:], j.stream.Boots, j.device.sender())
}

// presetTouched sets the records and units the frame is sure to touch, so that most frames need no write for Touch
// later: the frame's own records, and its unit, home of nearly all of them. A superset does no harm.
func (in *Ingest) presetTouched(f *store.Frame, deltas []*recordDelta) {
	if in.cfg.Without.Off(store.TouchFirst) {
		return
	}
	f.Units = []string{f.Unit}
	f.Touched = make([]string, len(deltas))
	for i, d := range deltas {
		f.Touched[i] = d.id
	}
}

// answerExisting sets the results of a frame stored earlier, and finishes an unprojected frame first.
func (in *Ingest) answerExisting(ctx context.Context, s store.Steps, j *job, stored store.Frame, cut int, results []lineResult) error {
	if !stored.Projected {
		if err := in.finishFrame(ctx, s, stored); err != nil {
			return err
		}
	}
	for i := cut; i < len(results); i++ {
		results[i] = storedResult(stored, j.frame.First+uint64(i))
	}
	return nil
}

// storedResult is the result of a line of a projected frame.
func storedResult(f store.Frame, seq uint64) lineResult {
	for _, v := range f.LineFaults {
		if v.Seq == seq {
			return lineResult{wire.Quarantined, v.Faults}
		}
	}
	return lineResult{status: wire.Exists}
}

// newStoredFrame builds the stored frame of the job's lines from cut on.
func (in *Ingest) newStoredFrame(j *job, cut int, results []lineResult) store.Frame {
	f := *j.frame
	packed := j.packed
	if cut > 0 {
		f.Trim(cut)
		packed = wire.PackLines(f.Lines)
	}
	out := store.Frame{
		Key:  store.FrameKey{Stream: f.Stream, First: f.First, Last: f.Last(), Head: f.Head},
		Prev: f.Prev, Sig: f.Sig, Packed: packed, Received: in.cfg.Now().UnixMilli(),
		Unit: j.device.Unit, Earlier: j.device.Earlier, Role: j.device.Role, Rules: tally.Rules,
	}
	for i := cut; i < len(j.lines); i++ {
		if len(j.lines[i].faults) > 0 {
			out.LineFaults = append(out.LineFaults, store.LineFaults{Seq: j.lines[i].id.Seq, Faults: j.lines[i].faults})
		}
		if results[i].status == wire.Forked {
			out.Forked = append(out.Forked, j.lines[i].id.Seq)
		}
	}
	return out
}

// resultRuns packs the results of the lines from first on into runs of equal status.
func resultRuns(first uint64, results []lineResult) []wire.Result {
	var out []wire.Result
	for i, r := range results {
		seq := first + uint64(i)
		if n := len(out); n > 0 && out[n-1].Status == r.status && r.faults == nil && out[n-1].Faults == nil {
			out[n-1].Last = seq
			continue
		}
		out = append(out, wire.Result{First: seq, Last: seq, Status: r.status, Faults: r.faults})
	}
	return out
}
