package recounttest

import "slices"

// amend changes some fields; now and then a part of coupled fields, a fault.
func (p *people) amend(t *topic, g *gadget) {
	from := p.draft(t.kind, t.unit)
	delete(from, "unit")
	s := &Said{Kind: t.kind, Act: "amend", Fields: map[string]string{}, Refused: p.importsOnly(t, g)}
	all := slices.Sorted(func(yield func(string) bool) {
		for name := range from {
			if !yield(name) {
				return
			}
		}
	})
	if t.kind == "hazard" && p.chance(60) {
		all = []string{"verified_at"}
	}
	for range 1 + p.IntN(3) {
		p.amendRegister(s, t.kind, all[p.IntN(len(all))], from)
	}
	s.Refused = s.Refused || !maySay(t.kind, s.Fields)
	p.add(t, g, s, "amend")
}

// maySay reports whether an amendment names coupled fields together and takes back no needed field.
func maySay(kind string, fields map[string]string) bool {
	for _, names := range rulesOf[kind].coupled {
		said := 0
		for _, n := range names {
			if _, ok := fields[n]; ok {
				said++
			}
		}
		if said != 0 && said != len(names) {
			return false
		}
	}
	for name, value := range fields {
		if value == "" && (name == "occurred_at" || slices.Contains(rulesOf[kind].need, name)) {
			return false
		}
	}
	return true
}

func (p *people) amendRegister(s *Said, kind, name string, from map[string]string) {
	for _, names := range rulesOf[kind].coupled {
		if !slices.Contains(names, name) {
			continue
		}
		for _, n := range names {
			s.Fields[n] = from[n]
		}
		if p.chance(12) {
			last := names[len(names)-1]
			delete(s.Fields, last)
		}
		return
	}
	s.Fields[name] = from[name]
	if p.chance(8) {
		s.Fields[name] = ""
	}
}

// speakOfDeaths adds, corrects or voids a casualty.
func (p *people) speakOfDeaths(t *topic, g *gadget) {
	if len(t.items) == 0 || p.chance(45) {
		died := p.later(number(t.fields["occurred_at"]))
		f := map[string]string{"unit": g.unit(), "occurred_at": msText(died), "died_at": msText(died)}
		if g.role == "hq" {
			f["unit"] = t.unit
		}
		s := p.add(t, g, &Said{Kind: "casualty", Act: "create", Fields: f}, "create")
		t.items = append(t.items, s.ID)
		return
	}
	s := &Said{Kind: "casualty", Item: t.items[p.IntN(len(t.items))], Act: p.among("void void restore amend")}
	if s.Act == "amend" {
		s.Fields = map[string]string{"died_at": msText(p.later(number(t.fields["occurred_at"])))}
	}
	p.add(t, g, s, s.Act)
}

// link joins a record with another one: by that record's id, by its key, or by a name of the group.
func (p *people) link(t *topic) {
	o := p.anyTopic()
	for range 20 {
		if o.kind == t.kind || p.chance(2) {
			break
		}
		o = p.anyTopic()
	}
	group := o.id
	switch {
	case o.kind != t.kind && p.chance(70):
		group = p.pooled("G-%d", 40)
	case p.chance(30):
		group = new(Crowd).keyOf(&folded{id: o.id, kind: o.kind, fields: o.fields})
	case p.chance(20):
		group = p.pooled("G-%d", 40)
	}
	p.add(t, p.hq, &Said{Kind: t.kind, Act: "link", Group: group}, "link")
}
