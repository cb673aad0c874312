package recounttest

import (
	"fmt"
	"strings"

	"roadbook/sync/wire"
)

// babble appends a line beyond any server of today.
func (p *people) babble() {
	g := p.gadgets[p.IntN(len(p.gadgets))]
	c := g.reading(p.now)
	clocks := fmt.Sprintf(`"clock":{"hlc":"%d","boot":"%s","mono":%d,"wall":%d}`, c.HLC, c.Boot, c.Mono, max(0, c.Wall))
	line := p.one(
		`{"v":1,`, `{"v":2,"kind":"plate","act":"create",`+clocks+`}`, `{"v":1,"kind":"drone","act":"create","catalogue":"`+catalogueName+`",`+clocks+`}`,
		`{"v":1,"kind":"plate","act":"create","catalogue":"`+catalogueName+`",`+clocks+`,"fields":{"colour":"blue"}}`,
		string(wire.Tombstone([]byte(strings.Repeat("x", 9+p.IntN(99))))),
	)
	s := &Said{Refused: true}
	s.ID = g.add([]byte(line), s)
	s.Record = s.ID
	p.said = append(p.said, s)
}

// release lets HQ release a line, mostly a line with a fault.
func (p *people) release() {
	for range 60 {
		s := p.said[p.IntN(len(p.said))]
		if !p.checked[s.ID] || s.Act == "release" || !s.Refused && !p.chance(3) {
			continue
		}
		r := &Said{Kind: "plate", Act: "release", Record: s.Record, Target: s.ID, Refused: s.Kind == ""}
		if s.Kind != "" {
			r.Kind = s.Kind
			if s.Kind == "casualty" {
				r.Kind = "accident"
			}
		}
		p.say(p.hq, r, "release")
		return
	}
}

// flood fills the room of a record: the budgets of its device, of others and of HQ.
func (p *people) flood() {
	own := p.gadgets[0]
	t := p.beginKind(own, "congestion", own.unit())
	p.add(t, p.hq, &Said{Kind: t.kind, Act: "amend", Share: strings.Fields(fieldUnits)}, "amend")
	for _, part := range []struct {
		g *gadget
		n int
	}{{own, 300}, {p.gadgets[1], 110}, {p.hq, 140}, {p.gadgets[2], 100}, {p.gadgets[3], 100}, {own, 120}, {p.gadgets[4], 120}} {
		p.now += hour
		for range part.n {
			p.now += p.Int64N(1000)
			f := map[string]string{"minutes": p.int(1, 1440)}
			s := &Said{Kind: t.kind, Act: "amend", Fields: f, Record: t.id}
			p.say(part.g, s, "amend")
		}
		if p.chance(50) {
			p.sendSome(part.g)
		}
	}
}

// sendSome sends some lines: the next ones, at times behind a gap or with lines sent before.
func (p *people) sendSome(g *gadget) {
	from, to := g.sent, len(g.lines)
	switch p.IntN(6) {
	case 0:
		from = max(0, from-p.IntN(20))
	case 1:
		from += p.IntN(max(1, (to-from)/2)) // the front goes later
	}
	if to > from+1 && p.chance(30) {
		to = from + 1 + p.IntN(to-from)
	}
	p.sendLines(g, from, to)
	g.sent = max(g.sent, to)
}

func (p *people) sendLines(g *gadget, from, to int) {
	for from < to {
		end := min(to, from+450)
		p.send(g, from, end)
		from = end
	}
}

// sendAll sends all waiting lines, device by device, in pieces cut anew.
func (p *people) sendAll() {
	all := p.everyone()
	for _, i := range p.Perm(len(all)) {
		g := all[i]
		p.now += hour
		for from := 0; from < len(g.lines); {
			to := min(len(g.lines), from+1+p.IntN(400))
			if !p.allChecked(g, from, to) || p.chance(10) {
				p.sendLines(g, from, to)
			}
			from = to
		}
	}
}

func (p *people) allChecked(g *gadget, from, to int) bool {
	for _, s := range g.said[from:to] {
		if !p.checked[s.ID] {
			return false
		}
	}
	return true
}

// foundRegister imports the units; some units move later.
func (p *people) foundRegister() {
	for _, unit := range []string{"branch", "squad-1", "squad-2", "check-1"} {
		f := p.draft("unit_entry", "hq")
		f["code"], f["from_day"] = unit, "20180101"
		delete(f, "to_day")
		if f["parent"] = "branch"; unit == "branch" {
			f["parent"] = "hq"
		}
		p.say(p.in, &Said{Kind: "unit_entry", Act: "create", Fields: f}, "create")
	}
}
