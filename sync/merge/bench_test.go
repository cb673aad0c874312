package merge

import "testing"

// A server folds fresh plate issues more than anything else.
func BenchmarkFoldFresh(b *testing.B) {
	o := plateCreate()
	s, record := stateOf([]Obs{o}), o.ID.String()
	b.ReportAllocs()
	for b.Loop() {
		Fold(record, s, sch)
	}
}

func BenchmarkFoldAmended(b *testing.B) {
	o := plateCreate()
	s, record := stateOf([]Obs{o, day(o.ID)}), o.ID.String()
	b.ReportAllocs()
	for b.Loop() {
		Fold(record, s, sch)
	}
}

// The most expensive record that a hostile device can make: full, and each observation has seen all earlier ones.
func BenchmarkFoldFull(b *testing.B) {
	first := accident()
	s := stateOf([]Obs{first})
	for i := range MaxObservations - 1 {
		o := remark(obsID(1, uint64(i+2)), int64(i), "x")
		for _, x := range s.Obs {
			o.Seen = append(o.Seen, x.ID)
		}
		s.Join(first.ID.String(), o)
	}
	b.ReportAllocs()
	for b.Loop() {
		Fold(first.ID.String(), s, sch)
	}
}

func BenchmarkEncode(b *testing.B) {
	o := plateCreate()
	s, record := stateOf([]Obs{o}), o.ID.String()
	b.ReportAllocs()
	b.ReportMetric(float64(len(Encode(s, record))), "B/state")
	for b.Loop() {
		Encode(s, record)
	}
}

func BenchmarkDecode(b *testing.B) {
	o := plateCreate()
	record := o.ID.String()
	enc := Encode(stateOf([]Obs{o}), record)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(enc, record); err != nil {
			b.Fatal(err)
		}
	}
}
