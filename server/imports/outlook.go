package imports

import (
	"context"
	"errors"
	"slices"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Outlook foretells an import: which rows will count, which will not and why, and each figure before and after. All of
// it is computed in memory; nothing is written.
type Outlook struct {
	Changes  Changes  `json:"changes,omitzero"`
	Rows     int      `json:"rows"`     // valid rows
	Counting int      `json:"counting"` // rows whose record counts and misses no figure
	Remarks  []Remark `json:"remarks"`  // by code: what misses a figure first
	// Effects are the figures that change, by year and row; WhyNone says why there are none.
	Effects []query.Change `json:"effects,omitempty"`
	WhyNone *schema.Text   `json:"why_no_effect,omitempty"`
	// Apart is set for more than MaxMet rows: the records of the store were not read, so neither rows that repeat them
	// nor former values are known, and the effect is that of the table alone.
	Apart bool `json:"without_store,omitempty"`
	// Unmet is the number of rows under shared keys that were beyond memory and left out.
	Unmet int `json:"left_out,omitempty"`
}

// MaxMet is the number of rows up to which a table is compared with the records of the store.
const MaxMet = 100_000

// Bounds of the work, in rows and in names of groups asked for at once.
const (
	chunkRows  = 500
	chunkNames = 200
	maxGroup   = 10_000 // rows under one key
)

// maxShared is the number of rows kept because they share a key with another row: all of MaxMet, or half as many of a
// table whose other parts take more memory.
func (f *foresight) maxShared() int {
	if f.out.Apart {
		return MaxMet / 2
	}
	return MaxMet
}

// Outlook foretells the import of the valid rows. progress may be nil. ErrFaults for a file that can't be read.
func (im *Importer) Outlook(ctx context.Context, b *Batch, progress func(done, of int)) (*Outlook, error) {
	defer Frugal()()
	f, err := im.look(ctx, b, progress)
	if err != nil {
		return nil, err
	}
	if err := f.addEffects(ctx); err != nil {
		return nil, err
	}
	return f.out, nil
}

// Count says of a table that was imported which rows count, without Effects. Of more than MaxMet rows it says nothing: nil.
func (im *Importer) Count(ctx context.Context, b *Batch, progress func(done, of int)) (*Outlook, error) {
	if b.Valid() > MaxMet {
		return nil, nil //nolint:nilnil // so many rows are not compared
	}
	defer Frugal()()
	f, err := im.look(ctx, b, progress)
	if err != nil {
		return nil, err
	}
	f.out.Changes = Changes{}
	return f.out, nil
}

// look looks at all rows.
func (im *Importer) look(ctx context.Context, b *Batch, progress func(done, of int)) (*foresight, error) {
	if b.Broken {
		return nil, ErrFaults
	}
	f, err := im.foresee(ctx, b)
	if err != nil {
		return nil, err
	}
	if progress != nil {
		f.progress = progress
	}
	if err := f.walk(ctx, f.collect); err != nil {
		return nil, err
	}
	f.sortCreated()
	f.touched.sort()
	after := im.Query.Over(f.overlay)
	if f.ref, err = after.Reference(ctx); err != nil {
		return nil, err
	}
	if err := f.walk(ctx, f.weigh); err != nil {
		return nil, err
	}
	if err := f.weighShared(ctx); err != nil {
		return nil, err
	}
	if err := f.noteBaselines(ctx, after); err != nil {
		return nil, err
	}
	f.out.Remarks = f.remarks.list()
	return f, nil
}

// foresight is an outlook in the making.
type foresight struct {
	im        *Importer
	batch     *Batch
	history   *history
	counter   *tally.Counter
	latest    []*catalogue.Catalogue
	ref       *schema.Reference
	overlay   *overlay
	out       *Outlook
	remarks   remarks
	baselines map[tally.Baseline]int // row of each baseline that counts
	missing   map[int]bool           // rows of baselines that miss a figure
	progress  func(done, of int)
	done      int

	now    int64 // of saving, Unix ms
	stream wire.StreamID
	seq    uint64

	touched touches            // rows by hash of the groups that they touch
	shared  []plannedRow       // rows that share a group, not yet looked at
	sharing map[uint64][]int32 // their places in shared, by hash of the group
	hash    func(string) uint64
	counted int // rows that add to a sum or to a list
}

func (im *Importer) foresee(ctx context.Context, b *Batch) (*foresight, error) {
	_, p, err := im.openImporter(ctx, b.Mapping.Name, &history{})
	if errors.Is(err, store.ErrNotFound) { // no import by this name yet
		p, err = &history{schema: im.Schema}, nil
	}
	if err != nil {
		return nil, err
	}
	f := &foresight{
		im: im, batch: b, history: p, counter: im.Query.Counter(), now: im.Now().UnixMilli(),
		out:       &Outlook{Rows: b.Valid(), Apart: b.Valid() > MaxMet && b.Mapping.Kind.ItemOf == ""},
		remarks:   remarks{by: map[string]*Remark{}, at: map[remarkKey]int{}},
		baselines: map[tally.Baseline]int{}, missing: map[int]bool{}, sharing: map[uint64][]int32{}, hash: newHash(),
		overlay:  &overlay{Reader: im.Store, sums: map[sumPlace]int64{}, changed: map[string]store.Record{}},
		progress: func(int, int) {},
	}
	if kind := b.Mapping.Kind.Name; slices.Contains(readWhole, kind) {
		f.overlay.kind = kind
	}
	for _, year := range im.Query.Years() {
		if c, err := im.Query.Catalogue(year); err == nil {
			f.latest = append(f.latest, c)
		}
	}
	return f, nil
}
