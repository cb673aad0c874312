package merge

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/wire"
)

// review is HQ's review at a tick; target "" and words return the record.
func review(id wire.ObsID, tick int64, target, words string) Obs {
	o := remark(id, tick, "")
	o.Act, o.Fields, o.Grade, o.Group, o.Reason, o.Officer, o.Sender = wire.Review, nil, "", target, words, "wang", FromHQ()
	return o
}

// of makes an observation one of a device of the unit.
func of(unit string, o Obs) Obs {
	o.Sender = SenderOf(unit)
	return o
}

// A record is returned until someone who may speak about it changes it in knowledge of HQ's words.
func TestReturned(t *testing.T) {
	first := of("squad-1", accident())
	a, b, c, d := first.ID, obsID(1, 2), obsID(2, 3), obsID(2, 4)
	casualty := func(seen ...wire.ObsID) Obs {
		o := of("squad-1", remark(d, 9, "", seen...))
		o.Act, o.Kind, o.Fields = wire.Create, "casualty", values("occurred_at", ms(noon), "unit", text("squad-1"), "died_at", ms(noon))
		return o
	}
	void := func(seen ...wire.ObsID) Obs {
		o := remark(d, 9, "", seen...)
		o.Act, o.Fields, o.Reason, o.Sender = wire.Void, nil, "重复", FromHQ()
		return o
	}
	faked := of("squad-1", review(b, 1, "", "请补"))
	for name, x := range map[string]struct {
		more []Obs
		want string // words of the review
	}{
		"no review":                          {nil, ""},
		"returned":                           {[]Obs{review(b, 1, "", "请补 122 号")}, "请补 122 号"},
		"returned, create not arrived":       {[]Obs{review(b, 1, "", "请补 122 号")}, "请补 122 号"},
		"looked at, without words":           {[]Obs{review(b, 1, "", "")}, ""},
		"blank words":                        {[]Obs{review(b, 1, "", " \u3000")}, ""},
		"a doubt reviewed":                   {[]Obs{review(b, 1, "near:0123456789abcdef", "不是同一辆")}, ""},
		"a device's review has no effect":    {[]Obs{faked}, ""},
		"amended before, seen later by none": {[]Obs{review(b, 1, "", "请补"), of("squad-1", remark(c, 9, "补", a))}, "请补"},
		"amended in knowledge":               {[]Obs{review(b, 1, "", "请补"), of("squad-1", remark(c, -9, "补", a, b))}, ""},
		"by HQ itself":                       {[]Obs{review(b, 1, "", "请补"), remark(c, 9, "补", a, b)}, ""},
		"by a unit without a right to it":    {[]Obs{review(b, 1, "", "请补"), of("squad-9", remark(c, 9, "补", a, b))}, "请补"},
		"a casualty added":                   {[]Obs{review(b, 1, "", "漏报死亡"), casualty(b)}, ""},
		"a casualty added without knowledge": {[]Obs{review(b, 1, "", "漏报死亡"), casualty()}, "漏报死亡"},
		"void, whoever knew":                 {[]Obs{review(b, 1, "", "请补"), void(a)}, ""},
		"the later of two":                   {[]Obs{review(b, 7, "", "二"), review(c, 6, "", "一")}, "二"},
		"the first answered, the second not": {[]Obs{review(b, 1, "", "一"), of("squad-1", remark(d, 5, "补", a, b)), review(c, 9, "", "二")}, "二"},
		"the second answered, the first not": {[]Obs{review(b, 1, "", "一"), review(c, 9, "", "二"), of("squad-1", remark(d, 5, "补", a, c))}, "一"},
		"a doubt's review is no answer":      {[]Obs{review(b, 1, "", "请补"), review(c, 9, "near:0123456789abcdef", "是")}, "请补"},
	} {
		all := append([]Obs{first}, x.more...)
		if name == "returned, create not arrived" {
			all = x.more
		}
		rapid.Check(t, func(rt *rapid.T) { // in any order
			var s State
			for _, o := range rapid.Permutation(slices.Clone(all)).Draw(rt, "order") {
				s.Join(a.String(), o)
			}
			v := Fold(a.String(), &s, sch)
			got := ""
			if r := v.Returned(); r != nil {
				got = r.Words
				if r.Officer != "wang" || r.By.IsZero() {
					rt.Fatalf("%s: %+v", name, r)
				}
			}
			if got != x.want {
				rt.Fatalf("%s: returned with %q, want %q", name, got, x.want)
			}
		})
	}
}
