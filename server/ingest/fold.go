package ingest

import (
	"slices"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// thing is one record that a frame speaks of, with the observations that the frame adds.
type thing struct {
	id   string
	obs  []merge.Obs
	view *merge.View // Fold of obs alone, right for a record that is new
}

// prepared is what was folded before the writer's turn came.
type prepared struct{ things []*thing }

// foldAhead does outside the writer what it will most likely need: the states and views of the frame's
// records as if they were new.
func (in *Ingest) foldAhead(j *job, boots []clock.Boot) *prepared {
	p := &prepared{things: in.fold(j.lines, boots)}
	for _, t := range p.things {
		if t.obs[0].Act == wire.Create {
			in.foldNew(t) // what only amends is folded with the record that it amends
		}
	}
	return p
}

func (in *Ingest) foldNew(t *thing) {
	v := merge.Fold(t.id, &merge.State{Obs: t.obs}, in.cfg.Schema)
	t.view = &v
}

// fold groups the observations of lines that may count by record, in the order of their appearance.
func (in *Ingest) fold(lines []judged, boots []clock.Boot) []*thing {
	things := make([]*thing, 0, len(lines))
	byID := make(map[string]*thing, len(lines))
	add := func(record string, o merge.Obs) {
		t := byID[record]
		if t == nil {
			t = &thing{id: record}
			byID[record] = t
			things = append(things, t)
		}
		var s merge.State
		s.Obs = t.obs
		s.Join(o)
		t.obs = slices.Clip(s.Obs)
	}
	for i := range lines {
		j := &lines[i]
		if len(j.faults) > 0 {
			continue
		}
		add(merge.RecordOf(j.id, &j.line), j.obs(boots))
		if j.released != nil {
			add(merge.RecordOf(j.released.id, &j.released.line), j.releasedObs())
		}
	}
	return things
}

// held are the notes to HQ about the lines that can't count.
func held(lines []judged, unit string, received int64) (qs []store.Quarantined) {
	for i := range lines {
		if len(lines[i].faults) > 0 {
			qs = append(qs, lines[i].quarantined(unit, received))
		}
	}
	return qs
}

// releases are the lines that let another go.
func releases(lines []judged) (out []*judged) {
	for i := range lines {
		if len(lines[i].faults) == 0 && lines[i].released != nil {
			out = append(out, &lines[i])
		}
	}
	return out
}
