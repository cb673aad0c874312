package recounttest

import "slices"

// The units of a record, and the observations with effect: sync/PROTOCOL.md#whose-record-it-is.

// isOf reports whether a sender has any of some units.
func (c *Crowd) isOf(s Sender, units map[string]bool) bool {
	if s.Anyone {
		return true
	}
	for unit, present := range s.Units {
		if _, ok := units[unit]; ok && (present || c.has(Earlier)) {
			return true
		}
	}
	return false
}

// ownersOf are the units of a record; nil: the create has not come.
func (c *Crowd) ownersOf(record string, all []*Said, standing map[string]Sender) map[string]bool {
	i := slices.IndexFunc(all, func(s *Said) bool { return s.ID == record && s.Act == "create" })
	if i < 0 {
		return nil
	}
	owners := map[string]bool{all[i].Fields["unit"]: true}
	for _, s := range all {
		if s.Act == "amend" && s.Item == "" && s.Fields["unit"] != "" && standing[s.ID].Anyone && c.has(Gifts) {
			owners[s.Fields["unit"]] = true
		}
	}
	for grown := c.has(Shares); grown; {
		grown = false
		for _, s := range all {
			if !c.isOf(standing[s.ID], owners) {
				continue
			}
			for _, unit := range s.Share {
				grown = grown || !owners[unit]
				owners[unit] = true
			}
		}
	}
	return owners
}

// withEffect keeps a record's observations with effect.
func (c *Crowd) withEffect(record string, all []*Said, standing map[string]Sender) (kept []*Said) {
	owners := c.ownersOf(record, all, standing)
	if owners == nil || !c.has(Foreign) {
		return all
	}
	for _, s := range all {
		if s.ID == record || c.hasEffect(s, all, owners, standing) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (c *Crowd) hasEffect(s *Said, all []*Said, owners map[string]bool, standing map[string]Sender) bool {
	by := standing[s.ID]
	_, ofUnit := s.Fields["unit"]
	switch {
	case by.Anyone:
		return true
	case s.Act == "amend" && s.Item == "" && ofUnit:
		return false
	case c.isOf(by, owners):
		return true
	case s.Kind == "hazard":
		return s.Act == "amend" && c.has(OpenFields) && onlyMending(s.Fields)
	case s.Kind != "casualty":
		return false
	case s.Act == "create" || !c.has(OwnItems):
		return true
	}
	i := slices.IndexFunc(all, func(o *Said) bool { return o.ID == s.Item })
	if i < 0 {
		return true // the item's unit is not known yet
	}
	author := standing[all[i].ID]
	return !author.Anyone && all[i].Act == "create" && c.isOf(by, author.Units)
}

func onlyMending(fields map[string]string) bool {
	for name := range fields {
		if name != "fixed_at" && name != "verified_at" {
			return false
		}
	}
	return len(fields) > 0
}
