package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// A caller whose deadline has passed gets at once an error after which a repetition may succeed. Nothing of its call
// is stored, or the repetition completes it.
var deadlineTests = map[string]func(*testing.T, Harness){
	"ExpiredStep":       testExpiredSteps,
	"ExpiredRead":       testExpiredReads,
	"ExpiredWrite":      testExpiredWrites,
	"CancelledMidBatch": testCancelledMidBatch,
	"WaitingEnds":       testWaitingEnds,
}

// isTransient reports whether an error is one of a passed deadline.
func isTransient(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// endedContexts are a cancelled and an expired context.
func endedContexts(t *testing.T) map[string]context.Context {
	t.Helper()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.UnixMilli(1))
	t.Cleanup(cancel)
	return map[string]context.Context{"cancelled": cancelled, "expired": expired}
}

// prepared opens a database with work for every step and every read: a committed frame, a record departed from a
// place, a quarantined line, an entry with an expiry.
func prepared(t *testing.T, h Harness) (*bench, store.Frame, store.Record) {
	t.Helper()
	b := open(t, h)
	f := frame(stream(1), 1, 2, "a")
	b.commit(f)
	r := rec(obsID(stream(1), 1, "a"), 7, place("u", 20200101))
	r.Departed = []store.Departed{{Place: place("v", 20200101), Group: "g", Frame: f.Key}}
	r.Group = "h"
	b.put(r)
	b.quarantine(quarantinedLine(obsID(stream(1), 2, "a")))
	b.must(errOf(b.s.Put(t.Context(), store.Entry{Section: "code", Name: "c", Expires: farAway})))
	return b, f, b.read(r.ID)[0]
}

// stepCalls are calls of all steps on the data of prepared; each reads or writes the database.
func stepCalls(f store.Frame, r store.Record) map[string]func(context.Context, store.Steps) error {
	next, ids, line := frame(stream(1), 3, 4, "a"), []string{r.ID}, obsID(stream(1), 2, "a")
	return map[string]func(context.Context, store.Steps) error{
		"Stream": func(ctx context.Context, st store.Steps) error { return errOf(st.Stream(ctx, stream(1))) },
		"FixBoots": func(ctx context.Context, st store.Steps) error {
			return errOf(st.FixBoots(ctx, stream(1), []clock.Boot{{ID: "boot0009", Base: 9}}))
		},
		"FramesWithin": func(ctx context.Context, st store.Steps) error { return errOf(st.FramesWithin(ctx, stream(1), 1, 2)) },
		"CommitFrame":  func(ctx context.Context, st store.Steps) error { return errOf3(st.CommitFrame(ctx, next)) },
		"Quarantine": func(ctx context.Context, st store.Steps) error {
			return st.Quarantine(ctx, []store.Quarantined{quarantinedLine(obsID(stream(1), 1, "a"))})
		},
		"Release": func(ctx context.Context, st store.Steps) error { return st.Release(ctx, line, "by") },
		"Records": func(ctx context.Context, st store.Steps) error { return errOf(st.Records(ctx, ids)) },
		"ReplaceRecords": func(ctx context.Context, st store.Steps) error {
			return errOf(st.ReplaceRecords(ctx, []store.Record{r}))
		},
		"BucketsFor": func(ctx context.Context, st store.Steps) error {
			return errOf(st.BucketsFor(ctx, []store.Place{place("u", 20200101)}))
		},
		"Regroup": func(ctx context.Context, st store.Steps) error {
			return errOf(st.Regroup(ctx, []string{"g", "h"}, selfOf))
		},
		"Touch": func(ctx context.Context, st store.Steps) error { return st.Touch(ctx, f.Key, ids, []string{"u"}) },
		"Recount": func(ctx context.Context, st store.Steps) error {
			return st.Recount(ctx, []store.Place{r.Place}, ids, countOf)
		},
		"ClearDeparted": func(ctx context.Context, st store.Steps) error { return st.ClearDeparted(ctx, f.Key, ids) },
		"Mark":          func(ctx context.Context, st store.Steps) error { return errOf(st.Mark(ctx, f.Key)) },
	}
}

// state is everything visible to a reader, with the sums and the sizes.
type state struct {
	World  readerView
	Sums   map[cell]int64
	Counts store.Counts
}

func (b *bench) state() state {
	b.t.Helper()
	return state{b.everything(), b.sums(), counted(b)}
}

func testExpiredSteps(t *testing.T, h Harness) {
	b, f, r := prepared(t, h)
	before := b.state()
	for step, call := range stepCalls(f, r) {
		for how, ctx := range endedContexts(t) {
			err := b.s.Batch(ctx, func(st store.Steps) error { return call(ctx, st) })
			if !isTransient(err) {
				t.Errorf("%s, time %s: %v, want an error that passes", step, how, err)
			}
			if after := b.state(); !reflect.DeepEqual(after, before) {
				t.Fatalf("%s, time %s, made\n%+v\nof\n%+v", step, how, after, before)
			}
		}
	}
	for step, call := range stepCalls(f, r) { // with time left, each step works
		if err := b.s.Batch(t.Context(), func(st store.Steps) error { return call(t.Context(), st) }); err != nil {
			t.Errorf("%s, afterwards: %v", step, err)
		}
	}
}

func testExpiredReads(t *testing.T, h Harness) {
	b, _, r := prepared(t, h)
	for name, call := range map[string]func(context.Context) error{
		"Sums":            func(ctx context.Context) error { return errOf(b.s.Sums(ctx, store.SumQuery{From: 1, To: 99991231})) },
		"Record":          func(ctx context.Context) error { return errOf(b.s.Record(ctx, r.ID)) },
		"RecordsByID":     func(ctx context.Context) error { return errOf(b.s.RecordsByID(ctx, r.ID)) },
		"RecordsOfGroups": func(ctx context.Context) error { return errOf(b.s.RecordsOfGroups(ctx, "h")) },
		"ScanRecords":     func(ctx context.Context) error { return errOf(b.s.ScanRecords(ctx, store.RecordQuery{})) },
		"ScanFrames": func(ctx context.Context) error {
			return errOf(b.s.ScanFrames(ctx, wire.StreamID{}, store.FrameKey{}, 5))
		},
		"FrameWith":         func(ctx context.Context) error { return errOf(b.s.FrameWith(ctx, obsID(stream(1), 1, "a"))) },
		"Feed":              func(ctx context.Context) error { return errOf(b.s.Feed(ctx, "", "", 5)) },
		"Streams":           func(ctx context.Context) error { return errOf(b.s.Streams(ctx, wire.StreamID{}, 5)) },
		"QuarantineVersion": func(ctx context.Context) error { return errOf(b.s.QuarantineVersion(ctx, "dev0000001")) },
		"QuarantinedLines": func(ctx context.Context) error {
			return errOf(b.s.QuarantinedLines(ctx, wire.StreamID{}, noObsID, false, 5))
		},
		"Unprojected": func(ctx context.Context) error { return errOf(b.s.Unprojected(ctx, store.Frame{}, 5)) },
		"Counts":      func(ctx context.Context) error { return errOf(b.s.Counts(ctx)) },
		"CountedBy":   func(ctx context.Context) error { return errOf(b.s.CountedBy(ctx)) },
		"Ready":       func(ctx context.Context) error { return b.s.Ready(ctx) },
		"Get":         func(ctx context.Context) error { return errOf(b.s.Get(ctx, "code", "c")) },
		"List":        func(ctx context.Context) error { return errOf(b.s.List(ctx, "code", "", 5)) },
		"Sections":    func(ctx context.Context) error { return errOf(b.s.Sections(ctx)) },
	} {
		for how, ctx := range endedContexts(t) {
			if err := call(ctx); !isTransient(err) {
				t.Errorf("%s, time %s: %v, want an error that passes", name, how, err)
			}
		}
		if err := call(t.Context()); err != nil {
			t.Errorf("%s, afterwards: %v", name, err)
		}
	}
}

func testExpiredWrites(t *testing.T, h Harness) {
	b, _, _ := prepared(t, h)
	b.must(b.s.Rebuild(t.Context(), "v1", selfOf, countOf, nil))
	before := b.state()
	e, err := b.s.Get(t.Context(), "code", "c")
	b.must(err)
	fresh := store.Entry{Section: "code", Name: "d"}
	for how, ctx := range endedContexts(t) {
		for name, err := range map[string]error{
			"Put of a new name":   errOf(b.s.Put(ctx, fresh)),
			"Put over a revision": errOf(b.s.Put(ctx, e)),
			"Expire":              b.s.Expire(ctx, farAway+1),
			"Rebuild":             b.s.Rebuild(ctx, "v2", selfOf, countOf, nil),
		} {
			if !isTransient(err) {
				t.Errorf("%s, time %s: %v, want an error that passes", name, how, err)
			}
		}
	}
	if after := b.state(); !reflect.DeepEqual(after, before) {
		t.Errorf("writes without time made\n%+v\nof\n%+v", after, before)
	}
	if got, err := b.s.Get(t.Context(), "code", "c"); err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("the entry is %+v, %v; was %+v", got, err, e)
	}
	b.must(errOf(b.s.Put(t.Context(), fresh)))
	b.must(errOf(b.s.Put(t.Context(), e)))
}

// testCancelledMidBatch ends a caller's time after each number of steps. Of the batch nothing may be stored, or its
// beginning, or (if it returned no error) everything; the same batch run again stores everything once.
func testCancelledMidBatch(t *testing.T, h Harness) {
	for n := range 5 {
		b := open(t, h)
		f, r := frame(stream(1), 1, 1, "a"), rec(obsID(stream(1), 1, "a"), 7, place("u", 20200101))
		batch := func(ctx context.Context, cancel func(), end int) error {
			return b.s.Batch(ctx, func(st store.Steps) error {
				for i, step := range []func() error{
					func() error { return errOf(st.FixBoots(ctx, stream(1), []clock.Boot{{ID: "boot0001", Base: 3}})) },
					func() error { return errOf3(st.CommitFrame(ctx, f)) },
					func() error {
						return errOf(project(ctx, st, f.Key, map[string]func(*store.Record){r.ID: become(r)}))
					},
					func() error { return errOf(st.Mark(ctx, f.Key)) },
				} {
					if i == end {
						cancel()
					}
					if err := step(); err != nil {
						return err
					}
				}
				if end == 4 {
					cancel()
				}
				return nil
			})
		}
		ctx, cancel := context.WithCancel(t.Context())
		err := batch(ctx, cancel, n)
		cancel()
		switch {
		case err != nil && !isTransient(err):
			t.Errorf("cancelled after %d steps: %v, want an error that passes", n, err)
		case err == nil && n < 4:
			t.Errorf("cancelled after %d of 4 steps, and nothing is said of it", n)
		case err != nil && b.s.Traits().Atomic && counted(b) != (store.Counts{}):
			t.Errorf("cancelled after %d steps, there stand %+v", n, counted(b))
		}
		b.must(batch(t.Context(), func() {}, -1))
		b.checkSums(map[cell]int64{
			{"u", "amount", 20200101}: 7, {"u", "items", 20200101}: 1, {"u", "started", 20200102}: 1,
		})
		if sum := b.summary(stream(1)); sum.N != 1 || !sameBoots(sum.Boots, clock.Boot{ID: "boot0001", Base: 3}) {
			t.Errorf("cancelled after %d steps and repeated: %+v", n, sum)
		}
	}
}

// testWaitingEnds: a caller waiting for another batch waits no longer than its deadline.
func testWaitingEnds(t *testing.T, h Harness) {
	b := open(t, h)
	within, done := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		ctx := context.Background()
		first <- b.s.Batch(ctx, func(st store.Steps) error {
			err := errOf3(st.CommitFrame(ctx, frame(stream(1), 1, 1, "a")))
			close(within)
			<-done // until all other callers have returned
			return err
		})
	}()
	<-within
	calls := map[string]func(context.Context) error{
		"a batch": func(ctx context.Context) error {
			return b.s.Batch(ctx, func(st store.Steps) error { return errOf(st.Stream(ctx, stream(2))) })
		},
		"a put": func(ctx context.Context) error {
			return errOf(b.s.Put(ctx, store.Entry{Section: "code", Name: "c"}))
		},
		"a read": func(ctx context.Context) error { return errOf(b.s.Get(ctx, "code", "x")) },
	}
	errs := make(chan error, len(calls))
	for name, call := range calls {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		go func() {
			err := call(ctx)
			if err == nil || isTransient(err) || errors.Is(err, store.ErrNotFound) {
				errs <- nil // there was no need to wait, or the deadline passed
				return
			}
			errs <- errors.Join(errors.New(name), err)
		}()
	}
	for range calls {
		select {
		case err := <-errs:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Error("somebody waits on for a batch, although its time is over")
		}
	}
	close(done)
	b.must(<-first)
}
