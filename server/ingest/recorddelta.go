package ingest

import (
	"slices"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// recordDelta is one record with the observations added by a frame.
type recordDelta struct {
	id      string
	obs     []merge.Obs
	sound   bool        // obs began with a sound create
	evicted []merge.Obs // beyond the record's budgets already
	view    *merge.View // Fold of obs alone, valid for a new record
	counted *merge.View // Fold of the record with obs joined; nil: nothing changed
}

// foldedFrame holds deltas folded before the writer's turn.
type foldedFrame struct{ deltas []*recordDelta }

// foldAhead computes outside the writer the states and views of the frame's records as if all were new.
func (in *Ingest) foldAhead(j *job, boots []clock.Boot) *foldedFrame {
	p := &foldedFrame{deltas: in.deltasByRecord(j.lines, boots, j.device.sender())}
	for _, d := range p.deltas {
		if d.obs[0].Act == wire.Create {
			in.foldNew(d) // amendments are folded later, with the amended record
		}
	}
	return p
}

func (in *Ingest) foldNew(d *recordDelta) {
	v := merge.FoldSound(d.id, &merge.State{Obs: d.obs}, in.cfg.Schema, d.sound)
	d.view = &v
}

// deltasByRecord groups the observations of lines without faults by record, in order of appearance. by is their sender.
func (in *Ingest) deltasByRecord(lines []checkedLine, boots []clock.Boot, by merge.Sender) []*recordDelta {
	deltas := make([]*recordDelta, 0, len(lines))
	byID := make(map[string]*recordDelta, len(lines))
	add := func(record string, o merge.Obs, sound bool) {
		d := byID[record]
		if d == nil {
			d = &recordDelta{id: record, sound: sound}
			byID[record] = d
			deltas = append(deltas, d)
		}
		var s merge.State
		s.Obs = d.obs
		if _, evicted := s.Join(record, o); evicted != nil {
			d.evicted = append(d.evicted, *evicted)
		}
		d.obs = slices.Clip(s.Obs)
	}
	for i := range lines {
		c := &lines[i]
		if len(c.faults) > 0 {
			continue
		}
		add(merge.RecordOf(c.id, &c.line), c.observation(boots, by), c.sound)
		if c.released != nil {
			add(merge.RecordOf(c.released.id, &c.released.line), c.releasedObservation(), false)
		}
	}
	return deltas
}

// quarantinedLines are the notes to HQ about the lines with faults.
func quarantinedLines(lines []checkedLine, unit string, received int64) (qs []store.Quarantined) {
	for i := range lines {
		if len(lines[i].faults) > 0 {
			qs = append(qs, lines[i].quarantined(unit, received))
		}
	}
	return qs
}

// releaseLines are the lines with act release and without faults.
func releaseLines(lines []checkedLine) (out []*checkedLine) {
	for i := range lines {
		if len(lines[i].faults) == 0 && lines[i].released != nil {
			out = append(out, &lines[i])
		}
	}
	return out
}
