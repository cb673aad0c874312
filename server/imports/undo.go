package imports

import (
	"context"
	"errors"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Undo takes a run back: created records are voided, amended fields get their former values back, restored records
// are voided again. A field changed since by someone who had seen the run's value stays, and counts in Kept. The undo
// is a run of its own; nothing is erased. Undoing a run twice changes nothing and gives a run without an ID.
// store.ErrNotFound, ErrUndone.
func (im *Importer) Undo(ctx context.Context, id, by string, progress func(done, of int)) (*Run, error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	defer Frugal()()
	target, _, err := getRun(ctx, im.Store, id)
	if err != nil {
		return nil, err
	}
	if target.Undoes != "" {
		return nil, ErrUndone
	}
	who, p, err := im.openImporter(ctx, target.Importer, &history{})
	if err != nil {
		return nil, err
	}
	planned, err := im.undoLines(ctx, p, id, by, func(*linePlan) error { return nil })
	if err != nil {
		return nil, err
	}
	run := &Run{
		Importer: target.Importer, Kind: target.Kind, File: target.File, Digest: target.Digest, Mapping: target.Mapping,
		Undoes: id, By: by, At: im.Now().UnixMilli(), Changes: planned,
	}
	if planned.empty() {
		run.Done = true
		return run, nil
	}
	w, err := im.startRun(ctx, who, run)
	if err != nil {
		return nil, err
	}
	count := progressOf(planned.Voided+planned.Amended, progress)
	write := func() error {
		_, err := im.undoLines(ctx, p, id, by, func(s *linePlan) error { return w.writeLines(ctx, s.lines, &run.Changes, count) })
		return err
	}
	if err := im.writeRun(ctx, run, write, w); err != nil {
		return run, err
	}
	return run, editRun(ctx, im.Store, id, func(r *Run) { r.UndoneBy = run.ID })
}

// undoLines calls send with the lines for undoing a run, a frame's worth at a time, and adds up the changes.
func (im *Importer) undoLines(ctx context.Context, p *history, run, by string, send func(*linePlan) error) (Changes, error) {
	s := &linePlan{}
	err := p.each(ctx, func(o *ownRecord) error {
		if err := im.planUndo(ctx, s, o, run, by); err != nil || len(s.lines) < frameLines {
			return err
		}
		err := send(s)
		s.lines = nil
		return err
	})
	if err != nil {
		return s.changes, err
	}
	return s.changes, send(s)
}

// planUndo plans the lines for a record's part in a run.
func (im *Importer) planUndo(ctx context.Context, s *linePlan, o *ownRecord, run, by string) error {
	if !slices.ContainsFunc(o.state.Obs, func(x merge.Obs) bool { return x.ID.Epoch == run }) {
		return nil
	}
	if o.isForeign() {
		return im.planForeignUndo(ctx, s, o, run, by)
	}
	former := o.viewWithout(im.Schema, func(x *merge.Obs) bool { return x.ID.Epoch == run })
	if former.Kind != "" && !former.Void && o.view.Void && o.item != "" { // the run moved the row to another record
		s.add(wire.Restore, o, by, nil, "")
		s.changes.Restored++
	}
	if former.Kind != "" && !former.Void {
		return im.planFormerValues(ctx, s, o, &former, run, by)
	}
	if !o.view.Void { // the run created or restored the record
		s.addVoids([]*ownRecord{o}, by, reasonUndo(run))
	}
	return nil
}

func reasonUndo(run string) string { return "撤销导入 " + run + " · undo of import " + run }

// planFormerValues amends a record back to the importer's values before the run.
func (im *Importer) planFormerValues(ctx context.Context, s *linePlan, o *ownRecord, former *merge.View, run, by string) error {
	amend := amendmentTo(o.kind, o.view.Fields, former.Fields)
	if len(amend) == 0 {
		return nil
	}
	taken, err := im.amendedByOthers(ctx, o, run)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(amend), func(n schema.Named) bool { return taken(n.Name) })
	s.changes.Kept += len(amend) - len(kept)
	if len(kept) > 0 {
		s.add(wire.Amend, o, by, o.kind.Encode(kept), "")
		s.changes.Amended++
	}
	return nil
}

// amendedByOthers tells the fields amended by other streams that had seen the run's values: with a field, its whole
// register.
func (im *Importer) amendedByOthers(ctx context.Context, o *ownRecord, run string) (func(field string) bool, error) {
	rec, err := im.Store.Record(ctx, o.record)
	if errors.Is(err, store.ErrNotFound) {
		return func(string) bool { return false }, nil
	}
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for i := range rec.State.Obs {
		x := &rec.State.Obs[i]
		if o.state.Has(x.ID) || o.item != "" && x.Item.String() != o.item || !slices.ContainsFunc(x.Seen, func(id wire.ObsID) bool { return id.Epoch == run }) {
			continue
		}
		for _, register := range o.kind.Registers {
			if slices.ContainsFunc(register, x.Fields.Has) {
				for _, name := range register {
					taken[name] = true
				}
			}
		}
	}
	return func(field string) bool { return taken[field] }, nil
}
