package imports

import (
	"context"
	"crypto/ed25519"
	"errors"
	"sync"
	"time"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// ErrFaults: the batch has faults, and the caller did not ask for the valid rows alone. Nothing was written.
var ErrFaults = errors.New("文件有错，未导入任何数据 · the file has faults; nothing was imported")

// ErrUndone: an undo can't be undone; importing the file again restores the records.
var ErrUndone = errors.New("撤销本身不能再撤销，重新导入即可恢复 · an undo can't be undone: import the file again")

// reasonDuplicate is the void reason of a duplicate.
const reasonDuplicate = "同一行被同时导入两次 · imported twice at the same time"

// Importer writes batches. It is safe for many goroutines: in one process runs go one after another. Runs of several
// processes at the same time may each create a record for a row; the last run to end voids all records but the first,
// so that each row counts once after all runs have ended.
type Importer struct {
	Store  store.Store
	Ingest *ingest.Ingest
	Schema *schema.Schema
	Key    func(ctx context.Context, importer string) (ed25519.PrivateKey, error)
	Now    func() time.Time
	Query  *query.Query // of the figures; needed by Outlook alone

	mu sync.Mutex
}

// Options of one import.
type Options struct {
	By          string                                                    // the person behind the import
	AcceptValid bool                                                      // import the valid rows although other rows have faults
	Progress    func(done, of int)                                        // lines written; may be nil
	Rejects     func(run string, content []byte) (name string, err error) // keeps the faulty rows; needed with AcceptValid
}

// Plan counts the changes of importing the batch. It writes nothing but the importer's key.
func (im *Importer) Plan(ctx context.Context, b *Batch) (Changes, error) {
	if b.Broken {
		return Changes{}, ErrFaults
	}
	defer Frugal()()
	_, p, err := im.openImporter(ctx, b.Mapping.Name, &history{mapping: b.Mapping})
	if err != nil {
		return Changes{}, err
	}
	return planImport(ctx, b, p)
}

// Import writes a batch: all of it, or with AcceptValid all its valid rows. Without changes it writes nothing, and
// the run has no ID. ErrFaults. On any other error the run may be half written: importing the same file again
// completes the run.
func (im *Importer) Import(ctx context.Context, b *Batch, opt Options) (*Run, error) {
	if !b.Importable(opt.AcceptValid) {
		return nil, ErrFaults
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	defer Frugal()()
	who, p, err := im.openImporter(ctx, b.Mapping.Name, &history{mapping: b.Mapping})
	if err != nil {
		return nil, err
	}
	changes, err := planImport(ctx, b, p)
	if err != nil {
		return nil, err
	}
	twins, err := p.duplicates(ctx)
	if err != nil {
		return nil, err
	}
	voids := &linePlan{}
	voids.addVoids(twins, opt.By, reasonDuplicate)
	changes.Voided += voids.changes.Voided
	run := &Run{
		Importer: b.Mapping.Name, Kind: b.Mapping.Kind.Name, File: b.File, Digest: b.Digest, Mapping: b.Mapping.Digest,
		By: opt.By, At: im.Now().UnixMilli(), Rows: b.Total, Skipped: b.Skipped, Rejected: b.Faulty, Changes: changes,
	}
	if changes.empty() && b.Faulty == 0 {
		run.Done = true
		return run, nil
	}
	w, err := im.startRun(ctx, who, run)
	if err != nil {
		return nil, err
	}
	if b.Faulty > 0 {
		if err := b.keepRejects(run, opt); err != nil {
			return nil, err
		}
	}
	return run, im.writeRun(ctx, run, func() error { return w.writeBatch(ctx, b, p, voids, run, opt) }, w)
}

// writeBatch writes a batch's lines while they are planned, then the voids.
func (w *runWriter) writeBatch(ctx context.Context, b *Batch, p *history, voids *linePlan, run *Run, opt Options) error {
	count := progressOf(run.Changes.Created+run.Changes.Amended+run.Changes.Restored+run.Changes.Voided, opt.Progress)
	var planned Changes // as in the run already
	err := b.importLines(ctx, p, opt.By, func(s *linePlan) error { return w.writeLines(ctx, s.lines, &run.Changes, count) }, &planned)
	if err != nil {
		return err
	}
	return w.writeLines(ctx, voids.lines, &run.Changes, count)
}

// progressOf counts written lines for progress, which may be nil.
func progressOf(of int, progress func(done, of int)) func(lines int) {
	done := 0
	return func(lines int) {
		if done += lines; progress != nil {
			progress(done, max(done, of))
		}
	}
}

// keepRejects stores the faulty rows before any line is written, so that they never exist in memory alone.
func (b *Batch) keepRejects(run *Run, opt Options) error {
	content, err := b.Rejects()
	if err != nil {
		return err
	}
	run.Rejects, err = opt.Rejects(run.ID, content)
	return err
}

// openImporter reads an importer's key and history; p says how much of the history.
func (im *Importer) openImporter(ctx context.Context, name string, p *history) (ingest.Officer, *history, error) {
	who := ingest.Officer{Name: "import " + name, Unit: schema.HQUnit} // each record names a unit of its own
	var err error
	if who.Key, err = im.Key(ctx, name); err != nil {
		return who, nil, err
	}
	epochs, err := runEpochs(ctx, im.Store, name)
	if err != nil {
		return who, nil, err
	}
	p.schema, p.log.store = im.Schema, im.Store
	return who, p, p.read(ctx, im.Store, wire.DeviceID(who.Key.Public().(ed25519.PublicKey)), epochs)
}

// runWriter is a run in progress.
type runWriter struct{ run *ingest.ImportRun }

// startRun registers the run before its first line is written, so that a run cut off is known.
func (im *Importer) startRun(ctx context.Context, who ingest.Officer, run *Run) (*runWriter, error) {
	r, err := im.Ingest.NewImportRun(who)
	if err != nil {
		return nil, err
	}
	run.ID = r.Stream().Epoch
	return &runWriter{r}, editRun(ctx, im.Store, run.ID, func(old *Run) { *old = *run })
}

// writeRun writes all lines, voids duplicates from another import at the same time, and registers the end.
func (im *Importer) writeRun(ctx context.Context, run *Run, write func() error, w *runWriter) error {
	if err := write(); err != nil {
		return err
	}
	if run.Undoes == "" && run.Changes.Created > 0 {
		if err := im.voidDuplicates(ctx, w, run); err != nil {
			return err
		}
	}
	run.Done = true
	return editRun(ctx, im.Store, run.ID, func(old *Run) { *old = *run })
}

// voidDuplicates looks again, with all of this run in the log, for duplicates from another run at the same time. Of
// two runs, the last to look sees both.
func (im *Importer) voidDuplicates(ctx context.Context, w *runWriter, run *Run) error {
	_, p, err := im.openImporter(ctx, run.Importer, &history{keyOnly: true})
	if err != nil || !p.hasTwins() {
		return err
	}
	if _, p, err = im.openImporter(ctx, run.Importer, &history{}); err != nil {
		return err
	}
	twins, err := p.duplicates(ctx)
	if err != nil {
		return err
	}
	s := &linePlan{}
	s.addVoids(twins, run.By, reasonDuplicate)
	run.Changes.Voided += s.changes.Voided
	return w.writeLines(ctx, s.lines, &run.Changes, progressOf(0, nil))
}

func (s *linePlan) addVoids(os []*ownRecord, by, reason string) {
	for _, o := range os {
		s.add(wire.Void, o, by, nil, reason)
		s.changes.Voided++
	}
}

// Bounds of a frame of an import: number and bytes of its lines.
const (
	frameLines = 400
	frameBytes = 512 << 10
)

// writeLines writes lines in frames.
func (w *runWriter) writeLines(ctx context.Context, lines []*wire.Line, changes *Changes, written func(lines int)) error {
	for done := 0; done < len(lines); {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := frameLength(lines[done:])
		results, err := w.run.Send(ctx, lines[done:done+n])
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Status == wire.Quarantined {
				changes.Quarantined += int(r.Last - r.First + 1)
			}
		}
		done += n
		written(n)
	}
	return nil
}

// frameLength is the number of lines for the next frame: at least one.
func frameLength(lines []*wire.Line) int {
	size := 0
	for i, l := range lines {
		size += len(l.Fields) + 64*len(l.Seen) + 256
		if i > 0 && (i >= frameLines || size > frameBytes) {
			return i
		}
	}
	return len(lines)
}
