package recounttest

import (
	"maps"
	"slices"
)

// episode is a story of a few people about the same thing, made for a rule. The episode's records take part in all later acts
// of the crowd.
func (p *people) episode() {
	[]func(){p.oneAccidentTwice, p.mendedByAnother, p.sharedWithAnother, p.givenAway, p.voidedByAnother, p.solvedByAnother, p.slowlyBuilt, p.countyAndUnit, p.twoMinds}[p.IntN(9)]()
}

// officer is a device of officers.
func (p *people) officer() *gadget { return p.gadgets[p.IntN(5)] }

// stranger is an officers' device without any unit of another device.
func (p *people) stranger(g *gadget) *gadget {
	for _, i := range p.Perm(5) {
		o := p.gadgets[i]
		if !slices.ContainsFunc(o.units, func(u string) bool { return slices.Contains(g.units, u) }) {
			return o
		}
	}
	return p.gadgets[p.IntN(5)]
}

func (p *people) wait() { p.now += p.Int64N(3 * hour) }

// casualty adds a death, so many ms after the accident.
func (p *people) casualty(t *topic, g *gadget, after int64) {
	at := msText(number(t.fields["occurred_at"]) + after)
	f := map[string]string{"unit": g.unit(), "occurred_at": at, "died_at": at}
	t.items = append(t.items, p.add(t, g, &Said{Kind: "casualty", Act: "create", Fields: f}, "create").ID)
}

// oneAccidentTwice: two officers record the same accident with a casualty each, and HQ voids the second record.
func (p *people) oneAccidentTwice() {
	a, b := p.officer(), p.officer()
	first := p.beginKind(a, "accident", a.unit())
	f := maps.Clone(first.fields)
	f["unit"] = b.unit()
	delete(f, "platform_number")
	second := p.note(b, "accident", f)
	p.casualty(first, a, p.Int64N(5*24*hour))
	p.casualty(second, b, p.Int64N(9*24*hour))
	p.wait()
	for _, t := range []*topic{first, second} {
		p.add(t, p.hq, &Said{Kind: "accident", Act: "link", Group: first.id}, "link")
	}
	p.add(second, p.hq, &Said{Kind: "accident", Act: "void"}, "void")
}

// mendedByAnother: a unit verifies another unit's hazard, and may try to move the finding.
func (p *people) mendedByAnother() {
	g := p.officer()
	t := p.beginKind(g, "hazard", g.unit())
	p.wait()
	fixed := p.later(number(t.fields["found_at"]))
	f := map[string]string{"fixed_at": msText(fixed), "verified_at": msText(p.later(fixed))}
	if p.chance(30) {
		f["found_at"] = t.fields["found_at"] // no mending alone
	}
	p.add(t, p.stranger(g), &Said{Kind: "hazard", Act: "amend", Fields: f}, "amend")
}

// sharedWithAnother: a unit shares a record; the other unit corrects the record, and shares with a third unit.
func (p *people) sharedWithAnother() {
	g := p.officer()
	o := p.stranger(g)
	third := p.stranger(o)
	t := p.beginKind(g, "congestion", g.unit())
	p.wait()
	p.add(t, g, &Said{Kind: t.kind, Act: "amend", Share: []string{o.unit()}}, "amend")
	p.add(t, o, &Said{Kind: t.kind, Act: "amend", Share: []string{third.unit()}, Fields: map[string]string{"minutes": p.int(1, 99)}}, "amend")
	p.wait()
	p.add(t, third, &Said{Kind: t.kind, Act: "amend", Fields: map[string]string{"km": "7.5"}}, "amend")
}

// givenAway: HQ gives a record to another unit, and both units correct it.
func (p *people) givenAway() {
	g := p.officer()
	o := p.stranger(g)
	t := p.beginKind(g, "congestion", g.unit())
	p.wait()
	p.add(t, p.hq, &Said{Kind: t.kind, Act: "amend", Fields: map[string]string{"unit": o.unit()}}, "amend")
	for _, who := range []*gadget{o, g} {
		p.add(t, who, &Said{Kind: t.kind, Act: "amend", Fields: map[string]string{"minutes": p.int(1, 99)}}, "amend")
	}
}

// voidedByAnother: a unit adds a casualty to another unit's accident; strangers void all casualties.
func (p *people) voidedByAnother() {
	g := p.officer()
	o := p.stranger(g)
	t := p.beginKind(g, "accident", g.unit())
	p.casualty(t, o, p.Int64N(8*24*hour))
	p.casualty(t, g, p.Int64N(8*24*hour))
	p.wait()
	for _, item := range t.items {
		p.add(t, p.stranger(g), &Said{Kind: "casualty", Act: "void", Item: item}, "void")
	}
}

// solvedByAnother: a colleague records the case again, with its solving.
func (p *people) solvedByAnother() {
	g, o := p.officer(), p.officer()
	t := p.beginKind(g, "hit_and_run", g.unit())
	f := maps.Clone(t.fields)
	f["unit"], f["solved_at"] = o.unit(), msText(number(f["opened_at"])+p.Int64N(20*24*hour))
	p.wait()
	p.note(o, "hit_and_run", f)
}

// slowlyBuilt: a facility of a plan item is accepted in full, and later in part.
func (p *people) slowlyBuilt() {
	g, item := p.officer(), p.pooled("PLAN-二期-%d", 30)
	plan := p.draft("facility_plan", "hq")
	plan["plan_item"], plan["planned"] = item, "20"
	p.note(p.in, "facility_plan", plan)
	f := p.draft("facility", g.unit())
	f["plan_item"], f["facility"] = item, p.pooled("F-二期-%d", 90)
	for _, accepted := range []string{"20", p.among("0 5")} {
		f["accepted"] = accepted
		p.note(g, "facility", f)
		f = maps.Clone(f)
		delete(f, "status_to")
		f["status"], f["status_from"] = p.among("idle broken"), dayAfter(f["status_from"], 1+p.IntN(90))
	}
}

// countyAndUnit: overlapping numbers of a unit, the county's, and a late accident of the unit.
func (p *people) countyAndUnit() {
	measure := p.among("accident_counted accident_deaths plate_sets")
	for _, of := range [][]string{{"squad-1", "20190601", "20190610"}, {"squad-1", "20190605", "20190630"}, {"hq", "20190601", "20190630"}} {
		if p.chance(70) {
			f := map[string]string{
				"unit": of[0], "occurred_at": msText(p.moment()), "measure": measure, "period_from": of[1], "period_to": of[2], "number": p.among("0 3 9"),
			}
			if p.chance(50) {
				f["unit"] = p.among("squad-2 check-1 branch")
			}
			p.note(p.in, "baseline", f)
		}
	}
	for _, of := range [][]string{{"20191001", "20191020", "4"}, {"20191015", "20191031", "7"}} { // the longer period ends first
		p.note(p.in, "baseline", map[string]string{
			"unit": p.among("squad-1 squad-2"), "occurred_at": msText(p.moment()), "measure": "accident_counted",
			"period_from": of[0], "period_to": of[1], "number": of[2],
		})
	}
	t := p.draft("accident", "squad-1")
	t["occurred_at"] = msText(edgeAt(9) + p.Int64N(9*24*hour))
	delete(t, "platform_number")
	delete(t, "closed_at")
	p.note(p.hq, "accident", t)
}

// twoMinds: HQ releases a correction of a part of coupled fields.
func (p *people) twoMinds() {
	g := p.officer()
	t := p.beginKind(g, "incident", g.unit())
	p.wait()
	part := p.add(t, g, &Said{Kind: "incident", Act: "amend", Refused: true, Fields: map[string]string{"reported_at": t.fields["reported_at"]}}, "amend")
	p.sendSome(g)
	if p.checked[part.ID] {
		p.say(p.hq, &Said{Kind: "incident", Act: "release", Record: t.id, Target: part.ID}, "release")
	}
}
