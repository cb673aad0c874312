// Package verify checks a store's promises from the outside: it reads the log again, checks every hash and signature,
// counts everything anew in memory, and compares the result with the records, groups and sums shown to readers.
//
// It promises: it writes nothing; it names each error by class and place; it raises no false alarm while servers write
// at the same time. For this, each side is read in such an order that a write in between can only cause another look, and
// every difference is looked at twice. Memory grows with the observations: about half a kB each.
package verify

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Config holds the store and the means of a run.
type Config struct {
	Store   store.Store // only read
	Schema  *schema.Schema
	Counter *tally.Counter // of the catalogues in force
	// Keys reads the public keys by the device part of a stream; called again for a device without a known key.
	Keys func(context.Context) (map[string]ed25519.PublicKey, error)
	Now  func() time.Time
	// Wait lets writers finish pending frames between two rounds. nil: no waiting.
	Wait func(context.Context) error
	// Progress gets the stage ("frames", "records", "sums") and its progress; nil: no calls.
	Progress func(stage string, done, of int64)
	// Found gets each finding as soon as it is certain.
	Found func(Finding)
}

// Summary holds the numbers of checked items and of findings.
type Summary struct {
	Frames, Observations, Records, Quarantined, Groups, Sums int64
	Faults, Notes                                            int64
}

// run is the state of one verification.
type run struct {
	Config
	began       int64 // Unix ms
	keys        map[string]ed25519.PublicKey
	total       store.Counts
	summary     Summary
	streams     map[wire.StreamID]store.Stream  // as first read; boots may be newer
	processed   map[store.FrameKey]bool         // marked frames in the recount, and damaged frames
	pending     map[store.FrameKey]pendingFrame // frames read before they were marked
	records     recordStates                    // states according to the marked frames
	quarantined map[wire.ObsID]bool             // lines quarantined by the marked frames
	released    map[wire.ObsID]wire.ObsID       // quarantined line → the line releasing it
	foreign     map[wire.ObsID]wire.ObsID       // accepted lines without effect, as another unit's device made them → the record's create
	admitted    map[wire.ObsID]wire.ObsID       // such lines that have effect → the observation that admits them
	lostLines   map[wire.StreamID][]span        // lines of lost or damaged frames, reported once
	emittedSums map[cell]bool                   // sums already reported

	emittedGroups map[string]bool
}

// pendingFrame is a frame not marked yet: its lines may or may not count already.
type pendingFrame struct {
	frame store.Frame
	lines []ingest.StoredLine
}

// span is a run of sequences.
type span struct{ first, last uint64 }

// Run checks the whole store and calls Found for each finding. The error is the store's.
func Run(ctx context.Context, c Config) (Summary, error) {
	if c.Progress == nil {
		c.Progress = func(string, int64, int64) {}
	}
	if c.Wait == nil {
		c.Wait = func(context.Context) error { return nil }
	}
	r := &run{
		Config: c, began: c.Now().UnixMilli(),
		streams: map[wire.StreamID]store.Stream{}, processed: map[store.FrameKey]bool{}, pending: map[store.FrameKey]pendingFrame{},
		records: recordStates{}, quarantined: map[wire.ObsID]bool{}, released: map[wire.ObsID]wire.ObsID{},
		foreign: map[wire.ObsID]wire.ObsID{}, admitted: map[wire.ObsID]wire.ObsID{}, lostLines: map[wire.StreamID][]span{}, emittedSums: map[cell]bool{}, emittedGroups: map[string]bool{},
	}
	for _, step := range []func(context.Context) error{r.readLog, r.checkRecords, r.checkQuarantine, r.checkGroups, r.checkSums, r.checkPending} {
		if err := step(ctx); err != nil {
			return r.summary, err
		}
	}
	return r.summary, nil
}

func (r *run) emit(f Finding) {
	if f.IsFault() {
		r.summary.Faults++
	} else {
		r.summary.Notes++
	}
	r.Found(f)
}

// addLines adds the lines of a marked frame to the recount.
func (r *run) addLines(lines []ingest.StoredLine) error {
	for i := range lines {
		s := &lines[i]
		if s.Quarantined {
			r.quarantined[s.ID] = true
			continue
		}
		if err := r.records.join(s.Record, s.Obs); err != nil {
			return err
		}
		if s.Released == nil {
			continue
		}
		r.released[s.Released.ID] = s.ID
		if err := r.records.join(s.Released.Record, s.Released.Obs); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) isExcused(id wire.ObsID) bool {
	for _, s := range r.lostLines[id.Stream()] {
		if s.first <= id.Seq && id.Seq <= s.last {
			return true
		}
	}
	return false
}

// cameLater reports whether an observation missing from the recount came during the run: it has a frame not processed yet.
func (r *run) cameLater(ctx context.Context, id wire.ObsID) (bool, error) {
	f, err := r.Store.FrameWith(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !r.processed[f.Key], nil
}

// keyOf finds the key of a stream's device, nil if the key is not at hand.
func (r *run) keyOf(ctx context.Context, id wire.StreamID) (ed25519.PublicKey, error) {
	key, known := r.keys[id.Device]
	if known {
		return key, nil // nil: an earlier search found none
	}
	keys, err := r.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for device, was := range r.keys {
		if _, ok := keys[device]; !ok {
			keys[device] = was
		}
	}
	key = keys[id.Device]
	keys[id.Device], r.keys = key, keys
	return key, nil
}

// streamOf returns a summary for its boots; the summary of a new stream is read from the store.
func (r *run) streamOf(ctx context.Context, id wire.StreamID) (store.Stream, error) {
	if s, ok := r.streams[id]; ok {
		return s, nil
	}
	s := store.Stream{ID: id}
	err := r.Store.Batch(ctx, func(st store.Steps) (err error) {
		s, err = st.Stream(ctx, id)
		return err
	})
	return s, err
}
