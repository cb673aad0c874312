package doubts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/tally"
)

// feedPage is the number of frames of a round.
const feedPage = 8

// rules is the number of this package's own rules: a change of the rows' content, otherwise than by the schema, raises the
// number. 2: rows of 1 may tell a neighbour that has changed since.
const rules = "2"

// Round does one round: the next frames of the feed, or without any the next page of a pass over all records. more reports
// further work to do at once. After an error the next round repeats the work.
func (f *Follower) Round(ctx context.Context) (more bool, err error) {
	defer func() {
		if err != nil {
			f.forget()
		}
	}()
	if err := f.loadState(ctx); err != nil {
		return false, err
	}
	page, err := f.cfg.Store.Feed(ctx, f.state.Cursor, "", feedPage)
	if errors.Is(err, store.ErrCursor) { // the database was put back from a copy
		if err = f.toEndOfFeed(ctx); err == nil {
			f.state.Pass = &pass{Basis: f.basis, Fresh: true} // rows may be of vanished records
			err = f.saveState(ctx, nil)
		}
		return true, err
	}
	if err != nil {
		return false, err
	}
	if err := f.readReference(ctx, len(page.Entries) > 0); err != nil {
		return false, err
	}
	if f.memory == nil {
		if err := f.loadMemory(ctx); err != nil {
			return false, err
		}
	}
	if len(page.Entries) > 0 || len(f.memory.due) > 0 {
		return true, f.follow(ctx, &page)
	}
	return f.passOn(ctx)
}

// readReference reads the reference data, at once if frames came, for any of them may have changed a list. A basis
// other than the state's is noted before any row is written.
func (f *Follower) readReference(ctx context.Context, changed bool) error {
	now := f.cfg.Now()
	if f.ref == nil || changed || f.basis != f.state.Basis || now.Sub(f.asked) >= f.cfg.AskAnew {
		ref, err := f.cfg.Reference(ctx)
		if err != nil {
			return err
		}
		basis := fmt.Sprint(ref.Digest(), "/", f.cfg.Schema.Digest(), "/", tally.Rules, "/", rules)
		if f.ref, f.asked = ref, now; basis != f.basis {
			f.basis, f.since = basis, now
		}
	}
	s := f.state
	stale := s.Basis != "" && s.Basis != f.basis
	mixed := s.Pass != nil && s.Pass.Basis != f.basis && !s.Pass.Mixed
	if !stale && !mixed {
		return nil
	}
	s.Basis = ""
	if mixed {
		s.Pass.Mixed = true
	}
	return f.saveState(ctx, nil)
}

// follow evaluates the records touched by some frames.
func (f *Follower) follow(ctx context.Context, page *store.FeedPage) error {
	touched := maps.Clone(f.memory.due)
	for i := range page.Entries {
		for _, id := range page.Entries[i].Touched {
			touched[id] = true
		}
	}
	round := f.nextRound()
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(touched)), f.cfg.Page) {
		if err := f.evaluate(ctx, ids, nil, round); err != nil {
			return err
		}
	}
	f.state.Cursor = page.Next
	return f.endRound(ctx, round)
}

func (f *Follower) nextRound() int64 { return max(f.state.Round+1, f.cfg.Now().UnixMilli()) }

// endRound stores the counts and then the state.
func (f *Follower) endRound(ctx context.Context, round int64) error {
	if err := f.memory.saveCounts(ctx, f.cfg.Store); err != nil {
		return err
	}
	f.state.Round = round
	var settled []string
	for id := range f.memory.due {
		settled = append(settled, dueRows+id)
	}
	f.memory.due = map[string]bool{}
	return f.saveState(ctx, settled)
}

// passOn begins a pass if one is due, and does the next page of the pass.
func (f *Follower) passOn(ctx context.Context) (more bool, err error) {
	s := f.state
	if s.Pass == nil {
		if s.Basis == f.basis || !f.mayBegin() {
			return false, nil
		}
		s.Pass = &pass{Basis: f.basis, Fresh: s.Ended == 0}
	}
	p := s.Pass
	if p.After == "" && p.Drop == 0 && !p.Sweep {
		f.passBegan, p.Basis, p.Mixed = f.cfg.Now(), f.basis, false
		n, err := f.cfg.Store.Counts(ctx)
		if err != nil {
			return false, err
		}
		p.Of = n.Records
	}
	round := f.nextRound()
	switch {
	case p.Drop > 0:
		err = f.drop(ctx)
	case p.Sweep:
		err = f.sweep(ctx, round)
	default:
		err = f.passPage(ctx, round)
	}
	if err != nil {
		return false, err
	}
	return true, f.endRound(ctx, round)
}

// mayBegin reports whether the reference data have been quiet long enough, and the last pass began long enough ago.
func (f *Follower) mayBegin() bool {
	now := f.cfg.Now()
	if f.state.Ended == 0 {
		return true
	}
	return now.Sub(f.since) >= f.cfg.Quiet && (f.passBegan.IsZero() || now.Sub(f.passBegan) >= f.cfg.Between)
}

// dropPage is the number of rows dropped at once.
const dropPage = 2000

// drop deletes a page of derived rows.
func (f *Follower) drop(ctx context.Context) error {
	p := f.state.Pass
	rows, err := f.cfg.Store.ScanSide(ctx, derivedRows[len(derivedRows)-p.Drop], "", dropPage)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		p.Drop--
		f.memory.linked = map[string]map[string]bool{}
		return nil
	}
	return f.cfg.Store.WriteSide(ctx, nil, keysOf(rows))
}

func keysOf(rows []store.SideRow) (keys []string) {
	for i := range rows {
		keys = append(keys, rows[i].Key)
	}
	return keys
}

// passPage evaluates the next page of records.
func (f *Follower) passPage(ctx context.Context, round int64) error {
	p := f.state.Pass
	recs, err := f.cfg.Store.ScanRecords(ctx, store.RecordQuery{After: p.After, Limit: f.cfg.Page})
	if err != nil {
		return err
	}
	if len(recs) == 0 {
		if p.After = ""; p.Fresh {
			p.Sweep = true
			return nil
		}
		f.endPass()
		return nil
	}
	ids := make([]string, len(recs))
	for i := range recs {
		ids[i] = recs[i].ID
	}
	p.After, p.Done = ids[len(ids)-1], p.Done+int64(len(ids))
	return f.evaluate(ctx, ids, recs, round)
}

// sweep settles the rows of vanished records, page by page.
func (f *Follower) sweep(ctx context.Context, round int64) error {
	p := f.state.Pass
	rows, err := f.cfg.Store.ScanSide(ctx, recordRows, p.After, f.cfg.Page)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		f.memory.allCounts = true
		f.endPass()
		return nil
	}
	var ids []string
	for i := range rows {
		ids = append(ids, recordAt(rows[i].Key))
	}
	recs, err := f.cfg.Store.RecordsByID(ctx, ids...)
	if err != nil {
		return err
	}
	for i := range recs {
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == recs[i].ID })
	}
	p.After = rows[len(rows)-1].Key
	if len(ids) == 0 {
		return nil
	}
	return f.evaluate(ctx, ids, nil, round)
}

func (f *Follower) endPass() {
	s := f.state
	if s.Ended = f.cfg.Now().UnixMilli(); !s.Pass.Mixed {
		s.Basis = s.Pass.Basis
	}
	f.cfg.Log.Info("the doubts of all records were evaluated anew", "records", s.Pass.Done, "again", s.Pass.Mixed)
	s.Pass = nil
}
