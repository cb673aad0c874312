package recounttest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// people are the crowd: officers, clerks, HQ and an import, with the meaning of each observation: the ground truth.
type people struct {
	drafter
	now     int64 // true time, Unix ms
	gadgets []*gadget
	hq, in  *gadget
	records []*topic
	said    []*Said
	checked map[string]bool // ids of the lines sent
	send    func(g *gadget, from, to int)
}

// topic is a record in the eyes of the crowd.
type topic struct {
	id, kind, unit string
	fields         map[string]string // of the create
	ids            []string          // of all observations
	items          []string
}

const hour = int64(3600_000)

func gather(seed uint64) *people {
	rng := rand.New(rand.NewPCG(seed, 77))
	p := &people{
		drafter: drafter{rng}, checked: map[string]bool{},
		now: time.Date(2019, 1, 5, 8, 0, 0, 0, time.FixedZone("", 8*3600)).UnixMilli(),
	}
	for i, of := range []string{"squad-1", "squad-1", "squad-2", "check-1", "squad-2", "office-1", "office-1", "office-2"} {
		role := "officer"
		if strings.HasPrefix(of, "office") {
			role = "clerk"
		}
		g := newGadget(rng, of, role, of, p.now)
		g.tellsWall = i%3 != 0
		p.gadgets = append(p.gadgets, g)
	}
	p.hq, p.in = newGadget(rng, "hq", "hq", "hq", p.now), newGadget(rng, "import", "hq", "hq", p.now)
	p.in.imports = true
	return p
}

// live lets the crowd make so many records, and speak about the records.
func (p *people) live(records int) {
	p.foundRegister()
	step := 800 * 24 * hour / int64(records*5/2)
	for len(p.records) < records {
		p.now += p.Int64N(2*step) + 1
		p.disturbClocks()
		switch {
		case p.chance(40) || len(p.records) < 5:
			p.begin()
		case p.chance(8):
			p.episode()
		case p.chance(3):
			p.babble()
		case p.chance(5):
			p.release()
		default:
			p.speak(p.anyTopic())
		}
		if p.chance(18) {
			p.sendSome(p.anyGadget())
		}
		if len(p.records) == records/2 && len(p.gadgets) == 8 {
			p.gadgets = append(p.gadgets, p.gadgets[2].clone())
		}
	}
	p.flood()
	p.oddities()
	p.sendAll()
}

func (p *people) everyone() []*gadget { return append(slices.Clone(p.gadgets), p.hq, p.in) }

func (p *people) anyGadget() *gadget {
	all := p.everyone()
	return all[p.IntN(len(all))]
}

// anyTopic prefers the last records.
func (p *people) anyTopic() *topic {
	n := len(p.records)
	if p.chance(60) {
		return p.records[max(0, n-1-p.IntN(30))]
	}
	return p.records[p.IntN(n)]
}

// disturbClocks lets a device sleep, start anew, move to another unit, or be set.
func (p *people) disturbClocks() {
	g := p.gadgets[p.IntN(len(p.gadgets))]
	switch p.IntN(30) {
	case 0, 1:
		g.reboot(p.Rand, p.now)
	case 2, 3, 4, 5:
		if gap := p.Int64N(40 * hour); p.now-g.bootAt-g.sleep > gap {
			g.sleep += gap
		}
	case 6, 7:
		g.skew = []int64{0, 0, 5000, -5000, hour, -hour, -p.now, 89 * 366 * 24 * hour, -400 * 24 * hour}[p.IntN(9)]
	case 8:
		if unit := p.among(fieldUnits); p.chance(7) {
			g.units = append(slices.DeleteFunc(slices.Clone(g.units), func(u string) bool { return u == unit }), unit)
		}
	}
}

// say appends an observation to a device's stream. act is the word in the line, s.Act its meaning.
func (p *people) say(g *gadget, s *Said, act string) *Said {
	typed, texts := map[string]any(nil), map[string]string(nil)
	s.Clock = g.reading(p.now)
	if s.Auto = s.Fields["occurred_at"] != "" && g.role != "hq" && p.chance(25); s.Auto {
		s.Fields["occurred_at"] = msText(held(s.Clock.Wall))
	}
	if s.Fields != nil {
		typed, texts = typeFields(p.Rand, s.Fields)
	}
	s.Typed = texts
	group := *s
	group.Group = spell(p.Rand, s.Group)
	for i, unit := range group.Share {
		group.Share = slices.Clone(group.Share)
		group.Share[i] = spell(p.Rand, unit)
	}
	s.ID = g.add(lineOf(&group, typed, act), s)
	if s.Record == "" {
		s.Record = s.ID
	}
	if s.Kind == "casualty" && s.Act == "create" {
		s.Item = s.ID
	}
	s.Refused = s.Refused || g.role != "hq" && !mayRecord(g.role, s.Kind)
	p.said = append(p.said, s)
	return s
}

func mayRecord(role, kind string) bool {
	may := officerKinds + " casualty"
	if role == "clerk" {
		may = clerkKinds
	}
	return slices.Contains(strings.Fields(may), kind)
}

// begin creates a record.
func (p *people) begin() {
	g, kinds := p.anyGadget(), officerKinds
	switch {
	case g == p.in:
		kinds = importKinds
	case g == p.hq:
		kinds = hqKinds
	case g.role == "clerk":
		kinds = clerkKinds
	}
	if p.chance(20) {
		g, kinds = p.in, importKinds
	}
	kind, unit := p.among(kinds), g.unit()
	switch {
	case g.role == "hq" && p.chance(60) && !slices.Contains(central, kind):
		unit = p.among(fieldUnits)
	case p.chance(10):
		unit = g.units[p.IntN(len(g.units))]
	case p.chance(4) && g.role != "hq":
		unit = p.among(fieldUnits) // perhaps another's
	}
	p.beginKind(g, kind, unit)
}

// central are the kinds kept by HQ for all units.
var central = []string{"attestation", "offsite", "segment", "facility_plan", "budget", "expectation", "unit_entry", "site_entry"}

func (p *people) beginKind(g *gadget, kind, unit string) *topic {
	f := p.draft(kind, unit)
	if g == p.in && kind == "accident" && p.chance(30) {
		delete(f, "dead")
		f["severity"], f["procedure"] = "unknown", ""
	}
	if f["severity"] == "fatal" && p.chance(3) {
		f["dead"] = "0" // a check finds the fault
	}
	return p.note(g, kind, f)
}

// note creates a record with given fields.
func (p *people) note(g *gadget, kind string, f map[string]string) *topic {
	s := p.say(g, &Said{Kind: kind, Act: "create", Fields: f, Refused: f["severity"] == "fatal" && f["dead"] == "0"}, "create")
	t := &topic{id: s.ID, kind: kind, unit: f["unit"], fields: f, ids: []string{s.ID}}
	p.records = append(p.records, t)
	return t
}

// speaker is the device of an act about a record: mostly of the record's unit.
func (p *people) speaker(t *topic) *gadget {
	switch {
	case slices.Contains(strings.Fields(importKinds), t.kind) && p.chance(90):
		return p.in
	case p.chance(20):
		return p.hq
	case p.chance(70):
		for _, i := range p.Perm(len(p.gadgets)) {
			if g := p.gadgets[i]; g.had(t.unit) {
				return g
			}
		}
	}
	return p.gadgets[p.IntN(len(p.gadgets))]
}

// seen are the observations on a person's screen.
func (p *people) seen(t *topic) (ids []string) {
	switch {
	case p.chance(60):
		ids = slices.Clone(t.ids)
	case p.chance(60):
		for _, id := range t.ids {
			if p.chance(50) {
				ids = append(ids, id)
			}
		}
	}
	return ids[:min(len(ids), 800)]
}

func (p *people) add(t *topic, g *gadget, s *Said, act string) *Said {
	s.Record, s.Seen = t.id, p.seen(t)
	p.say(g, s, act)
	t.ids = append(t.ids, s.ID)
	return s
}

// speak says something about a record.
func (p *people) speak(t *topic) {
	g := p.speaker(t)
	if (t.kind == "accident" || t.kind == "hazard") && p.chance(40) {
		g = p.gadgets[p.IntN(len(p.gadgets))] // mostly of another unit
	}
	ledger := rulesOf[t.kind].silent
	switch n := p.IntN(100); {
	case t.kind == "accident" && n < 40:
		p.speakOfDeaths(t, g)
	case n < 45:
		p.amend(t, g)
	case n < 58:
		p.add(t, g, &Said{Kind: t.kind, Act: "void"}, "void")
	case n < 65:
		p.add(t, g, &Said{Kind: t.kind, Act: "restore"}, "restore")
	case n < 75 && !ledger:
		p.link(t)
	case n < 80 && !ledger && t.kind != "facility":
		p.add(t, p.hq, &Said{Kind: t.kind, Act: "separate"}, "separate")
	case n < 85 && !ledger && t.kind != "attestation":
		p.add(t, p.hq, &Said{Kind: t.kind, Act: "amend", Fields: map[string]string{"unit": p.among(fieldUnits)}}, "amend")
	case n < 93:
		p.add(t, g, &Said{Kind: t.kind, Act: "amend", Share: []string{p.among(fieldUnits)}, Refused: p.importsOnly(t, g)}, "amend")
	case n < 95:
		p.add(t, g, &Said{Kind: t.kind, Act: "amend", Refused: p.importsOnly(t, g)}, "amend") // says nothing
	case n < 97 && g.role != "hq":
		p.add(t, g, &Said{Kind: t.kind, Act: "amend", Refused: true, Fields: map[string]string{"unit": p.among(fieldUnits)}}, "amend")
	case n < 98 && g.role != "hq":
		p.add(t, g, &Said{Kind: t.kind, Act: "link", Refused: true, Group: "G-1"}, "link")
	default:
		p.add(t, g, &Said{Kind: t.kind, Act: "merge", Refused: true}, "merge")
	}
}

// importsOnly: HQ's users and devices do not type kinds reserved for imports.
func (p *people) importsOnly(t *topic, g *gadget) bool {
	return g != p.in && (rulesOf[t.kind].silent && t.kind != "nil")
}
