package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"

	"roadbook/server/store"
)

var registryTests = map[string]func(*testing.T, Harness){
	"CompareAndSet": testRegistryCAS,
	"OneTime":       testOneTime,
	"CounterRace":   testRegistryRace,
	"Expiry":        testExpiry,
	"Pages":         testRegistryPages,
}

func testRegistryCAS(t *testing.T, h Harness) {
	b := open(t, h)
	ctx := t.Context()
	if _, err := b.s.Get(ctx, "device", "d1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an absent entry: %v", err)
	}
	if _, err := b.s.Put(ctx, store.Entry{Section: "device", Name: "d1", Rev: 3}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a later revision of nothing: %v, want ErrConflict", err)
	}
	e, err := b.s.Put(ctx, store.Entry{Section: "device", Name: "d1", Data: []byte(`{"a":1}`)})
	b.must(err)
	if e.Rev == 0 {
		t.Error("stored, but revision 0")
	}
	if _, err := b.s.Put(ctx, store.Entry{Section: "device", Name: "d1"}); !errors.Is(err, store.ErrExists) {
		t.Errorf("the name is taken: %v, want ErrExists", err)
	}
	b.must(errOf(b.s.Put(ctx, store.Entry{Section: "user", Name: "d1", Data: []byte("other bucket")})))
	got, err := b.s.Get(ctx, "device", "d1")
	if err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("read %+v, %v; wrote %+v", got, err, e)
	}
	stale := got
	got.Data = []byte(`{"a":2}`)
	next, err := b.s.Put(ctx, got)
	if err != nil || next.Rev == got.Rev {
		t.Errorf("a put by revision: %+v, %v", next, err)
	}
	if _, err := b.s.Put(ctx, stale); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a put by an old revision: %v, want ErrConflict", err)
	}
	if got, err = b.s.Get(ctx, "device", "d1"); err != nil || string(got.Data) != `{"a":2}` {
		t.Errorf("stands %s, %v", got.Data, err)
	}
}

func errOf[T any](_ T, err error) error { return err }

func testOneTime(t *testing.T, h Harness) {
	b := open(t, h)
	var won, lost atomic.Int64
	race(16, func(int) {
		_, err := b.s.Put(t.Context(), store.Entry{Section: "nonce", Name: "n", Expires: farAway})
		switch {
		case err == nil:
			won.Add(1)
		case errors.Is(err, store.ErrExists):
			lost.Add(1)
		}
	})
	if won.Load() != 1 || lost.Load() != 15 {
		t.Errorf("a one-time entry was taken %d times and refused %d times", won.Load(), lost.Load())
	}
}

func testRegistryRace(t *testing.T, h Harness) {
	b := open(t, h)
	ctx := t.Context()
	b.must(errOf(b.s.Put(ctx, store.Entry{Section: "server", Name: "counter", Data: []byte{0}})))
	var failed atomic.Value
	race(16, func(int) {
		for {
			e, err := b.s.Get(ctx, "server", "counter")
			if err == nil {
				e.Data = []byte{e.Data[0] + 1}
				_, err = b.s.Put(ctx, e)
			}
			switch {
			case err == nil:
				return
			case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrUnavailable):
			default:
				failed.Store(err)
				return
			}
		}
	})
	if err := failed.Load(); err != nil {
		t.Fatal(err)
	}
	if e, err := b.s.Get(ctx, "server", "counter"); err != nil || e.Data[0] != 16 {
		t.Errorf("16 increments made %v, %v", e.Data, err)
	}
}

// Moments before and after every clock of a test.
const longAgo, farAway = 1, 4_000_000_000_000

func testExpiry(t *testing.T, h Harness) {
	b := open(t, h)
	ctx := t.Context()
	for name, expires := range map[string]int64{"old": longAgo, "later": farAway, "never": 0} {
		b.must(errOf(b.s.Put(ctx, store.Entry{Section: "nonce", Name: name, Expires: expires, Data: []byte("x")})))
	}
	if _, err := b.s.Get(ctx, "nonce", "old"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an expired entry: %v, want ErrNotFound", err)
	}
	if got := b.names("nonce", 1); !reflect.DeepEqual(got, []string{"later", "never"}) {
		t.Errorf("listed %v", got)
	}
	e, err := b.s.Put(ctx, store.Entry{Section: "nonce", Name: "old", Data: []byte("new"), Expires: farAway})
	b.must(err) // absent, so its name is free
	b.must(b.s.Expire(ctx, 2_000_000_000_000))
	if got, err := b.s.Get(ctx, "nonce", "old"); err != nil || got.Rev != e.Rev || string(got.Data) != "new" {
		t.Errorf("written anew: %+v, %v", got, err)
	}
	b.must(b.s.Expire(ctx, farAway+1))
	if got := b.names("nonce", 1); !reflect.DeepEqual(got, []string{"never"}) {
		t.Errorf("after all has expired: %v", got)
	}
}

func (b *bench) names(section string, limit int) (names []string) {
	b.t.Helper()
	after := ""
	for {
		page, err := b.s.List(b.t.Context(), section, after, limit)
		b.must(err)
		if len(page) == 0 {
			return names
		}
		for _, e := range page {
			names = append(names, e.Name)
		}
		after = page[len(page)-1].Name
	}
}

func testRegistryPages(t *testing.T, h Harness) {
	b := open(t, h)
	var want []string
	for i := range 9 {
		name := fmt.Sprintf("用户%d", i)
		want = append(want, name)
		b.must(errOf(b.s.Put(t.Context(), store.Entry{Section: "user", Name: name})))
		b.must(errOf(b.s.Put(t.Context(), store.Entry{Section: "users", Name: name})))
	}
	for _, limit := range []int{1, 4, 50} {
		if got := b.names("user", limit); !reflect.DeepEqual(got, want) {
			t.Errorf("limit %d: %v", limit, got)
		}
	}
	buckets, err := b.s.Sections(t.Context())
	if err != nil || !reflect.DeepEqual(buckets, []string{"user", "users"}) {
		t.Errorf("buckets %v, %v", buckets, err)
	}
}
