package ingest_test

import (
	"errors"
	"fmt"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// The stream's entry is read and written with every request: neither boots nor gaps grow the entry for ever.
func TestStreamStaysSmall(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		w.plate(d, "冀F00001", noon)
		w.push(d, wire.Created)
		for i := range 5 {
			for n := range 1000 {
				d.SaveRaw([]byte(fmt.Sprintf(`{"v":1,"kind":"plate","act":"review","clock":{"hlc":"1","boot":"%08d"}}`, i*1000+n)))
			}
		}
		for f := d.Next(); f != nil; f = d.Next() {
			if err := d.Acknowledge(f, w.send(d, f)); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(w.stream(d.Frame(0, 1).Stream).Boots); n > 4096 {
			t.Errorf("%d boots are kept of one stream", n)
		}
	})
}

func TestGapsAreBounded(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		for range 600 {
			d.SaveRaw([]byte("no line"))
		}
		var last *wire.Answer
		var err error
		for at := 0; at < 600 && err == nil; at += 2 { // every second line
			var a *wire.Answer
			if a, err = w.in.Sync(t.Context(), who(d), d.Request(d.Frame(at, at+1), w.now.UnixMilli())); err == nil {
				last = a
			}
		}
		refusal := &wire.Error{}
		if !errors.As(err, &refusal) || refusal.Code != wire.CodeBadSequence || len(last.Ranges) != 256 {
			t.Fatalf("%v after %d runs", err, len(last.Ranges))
		}
		w.send(d, d.Frame(1, 2)) // closing a gap is allowed
		if n := len(w.stream(d.Frame(0, 1).Stream).Ranges); n != 255 {
			t.Errorf("%d runs after one gap was closed", n)
		}
	})
}

func (w *world) stream(id wire.StreamID) (stream store.Stream) {
	w.t.Helper()
	if err := w.store.Batch(w.t.Context(), func(s store.Steps) (err error) {
		stream, err = s.Stream(w.t.Context(), id)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return stream
}
