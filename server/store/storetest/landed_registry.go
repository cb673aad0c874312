package storetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/faulty"
)

// openLosing opens a new database that loses its first answer to an operation.
func openLosing(t *testing.T, h Harness, op string) *bench {
	t.Helper()
	return &bench{t, faulty.Wrap(h.Open(t), faulty.Once(op, false, 1, func() error { return faulty.ErrLost }))}
}

// lostOnce requires the error of a lost answer, as from a store that did not answer.
func lostOnce(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("the answer that was lost came as %v", err)
	}
}

// A Put reports the first writer, so its repetition can't give the same answer: the second answer reports a taken
// name, and the stored entry shows the writer.
func testLandedPutNew(t *testing.T, h Harness) {
	b := openLosing(t, h, "Put")
	e := store.Entry{Section: "code", Name: "c", Data: []byte("mine"), Expires: farAway}
	got, err := b.s.Put(t.Context(), e)
	lostOnce(t, err)
	if got.Rev != 0 {
		t.Errorf("a put that may not stand gives out revision %d", got.Rev)
	}
	if _, err := b.s.Put(t.Context(), e); !errors.Is(err, store.ErrExists) {
		t.Errorf("the second put: %v, want ErrExists", err)
	}
	if got, err := b.s.Get(t.Context(), "code", "c"); err != nil || string(got.Data) != "mine" || got.Rev == 0 {
		t.Errorf("stands %+v, %v; want what was put, at a revision", got, err)
	}
}

func testLandedPutRev(t *testing.T, h Harness) {
	b := open(t, h)
	e, err := b.s.Put(t.Context(), store.Entry{Section: "lease", Name: "l", Data: []byte("theirs")})
	b.must(err)
	b.s = faulty.Wrap(b.s, faulty.Once("Put", false, 1, func() error { return faulty.ErrLost }))
	e.Data = []byte("mine")
	got, err := b.s.Put(t.Context(), e)
	lostOnce(t, err)
	if got.Rev != e.Rev {
		t.Errorf("a put that may not stand gives out revision %d", got.Rev)
	}
	if _, err := b.s.Put(t.Context(), e); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the second put: %v, want ErrConflict", err)
	}
	if got, err := b.s.Get(t.Context(), "lease", "l"); err != nil || string(got.Data) != "mine" || got.Rev != e.Rev+1 {
		t.Errorf("stands %+v, %v; want what was put, once", got, err)
	}
}

func testLandedExpire(t *testing.T, h Harness) {
	b := openLosing(t, h, "Expire")
	b.must(errOf(b.s.Put(t.Context(), store.Entry{Section: "code", Name: "old", Expires: farAway})))
	b.must(errOf(b.s.Put(t.Context(), store.Entry{Section: "code", Name: "new", Expires: farAway + 9})))
	lostOnce(t, b.s.Expire(t.Context(), farAway+1))
	b.must(b.s.Expire(t.Context(), farAway+1))
	if got := b.names("code", 9); !slices.Equal(got, []string{"new"}) {
		t.Errorf("there remain %v", got)
	}
}

func testLandedRebuild(t *testing.T, h Harness) {
	b := openLosing(t, h, "Rebuild")
	b.put(rec(obsID(stream(1), 1, "a"), 7, place("u", 20200101)))
	lostOnce(t, b.s.Rebuild(t.Context(), "v1", selfOf, countOf, nil))
	b.must(b.s.Rebuild(t.Context(), "v1", selfOf, countOf, nil))
	b.checkSums(map[cell]int64{
		{"u", "amount", 20200101}: 7, {"u", "items", 20200101}: 1, {"u", "started", 20200102}: 1,
	})
	if v, err := b.s.CountedBy(t.Context()); err != nil || v != "v1" {
		t.Errorf("counted by %q, %v", v, err)
	}
}

func testLandedGet(t *testing.T, h Harness) {
	b := openLosing(t, h, "Get")
	e, err := b.s.Put(t.Context(), store.Entry{Section: "code", Name: "c", Data: []byte("x")})
	b.must(err)
	lostOnce(t, errOf(b.s.Get(t.Context(), "code", "c")))
	if got, err := b.s.Get(t.Context(), "code", "c"); err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("asked again: %+v, %v", got, err)
	}
}
