package ingest_test

import (
	"errors"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

var noon = time.Date(2020, 12, 15, 12, 0, 0, 0, shanghai)

func TestCountedOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		for _, n := range []string{"冀F00001", "冀F00002", "冀F00003", "冀F00004"} {
			w.plate(d, n, noon)
		}
		w.wantStatuses(w.send(d, d.Frame(0, 3)), wire.Created)
		w.wantStatuses(w.send(d, d.Frame(0, 3)), wire.Exists)               // the answer was lost
		w.wantStatuses(w.send(d, d.Frame(0, 2)), wire.Exists)               // cut differently
		w.wantStatuses(w.send(d, d.Frame(1, 4)), wire.Exists, wire.Created) // and further
		w.wantStatuses(w.send(d, d.Frame(0, 4)), wire.Exists)
		w.wantSets("office-1", 4)
		w.wantSets("office-2", 0)
	})
}

func TestSequenceAfterGap(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		for _, n := range []string{"冀F00001", "冀F00002", "冀F00003"} {
			w.plate(d, n, noon)
		}
		a := w.send(d, d.Frame(2, 3))
		w.wantStatuses(a, wire.Created)
		w.wantSets("", 1)
		w.wantStatuses(w.send(d, d.Frame(0, 2)), wire.Created)
		a = w.send(d, d.Frame(0, 3))
		w.wantStatuses(a, wire.Exists)
		if len(a.Ranges) != 1 || a.Ranges[0].First != 1 || a.Ranges[0].Last != 3 {
			t.Errorf("ranges %+v, want one 1..3", a.Ranges)
		}
		w.wantSets("", 3)
	})
}

// A plate entered by two clerks is one event: the earlier entry counts, and once voided, the later.
func TestOneEventTwoRecords(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wu := w.device("li", "office-1", "clerk"), w.device("wu", "office-2", "clerk")
		first := w.plate(li, "冀F8K2M6", noon)
		w.now = w.now.Add(time.Minute)
		w.plate(wu, "冀F8K2M6", noon.Add(time.Hour))
		w.push(wu, wire.Created)
		w.wantSets("office-2", 1)
		w.push(li, wire.Created)
		w.wantSets("office-1", 1)
		w.wantSets("office-2", 0)
		w.act(li, wire.Void, first, []wire.ObsID{first})
		w.push(li, wire.Created)
		w.wantSets("office-1", 0)
		w.wantSets("office-2", 1)
	})
}

// Two counters enter one plate. The tablet of the second had an empty battery and stands in 1970: the first entry counts all
// the same, and a later correction is later although another phone stands in 2109.
func TestWrongClocksDoNotDecide(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		right, slow, fast := w.device("li", "office-1", "clerk"), w.device("wu", "office-2", "clerk"), w.device("hou", "office-1", "clerk")
		slow.Skew, fast.Skew = -w.now.UnixMilli(), time.Date(2109, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()-w.now.UnixMilli()
		first := w.plate(right, "冀F00001", noon)
		w.push(right, wire.Created)
		w.now = w.now.Add(time.Minute)
		w.plate(slow, "冀F00001", noon)
		w.push(slow, wire.Created)
		w.wantSets("office-1", 1)
		w.wantSets("office-2", 0)
		w.amend(fast, first, nil, count("sets", 2))
		w.push(fast, wire.Created)
		w.now = w.now.Add(time.Minute)
		w.amend(right, first, nil, count("sets", 3))
		w.push(right, wire.Created)
		w.wantSets("office-1", 3)
	})
}

func TestMovesToAnotherUnitAndDay(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		id := w.plate(d, "冀F00001", time.Date(2020, 12, 31, 23, 59, 0, 0, shanghai))
		w.push(d, wire.Created)
		w.wantSets("office-1", 1)
		moved := w.give(id, "office-2")
		w.wantSets("office-1", 0)
		w.wantSets("office-2", 1)
		next := time.Date(2021, 1, 1, 0, 30, 0, 0, shanghai)
		w.amend(d, id, []wire.ObsID{id, moved}, schema.Named{Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: next.UnixMilli()}})
		w.push(d, wire.Created)
		w.wantSets("", 0)
		if got := w.total("plate_sets", "office-2", 20210101, 20210101); got != 1 {
			t.Errorf("on 1 January 2021 stand %d, want 1", got)
		}
	})
}

func TestAmendBeforeOriginal(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		li, wu := w.device("li", "office-1", "clerk"), w.device("wu", "office-1", "clerk")
		id := w.plate(li, "冀F00001", noon)
		w.amend(wu, id, []wire.ObsID{id}, count("sets", 2))
		w.push(wu, wire.Created)
		w.wantSets("", 0)
		w.push(li, wire.Created)
		w.wantSets("", 2)
	})
}

// A clone continues after the same line: both branches count, and the server answers fork.
func TestFork(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		w.plate(d, "冀F00001", noon)
		w.push(d, wire.Created)
		clone := d.Clone()
		w.plate(d, "冀F00002", noon)
		w.plate(d, "冀F00003", noon)
		w.plate(clone, "冀F00004", noon)
		w.plate(clone, "冀F00005", noon)
		w.plate(clone, "冀F00006", noon)
		w.push(d, wire.Created)
		w.wantStatuses(w.send(clone, clone.Frame(0, 4)), wire.Exists, wire.Forked, wire.Created)
		w.wantStatuses(w.send(clone, clone.Frame(0, 4)), wire.Exists)
		w.wantStatuses(w.send(d, d.Frame(0, 3)), wire.Exists)
		w.wantSets("", 6)
	})
}

func TestQuarantineLetsTheRestThrough(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		first := w.plate(d, "冀F00001", noon)
		d.SaveRaw([]byte(`{"v":1,"kind":"plate","act":"create","clock":`))
		bad := w.plate(d, "冀F00002", noon, text("unit", schema.TypeText, "office-9"))
		d.SaveRaw(wire.Tombstone(make([]byte, 70000)))
		w.plate(d, "冀F00003", noon)
		f := d.Frame(0, 5)
		a := w.send(d, f)
		w.wantStatuses(a, wire.Created, wire.Quarantined, wire.Quarantined, wire.Quarantined, wire.Created)
		for i, code := range []string{"unparsable", ingest.CodeForeignUnit, ingest.CodeTombstone} {
			if got := a.Results[i+1].Faults[0].Code; got != code {
				t.Errorf("line %d: %s, want %s", i+2, got, code)
			}
			if m := a.Results[i+1].Faults[0].Message; m.ZH == "" || m.EN == "" {
				t.Errorf("line %d: message %+v lacks a language", i+2, m)
			}
		}
		w.wantSets("", 2)
		w.wantStatuses(w.send(d, f), wire.Exists, wire.Quarantined, wire.Quarantined, wire.Quarantined, wire.Exists)
		w.release(bad)
		w.wantSets("", 3)
		w.release(bad) // again, since the answer was lost: nothing changes
		w.wantSets("", 3)
		var refusal *wire.Error
		_, err := w.in.Do(t.Context(), w.hq, ingest.Act{Act: wire.Release, Target: first.String()})
		if !errors.As(err, &refusal) || refusal.Code != wire.CodeNotQuarantined {
			t.Errorf("a release of a line that was never quarantined: %v", err)
		}
		w.wantSets("", 3)
	})
}

func (w *world) release(id wire.ObsID) {
	w.t.Helper()
	a, err := w.in.Do(w.t.Context(), w.hq, ingest.Act{Act: wire.Release, Target: id.String()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.wantStatuses(a, wire.Created)
}

func TestRevokedDeviceDeposits(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		id := w.plate(d, "冀F00001", noon)
		revoked := who(d)
		revoked.Deposit = true
		a, err := w.in.Sync(t.Context(), revoked, d.Request(d.Next(), w.now.UnixMilli()))
		if err != nil {
			t.Fatal(err)
		}
		w.wantStatuses(a, wire.Quarantined)
		w.wantSets("", 0)
		w.release(id)
		w.wantSets("", 1)
	})
}

// A line naming a catalogue not loaded yet waits, and counts once the server has the catalogue.
func TestFutureCatalogue(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		d.SetEnrollment("office-1", "clerk", "shunping-2021@1")
		w.plate(d, "冀F00001", noon)
		w.push(d, wire.Quarantined)
		if n, err := w.in.Recheck(t.Context(), w.hq); n != 0 || err != nil {
			t.Fatalf("rejudge without the catalogue: %d, %v", n, err)
		}
		w.open("shunping-2020@1", "shunping-2021@1")
		if n, err := w.in.Recheck(t.Context(), w.hq); n != 1 || err != nil {
			t.Fatalf("rejudge: %d, %v", n, err)
		}
		w.wantSets("", 1)
	})
}

// A server put back by hand has the later lines of a frame and not the first. Only the first line is checked by the rules
// of today: the device was revoked or moved since, and the later lines count already.
func TestLineThatCountsIsNotQuarantinedToo(t *testing.T) {
	for name, change := range map[string]func(*ingest.Device){
		"revoked": func(who *ingest.Device) { who.Deposit = true },
		"moved":   func(who *ingest.Device) { who.Unit = "office-2" },
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, w *world) {
				d := w.device("li", "office-1", "clerk")
				first := w.plate(d, "冀F00001", noon)
				w.plate(d, "冀F00002", noon)
				w.plate(d, "冀F00003", noon)
				w.wantStatuses(w.send(d, d.Frame(1, 3)), wire.Created)
				sender := who(d)
				change(&sender)
				a, err := w.in.Sync(t.Context(), sender, d.Request(d.Frame(0, 3), w.now.UnixMilli()))
				if err != nil {
					t.Fatal(err)
				}
				w.wantStatuses(a, wire.Quarantined, wire.Exists)
				if qs := quarantinedLines(w).([]store.Quarantined); len(qs) != 1 || qs[0].ID != first {
					t.Errorf("quarantined are %+v, want %v alone", qs, first)
				}
				w.wantSets("", 2)
				w.wantStatuses(w.send(d, d.Frame(0, 3)), wire.Quarantined, wire.Exists)
			})
		})
	}
}

// The other way round: lines quarantined for want of a catalogue come again behind a new line, after the catalogue. They
// go on waiting for their release: nothing counts while HQ sees it quarantined.
func TestQuarantinedLineDoesNotCountToo(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		d.SetEnrollment("office-1", "clerk", "shunping-2021@1")
		for _, number := range []string{"冀F00001", "冀F00002", "冀F00003"} {
			w.plate(d, number, noon)
		}
		w.wantStatuses(w.send(d, d.Frame(1, 3)), wire.Quarantined, wire.Quarantined)
		w.open("shunping-2020@1", "shunping-2021@1")
		w.wantStatuses(w.send(d, d.Frame(0, 3)), wire.Created, wire.Quarantined, wire.Quarantined)
		w.wantSets("", 1)
		if n, err := w.in.Recheck(t.Context(), w.hq); n != 2 || err != nil {
			t.Fatalf("rechecked: %d released, %v", n, err)
		}
		w.wantSets("", 3)
	})
}

func TestRefusals(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d, other := w.device("li", "office-1", "clerk"), w.device("wu", "office-1", "clerk")
		w.plate(d, "冀F00001", noon)
		damaged, forged := d.Frame(0, 1), d.Frame(0, 1)
		damaged.Lines = [][]byte{append([]byte(nil), damaged.Lines[0]...)}
		damaged.Lines[0][20] ^= 1
		wire.SignFrame(key(5), forged)
		for _, c := range []struct {
			name  string
			from  ingest.Device
			frame *wire.Frame
			code  string
		}{
			{"a flipped bit", who(d), damaged, wire.CodeBadChain},
			{"a signature of another key", who(d), forged, wire.CodeBadSignature},
			{"another device's stream", who(other), d.Frame(0, 1), wire.CodeWrongStream},
		} {
			_, err := w.in.Sync(t.Context(), c.from, d.Request(c.frame, w.now.UnixMilli()))
			refusal := &wire.Error{}
			ok := errors.As(err, &refusal)
			if !ok || refusal.Code != c.code {
				t.Errorf("%s: %v, want %s", c.name, err, c.code)
			}
		}
		w.wantSets("", 0)
		if c, err := w.store.Counts(t.Context()); err != nil || c.Frames != 0 {
			t.Errorf("refused frames left %+v, %v", c, err)
		}
	})
}

// A frame committed just before the server died is finished by the sweeper, or by the next sender of the frame.
func TestUnfinishedFrame(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		w.plate(d, "冀F00001", noon)
		w.plate(d, "冀F00002", noon)
		for i := range 2 {
			f := d.Frame(i, i+1)
			if err := w.store.Batch(t.Context(), func(s store.Steps) error {
				_, _, err := s.CommitFrame(t.Context(), store.Frame{
					Key:  store.FrameKey{Stream: f.Stream, First: f.First, Last: f.Last(), Head: f.Head},
					Prev: f.Prev, Sig: f.Sig, Packed: wire.PackLines(f.Lines), Received: 1, Unit: d.Unit, Role: d.Role,
				})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		w.wantSets("", 0)
		w.wantStatuses(w.send(d, d.Frame(0, 1)), wire.Exists)
		w.wantSets("", 1)
		if n, err := w.in.Sweep(t.Context()); n != 1 || err != nil {
			t.Fatalf("sweep: %d, %v", n, err)
		}
		w.wantSets("", 2)
		if n, err := w.in.Sweep(t.Context()); n != 0 || err != nil {
			t.Fatalf("second sweep: %d, %v", n, err)
		}
	})
}
