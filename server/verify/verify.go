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
	Frames, Observations, Records, Held, Groups, Sums int64
	Faults, Notes                                     int64
}

// run is the state of one verification.
type run struct {
	Config
	began   int64 // Unix ms
	keys    map[string]ed25519.PublicKey
	total   store.Counts
	out     Summary
	streams map[wire.StreamID]store.Stream // as they were first read; boots may be newer
	seen    map[store.FrameKey]bool        // frames in the recount, marked
	pending map[store.FrameKey]waiting     // frames seen and not marked yet
	log     saidLog                        // what the marked frames say
	held    map[wire.ObsID]bool            // lines that the marked frames hold back
	let     map[wire.ObsID]wire.ObsID      // held line → the line that let it go
	excused map[wire.StreamID][]span       // lines whose frame is lost or damaged: that is said once
	told    map[cell]bool                  // sums that were told of

	toldGroups map[string]bool
}

// waiting is a frame in flight: what it says may count already or not.
type waiting struct {
	frame store.Frame
	said  []ingest.StoredLine
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
		streams: map[wire.StreamID]store.Stream{}, seen: map[store.FrameKey]bool{}, pending: map[store.FrameKey]waiting{},
		log: saidLog{}, held: map[wire.ObsID]bool{}, let: map[wire.ObsID]wire.ObsID{},
		excused: map[wire.StreamID][]span{}, told: map[cell]bool{}, toldGroups: map[string]bool{},
	}
	for _, step := range []func(context.Context) error{r.readLog, r.checkRecords, r.checkHeld, r.checkGroups, r.checkSums, r.checkPending} {
		if err := step(ctx); err != nil {
			return r.out, err
		}
	}
	return r.out, nil
}

func (r *run) tell(f Finding) {
	if f.IsFault() {
		r.out.Faults++
	} else {
		r.out.Notes++
	}
	r.Found(f)
}

// add takes what a marked frame says into the recount.
func (r *run) add(said []ingest.StoredLine) error {
	for i := range said {
		s := &said[i]
		if s.Quarantined {
			r.held[s.ID] = true
			continue
		}
		if err := r.log.join(s.Record, s.Obs); err != nil {
			return err
		}
		if s.Released == nil {
			continue
		}
		r.let[s.Released.ID] = s.ID
		if err := r.log.join(s.Released.Record, s.Released.Obs); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) excuse(id wire.ObsID) bool {
	for _, s := range r.excused[id.Stream()] {
		if s.first <= id.Seq && id.Seq <= s.last {
			return true
		}
	}
	return false
}

// newer reports whether an observation that the recount does not know came while it ran: a frame holds it that was
// not marked when the run began.
func (r *run) newer(ctx context.Context, id wire.ObsID) (bool, error) {
	f, err := r.Store.FrameWith(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !r.seen[f.Key], nil
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
