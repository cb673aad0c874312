package ingest_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"roadbook/server/fleet"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// show sends a request with a arrival and returns the answer.
func (w *world) show(d *fleet.Device, f *wire.Frame, arrival string) *wire.Answer {
	w.t.Helper()
	req := d.Request(f, w.now.UnixMilli())
	req.Arrival = arrival
	a, err := w.in.Sync(w.t.Context(), who(d), req)
	if err != nil {
		w.t.Fatalf("sync: %v", err)
	}
	return a
}

// TestArrival: the answer to a frame, new or repeated, names the stored frame with the last line. A database with this
// frame knows the arrival, also a copy; a database which got the same lines at another moment does not.
func TestArrival(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		for _, number := range []string{"冀F00001", "冀F00002", "冀F00003"} {
			w.plate(d, number, noon)
		}
		first := w.send(d, d.Frame(0, 2)).Arrival
		w.now = w.now.Add(time.Second)
		last := w.send(d, d.Frame(2, 3)).Arrival
		if !strings.HasPrefix(first, "2.") || !strings.HasPrefix(last, "3.") || first[2:] == last[2:] {
			t.Fatalf("arrivals %q and %q", first, last)
		}
		for _, c := range []struct {
			frame *wire.Frame
			want  string
		}{{d.Frame(0, 2), first}, {d.Frame(1, 3), last}, {d.Frame(0, 3), last}, {d.Frame(0, 1), "1" + first[1:]}, {nil, ""}} {
			if got := w.show(d, c.frame, last).Arrival; got != c.want {
				t.Errorf("the answer to a repetition has %q, want %q", got, c.want)
			}
		}

		copied, later := newWorld(t, stores["mongo"](t)), newWorld(t, stores["sqlite"](t))
		replay1(t, w, copied)
		later.now = w.now.Add(time.Hour)
		later.send(d, d.Frame(0, 3))
		for _, c := range []struct {
			arrival                    string
			here, copied, laterPutBack bool
		}{
			{"", false, false, false},
			{last, false, false, true},
			{first, false, false, true},
			{"2." + last[2:], true, true, true},
			{"9." + last[2:], true, true, true},
			{"3", false, false, false}, // of no program known
			{"3.0", false, false, false},
			{"x." + last[2:], false, false, false},
			{"4294967296." + last[2:], false, false, false},
		} {
			for _, at := range []struct {
				w    *world
				want bool
			}{{w, c.here}, {copied, c.copied}, {later, c.laterPutBack}} {
				if got := at.w.show(d, nil, c.arrival).PutBack; got != at.want {
					t.Errorf("%q: put back %v, want %v", c.arrival, got, at.want)
				}
			}
		}
	})
}

// replay1 replays the only stream of a world.
func replay1(t *testing.T, from, to *world) {
	t.Helper()
	s := streams(from).([]store.Stream)[0]
	for _, f := range framesOf(from, s.ID) {
		if err := to.in.Replay(t.Context(), f, s.Boots); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPutBackIsLoggedOnce: an operator hears of a copy put back by hand, and not once a device.
func TestPutBackIsLoggedOnce(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	var log bytes.Buffer
	w.log = slog.New(slog.NewTextHandler(&log, nil))
	w.open("shunping-2020@1")
	for _, name := range []string{"li", "wang"} {
		w.show(w.device(name, "office-1", "clerk"), nil, "7.0123456789abc")
	}
	if n := strings.Count(log.String(), "put back from a copy"); n != 1 {
		t.Errorf("%d warnings: %s", n, &log)
	}
}
