package doubt

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

var sch = schema.Default()

const noon = int64(1592712000000) // 2020-06-21T12:00:00+08:00

// obs is the create of device d's line seq, saved ms after noon, with fields as JSON.
func obs(t testing.TB, d byte, kind, fields string, after int64) merge.Obs {
	t.Helper()
	k, _ := sch.Kind(kind)
	v, faults := k.Decode([]byte(fields))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	stream := wire.StreamID{Device: "000000000" + string(d), Epoch: "00000000"}
	id := wire.NewObsID(stream, 1, wire.Hash{d})
	return merge.Obs{ID: id, Moment: noon + after, HLC: clock.HLCAt(noon + after), Act: wire.Create, Kind: kind, Fields: v, Grade: clock.Typed}
}

func view(obs ...merge.Obs) *merge.View {
	s := new(merge.State)
	for _, o := range obs {
		s.Join(obs[0].ID.String(), o)
	}
	v := merge.Fold(obs[0].ID.String(), s, sch)
	return &v
}

func members(vs ...*merge.View) (out []merge.Member) {
	for _, v := range vs {
		out = append(out, v.Member())
	}
	return out
}

func codes(ds []Doubt) string {
	out := make([]string, len(ds))
	for i := range ds {
		out[i] = ds[i].Rule.Code
	}
	return strings.Join(out, " ")
}

const (
	plate    = `{"occurred_at":"2020-06-21T12:00:00+08:00","unit":"office-1","plate_type":"02","plate_number":"冀F8K2M6","business":"register","sets":1}`
	accident = `{"occurred_at":"2020-06-21T12:00:00+08:00","unit":"squad-1","severity":"property","procedure":"simple","dead":0,"case_number":"122-7"}`
)

// The same plate at two counters: both clerks learn that one of the two counts, whichever arrived first.
func TestOnePlateTwice(t *testing.T) {
	first, second := view(obs(t, 'a', "plate", plate, 0)), view(obs(t, 'b', "plate", plate, 60_000))
	for _, group := range [][]merge.Member{members(first, second), members(second, first)} {
		one := Of(Record{View: first, Group: group}, sch, nil)
		two := Of(Record{View: second, Group: group}, sch, nil)
		if codes(one) != "repeated" || codes(two) != "duplicate" || one[0].Other.Record != second.Record || two[0].Other.Record != first.Record {
			t.Errorf("the first has %v, the second %v", one, two)
		}
	}
	if ds := Of(Record{View: first, Group: members(first)}, sch, nil); len(ds) > 0 {
		t.Errorf("alone: %v", ds)
	}
	voided := obs(t, 'b', "plate", plate, 60_000)
	void := voided
	void.ID.Seq, void.Act, void.Fields, void.Reason, void.Seen = 2, wire.Void, nil, "登重了", []wire.ObsID{voided.ID}
	gone := view(voided, void)
	if ds := append(Of(Record{View: first, Group: members(first, gone)}, sch, nil), Of(Record{View: gone, Group: members(first, gone)}, sch, nil)...); len(ds) > 0 {
		t.Errorf("one is void: %v", ds)
	}
}

// HQ linked two records of different keys: settled, and nobody is asked.
func TestLinkedRecordsAreSettled(t *testing.T) {
	a := obs(t, 'a', "accident", accident, 0)
	b := obs(t, 'b', "accident", strings.Replace(accident, "12:00", "12:05", 1), 60_000)
	link := func(o merge.Obs) merge.Obs {
		l := o
		l.ID.Seq, l.Act, l.Fields, l.Group, l.Seen = 9, wire.Link, nil, "g", []wire.ObsID{o.ID}
		return l
	}
	one, two := view(a, link(a)), view(b, link(b))
	group := members(one, two)
	n := []Neighbour{{CodeSameNumber, two.Record, "squad-1", "2020-06-21"}}
	if ds := append(Of(Record{View: one, Group: group, Neighbours: n}, sch, nil), Of(Record{View: two, Group: group}, sch, nil)...); len(ds) > 0 {
		t.Errorf("%v", ds)
	}
	p := obs(t, 'a', "plate", plate, 0)
	into := obs(t, 'b', "plate", strings.Replace(plate, "06-21", "06-24", 1), 60_000)
	l := link(into)
	l.Group = view(p).Group
	stays, linked := view(p), view(into, l)
	group = members(stays, linked)
	if ds := Of(Record{View: stays, Group: group, Linked: []string{linked.Record}}, sch, nil); len(ds) > 0 || !IsLinked(linked, sch) || IsLinked(stays, sch) {
		t.Errorf("a plate into whose group HQ linked another: %v", ds)
	}
	apart, other := view(a), view(b)
	ds := Of(Record{View: apart, Group: members(apart), Neighbours: []Neighbour{{CodeSameNumber, other.Record, "squad-1", "2020-06-21"}}}, sch, nil)
	if codes(ds) != "same_number" || !slices.Equal(Keys(apart, sch), Looks(other, sch)) || len(Keys(apart, sch)) != 1 {
		t.Errorf("not linked: %v, keys %q, looks %q", ds, Keys(apart, sch), Looks(other, sch))
	}
}

func TestKeysOfNumbers(t *testing.T) {
	for number, want := range map[string]string{
		"122-7": "same_number|accident|122-7", "１２２—７": "same_number|accident|122-7", "a7\u200b": "same_number|accident|A7",
		"无": "", "-": "", "/": "", "不详": "", "0": "", "N/A": "",
	} {
		v := view(obs(t, 'a', "accident", strings.Replace(accident, "122-7", number, 1), 0))
		if got := strings.Join(Keys(v, sch), " "); got != want {
			t.Errorf("%q has the keys %q, want %q", number, got, want)
		}
	}
	p := view(obs(t, 'a', "plate", plate, 0))
	if keys, looks := Keys(p, sch), Looks(p, sch); len(keys) != 1 || len(looks) != 14 || CodeOf(keys[0]) != CodeNear {
		t.Errorf("a plate has the keys %q and %d looks", keys, len(looks))
	}
	next := view(obs(t, 'b', "plate", strings.Replace(plate, "06-21", "06-27", 1), 0))
	if !slices.Contains(Looks(next, sch), Keys(p, sch)[0]) || !slices.Contains(Looks(p, sch), Keys(next, sch)[0]) {
		t.Error("six days apart, and they do not find each other")
	}
}

// A death that does not count is told by the item and its reason.
func TestDeaths(t *testing.T) {
	a := obs(t, 'a', "accident", accident, 0)
	casualty := func(seq uint64, died string) merge.Obs {
		c := obs(t, 'a', "casualty", `{"occurred_at":"`+died+`","unit":"squad-1","died_at":"`+died+`"}`, 0)
		c.ID.Seq = seq
		return c
	}
	v := view(a, casualty(2, "2020-06-21T11:00:00+08:00"), casualty(3, "2020-06-27T11:00:00+08:00"), casualty(4, "2020-06-29T11:00:00+08:00"))
	ds := Of(Record{View: v, Group: members(v)}, sch, nil)
	if codes(ds) != "death_before death_late" || ds[0].Item != v.Items[0].ID.String() || ds[1].Item != v.Items[2].ID.String() {
		t.Errorf("%v", ds)
	}
	p := obs(t, 'b', "plate", plate, 0)
	wrong := view(p, casualty(5, "2020-06-27T11:00:00+08:00"))
	if ds := Of(Record{View: wrong, Group: members(wrong)}, sch, nil); codes(ds) != "misplaced" {
		t.Errorf("a casualty of a plate: %v", ds)
	}
}

// HQ has looked: the same cause is settled, another cause asks anew.
func TestReviews(t *testing.T) {
	ref := schema.NewReference(map[string][]schema.Entry{schema.ListSegment: {{Value: "S1"}}, schema.ListYear: {{Value: "2020"}}})
	patrol := func(segment string) merge.Obs {
		return obs(t, 'a', "patrol", `{"occurred_at":"2020-06-21T12:00:00+08:00","unit":"a","segment":"`+segment+`","shift":"early","shift_day":"2020-06-21","start_at":"2020-06-21T08:00:00+08:00","end_at":"2020-06-21T12:00:00+08:00"}`, 0)
	}
	create := patrol("S9")
	open := Of(Record{View: view(create)}, sch, ref)
	if codes(open) != "unknown_segment" || !open[0].Open() {
		t.Fatalf("%v", open)
	}
	review := create
	review.ID.Seq, review.Act, review.Fields, review.Group, review.Reason, review.Sender = 2, wire.Review, nil, open[0].Target(), "路段台账待补", merge.FromHQ()
	settled := Of(Record{View: view(create, review)}, sch, ref)
	if codes(settled) != "unknown_segment" || settled[0].Open() || settled[0].Review.Words != "路段台账待补" {
		t.Errorf("reviewed: %v", settled)
	}
	amend := create
	amend.ID.Seq, amend.Act, amend.Seen = 3, wire.Amend, []wire.ObsID{create.ID}
	amend.Fields = schema.Values{{Name: "remark", Value: schema.Value{Type: schema.TypeText, S: "补"}}}
	if ds := Of(Record{View: view(create, review, amend)}, sch, ref); ds[0].Open() {
		t.Error("an amended remark asks anew")
	}
	amend.Fields = schema.Values{{Name: "segment", Value: schema.Value{Type: schema.TypeText, S: "S8"}}}
	if ds := Of(Record{View: view(create, review, amend)}, sch, ref); codes(ds) != "unknown_segment" || !ds[0].Open() {
		t.Errorf("another segment does not ask anew: %v", ds)
	}
}

// Neither the order of members nor the order of neighbours matters, and neighbours see each other.
func TestDoubtsKnowNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var vs []*merge.View
		for i := range rapid.IntRange(2, 6).Draw(t, "records") {
			kind, fields := "plate", plate
			if rapid.Bool().Draw(t, "accident") {
				kind, fields = "accident", accident
			}
			day := rapid.SampledFrom([]string{"06-21", "06-23", "07-05"}).Draw(t, "day")
			vs = append(vs, view(obs(discard{}, byte('a'+i), kind, strings.Replace(fields, "06-21", day, 1), int64(i))))
		}
		groups := map[string][]merge.Member{}
		for _, v := range vs {
			groups[v.Group] = append(groups[v.Group], v.Member())
		}
		pairs := map[[2]string]bool{}
		for _, v := range vs {
			var ns []Neighbour
			for _, o := range vs {
				for _, key := range Keys(o, sch) {
					if o.Record != v.Record && slices.Contains(Looks(v, sch), key) && merge.Counts(o, groups[o.Group]) {
						ns = append(ns, Neighbour{CodeOf(key), o.Record, o.Unit, o.Day.String()})
					}
				}
			}
			a := Of(Record{View: v, Group: groups[v.Group], Neighbours: ns}, sch, nil)
			b := Of(Record{View: v, Group: rapid.Permutation(groups[v.Group]).Draw(t, "members"), Neighbours: permuted(t, ns)}, sch, nil)
			if !slices.EqualFunc(a, b, func(x, y Doubt) bool { return x.Target() == y.Target() && x.Other == y.Other }) {
				t.Fatalf("%v and %v", a, b)
			}
			for _, d := range a {
				if d.Other.Code != "" {
					pairs[[2]string{v.Record, d.Other.Record}] = true
				}
			}
		}
		for p := range pairs {
			if !pairs[[2]string{p[1], p[0]}] {
				t.Fatalf("%s doubts %s, and not the other way", p[0], p[1])
			}
		}
	})
}

func permuted(t *rapid.T, ns []Neighbour) []Neighbour {
	if len(ns) == 0 {
		return nil
	}
	return rapid.Permutation(ns).Draw(t, "neighbours")
}

// discard is a testing.TB for values that are known to be good.
type discard struct{ testing.TB }

func (discard) Helper()      {}
func (discard) Fatal(...any) { panic("a fixed example is faulty") }

func TestTexts(t *testing.T) {
	rule, _ := sch.Doubt("near")
	d := Doubt{Rule: rule, Other: Neighbour{"near", "r.1", "office-2", "2020-06-23"}}
	got := d.Text("2020-06-21", func(n Neighbour) schema.Text { return schema.Text{ZH: "冀F8K2M6 " + n.Unit, EN: n.Unit} })
	if !strings.Contains(got.ZH, "（冀F8K2M6 office-2，2020-06-23）") || !strings.Contains(got.EN, "(office-2, 2020-06-23)") {
		t.Errorf("%+v", got)
	}
	rule, _ = sch.Doubt("unknown_segment")
	d = Doubt{Rule: rule, Value: "S9", Near: []schema.Entry{{Value: "S1", Label: "省道"}, {Value: "S2"}}}
	if got := d.Text("", nil); !strings.HasSuffix(got.ZH, "最接近：S1 省道、S2") || strings.Contains(got.EN, "{") {
		t.Errorf("%+v", got)
	}
	for _, rule := range sch.Doubts() {
		d := Doubt{Rule: rule}
		if got := d.Text("2020-06-21", nil); strings.ContainsAny(got.ZH+got.EN, "{}") {
			t.Errorf("%s: %+v", rule.Code, got)
		}
	}
}
