package query_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// fateDevice is a device that received fates, and a store with its lines.
type fateDevice struct {
	t      *testing.T
	s      store.Store
	puller *query.Puller
	ask    func(*wire.Pull) (*wire.Pulled, error)
	cursor string
	fates  map[string]string // by id, the last status received
}

const testDevice, testUnit = "dev0000001", "office-1"

func lineID(epoch string, seq int) wire.ObsID {
	s := wire.StreamID{Device: testDevice, Epoch: epoch}
	return wire.NewObsID(s, uint64(seq), wire.ChainHash(wire.Genesis(s), fmt.Append(nil, seq)))
}

func (f *fateDevice) batch(fn func(ctx context.Context, st store.Steps) error) {
	f.t.Helper()
	must(f.t, f.s.Batch(f.t.Context(), func(st store.Steps) error { return fn(f.t.Context(), st) }))
}

func (f *fateDevice) quarantine(epoch string, from, to int) {
	var qs []store.Quarantined
	for seq := from; seq <= to; seq++ {
		qs = append(qs, store.Quarantined{ID: lineID(epoch, seq), Unit: testUnit, Received: 1,
			Faults: schema.Faults{{Code: "device_revoked", Message: schema.Text{ZH: "设备已吊销", EN: "revoked"}}}})
	}
	f.batch(func(ctx context.Context, st store.Steps) error { return st.Quarantine(ctx, qs) })
}

func (f *fateDevice) release(epoch string, seqs ...int) {
	f.batch(func(ctx context.Context, st store.Steps) error {
		for _, seq := range seqs {
			if err := st.Release(ctx, lineID(epoch, seq), "hq"); err != nil {
				return err
			}
		}
		return nil
	})
}

// page asks once; more reports further pages, told is the number of lines in the answer.
func (f *fateDevice) page() (more bool, told int) {
	f.t.Helper()
	p, err := f.ask(&wire.Pull{Cursor: f.cursor})
	must(f.t, err)
	if p.Cursor == "" || len(p.Observations) > 0 || len(p.Fates) > 500 {
		f.t.Fatalf("cursor %q, %d observations, %d fates", p.Cursor, len(p.Observations), len(p.Fates))
	}
	for _, fate := range p.Fates {
		f.fates[fate.ID] = fate.Status
	}
	f.cursor = p.Cursor
	return p.More, len(p.Fates)
}

// pull asks until there is no more.
func (f *fateDevice) pull() (pages, told int) {
	f.t.Helper()
	for more := true; more; pages++ {
		var n int
		more, n = f.page()
		told += n
	}
	return pages, told
}

func (f *fateDevice) check(want map[string]string) {
	f.t.Helper()
	if !maps.Equal(f.fates, want) {
		f.t.Errorf("it knows of %d lines, want %d; or their fates differ", len(f.fates), len(want))
	}
}

// eachFateDevice runs test for an ordinary and for a revoked device on each store.
func eachFateDevice(t *testing.T, test func(*testing.T, *fateDevice)) {
	t.Helper()
	stores := maps.Clone(otherStores)
	stores["sqlite"] = openSQLite
	for name, open := range stores {
		for _, revoked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s-revoked-%v", name, revoked), func(t *testing.T) {
				f := &fateDevice{t: t, s: open(t), fates: map[string]string{}}
				t.Cleanup(func() { must(t, f.s.Close()) })
				f.puller = &query.Puller{Store: f.s, Schema: schema.Default(), Epoch: "e", Catalogues: query.Always("c"), Now: time.Now}
				f.ask = func(q *wire.Pull) (*wire.Pulled, error) {
					return f.puller.Pull(t.Context(), wire.StreamID{Device: testDevice, Epoch: "epchaaa2"}, testUnit, q)
				}
				if revoked {
					f.ask = func(q *wire.Pull) (*wire.Pulled, error) {
						p, err := f.puller.Fates(t.Context(), testDevice, testUnit, q)
						if err == nil && (p.Totals != nil || p.Catalogues != nil || p.Reset) {
							t.Errorf("a revoked device is told %+v", p)
						}
						return p, err
					}
				}
				test(t, f)
			})
		}
	}
}

// The device learns every fate in all its streams, however many there are, and no fate twice.
func TestAllFatesAreTold(t *testing.T) {
	eachFateDevice(t, func(t *testing.T, f *fateDevice) {
		want := map[string]string{}
		f.quarantine("epchaaa1", 1, 1203)
		f.quarantine("epchaaa2", 1, 7)
		for seq := 1; seq <= 1203; seq++ {
			want[lineID("epchaaa1", seq).String()] = "quarantined"
			if seq%2 == 0 {
				f.release("epchaaa1", seq)
				want[lineID("epchaaa1", seq).String()] = "released"
			}
		}
		for seq := 1; seq <= 7; seq++ {
			want[lineID("epchaaa2", seq).String()] = "quarantined"
		}
		if pages, _ := f.pull(); pages < 3 {
			t.Errorf("%d lines in %d pages", len(want), pages)
		}
		f.check(want)
		if pages, told := f.pull(); pages != 1 || told != 0 {
			t.Errorf("nothing is new, and it was told of %d lines in %d pages", told, pages)
		}
		f.release("epchaaa1", 3)
		want[lineID("epchaaa1", 3).String()] = "released"
		f.pull()
		f.check(want)
	})
}

// The device learns in the end of lines quarantined or released between two pages, before and behind the position.
func TestFatesBetweenPages(t *testing.T) {
	eachFateDevice(t, func(t *testing.T, f *fateDevice) {
		f.puller.FatePage = 5
		want := map[string]string{}
		quarantine := func(from, to int) {
			f.quarantine("epchaaa1", from, to)
			for seq := from; seq <= to; seq++ {
				want[lineID("epchaaa1", seq).String()] = "quarantined"
			}
		}
		release := func(seq int) {
			f.release("epchaaa1", seq)
			want[lineID("epchaaa1", seq).String()] = "released"
		}
		quarantine(100, 139)
		for round := range 9 {
			f.page()
			release(100 + round)                   // behind the position: already sent as quarantined
			release(139 - round)                   // ahead of the position
			quarantine(50+round, 50+round)         // begins ahead of all other lines
			quarantine(200+2*round, 200+2*round+1) // after all other lines
		}
		f.pull()
		f.pull()
		f.check(want)
	})
}

// A truncated, overlong or nonsensical cursor begins afresh, and is never an error.
func TestBadCursors(t *testing.T) {
	eachFateDevice(t, func(t *testing.T, f *fateDevice) {
		f.quarantine("epchaaa1", 1, 3)
		f.pull()
		good := f.cursor
		long := make([]byte, 2<<20)
		for i := range long {
			long[i] = 'A'
		}
		for _, bad := range []string{good[:len(good)/2], "2.", "2..", "x", string(long), "2." + string(long), "e30"} {
			f.cursor, f.fates = bad, map[string]string{}
			f.pull()
			if len(f.fates) != 3 {
				t.Errorf("after %.20q it was told of %d lines", bad, len(f.fates))
			}
		}
	})
}

// A server with a restored database has the same epoch, but the feed position in the cursor is not its own any more.
func TestPutBackDatabaseResets(t *testing.T) {
	eachFateDevice(t, func(t *testing.T, f *fateDevice) {
		f.quarantine("epchaaa1", 1, 3)
		f.pull()
		again, err := f.ask(&wire.Pull{Cursor: f.cursor + "AgIB"})
		if revoked := again != nil && again.Totals == nil; err != nil || !revoked && (!again.Reset || len(again.Fates) != 3) {
			t.Errorf("%+v, %v", again, err)
		}
	})
}
