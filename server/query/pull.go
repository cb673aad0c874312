package query

import (
	"context"
	"errors"
	"slices"
	"time"

	"roadbook/schema"
	"roadbook/server/doubts"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Puller answers the pull part of a sync: the news for one device.
type Puller struct {
	Store      store.Store
	Epoch      string // server_epoch: a cursor of another epoch begins afresh
	Schema     *schema.Schema
	Catalogues func() Known // in force; nil: nothing is told of them
	Now        func() time.Time
	Reference  func(context.Context) (*schema.Reference, error) // nil: no reference data for devices
	Doubts     *doubts.Reader                                   // nil: no doubts for devices
	FatePage   int                                              // fates in one answer; 0 = 500
}

// Bounds of one answer: number of frames, and bytes of lines after which no further frame begins. A device reads
// answers up to 16 MiB; a larger answer would be lost together with its acknowledgements.
const (
	pullPage  = 20
	pullBytes = 2 << 20
	toldBytes = 128 // of a record of which only the existence is told
)

// Pull sends a device of unit the news since its cursor: the observations of the unit's changed records, the fates of
// the device's own quarantined lines, and the unit's totals of the year.
func (p *Puller) Pull(ctx context.Context, device wire.StreamID, unit string, q *wire.Pull) (*wire.Pulled, error) {
	cursor, reset := p.readCursor(q.Cursor, unit)
	out := &wire.Pulled{Reset: reset}
	if p.Catalogues != nil {
		out.Catalogues = p.Catalogues().Names
	}
	err := p.addChanges(ctx, out, device, &cursor, q.Limit)
	if errors.Is(err, store.ErrCursor) { // the database was restored, and has diverged since
		cursor, out.Reset = p.freshCursor(unit), true
		err = p.addChanges(ctx, out, device, &cursor, q.Limit)
	}
	if err != nil {
		return nil, err
	}
	cursor.Full = cursor.Full && out.More
	if err := p.addFates(ctx, out, device.Device, &cursor.Fates); err != nil {
		return nil, err
	}
	if err := p.addDoubts(ctx, out, device.Device, &cursor); err != nil {
		return nil, err
	}
	out.Cursor = cursor.String()
	if err := p.addReference(ctx, out, q.Reference); err != nil {
		return nil, err
	}
	out.Totals, err = p.totals(ctx, unit)
	return out, err
}

// addReference adds the reference data if the device has others. had is the digest of its own; "": the device reads none.
func (p *Puller) addReference(ctx context.Context, out *wire.Pulled, had string) error {
	if had == "" || p.Reference == nil {
		return nil
	}
	r, err := p.Reference(ctx)
	if err != nil || r.Digest() == had {
		return err
	}
	out.Reference, err = r.MarshalJSON()
	return err
}

// addDoubts adds the changed doubts about the device's own records.
func (p *Puller) addDoubts(ctx context.Context, out *wire.Pulled, device string, cursor *pullCursor) error {
	if p.Doubts == nil {
		return nil
	}
	found, err := p.Doubts.Changes(ctx, device, cursor.Unit, &cursor.Doubts)
	out.Doubts, out.DoubtsAnew = found.Records, found.Anew
	out.More = out.More || found.More
	return err
}

// addChanges adds the changes since the cursor to out, and moves the cursor.
func (p *Puller) addChanges(ctx context.Context, out *wire.Pulled, device wire.StreamID, cursor *pullCursor, limit int) error {
	if limit <= 0 || limit > pullPage {
		limit = pullPage
	}
	reader := lineReader{store: p.Store, lines: map[wire.ObsID][]byte{}, boots: map[wire.StreamID][]clock.Boot{}}
	for {
		page, err := p.Store.Feed(ctx, cursor.Feed, cursor.Unit, limit)
		if err != nil {
			return err
		}
		n, err := p.addFeedPage(ctx, out, &reader, page.Entries, device, cursor)
		if err != nil {
			return err
		}
		if n == len(page.Entries) || limit == 1 {
			cursor.Feed, out.More = page.Next, page.More
			return nil
		}
		limit = min(n, limit-1) // a cursor marks the end of a page: ask for a shorter page
	}
}

// addFeedPage rebuilds the records in out from a page and returns the number of entries added: after pullBytes no
// further entry begins.
func (p *Puller) addFeedPage(
	ctx context.Context, out *wire.Pulled, r *lineReader, page []store.FeedEntry, device wire.StreamID, cursor *pullCursor,
) (int, error) {
	out.Observations, out.Gone, out.Linked, r.bytes = nil, nil, nil, 0
	w := pulledPage{out: out, unit: cursor.Unit, full: cursor.Full, records: map[string]*pulledRecord{}}
	for n, e := range page {
		if r.bytes >= pullBytes {
			w.tellLinked()
			return n, nil
		}
		var fresh []string
		for _, id := range e.Touched {
			if w.records[id] == nil {
				fresh = append(fresh, id)
			}
		}
		recs, err := p.Store.RecordsByID(ctx, fresh...)
		if err != nil {
			return n, err
		}
		for i := range recs {
			v := merge.Fold(recs[i].ID, &recs[i].State, p.Schema)
			if err := p.addRecord(ctx, &w, r, &recs[i], &v, device); err != nil {
				return n, err
			}
		}
		w.tellGone(&e)
		r.bytes += toldBytes * len(recs)
	}
	w.tellLinked()
	return len(page), nil
}

// addRecord adds the record's observations that the device can't have: all if the unit has the record, else the device's
// own, and these only where the device has nothing yet. Other devices' observations without effect are left out: a device
// cannot judge whose record it is.
func (p *Puller) addRecord(
	ctx context.Context, w *pulledPage, r *lineReader, rec *store.Record, v *merge.View, device wire.StreamID,
) error {
	has := w.add(rec, v)
	for _, o := range rec.State.Obs {
		own := o.ID.Device == device.Device
		if own && !w.full || !own && (!has || slices.Contains(v.Foreign(), o.ID)) {
			continue
		}
		line, boot, err := r.read(ctx, o.ID)
		if err != nil {
			return err
		}
		w.out.Observations = append(w.out.Observations, wire.PulledLine{ID: o.ID.String(), Line: string(line), Boot: boot, HQ: o.Sender.HQ()})
	}
	return nil
}

func (p *Puller) totals(ctx context.Context, unit string) (*wire.Totals, error) {
	today := clock.DayOf(p.Now().UnixMilli())
	r := sumReader{ctx: ctx, sums: p.Store.Sums, scope: tally.Alone(unit), unit: unit}
	m := r.byMeasure(clock.YearToDate(today))
	r.settle(m)
	return &wire.Totals{Unit: unit, To: today.String(), Measures: m.amounts}, r.err
}

// lineReader finds lines in the log. It reads each frame once: the next question is most likely about a neighbour of
// the line, and finding a line means hashing its frame.
type lineReader struct {
	store store.Store
	lines map[wire.ObsID][]byte
	bytes int // size of the lines returned
	boots map[wire.StreamID][]clock.Boot
}

const maxUnpackedPull = 64 << 20

func (r *lineReader) read(ctx context.Context, id wire.ObsID) ([]byte, clock.Boot, error) {
	line, ok := r.lines[id]
	if !ok {
		f, err := r.store.FrameWith(ctx, id)
		if err != nil {
			return nil, clock.Boot{}, err
		}
		lines, err := wire.UnpackLines(f.Packed, maxUnpackedPull)
		if err != nil {
			return nil, clock.Boot{}, err
		}
		h := f.Prev
		for i, l := range lines {
			h = wire.ChainHash(h, l)
			r.lines[wire.NewObsID(f.Key.Stream, f.Key.First+uint64(i), h)] = l
		}
		line = lines[id.Seq-f.Key.First]
	}
	r.bytes += len(line)
	boot, err := r.bootOf(ctx, id, line)
	return line, boot, err
}

// bootOf returns the known limits of the boot named in a line.
func (r *lineReader) bootOf(ctx context.Context, id wire.ObsID, raw []byte) (clock.Boot, error) {
	var l wire.Line
	if fault := wire.ParseLine(raw, &l); fault != nil {
		return clock.Boot{}, *fault
	}
	boots, ok := r.boots[id.Stream()]
	if !ok {
		err := r.store.Batch(ctx, func(s store.Steps) error {
			stream, err := s.Stream(ctx, id.Stream())
			boots = stream.Boots
			return err
		})
		if err != nil {
			return clock.Boot{}, err
		}
		r.boots[id.Stream()] = boots
	}
	for _, b := range boots {
		if b.ID == l.Clock.Boot {
			return b, nil
		}
	}
	return clock.Boot{}, nil
}
