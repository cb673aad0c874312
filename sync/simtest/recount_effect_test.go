package simtest

import "slices"

// sender is the standing of a line's sender, from the frames that hold the line.
type sender struct {
	anyone bool            // HQ made or released it, or a person's device folds it for itself
	units  map[string]bool // that the device had been given
}

func (f *recounter) sender(e *observation) sender {
	if f.senders == nil {
		return sender{anyone: true}
	}
	return f.senders[e.id]
}

func (s sender) isOf(units map[string]bool) bool {
	for unit := range s.units {
		if units[unit] {
			return true
		}
	}
	return false
}

// owners are the units whose devices may speak about the record: its create's, those that HQ gave it to, and those with
// which it was shared by a device that may speak about it: these are shared too. nil while the create has not arrived.
func (f *recounter) owners(id string, all []*observation) (owners, shared map[string]bool) {
	at := slices.IndexFunc(all, func(e *observation) bool { return e.id == id && e.act == "create" })
	if at < 0 {
		return nil, nil
	}
	owners, shared = map[string]bool{all[at].said["unit"]: true}, map[string]bool{}
	for _, e := range all {
		if e.act == "amend" && e.item == "" && e.said["unit"] != "" && f.sender(e).anyone {
			owners[e.said["unit"]] = true
		}
	}
	for before := -1; before < len(owners); {
		before = len(owners)
		for _, e := range all {
			if s := f.sender(e); s.anyone || s.isOf(owners) {
				for _, unit := range e.share {
					owners[unit], shared[unit] = true, true
				}
			}
		}
	}
	return owners, shared
}

// withEffect keeps the observations that have effect.
func (f *recounter) withEffect(id string, all []*observation, owners map[string]bool) (kept []*observation) {
	for _, e := range all {
		if owners == nil || e.id == id || f.hasEffect(e, all, owners) {
			kept = append(kept, e)
			continue
		}
		if f.foreign != nil {
			f.foreign[e.id] = true
		}
	}
	return kept
}

func (f *recounter) hasEffect(e *observation, all []*observation, owners map[string]bool) bool {
	s := f.sender(e)
	switch {
	case s.anyone:
		return true
	case e.act == "amend" && e.item == "" && e.said["unit"] != "":
		return false
	case s.isOf(owners):
		return true
	case e.kind != "casualty":
		return false
	case e.act == "create":
		return true // every unit may add a casualty
	}
	for _, item := range all {
		if item.id == e.item {
			return s.isOf(f.sender(item).units)
		}
	}
	return true // the item has not arrived
}
