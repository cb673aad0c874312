package ingest_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// fillLog writes a log with a fork, a released quarantined line, a quarantined line not released, and a correction: 6
// plates count.
func fillLog(w *world) {
	d := w.device("li", "office-1", "clerk")
	first := w.plate(d, "冀F00001", noon)
	w.push(d, wire.Created)
	clone := d.Clone()
	bad := w.plate(d, "冀F00002", noon, text("unit", schema.TypeText, "office-9"))
	w.plate(d, "冀F00003", noon)
	w.plate(clone, "冀F00004", noon)
	w.plate(clone, "冀F00005", noon)
	w.send(d, d.Next())
	w.send(clone, clone.Frame(0, 3))
	w.release(bad)
	w.share(d, first, "office-2")
	w.send(d, d.Next())
	other := w.device("wang", "office-2", "clerk")
	w.amend(other, first, []wire.ObsID{first}, count("sets", 2))
	other.SaveRaw([]byte(`{"v":1,`))
	w.send(other, other.Next())
}

// A log replayed into another store, the streams in the opposite order, gives the same summaries, numbers, quarantined
// lines and sums; a second replay changes nothing.
func TestReplay(t *testing.T) {
	eachStore(t, func(t *testing.T, from *world) {
		fillLog(from)
		from.wantSets("", 6)
		if qs := quarantinedLines(from).([]store.Quarantined); len(qs) != 2 {
			t.Fatalf("quarantined are %+v, want 2", qs)
		}
		eachStore(t, func(t *testing.T, to *world) {
			for range 2 {
				replay(t, from, to)
				to.wantSets("", 6)
				to.wantSets("office-1", 5)
				to.wantSets("office-9", 1)
				for name, read := range map[string]func(*world) any{"streams": streams, "frames": storedFrames, "quarantined": quarantinedLines} {
					if got, want := read(to), read(from); !reflect.DeepEqual(got, want) {
						t.Errorf("%s are\n%+v, want\n%+v", name, got, want)
					}
				}
			}
		})
	})
}

// replay takes the streams backwards, and returns to streams with a target not stored yet.
func replay(t *testing.T, from, to *world) {
	t.Helper()
	todo := streams(from).([]store.Stream)
	if len(todo) != 3 {
		t.Fatalf("%d streams, want 3", len(todo))
	}
	for waited := 0; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, f := range framesOf(from, s.ID) {
			err := to.in.Replay(t.Context(), f, s.Boots)
			if errors.Is(err, ingest.ErrTargetLater) && waited < 9 {
				waited++
				todo = append([]store.Stream{s}, todo...)
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func streams(w *world) any {
	all, err := w.store.Streams(w.t.Context(), wire.StreamID{}, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range all {
		all[i].Rev = 0 // the number of writes may differ
	}
	return all
}

// framesOf is a stream's log by number.
func framesOf(w *world, id wire.StreamID) []store.Frame {
	fs, err := w.store.ScanFrames(w.t.Context(), id, store.FrameKey{}, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	out := make([]store.Frame, len(fs))
	for _, f := range fs {
		out[f.N-1] = f
	}
	return out
}

func storedFrames(w *world) any {
	fs, err := w.store.ScanFrames(w.t.Context(), wire.StreamID{}, store.FrameKey{}, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range fs {
		fs[i].Touched, fs[i].Units = nil, nil // supersets
	}
	return fs
}

// accepted reports whether the line's frame accepted it.
func accepted(w *world, id wire.ObsID) bool {
	f, err := w.store.FrameWith(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return !slices.ContainsFunc(f.LineFaults, func(v store.LineFaults) bool { return v.Seq == id.Seq })
}

func quarantinedLines(w *world) any {
	var all []store.Quarantined
	for _, released := range []bool{false, true} {
		for _, s := range streams(w).([]store.Stream) {
			qs, err := w.store.QuarantinedLines(w.t.Context(), s.ID, wire.ObsID{}, released, 100)
			if err != nil {
				w.t.Fatal(err)
			}
			for _, q := range qs {
				if !accepted(w, q.ID) { // a note about an accepted line follows from the order of arrival
					all = append(all, q)
				}
			}
		}
	}
	return all
}
