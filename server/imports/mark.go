package imports

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// markImporter names the runs that mark records of others.
const markImporter = "platform-mark"

// Marking is a run that adds words to the remark of records, whoever made the records. Nothing else of a record changes: it counts
// as before, and a return by HQ stays unanswered. Undo gives the former remarks back.
type Marking struct {
	Kind    *schema.Kind
	Records []string
	Words   string
	File    string // of the list behind the run
	Digest  string
	By      string
}

// Marked is the effect of a marking, made or planned.
type Marked struct {
	Marked  int `json:"marked"`
	Already int `json:"already"` // bear the words
	NoRoom  int `json:"no_room"` // the remark is too long for more words
}

// PlanMark counts the effect of a marking. It writes nothing.
func (im *Importer) PlanMark(ctx context.Context, m *Marking) (out Marked, err error) {
	err = im.eachMark(ctx, m, &out, func([]*wire.Line) error { return nil })
	return out, err
}

// Mark writes a marking. Without a record to mark it writes nothing, and the run has no ID.
func (im *Importer) Mark(ctx context.Context, m *Marking) (*Run, Marked, error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	plan, err := im.PlanMark(ctx, m)
	run := &Run{
		Importer: markImporter, Kind: m.Kind.Name, File: m.File, Digest: m.Digest, By: m.By, At: im.Now().UnixMilli(),
		Rows: len(m.Records), Changes: Changes{Amended: plan.Marked, Unchanged: plan.Already}, Done: true,
	}
	if err != nil || plan.Marked == 0 {
		return run, plan, err
	}
	who, _, err := im.openImporter(ctx, markImporter, &history{keyOnly: true})
	if err != nil {
		return nil, plan, err
	}
	run.Done = false
	w, err := im.startRun(ctx, who, run)
	if err != nil {
		return nil, plan, err
	}
	var done Marked
	err = im.writeRun(ctx, run, func() error {
		return im.eachMark(ctx, m, &done, func(lines []*wire.Line) error {
			return w.writeLines(ctx, lines, &run.Changes, func(int) {})
		})
	}, w)
	return run, done, err
}

// eachMark calls send with the lines for a frame's worth of records at a time.
func (im *Importer) eachMark(ctx context.Context, m *Marking, out *Marked, send func([]*wire.Line) error) error {
	for ids := range slices.Chunk(m.Records, frameLines) {
		recs, err := im.Store.RecordsByID(ctx, ids...)
		if err != nil {
			return err
		}
		var lines []*wire.Line
		for i := range recs {
			if l := im.markLine(&recs[i], m, out); l != nil {
				lines = append(lines, l)
			}
		}
		if err := send(lines); err != nil {
			return err
		}
	}
	return nil
}

// markLine amends the remark of a record; nil if there is nothing to add.
func (im *Importer) markLine(rec *store.Record, m *Marking, out *Marked) *wire.Line {
	v := merge.Fold(rec.ID, &rec.State, im.Schema)
	remark, _ := v.Fields.Get("remark")
	text := m.Words
	if remark.S != "" {
		text = remark.S + "；" + m.Words
	}
	switch {
	case v.Void || strings.Contains(remark.S, m.Words):
		out.Already++
		return nil
	case utf8.RuneCountInString(text) > maxRemark:
		out.NoRoom++
		return nil
	}
	out.Marked++
	fields := schema.Values{{Name: "remark", Value: schema.Value{Type: schema.TypeText, S: text}}}
	return &wire.Line{
		Kind: m.Kind.Name, Act: wire.Amend, Record: rec.ID, Seen: seenButReviews(rec.State.Obs), Officer: m.By, Fields: m.Kind.Encode(fields),
	}
}

// seenButReviews leaves HQ's reviews out: whoever amends a returned record in knowledge of the return answers the return.
func seenButReviews(obs []merge.Obs) (ids []string) {
	for i := range obs {
		if obs[i].Act != wire.Review {
			ids = append(ids, obs[i].ID.String())
		}
	}
	return ids
}

// isForeign reports whether another stream made the record: the importer has amended it alone.
func (o *ownRecord) isForeign() bool {
	return !slices.ContainsFunc(o.state.Obs, func(x merge.Obs) bool { return x.Act == wire.Create })
}

// planForeignUndo amends the fields that a run wrote of a record of others back to the values without the run. A field with another
// value by now stays, and counts in Kept.
func (im *Importer) planForeignUndo(ctx context.Context, s *linePlan, o *ownRecord, run, by string) error {
	rec, err := im.Store.Record(ctx, o.record)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var before merge.State
	var written schema.Values
	for _, x := range rec.State.Obs {
		if x.ID.Epoch == run {
			written = append(written, x.Fields...)
		} else {
			before.Join(o.record, x)
		}
	}
	now, former := merge.Fold(o.record, &rec.State, im.Schema), merge.Fold(o.record, &before, im.Schema)
	var back schema.Values
	for _, f := range written {
		if v, _ := now.Fields.Get(f.Name); v != f.Value {
			s.changes.Kept++
			continue
		}
		v, _ := former.Fields.Get(f.Name)
		back = back.With(f.Name, v)
	}
	if len(back) > 0 {
		s.add(wire.Amend, o, by, o.kind.Encode(back), "")
		s.changes.Amended++
	}
	return nil
}
