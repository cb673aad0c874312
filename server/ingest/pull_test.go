package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadbook/server/query"
	"roadbook/sync/wire"
)

// A device reads answers up to 16 MiB. The observations of one unit may be much more: they arrive in parts, complete.
func TestPullComesInParts(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d, other := w.device("li", "office-1", "clerk"), w.device("wu", "office-1", "clerk")
		const lines = 320 // of 60 KiB each, mostly spaces: the signed bytes of a line are kept
		for i := range lines {
			sender := w.device("li", "office-1", "clerk")
			w.plate(sender, fmt.Sprintf("冀F%05d", i), noon)
			raw := sender.Frame(0, 1).Lines[0]
			d.SaveRaw([]byte(string(raw) + strings.Repeat(" ", 60<<10-len(raw))))
		}
		w.push(d, wire.Created)
		p := &query.Puller{Store: w.store, Epoch: "e", Now: func() time.Time { return w.now }}
		got, cursor := map[string]bool{}, ""
		for more := true; more; {
			part, err := p.Pull(t.Context(), other.Frame(0, 0).Stream, "office-1", &wire.Pull{Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			body, err := wire.EncodeAnswer(&wire.Answer{Pull: part}, wire.Identity)
			if err != nil || len(body) > 16<<20 {
				t.Fatalf("an answer of %d bytes, %v", len(body), err)
			}
			for _, o := range part.Observations {
				got[o.ID] = true
			}
			cursor, more = part.Cursor, part.More
		}
		if len(got) != lines {
			t.Errorf("%d observations arrived of %d", len(got), lines)
		}
	})
}
