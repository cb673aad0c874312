// Package verify holds a store to its promises, from the outside: it reads the log again, checks every hash and
// signature, counts everything anew in memory, and compares that with the records, groups and sums that readers see.
//
// It promises: it writes nothing; it names each error by its class and place; it raises no false alarm while servers
// write beside it. For that each side is read in an order in which a write in between can only make it look at a
// thing again, and what differs is looked at twice. Memory grows with the
// observations: about half a kB each.
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

// Config is what a run looks at.
type Config struct {
	Store   store.Store // only read
	Schema  *schema.Schema
	Counter *tally.Counter // of the catalogues in force
	// Keys reads the public keys by the device part of a stream; asked again for a stream that is new to them.
	Keys func(context.Context) (map[string]ed25519.PublicKey, error)
	Now  func() time.Time
	// Wait lets writers finish what is in flight, between two looks at a doubtful thing. nil: no waiting.
	Wait func(context.Context) error
	// Progress is told the stage ("frames", "records", "sums") and how much of it is done; nil: nobody is.
	Progress func(stage string, done, of int64)
	// Found is told each finding as soon as it is sure.
	Found func(Finding)
}

// Summary is what a run looked at.
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
	streams     map[wire.StreamID]store.Stream  // as they were first read; boots may be newer
	processed   map[store.FrameKey]bool         // frames in the recount, marked
	pending     map[store.FrameKey]pendingFrame // frames seen and not marked yet
	records     recordStates                    // what the marked frames say
	quarantined map[wire.ObsID]bool             // lines that the marked frames hold back
	released    map[wire.ObsID]wire.ObsID       // held line → the line that let it go
	lostLines   map[wire.StreamID][]span        // lines whose frame is lost or damaged: that is said once
	emittedSums map[cell]bool                   // sums that were told of

	emittedGroups map[string]bool
}

// waiting is a frame in flight: what it says may count already or not.
type pendingFrame struct {
	frame store.Frame
	lines []ingest.StoredLine
}

// span is a run of sequences.
type span struct{ first, last uint64 }

// Run looks at everything and tells what it found. The error is the store's.
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
		lostLines: map[wire.StreamID][]span{}, emittedSums: map[cell]bool{}, emittedGroups: map[string]bool{},
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

// add takes what a marked frame says into the recount.
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

// newer reports whether an observation that the recount does not know came while it ran: a frame holds it that was
// not marked when the run began.
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

// streamKeyOf finds the key of a stream's device, nil if it is not at hand.
func (r *run) keyOf(ctx context.Context, id wire.StreamID) (ed25519.PublicKey, error) {
	key, known := r.keys[id.Device]
	if known {
		return key, nil // nil where it was asked for in vain
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

// streamOf is a summary for its boots, read again where a stream is new.
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
