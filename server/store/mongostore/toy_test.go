package mongostore_test

import (
	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// The toy data of the model test: a line gives its record's unit, its group, and an amount. The latest line decides
// place and group, amounts add up, and each line is one item. In a group the record with the smallest id counts its
// own amount and the items of all members.

type toyLine struct {
	Record string `json:"record"`
	Unit   string `json:"unit"`
	Group  string `json:"group"`
	Amount int64  `json:"amount"`
	HLC    uint64 `json:"hlc"`
}

const toyDay = clock.Day(20201215)

func (l toyLine) obs(id wire.ObsID) merge.Obs {
	text := func(s string) schema.Value { return schema.Value{Type: schema.TypeText, S: s} }
	return merge.Obs{ID: id, HLC: clock.HLC(l.HLC), Act: wire.Create, Kind: "plate", Fields: schema.Values{
		{Name: "amount", Value: schema.Value{Type: schema.TypeInt, I: l.Amount}},
		{Name: "group", Value: text(l.Group)}, {Name: "unit", Value: text(l.Unit)},
	}}
}

// toyView returns the place and group of a state's latest observation.
func toyView(s *merge.State) (p store.Place, group string) {
	var latest merge.Stamp
	for i := range s.Obs {
		o := &s.Obs[i]
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
	for i := range r.State.Obs {
		self.Items = append(self.Items, merge.Item{ID: r.State.Obs[i].ID, Kind: "thing"})
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
	for i := range r.State.Obs {
		v, _ := r.State.Obs[i].Fields.Get("amount")
		amount += v.I
	}
	return []tally.Contribution{
		{Day: toyDay, Measure: "amount", Amount: amount}, {Day: toyDay, Measure: "items", Amount: int64(items)},
	}
}
