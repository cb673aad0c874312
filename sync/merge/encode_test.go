package merge

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/wire"
)

func TestEncodingIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		s := stateOf(h.obs)
		b := Encode(s, h.record)
		got, err := Decode(b, h.record)
		if err != nil || !reflect.DeepEqual(got, *s) {
			t.Fatalf("%v\n got %+v\nwant %+v", err, got, *s)
		}
		if again := AppendEncode([]byte("before"), &got, h.record); !bytes.Equal(again, append([]byte("before"), b...)) {
			t.Fatalf("encoded again:\n%x\n%x", again, b)
		}
	})
}

// TestVersionWithoutMoments: the state of a plate and a remark as the program before moments stored it. The device's own
// time stands for the moment.
func TestVersionWithoutMoments(t *testing.T) {
	wantOlder(t, "010201030a6130303030303030303008657063683030303002f71998fe363b9c29116c040176648e0e000000010f09053031323334062d0630120480b8f0c8cc5d2b0709e5868046384b324d362a063a2e0202100107636865636b2d31060176648e0e030000020d0900010101160103e694b9")
}

// wantOlder decodes the state of a plate and a remark, as a program of before stored both.
func wantOlder(t *testing.T, form string) (stored []byte, got State, create Obs) {
	t.Helper()
	stored, err := hex.DecodeString(form)
	if err != nil {
		t.Fatal(err)
	}
	create = plateCreate()
	later := remark(obsID(1, 2), 3, "改", create.ID)
	later.Moment = noon + 3
	got, err = Decode(stored, create.ID.String())
	want := stateOf([]Obs{create, later})
	if want.Older = true; err != nil || !reflect.DeepEqual(got, *want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, *want)
	}
	return stored, got, create
}

// TestVersionWithoutSenders: the same state as the program of version 2 stored it. Everybody may speak about the record.
func TestVersionWithoutSenders(t *testing.T) {
	stored, got, create := wantOlder(t, "020201030a6130303030303030303008657063683030303002f71998fe363b9c29116c040176648e0e00000000010f09053031323334062d0630120480b8f0c8cc5d2b0709e5868046384b324d362a063a2e0202100107636865636b2d31060176648e0e03000000020d0900010101160103e694b9")
	if again := Encode(&got, create.ID.String()); !bytes.Equal(again, stored) {
		t.Errorf("written again without a join:\n%x\n%x", again, stored)
	}
	if got.Join(create.ID.String(), remark(obsID(1, 3), 4, "再", create.ID)); got.Older || Encode(&got, create.ID.String())[0] != version {
		t.Error("a join leaves the state in the form of before")
	}
}

// A device of the record's own unit takes no room for its standing.
func TestSizeOfASender(t *testing.T) {
	o := plateCreate()
	size := func(s Sender) int {
		o.Sender = s
		return len(Encode(stateOf([]Obs{o}), o.ID.String()))
	}
	if free := size(Sender{}); size(SenderOf("check-1")) != free || size(FromHQ()) != free || size(SenderOf("check-2")) <= free {
		t.Errorf("%d bytes for anyone, %d for its unit, %d for another", free, size(SenderOf("check-1")), size(SenderOf("check-2")))
	}
}

func TestEncodingOfOddStates(t *testing.T) {
	stranger := remark(wire.ObsID{Device: "short", Epoch: "", Seq: 1 << 63}, 1<<40, "出了词表的词", obsID(2, 9))
	stranger.Fields = values("nobody knows it", text(""), "lon", cleared, "future", wholeValue())
	for name, s := range map[string]*State{
		"empty": {}, "a stranger": stateOf([]Obs{stranger}), "both": stateOf([]Obs{stranger, plateCreate()}),
	} {
		b := Encode(s, obsID(0, 1).String())
		if got, err := Decode(b, obsID(0, 1).String()); err != nil || !reflect.DeepEqual(got, *s) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, *s)
		}
	}
}

// A store holds mostly fresh plate issues, so the size of a fresh plate decides the size of the store.
func TestSizeOfAFreshPlate(t *testing.T) {
	o := plateCreate()
	b := Encode(stateOf([]Obs{o}), o.ID.String())
	if len(b) > 80 {
		t.Errorf("%d bytes, want at most 80", len(b))
	}
}

func TestDecodeRefusesWhatIsNotAState(t *testing.T) {
	o := plateCreate()
	record := o.ID.String()
	s := stateOf([]Obs{o, day(o.ID)})
	good := Encode(s, record)
	for n := range good {
		if _, err := Decode(good[:n], record); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	for name, b := range map[string][]byte{
		"more behind":     append(bytes.Clone(good), 0),
		"another version": append([]byte{99}, good[1:]...),
		"a huge count":    {version, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"no end":          {version, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		if _, err := Decode(b, record); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Decode(good, "no id"); !errors.Is(err, ErrCorrupt) {
		t.Errorf("record without an id: %v", err)
	}
	twice := &State{Obs: []Obs{o, o}}
	if _, err := Decode(Encode(twice, record), record); !errors.Is(err, ErrCorrupt) {
		t.Errorf("the same observation twice: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	o := plateCreate()
	record := o.ID.String()
	f.Add(Encode(stateOf([]Obs{o, day(o.ID)}), record))
	for seed := range 20 {
		h := histories.Example(seed)
		f.Add(Encode(stateOf(h.obs), h.record))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b, record)
		if err != nil {
			return
		}
		again, err := Decode(Encode(&s, record), record)
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("%v\n got %+v\nwant %+v", err, again, s)
		}
		Fold(record, &s, sch) // must not panic, whatever bytes a store held
	})
}

// The words are part of the stored format: append only, never moved. The positions below were written by hand.
func TestDictionaryIsAppendOnly(t *testing.T) {
	for number, word := range map[int]string{1: "create", 8: "release", 15: "plate", 18: "occurred_at", 42: "plate_type", 48: "register", 61: "GCJ02", 62: "nil", 166: "code"} {
		if dictionary[number-1] != word || int(dictionaryIndex[word]) != number {
			t.Errorf("word %d is %q", number, dictionary[number-1])
		}
	}
	if len(dictionaryIndex) != len(dictionary) || len(dictionary) >= literal {
		t.Errorf("%d words, %d different", len(dictionary), len(dictionaryIndex))
	}
}
