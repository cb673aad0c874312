package recounttest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Listed lists the crowd's records as an export would.
func (c *Crowd) Listed() (all []Listed) {
	_, standing := c.effective()
	groups := map[string][]*folded{}
	records := slices.Collect(maps.Values(c.records()))
	for _, r := range records {
		groups[r.group] = append(groups[r.group], r)
	}
	slices.SortFunc(records, func(a, b *folded) int {
		if begun := cmp.Compare(b2i(a.create != nil), b2i(b.create != nil)); begun != 0 || a.create == nil {
			return begun
		}
		return c.compareStamps(a.create, b.create)
	})
	for _, r := range records {
		l := Listed{ID: r.id, Kind: r.kind, Group: r.group, Fields: r.fields, Complete: r.complete, Void: r.void, Ignored: r.ignored}
		if l.Counts = slices.Contains(c.winners(groups[r.group]), r); r.create != nil {
			l.HQ, l.Saved = standing[r.create.ID].HQ, c.moment(r.create)
		}
		for _, i := range r.items {
			l.Items = append(l.Items, Listed{ID: i.id, Kind: i.kind, Fields: i.fields, Complete: i.whole, Void: i.void})
		}
		all = append(all, l)
	}
	return all
}

// ofCasualties compares casualties of an event by the moment of death.
func (d *Doubting) ofCasualties(r *Listed) {
	members := slices.Clone(d.groups[r.Group])
	slices.SortFunc(members, func(a, b *Listed) int { return strings.Compare(a.ID, b.ID) })
	deaths := func(m *Listed) (out []Listed) {
		for _, i := range m.Items {
			if (m.Kind == "accident" || m.Kind == "") && i.Complete && !i.Void {
				out = append(out, i)
			}
		}
		slices.SortFunc(out, func(a, b Listed) int { return compareIDs(a.ID, b.ID) })
		return out
	}
	standing, of := map[string]int{}, map[string]map[string]bool{}
	for _, m := range members {
		for _, i := range deaths(m) {
			if died := i.Fields["died_at"]; !m.Void {
				standing[died]++
				if of[died] == nil {
					of[died] = map[string]bool{}
				}
				of[died][m.ID] = true
			}
		}
	}
	for _, m := range members {
		rest := maps.Clone(standing)
		for _, i := range deaths(m) {
			died := i.Fields["died_at"]
			switch {
			case !m.Void && m.ID != r.ID && len(of[died]) > 1:
				d.tell(r, "alike", i.ID, m.ID)
			case !m.Void:
			case rest[died] > 0:
				rest[died]--
			default:
				standing[died]++
				d.tell(r, "left_out", i.ID, m.ID)
			}
		}
	}
}

// ofNeighbours finds counting records under the plate's key on a day of the week before or after.
func (d *Doubting) ofNeighbours(r *Listed) {
	if r.Kind != "plate" || !r.Counts {
		return
	}
	for days := -7; days <= 7; days++ {
		key := r.keyOn(days)
		if days == 0 || key == "" || key == r.Group {
			continue
		}
		for _, o := range d.groups[key] {
			if o.Counts && o.ID != r.ID {
				d.tell(r, "near", "", o.ID)
			}
		}
	}
}

// ofCases finds counting accidents of other events with the same 122 number.
func (d *Doubting) ofCases(r *Listed) {
	if !r.Counts || r.Kind != "accident" {
		return
	}
	for _, o := range d.cases[strings.ToUpper(r.Fields["case_number"])] {
		if o.Group != r.Group {
			d.tell(r, SameNumber, "", o.ID)
		}
	}
}
