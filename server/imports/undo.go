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
	target, _, err := getRun(ctx, im.Store, id)
	if err != nil {
		return nil, err
	}
	if target.Undoes != "" {
		return nil, ErrUndone
	}
	who, p, err := im.openImporter(ctx, target.Importer)
	if err != nil {
		return nil, err
	}
	s, err := im.planUndo(ctx, p, id, by)
	if err != nil {
		return nil, err
	}
	run := &Run{
		Importer: target.Importer, Kind: target.Kind, File: target.File, Digest: target.Digest, Mapping: target.Mapping,
		Undoes: id, By: by, At: im.Now().UnixMilli(), Changes: s.changes,
	}
	if s.changes.empty() {
		run.Done = true
		return run, nil
	}
	w, err := im.startRun(ctx, who, run)
	if err != nil {
		return nil, err
	}
	count := progressOf(len(s.lines), progress)
	if err := im.writeRun(ctx, run, func() error { return w.writeLines(ctx, s.lines, &run.Changes, count) }, w); err != nil {
		return run, err
	}
	return run, editRun(ctx, im.Store, id, func(r *Run) { r.UndoneBy = run.ID })
}

// planUndo plans the lines for undoing a run.
func (im *Importer) planUndo(ctx context.Context, p *history, run, by string) (*linePlan, error) {
	s := &linePlan{}
	reason := "撤销导入 " + run + " · undo of import " + run
	for _, o := range p.list {
		if !slices.ContainsFunc(o.state.Obs, func(x merge.Obs) bool { return x.ID.Epoch == run }) {
			continue
		}
		former := o.viewWithout(im.Schema, func(x *merge.Obs) bool { return x.ID.Epoch == run })
		switch {
		case former.Kind == "" || former.Void: // the run created or restored the record
			if !o.view.Void {
				s.addVoids([]*ownRecord{o}, by, reason)
			}
		default:
			if err := im.planFormerValues(ctx, s, o, &former, run, by); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

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
		if o.state.Has(x.ID) || !slices.ContainsFunc(x.Seen, func(id wire.ObsID) bool { return id.Epoch == run }) {
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
