package merge

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/wire"
)

// Device 0 began the record. Devices 1 and 2 are others; HQ has a device of its own.
func TestBudgetsOfARecord(t *testing.T) {
	first := accident()
	record := first.ID.String()
	fill := func(s *State, device string, from, n int, sender Sender) (evicted int) {
		for i := range n {
			id := wire.ObsID{Device: device, Epoch: "epch0000", Seq: uint64(from + i)}
			if _, gone := s.Join(record, by(remark(id, 0, "x"), sender)); gone != nil {
				evicted++
			}
		}
		return evicted
	}
	s := stateOf([]Obs{first})
	for _, x := range []struct {
		device  string
		n       int
		sender  Sender
		evicted int
	}{
		{"b000000000", 511, squad2, 511 - 96}, // a hostile device of another unit
		{"c000000000", 97, squad1, 1},
		{"d000000000", 96, squad1, 0},
		{"e000000000", 96, squad1, 0},
		{"f000000000", 96, squad1, 96}, // four others have filled their part
		{"hq00000000", 130, hq, 2},
		{devices[0], 400, squad1, 400 - 383}, // the create is one of the 384
	} {
		if got := fill(s, x.device, 2, x.n, x.sender); got != x.evicted {
			t.Errorf("%d of %s: %d have no room, want %d", x.n, x.device, got, x.evicted)
		}
	}
	if len(s.Obs) != 896 || !s.Has(first.ID) {
		t.Errorf("%d observations, the create among them: %v", len(s.Obs), s.Has(first.ID))
	}
	if changed, gone := s.Join(record, first); changed || gone != nil {
		t.Errorf("the create again: changed %v, evicted %v", changed, gone)
	}
	early := wire.ObsID{Device: "b000000000", Epoch: "epch0000", Seq: 1}
	if changed, gone := s.Join(record, by(remark(early, 0, "x"), squad2)); !changed || gone == nil || gone.ID.Seq != 97 {
		t.Errorf("an earlier one of a device without room: changed %v, evicted %v", changed, gone)
	}
}

// The create has room however late it comes, and whatever its place among the device's observations.
func TestTheCreateAlwaysHasRoom(t *testing.T) {
	first := accident()
	first.ID.Seq = 1000
	record := first.ID.String()
	var s State
	for i := range MaxOwn {
		s.Join(record, remark(wire.ObsID{Device: first.ID.Device, Epoch: first.ID.Epoch, Seq: uint64(i + 1)}, 0, "x"))
	}
	changed, gone := s.Join(record, first)
	if !changed || gone == nil || gone.ID.Seq != MaxOwn || !s.Has(first.ID) {
		t.Errorf("changed %v, evicted %v", changed, gone)
	}
}

// In which order and in which parts observations come, the same ones have room: those that a plain sort of all finds.
func TestBudgetsKnowNoOrder(t *testing.T) {
	names := []string{devices[0], "b000000000", "c000000000", "d000000000", "e000000000", "f000000000", "hq00000000"}
	rapid.Check(t, func(t *rapid.T) {
		first := accident()
		record := first.ID.String()
		all := []Obs{first}
		for _, name := range names {
			sender := squad1
			if name == "hq00000000" {
				sender = hq
			}
			n := rapid.SampledFrom([]int{0, 0, 3, 97, 130}).Draw(t, name)
			if name == devices[0] {
				n *= 3
			}
			for i := range n {
				all = append(all, by(remark(wire.ObsID{Device: name, Epoch: "epch0000", Seq: uint64(i + 2)}, 0, "x"), sender))
			}
		}
		all = shuffled(t, all)
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		join := func(obs []Obs) *State {
			s := new(State)
			for _, o := range obs {
				s.Join(record, o)
			}
			return s
		}
		left, right := join(all[:cut]), join(all[cut:])
		for _, o := range right.Obs {
			left.Join(record, o)
		}
		want := &State{Obs: naiveBudgets(record, all)}
		for name, got := range map[string]*State{"whole": join(all), "parts": left} {
			if !bytes.Equal(Encode(got, record), Encode(want, record)) {
				t.Fatalf("%s: %d observations, want %d", name, len(got.Obs), len(want.Obs))
			}
		}
	})
}

// naiveBudgets sorts all observations and takes the first of each part.
func naiveBudgets(record string, all []Obs) (kept []Obs) {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b Obs) int {
		aFirst, bFirst := a.ID.String() == record, b.ID.String() == record
		switch {
		case aFirst && !bFirst:
			return -1
		case bFirst && !aFirst:
			return 1
		}
		return a.ID.Compare(b.ID)
	})
	var hq, own, others int
	each := map[string]int{}
	for _, o := range sorted {
		switch {
		case o.Sender.HQ():
			if hq++; hq <= 128 {
				kept = append(kept, o)
			}
		case o.ID.Device == devices[0]:
			if own++; own <= 384 {
				kept = append(kept, o)
			}
		default:
			if each[o.ID.Device]++; each[o.ID.Device] > 96 {
				continue
			}
			if others++; others <= 384 {
				kept = append(kept, o)
			}
		}
	}
	slices.SortFunc(kept, func(a, b Obs) int { return a.ID.Compare(b.ID) })
	return kept
}
