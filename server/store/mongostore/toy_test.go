package mongostore_test

import (
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// The toy data of the model test: a line gives its record's unit, its group, and an amount. The latest line decides
// place and group, amounts add up, and each line is one item. In a group the record with the smallest id counts its
// own amount and the items of all members. Only lines with effect do so: of anyone, of unit u, to which all records
// belong, or of a unit that a line with effect names in its share. So a line may give older lines of other frames their
// effect, and with them another place to the record.

type toyLine struct {
	Record string `json:"record"`
	Unit   string `json:"unit"`
	Group  string `json:"group"`
	Amount int64  `json:"amount"`
	HLC    uint64 `json:"hlc"`
	From   string `json:"from,omitempty"` // the sender's unit; "" = anyone
	Share  string `json:"share,omitempty"`
}

const toyDay = clock.Day(20201215)

func (l toyLine) obs(id wire.ObsID) merge.Obs {
	text := func(s string) schema.Value { return schema.Value{Type: schema.TypeText, S: s} }
	var sender merge.Sender
	if l.From != "" {
		sender = merge.SenderOf(l.From)
	}
	var share []string
	if l.Share != "" {
		share = []string{l.Share}
	}
	return merge.Obs{Sender: sender, Share: share, ID: id, HLC: clock.HLC(l.HLC), Act: wire.Create, Kind: "plate", Fields: schema.Values{
		{Name: "amount", Value: schema.Value{Type: schema.TypeInt, I: l.Amount}},
		{Name: "group", Value: text(l.Group)}, {Name: "unit", Value: text(l.Unit)},
	}}
}

// toyEffective are the observations of a state that have effect.
func toyEffective(s *merge.State) (out []*merge.Obs) {
	owners := map[string]bool{"u": true}
	for before := 0; before < len(owners); {
		before, out = len(owners), nil
		for i := range s.Obs {
			o := &s.Obs[i]
			if o.Sender.Units() != nil && !owners[o.Sender.Units()[0]] {
				continue
			}
			out = append(out, o)
			for _, unit := range o.Share {
				owners[unit] = true
			}
		}
	}
	return out
}

// toyView returns the place and group of a state's latest observation with effect.
func toyView(s *merge.State) (p store.Place, group string) {
	latest := merge.Stamp{Moment: -1}
	p, group = store.Place{Unit: "u", Day: toyDay, Kind: "plate"}, "g"
	for _, o := range toyEffective(s) {
		if o.Stamp().Compare(latest) > 0 {
			latest = o.Stamp()
			unit, _ := o.Fields.Get("unit")
			name, _ := o.Fields.Get("group")
			p, group = store.Place{Unit: unit.S, Day: toyDay, Kind: "plate"}, name.S
		}
	}
	return p, group
}

func toySelf(r *store.Record) merge.Member {
	self := merge.Member{Record: r.ID, Eligible: true}
	for _, o := range toyEffective(&r.State) {
		self.Items = append(self.Items, merge.Item{ID: o.ID, Kind: "thing"})
	}
	return self
}

func toyCount(r *store.Record, members []merge.Member) []tally.Contribution {
	own := toySelf(r)
	items := len(own.Items)
	for i := range members {
		switch {
		case members[i].Record < r.ID:
			return nil
		case members[i].Record != r.ID:
			items += len(members[i].Items)
		}
	}
	var amount int64
	for _, o := range toyEffective(&r.State) {
		v, _ := o.Fields.Get("amount")
		amount += v.I
	}
	return slices.DeleteFunc([]tally.Contribution{
		{Day: toyDay, Measure: "amount", Amount: amount}, {Day: toyDay, Measure: "items", Amount: int64(items)},
	}, func(c tally.Contribution) bool { return c.Amount == 0 })
}
