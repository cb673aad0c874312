package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"roadbook/server/store"
)

var registryRacerTests = map[string]func(*testing.T, Harness){
	"NewNameHasOneWinner":      testPutNewRace,
	"RevisionHasOneWinner":     testPutRevisionRace,
	"ExpiredNameHasOneWinner":  testPutExpiredRace,
	"ExpiredReadsAsAbsent":     testExpiredIsAbsent,
	"RevisionsAreNotUsedTwice": testRevisionsGrow,
	"ExpireTakesTheExpired":    testExpireOnly,
}

// puts lets sixteen callers store an entry at once, by turns on the servers, with the caller's name as data. It
// returns the data of the callers whose Put succeeded; every other Put must return refusal. If expiring is positive,
// every caller with a multiple of expiring as its number first calls Expire.
func puts(bs []*bench, e store.Entry, refusal error, expiring int) (won []string) {
	bs[0].t.Helper()
	var mu sync.Mutex
	race(racers, func(i int) {
		ctx := bs[0].t.Context()
		b := bs[i%len(bs)]
		if expiring > 0 && i%expiring == 0 {
			if err := b.s.Expire(ctx, farAway-1); err != nil {
				b.t.Errorf("racer %d, expiring: %v", i, err)
			}
		}
		own := e
		own.Data = fmt.Appendf(nil, "by %d", i)
		_, err := b.s.Put(ctx, own)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			won = append(won, string(own.Data))
		case !errors.Is(err, refusal):
			b.t.Errorf("racer %d: %v, want %v", i, err, refusal)
		}
	})
	return won
}

// oneWon checks that one caller stored the entry and that every server has this caller's data.
func oneWon(bs []*bench, e store.Entry, won []string) (stands store.Entry) {
	bs[0].t.Helper()
	if len(won) != 1 {
		bs[0].t.Fatalf("%d of 16 racers stored the entry: %v", len(won), won)
	}
	for _, b := range bs {
		got, err := b.s.Get(b.t.Context(), e.Section, e.Name)
		b.must(err)
		if string(got.Data) != won[0] {
			b.t.Errorf("what stands is %s, but %s was told that it stored it", got.Data, won[0])
		}
		stands = got
	}
	return stands
}

func testPutNewRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	e := store.Entry{Section: "code", Name: "once"}
	oneWon(bs, e, puts(bs, e, store.ErrExists, 0))
}

func testPutRevisionRace(t *testing.T, h Harness) {
	bs := servers(t, h, 2)
	e, err := bs[0].s.Put(t.Context(), store.Entry{Section: "lease", Name: "sweep"})
	bs[0].must(err)
	for range 3 {
		next := oneWon(bs, e, puts(bs, e, store.ErrConflict, 0))
		if next.Rev == e.Rev {
			t.Fatalf("stored over revision %d, and that is its revision still", e.Rev)
		}
		e = next
	}
}

// testPutExpiredRace: the name of an expired entry is free, also while other callers remove the entry.
func testPutExpiredRace(t *testing.T, h Harness) {
	for _, expiring := range []int{0, 2} {
		bs := servers(t, h, 2)
		e := store.Entry{Section: "nonce", Name: "n", Expires: longAgo}
		bs[0].must(errOf(bs[0].s.Put(t.Context(), e)))
		e.Expires = farAway
		if got := oneWon(bs, e, puts(bs, e, store.ErrExists, expiring)); got.Expires != farAway {
			t.Errorf("what stands expires at %d, want %d", got.Expires, int64(farAway))
		}
	}
}

// testExpiredIsAbsent: for Get, for List, and for Put with any revision.
func testExpiredIsAbsent(t *testing.T, h Harness) {
	b := open(t, h)
	ctx := t.Context()
	old, err := b.s.Put(ctx, store.Entry{Section: "limit", Name: "m", Expires: longAgo, Data: []byte("old")})
	b.must(err)
	b.must(errOf(b.s.Put(ctx, store.Entry{Section: "limit", Name: "a", Expires: farAway})))
	b.must(errOf(b.s.Put(ctx, store.Entry{Section: "limit", Name: "z"})))
	if _, err := b.s.Get(ctx, "limit", "m"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v, want ErrNotFound", err)
	}
	for _, limit := range []int{1, 2, 10} {
		if got := b.names("limit", limit); len(got) != 2 || got[0] != "a" || got[1] != "z" {
			t.Errorf("list in pages of %d: %v, want a and z", limit, got)
		}
	}
	old.Data, old.Expires = []byte("revived"), farAway
	if _, err := b.s.Put(ctx, old); !errors.Is(err, store.ErrConflict) {
		t.Errorf("put over the revision that it had: %v, want ErrConflict", err)
	}
	old.Rev, old.Data = 0, []byte("new")
	b.must(errOf(b.s.Put(ctx, old)))
	if _, err := b.s.Put(ctx, old); !errors.Is(err, store.ErrExists) {
		t.Errorf("put as new once more: %v, want ErrExists", err)
	}
	if got, err := b.s.Get(ctx, "limit", "m"); err != nil || string(got.Data) != "new" {
		t.Errorf("stands %s, %v", got.Data, err)
	}
}

// testRevisionsGrow: a caller that read an entry before its expiry can't overwrite its successor, whether the expired
// entry was removed in the meantime or not.
func testRevisionsGrow(t *testing.T, h Harness) {
	b := open(t, h)
	ctx := t.Context()
	revs := map[int64]bool{}
	for i := range 8 {
		expires := int64(longAgo)
		if i%2 == 0 {
			expires = farAway
		}
		got, err := b.s.Put(ctx, store.Entry{Section: "limit", Name: "m", Expires: expires})
		b.must(err)
		if revs[got.Rev] {
			t.Errorf("revision %d was given out twice", got.Rev)
		}
		for old := range revs {
			stale := got
			stale.Rev = old
			if _, err := b.s.Put(ctx, stale); !errors.Is(err, store.ErrConflict) {
				t.Errorf("put at revision %d, which an expired entry had: %v, want ErrConflict", old, err)
			}
		}
		revs[got.Rev] = true
		if expires == farAway {
			b.must(b.s.Expire(ctx, farAway+1))
		}
	}
}

func testExpireOnly(t *testing.T, h Harness) {
	b := open(t, h)
	ctx := t.Context()
	const now = 3_000_000_000_000 // later than any clock of a test: reads still find all these entries
	for name, expires := range map[string]int64{"before": now - 1, "at": now, "after": now + 1, "never": 0} {
		for _, section := range []string{"code", "nonce"} {
			b.must(errOf(b.s.Put(ctx, store.Entry{Section: section, Name: name, Expires: expires, Data: []byte(name)})))
		}
	}
	for range 2 {
		b.must(b.s.Expire(ctx, now))
		for _, section := range []string{"code", "nonce"} {
			if got := b.names(section, 10); len(got) != 3 || got[0] != "after" || got[1] != "at" || got[2] != "never" {
				t.Errorf("%s after the expiry: %v, want all but the one that expired before", section, got)
			}
		}
	}
}
