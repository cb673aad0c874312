package story

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"roadbook/schema"
	"roadbook/server/demo/truth"
	"roadbook/sync/wire"
)

// story plans the facts of a year, and who records which fact when. The whole plan is an agenda, made before the first
// observation; a player then works through the agenda in the order of time.
type story struct {
	seed              uint64
	volume            int // % of the numerous records
	units             []Unit
	sch               *schema.Schema
	world             *truth.World
	agenda            []agendaItem
	plates            int // number of plates issued
	certificateNumber int
}

// agendaItem is one step at a moment. Exactly one of note, rows and action is set.
type agendaItem struct {
	at     time.Time
	note   *note                                // recorded on a device
	rows   []Row                                // imported by HQ
	action func(context.Context, *player) error // any other step
}

// note is one observation that a person records on a device.
type note struct {
	who    int // device
	kind   string
	act    wire.Act
	mark   *mark // the record made or changed
	item   *mark // the record of the item
	fields fields
	auto   bool // the device fills in occurred_at
	reason string
}

// fields are texts by field name, as typed by a person.
type fields map[string]string

// mark stands for a record: the ids of all its observations so far, the first being the record's id.
type mark struct{ ids []string }

// Row is one record of a ledger or a count, as imported by HQ.
type Row struct {
	Kind   string
	Fields schema.Values
}

// plan fills the agenda and the facts of the world.
func (s *story) plan() {
	s.world = &truth.World{}
	for i, scene := range []func(*rand.Rand){
		s.ledgers, s.incidents, s.accidents, s.cases, s.offences, s.patrols, s.traffic, s.hazards, s.facilities, s.tasks,
		s.surveys, s.assets, s.counter, s.checks, s.payments, s.attestations, s.cameras, s.doubts, s.zeroReports,
	} {
		scene(rand.New(rand.NewPCG(s.seed, uint64(i)+100)))
	}
	s.planTroubles()
	slices.SortStableFunc(s.agenda, func(a, b agendaItem) int { return a.at.Compare(b.at) })
}

// unit is the code of a device's unit.
func (s *story) unit(device int) string { return s.units[device/perUnit].Code }

// create plans a new record on a device.
func (s *story) create(at time.Time, device int, kind string, f fields) *mark {
	m := &mark{}
	s.say(at, note{who: device, kind: kind, act: wire.Create, mark: m, fields: f})
	return m
}

// createNow plans a new record with the device's own clock as occurred_at.
func (s *story) createNow(at time.Time, device int, kind string, f fields) {
	s.say(at, note{who: device, kind: kind, act: wire.Create, mark: &mark{}, fields: f, auto: true})
}

// amend plans new values of fields. The fields of one register go together: the other fields of the register are cleared.
func (s *story) amend(at time.Time, device int, kind string, m *mark, f fields) {
	for _, register := range s.kind(kind).Registers {
		if !slices.ContainsFunc(register, func(name string) bool { _, ok := f[name]; return ok }) {
			continue
		}
		for _, name := range register {
			f[name] += ""
		}
	}
	s.say(at, note{who: device, kind: kind, act: wire.Amend, mark: m, fields: f})
}

func (s *story) void(at time.Time, device int, kind string, m *mark, reason string) {
	s.say(at, note{who: device, kind: kind, act: wire.Void, mark: m, reason: reason})
}

func (s *story) say(at time.Time, n note) {
	if n.act == wire.Create {
		f := fields{"unit": s.unit(n.who), "occurred_at": clockText(at)}
		maps.Copy(f, n.fields)
		n.fields = f
	}
	s.agenda = append(s.agenda, agendaItem{at: at, note: &n})
}

// addAction plans another step.
func (s *story) addAction(at time.Time, what func(context.Context, *player) error) {
	s.agenda = append(s.agenda, agendaItem{at: at, action: what})
}

// addImport plans an import.
func (s *story) addImport(at time.Time, rows ...Row) {
	s.agenda = append(s.agenda, agendaItem{at: at, rows: rows})
}

// row is one imported record; unit "" stands for HQ.
func (s *story) row(kind, unit string, at time.Time, f fields) Row {
	all := fields{"unit": hq, "occurred_at": clockText(at)}
	if unit != "" {
		all["unit"] = unit
	}
	maps.Copy(all, f)
	return Row{kind, values(s.kind(kind), all)}
}

func (s *story) kind(name string) *schema.Kind {
	k, ok := s.sch.Kind(name)
	if !ok {
		panic("story: the schema has no kind " + name)
	}
	return k
}

// values parses typed texts. An unparseable text is an error in the story's code.
func values(k *schema.Kind, typed fields) schema.Values {
	var out schema.Values
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		v, fault := k.Parse(name, typed[name])
		if fault != nil {
			panic(fmt.Sprintf("story: %s %s=%s: %v", k.Name, name, typed[name], fault))
		}
		out = append(out, schema.Named{Name: name, Value: v})
	}
	out.Sort()
	return out
}

func clockText(t time.Time) string { return t.In(shanghai).Format(time.RFC3339) }

func dayText(d truth.Day) string { return d.Time().Format(time.DateOnly) }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// metresText writes metres as kilometres.
func metresText(m int64) string { return fmt.Sprintf("%d.%03d", m/1000, m%1000) }

// noteDelivery notes that a unit delivered a record of a kind for a day, or a zero report.
func (s *story) noteDelivery(unit, kind string, day truth.Day) {
	s.world.Deliveries = append(s.world.Deliveries, truth.Delivery{Unit: unit, Kind: kind, Day: day})
}

// scaled is n at full volume, in proportion at a smaller volume, and at least 1.
func (s *story) scaled(n int) int { return max(1, n*s.volume/100) }

// days calls do for each day of the story's year.
func days(do func(day time.Time)) {
	for d := newYear; d.Before(nextEra); d = d.AddDate(0, 0, 1) {
		do(d)
	}
}

// randomTime is a random moment of a day, in the hours [from, to).
func randomTime(rng *rand.Rand, day time.Time, from, to int) time.Time {
	return day.Add(time.Duration(from*3600+rng.IntN((to-from)*3600)) * time.Second)
}

// minutesAfter adds minutes.
func minutesAfter(t time.Time, minutes int) time.Time {
	return t.Add(time.Duration(minutes) * time.Minute)
}

// pick is a random element of a list.
func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }
