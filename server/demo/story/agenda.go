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

// story decides what happens in a year and what is said of it by whom and when. It is written down as an agenda
// before anything is said; living it goes through the agenda in the order of time.
type story struct {
	seed              uint64
	volume            int // % of what there is plenty of
	units             []Unit
	sch               *schema.Schema
	world             *truth.World
	agenda            []agendaItem
	plates            int // numbers given out
	certificateNumber int
}

// entry is one thing to be done at a moment: exactly one of the others is set.
type agendaItem struct {
	at     time.Time
	note   *note                                // to be said by a device
	rows   []Row                                // to be imported by headquarters
	action func(context.Context, *player) error // anything else
}

// note is one observation that a person makes on a device.
type note struct {
	who    int // device
	kind   string
	act    wire.Act
	mark   *mark // what it makes or speaks of
	item   *mark // the item spoken of
	fields fields
	auto   bool // the device fills in occurred_at
	reason string
}

// fields are texts under field names, as a person types them.
type fields map[string]string

// mark is the place of a record: the ids of all observations of it that were said so far, the first its own.
type mark struct{ ids []string }

// Row is one record of a ledger or a count as headquarters import it.
type Row struct {
	Kind   string
	Fields schema.Values
}

// write tells the whole story.
func (s *story) plan() {
	s.world = &truth.World{}
	for i, scene := range []func(*rand.Rand){
		s.ledgers, s.incidents, s.accidents, s.cases, s.offences, s.patrols, s.traffic, s.hazards, s.facilities, s.tasks,
		s.surveys, s.assets, s.counter, s.checks, s.payments, s.attestations, s.cameras, s.zeroReports,
	} {
		scene(rand.New(rand.NewPCG(s.seed, uint64(i)+100)))
	}
	s.planTroubles()
	slices.SortStableFunc(s.agenda, func(a, b agendaItem) int { return a.at.Compare(b.at) })
}

// unit is the code of a device's unit.
func (s *story) unit(device int) string { return s.units[device/perUnit].Code }

// create lets a device begin a record.
func (s *story) create(at time.Time, device int, kind string, f fields) *mark {
	m := &mark{}
	s.say(at, note{who: device, kind: kind, act: wire.Create, mark: m, fields: f})
	return m
}

// createNow does so with the device's own clock as the moment of what happened.
func (s *story) createNow(at time.Time, device int, kind string, f fields) {
	s.say(at, note{who: device, kind: kind, act: wire.Create, mark: &mark{}, fields: f, auto: true})
}

// amend lets a device say again what a field is. Fields of one register go together: those left out are cleared.
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

// do puts something else on the agenda.
func (s *story) addAction(at time.Time, what func(context.Context, *player) error) {
	s.agenda = append(s.agenda, agendaItem{at: at, action: what})
}

// load puts an import on the agenda.
func (s *story) addImport(at time.Time, rows ...Row) {
	s.agenda = append(s.agenda, agendaItem{at: at, rows: rows})
}

// row is a ledger's entry; unit "" is headquarters'.
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

// values parses what a person types. A story that types nonsense is a fault of the program.
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

// report notes that a unit told something of a kind for a day.
func (s *story) noteDelivery(unit, kind string, day truth.Day) {
	s.world.Deliveries = append(s.world.Deliveries, truth.Delivery{Unit: unit, Kind: kind, Day: day})
}

// scaled is n at full volume, less in a small story, at least 1.
func (s *story) scaled(n int) int { return max(1, n*s.volume/100) }

// days calls do for each day of the year that is told.
func days(do func(day time.Time)) {
	for d := newYear; d.Before(nextEra); d = d.AddDate(0, 0, 1) {
		do(d)
	}
}

// minutes is a random moment in [from, to) hours of a day.
func randomTime(rng *rand.Rand, day time.Time, from, to int) time.Time {
	return day.Add(time.Duration(from*3600+rng.IntN((to-from)*3600)) * time.Second)
}

// after adds minutes.
func minutesAfter(t time.Time, minutes int) time.Time {
	return t.Add(time.Duration(minutes) * time.Minute)
}

// pick is one of a list.
func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }
