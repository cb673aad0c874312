package ingest

import (
	"context"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// fate is what became of one line.
type fate struct {
	status wire.Status
	faults schema.Faults
}

// process takes one job through the steps. On error nothing may be acknowledged.
func (in *Ingest) process(ctx context.Context, s store.Steps, j *job) error {
	var err error
	j.results, j.refused, j.news = nil, nil, false
	if j.stream, err = s.Stream(ctx, j.stream.ID); err != nil {
		return err
	}
	if err := in.fixBoots(ctx, s, j); err != nil || j.frame == nil {
		return err
	}
	fates, err := in.known(ctx, s, j)
	if err != nil {
		return err
	}
	if cut := knownPrefix(fates); cut < len(fates) {
		if err := in.readLate(ctx, s, j); err != nil {
			return err
		}
		if err := in.commit(ctx, s, j, cut, fates); err != nil || j.refused != nil {
			return err
		}
	}
	j.results = runs(j.frame.First, fates)
	in.seen.note(j.stream)
	return nil
}

// readLate reads the lines of a job that looked like a repetition and is not one.
func (in *Ingest) readLate(ctx context.Context, s store.Steps, j *job) error {
	if j.lines != nil {
		return nil
	}
	if err := in.readLines(ctx, s.Stream, j); err != nil {
		return err
	}
	return in.fixBoots(ctx, s, j)
}

// knownPrefix is how many lines at the front stand in the log already.
func knownPrefix(fates []fate) int {
	for i, f := range fates {
		if f.status != wire.Exists && f.status != wire.Quarantined {
			return i
		}
	}
	return len(fates)
}

// commit stores the lines from cut on as a frame, projects and marks it, and writes their fates.
func (in *Ingest) commit(ctx context.Context, s store.Steps, j *job, cut int, fates []fate) error {
	things := in.thingsOf(j, cut)
	frame := in.toStore(j, cut, fates)
	in.foresee(&frame, things)
	if scattered(j.stream.Ranges, frame.Key, frame.Prev) {
		j.refused = wire.Refuse(wire.CodeBadSequence, "too many separate runs in one stream")
		return nil // the others of the batch have nothing to do with it
	}
	stored, existed, err := s.CommitFrame(ctx, frame)
	if err != nil {
		return err
	}
	j.news = true
	if existed {
		if err := in.meet(ctx, s, j, stored, cut, fates); err != nil {
			return err
		}
		j.counts(&stored)
		return nil
	}
	p := in.project(s, stored.Key, j)
	p.things, p.fresh = things, !in.cfg.Store.Traits().Atomic
	p.held = held(j.lines[cut:], stored.Unit, stored.Received)
	p.releases = releases(j.lines[cut:])
	if err := p.run(ctx); err != nil {
		return err
	}
	j.counts(&stored)
	for i := cut; i < len(fates); i++ {
		if fates[i].status == "" {
			fates[i] = fate{status: wire.Created}
		}
		if faults := j.lines[i].faults; len(faults) > 0 {
			fates[i] = fate{wire.Quarantined, faults}
		} else if p.full[j.lines[i].id] {
			fates[i] = fate{wire.Quarantined, schema.Faults{fault(CodeRecordFull, "")}}
		}
	}
	return nil
}

// counts adds a frame that is marked now to what the answer says has counted. The summary may have more by now; the
// answer need not.
func (j *job) counts(f *store.Frame) {
	j.stream.Ranges = store.AddRange(j.stream.Ranges, wire.Range{First: f.Key.First, Last: f.Key.Last, Prev: f.Prev, Head: f.Key.Head})
}

// thingsOf are the records of the job's lines from cut on, as folded ahead where that still holds.
func (in *Ingest) thingsOf(j *job, cut int) []*thing {
	if cut == 0 && j.ready != nil {
		return j.ready.things
	}
	return in.fold(j.lines[cut:], j.stream.Boots)
}

// foresee notes on a frame what it will touch for certain, which spares most frames the note afterwards: its own
// records, and its unit, in which nearly all of them stand. Too much does no harm.
func (in *Ingest) foresee(f *store.Frame, things []*thing) {
	if in.cfg.Without.Off(store.TouchFirst) {
		return
	}
	f.Units = []string{f.Unit}
	f.Touched = make([]string, len(things))
	for i, t := range things {
		f.Touched[i] = t.id
	}
}

// meet answers for a frame that stood already: if another left it unfinished, it is finished first.
func (in *Ingest) meet(ctx context.Context, s store.Steps, j *job, stored store.Frame, cut int, fates []fate) error {
	if !stored.Projected {
		if err := in.finish(ctx, s, stored); err != nil {
			return err
		}
	}
	for i := cut; i < len(fates); i++ {
		fates[i] = standing(stored, j.frame.First+uint64(i))
	}
	return nil
}

// standing is the fate of a line that stands in a projected frame.
func standing(f store.Frame, seq uint64) fate {
	for _, v := range f.LineFaults {
		if v.Seq == seq {
			return fate{wire.Quarantined, v.Faults}
		}
	}
	return fate{status: wire.Exists}
}

// toStore makes the stored frame of the job's lines from cut on.
func (in *Ingest) toStore(j *job, cut int, fates []fate) store.Frame {
	f := *j.frame
	packed := j.packed
	if cut > 0 {
		f.Trim(cut)
		packed = wire.PackLines(f.Lines)
	}
	out := store.Frame{
		Key:  store.FrameKey{Stream: f.Stream, First: f.First, Last: f.Last(), Head: f.Head},
		Prev: f.Prev, Sig: f.Sig, Packed: packed, Received: in.cfg.Now().UnixMilli(),
		Unit: j.who.Unit, Role: j.who.Role,
	}
	for i := cut; i < len(j.lines); i++ {
		if len(j.lines[i].faults) > 0 {
			out.LineFaults = append(out.LineFaults, store.LineFaults{Seq: j.lines[i].id.Seq, Faults: j.lines[i].faults})
		}
		if fates[i].status == wire.Forked {
			out.Forked = append(out.Forked, j.lines[i].id.Seq)
		}
	}
	return out
}

// runs packs the fates of the lines from first on into runs of one status.
func runs(first uint64, fates []fate) []wire.Result {
	var out []wire.Result
	for i, f := range fates {
		seq := first + uint64(i)
		if n := len(out); n > 0 && out[n-1].Status == f.status && f.faults == nil && out[n-1].Faults == nil {
			out[n-1].Last = seq
			continue
		}
		out = append(out, wire.Result{First: seq, Last: seq, Status: f.status, Faults: f.faults})
	}
	return out
}
