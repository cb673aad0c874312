package ingest_test

import (
	"testing"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// A device that was moved goes on with the lines that it saved before, and with its own records; a device that was never
// at the unit does not.
func TestAMovedDevice(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wu := w.device("li", "office-1", "clerk"), w.device("wu", "office-1", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		w.push(li, wire.Created)
		w.plate(wu, "冀F00002", noon) // saved before the move, sent after it
		w.amend(wu, plate, []wire.ObsID{plate}, count("sets", 2))
		w.sendAs(wu, wire.Created, "office-2", "office-1")
		w.wantSets("office-1", 3)
		w.wantNotes()
		stranger := w.device("zhao", "office-1", "clerk")
		lost := w.plate(stranger, "冀F00003", noon)
		w.sendAs(stranger, wire.Quarantined, "office-2", "office-3")
		w.wantNotes(lost.String() + " foreign_unit")
	})
}

// The same correction first in a frame from before the move, then in another cut: the union of both standings.
func TestResentInAnotherCutAfterAMove(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wu := w.device("li", "office-1", "clerk"), w.device("wu", "office-2", "clerk")
		plate := w.plate(li, "冀F00001", noon)
		w.push(li, wire.Created)
		change := w.amend(wu, plate, []wire.ObsID{plate}, count("sets", 2))
		w.plate(wu, "冀F00002", noon)
		w.send(wu, wu.Frame(0, 1))
		w.wantNotes(change.String() + " foreign_unit")
		w.wantSets("", 1)
		as := who(wu)
		as.Unit, as.Earlier = "office-1", []string{"office-2"}
		for range 2 { // the second time nothing is new
			if _, err := w.in.Sync(t.Context(), as, wu.Request(wu.Frame(0, 2), w.now.UnixMilli())); err != nil {
				t.Fatal(err)
			}
		}
		w.wantSets("office-1", 1) // the front of the frame was cut off as known: the standing of its first arrival stays
		w.release(change)
		w.wantSets("office-1", 2)
	})
}

// A device is moved; the server is restored from a backup of before the move, the registry too; the device sends all its
// lines again, in another cut, before and after it is moved once more: each plate counts once, and nothing is foreign.
func TestRestoreBetweenAMoveAndAResend(t *testing.T) {
	eachStore(t, func(t *testing.T, lost *world) {
		wu := lost.device("wu", "office-1", "clerk")
		first := lost.plate(wu, "冀F00001", noon)
		lost.send(wu, wu.Frame(0, 1))
		backup := storedFrames(lost).([]store.Frame)
		lost.amend(wu, first, []wire.ObsID{first}, count("sets", 2))
		moved := lost.plate(wu, "冀F00002", noon, text("unit", schema.TypeText, "office-2"))
		lost.amend(wu, first, []wire.ObsID{first}, count("sets", 3))
		as := who(wu)
		as.Unit, as.Earlier = "office-2", []string{"office-1"}
		if _, err := lost.in.Sync(t.Context(), as, wu.Request(wu.Frame(1, 4), lost.now.UnixMilli())); err != nil {
			t.Fatal(err)
		}
		lost.wantSets("office-1", 3)
		lost.wantSets("office-2", 1)
		eachStore(t, func(t *testing.T, w *world) {
			for _, f := range backup {
				if err := w.in.Replay(t.Context(), f, nil); err != nil {
					t.Fatal(err)
				}
			}
			back := who(wu) // the registry says office-1 again
			if _, err := w.in.Sync(t.Context(), back, wu.Request(wu.Frame(0, 2), w.now.UnixMilli())); err != nil {
				t.Fatal(err)
			}
			w.wantSets("office-1", 2)
			a, err := w.in.Sync(t.Context(), back, wu.Request(wu.Frame(2, 3), w.now.UnixMilli()))
			if err != nil {
				t.Fatal(err)
			}
			w.wantStatuses(a, wire.Quarantined) // a unit that this server never gave: kept, and told
			if _, err := w.in.Sync(t.Context(), as, wu.Request(wu.Frame(0, 4), w.now.UnixMilli())); err != nil {
				t.Fatal(err)
			}
			w.wantSets("office-1", 3)
			w.wantNotes(moved.String() + " foreign_unit")
			w.release(moved)
			w.wantSets("office-2", 1)
		})
	})
}
