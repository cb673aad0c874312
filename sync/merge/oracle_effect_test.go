package merge

import (
	"slices"
	"sort"
)

// naiveEffects splits observations into those that have effect and the ids of the others, from the sentences of
// sync/PROTOCOL.md, with sets of texts: the owners grow, one observation at a time, until none adds a unit.
func naiveEffects(record string, obs []Obs, r rules) (has []Obs, foreign []string) {
	byID := map[string]Obs{}
	for _, o := range obs {
		byID[o.ID.String()] = o
	}
	create, known := byID[record]
	if !known || create.Act != "create" || r.everyoneMay {
		return obs, nil
	}
	owners := naiveOwners(record, obs, r)
	var effect func(o Obs) bool
	effect = func(o Obs) bool {
		switch {
		case o.Sender.Units() == nil, o.ID.String() == record:
			return true
		case o.Act == "amend" && o.Item.String() == "" && slices.Contains(fieldNames(o), "unit") && !r.unitByAmend:
			return false
		case intersects(o.Sender.Units(), owners):
			return true
		case o.Act == "create":
			return o.Kind == "casualty" && !r.itemsClosed
		case o.Item.String() != "":
			item, here := byID[o.Item.String()]
			if !here || r.anyItem {
				return true
			}
			return item.Act == "create" && item.Kind == "casualty" && item.Sender.Units() != nil && effect(item) && intersects(o.Sender.Units(), naiveSet(item.Sender.Units()))
		}
		return false // no field of an accident is open to every unit
	}
	for _, o := range obs {
		if effect(o) {
			has = append(has, o)
		} else {
			foreign = append(foreign, o.ID.String())
		}
	}
	sort.Strings(foreign)
	return has, foreign
}

// naiveOwners are the units whose devices may speak about the record.
func naiveOwners(record string, obs []Obs, r rules) map[string]bool {
	owners := map[string]bool{}
	for _, o := range obs {
		unit, said := o.Fields.Get("unit")
		switch {
		case o.ID.String() == record && said:
			owners[unit.S] = true
		case o.ID.String() == record:
			for _, name := range o.Sender.Units() {
				owners[name] = true
			}
		case o.Act == "amend" && o.Item.String() == "" && o.Sender.Units() == nil && said:
			owners[unit.S] = true
		}
	}
	first := naiveSet(nil)
	for name := range owners {
		first[name] = true
	}
	for range obs { // each round but the last admits another share
		for _, o := range obs {
			may := owners
			if r.shareOnce {
				may = first
			}
			if o.Sender.Units() == nil || intersects(o.Sender.Units(), may) || r.sharesOfAll {
				for _, name := range o.Share {
					owners[name] = true
				}
			}
		}
	}
	return owners
}

func naiveSet(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

func intersects(names []string, set map[string]bool) bool {
	return slices.ContainsFunc(names, func(name string) bool { return set[name] })
}

func fieldNames(o Obs) (names []string) {
	for _, n := range o.Fields {
		names = append(names, n.Name)
	}
	return names
}
