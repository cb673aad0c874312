package tally

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

var sch = schema.Default()

// shunping is the embedded catalogue of 2020.
func shunping(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	all, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Name() == "shunping-2020@1" {
			return c
		}
	}
	t.Fatal("no catalogue shunping-2020@1")
	return nil
}

var embedded = sync.OnceValues(func() ([]*catalogue.Catalogue, error) { return catalogue.Embedded(sch) })

// second is version 2 of the same year.
func second(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	all, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(c *catalogue.Catalogue) bool { return c.Name() == "shunping-2020@2" })]
}

// bothVersions counts by both versions side by side, as a server with a published copy of the first does.
func bothVersions(t testing.TB) *Counter {
	t.Helper()
	next := *second(t)
	next.ID = "next-2020"
	return NewCounter(shunping(t), &next)
}

func row(t testing.TB, id string) *catalogue.Indicator {
	t.Helper()
	ind, ok := shunping(t).Indicator(id)
	if !ok {
		t.Fatalf("no row %s", id)
	}
	return ind
}

// recordStore keeps records as a server does: states by record, groups by name. Sums are recounted each time.
type recordStore struct {
	t      testing.TB
	seq    uint64
	states map[string]*merge.State
}

func newRecordStore(t testing.TB) *recordStore {
	return &recordStore{t: t, states: map[string]*merge.State{}}
}

// add records an observation and returns its id. fields are names with texts as a person types them; times are written
// 2006-01-02T15:04:05.000+08:00. record is the item's record, "" for a record of its own.
func (b *recordStore) add(record string, act wire.Act, kind string, fields map[string]string) wire.ObsID {
	b.t.Helper()
	b.seq++
	stream := wire.StreamID{Device: "0000000000", Epoch: "epch0000"}
	o := merge.Obs{
		ID:  wire.NewObsID(stream, b.seq, sha256.Sum256(fmt.Append(nil, b.seq))),
		HLC: clock.HLCAt(1577808000000) + clock.HLC(b.seq), Act: act, Kind: kind, Grade: clock.Typed,
		Fields: b.values(kind, fields),
	}
	if record == "" {
		record = o.ID.String()
	}
	if b.states[record] == nil {
		b.states[record] = new(merge.State)
	}
	b.states[record].Join(record, o)
	return o.ID
}

func (b *recordStore) values(kind string, fields map[string]string) (vs schema.Values) {
	k, ok := sch.Kind(kind)
	if !ok {
		b.t.Fatalf("no kind %s", kind)
	}
	for name, text := range fields {
		v, fault := k.Parse(name, text)
		if fault != nil {
			b.t.Fatalf("%s: %v", name, fault)
		}
		vs = vs.With(name, v)
	}
	return vs
}

// link puts records into a group, as HQ does.
func (b *recordStore) link(group string, records ...wire.ObsID) {
	for _, id := range records {
		b.seq++
		stream := wire.StreamID{Device: "hhhhhhhhhh", Epoch: "epch0000"}
		o := merge.Obs{
			ID:  wire.NewObsID(stream, b.seq, sha256.Sum256(fmt.Append(nil, b.seq))),
			HLC: clock.HLCAt(1577808000000) + clock.HLC(b.seq), Act: wire.Link, Group: group,
		}
		b.states[id.String()].Join(id.String(), o)
	}
}

// sums recounts the contributions of all records.
func (b *recordStore) sums() (all []Sum) {
	counter := bothVersions(b.t)
	views, groups := map[string]merge.View{}, map[string][]merge.Member{}
	for record, s := range b.states {
		v := merge.Fold(record, s, sch)
		views[record] = v
		groups[v.Group] = append(groups[v.Group], v.Member())
	}
	for _, v := range views {
		for _, c := range Contributions(counter, &v, groups[v.Group]) {
			all = append(all, Sum{Unit: v.Unit, Day: c.Day, Measure: c.Measure, Amount: c.Amount})
		}
	}
	return all
}

func (b *recordStore) totals() Totals { return totalsOf(b.sums()) }

// totalsOf adds up sums in the simplest way; the units stand side by side below HQ.
func totalsOf(all []Sum) Totals { return plainTotals{all, Scope{Tree: NewTree(nil)}} }

type plainTotals struct {
	all   plainSums
	scope Scope
}

func (p plainTotals) Whole() bool { return p.scope.Tree != nil }

func (p plainTotals) Sum(measure string, from, to clock.Day) (sum int64) {
	for _, s := range p.Daily(measure, from, to) {
		if s.Measure == measure {
			sum += s.Amount
		}
	}
	return sum
}

func (p plainTotals) Daily(name string, from, to clock.Day) []Sum {
	w := clock.Window{From: from, To: to}
	rows := p.all.within(w)
	rows = StandingIn(rows, p.scope, w).Apply("", rows)
	return slices.DeleteFunc(rows, func(s Sum) bool { return s.Measure != name && !strings.HasPrefix(s.Measure, name+":") })
}

func (p plainTotals) Ends(name string, to clock.Day) []Sum {
	rows := p.all.within(clock.Window{To: to})
	return slices.DeleteFunc(rows, func(s Sum) bool { return s.Measure != name && !strings.HasPrefix(s.Measure, name+":") })
}

type plainSums []Sum

// within are the sums of a window by unit, day and measure, without zeros.
func (all plainSums) within(w clock.Window) (out []Sum) {
	total := map[Sum]int64{}
	for _, c := range all {
		if w.Contains(c.Day) {
			total[Sum{Unit: c.Unit, Day: c.Day, Measure: c.Measure}] += c.Amount
		}
	}
	for at, amount := range total {
		if at.Amount = amount; amount != 0 {
			out = append(out, at)
		}
	}
	slices.SortFunc(out, func(a, b Sum) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), int(a.Day-b.Day), strings.Compare(a.Measure, b.Measure))
	})
	return out
}

// moment writes a moment of Shanghai as lines do: "2020-12-31 23:59" plus a duration.
func moment(minute string, plus time.Duration) string {
	at, err := time.ParseInLocation("2006-01-02 15:04", minute, clock.Shanghai)
	if err != nil {
		panic(err)
	}
	return at.Add(plus).Format("2006-01-02T15:04:05.000Z07:00")
}

func (b *recordStore) plate(number, at string, more ...string) wire.ObsID {
	b.t.Helper()
	fields := map[string]string{
		"unit": "check-1", "occurred_at": moment(at, 0), "plate_type": "02", "plate_number": number, "business": "register",
	}
	return b.add("", wire.Create, "plate", withFields(fields, more))
}

func (b *recordStore) accident(at string, more ...string) wire.ObsID {
	b.t.Helper()
	fields := map[string]string{
		"unit": "squad-1", "occurred_at": moment(at, 0), "severity": "property", "procedure": "simple", "dead": "0",
	}
	return b.add("", wire.Create, "accident", withFields(fields, more))
}

func (b *recordStore) fatal(at, dead string) wire.ObsID {
	return b.accident(at, "severity", "fatal", "procedure", "general", "dead", dead)
}

func (b *recordStore) casualty(accident wire.ObsID, died string) wire.ObsID {
	b.t.Helper()
	fields := map[string]string{"unit": "squad-1", "occurred_at": died, "died_at": died}
	return b.add(accident.String(), wire.Create, "casualty", fields)
}

// incident occurs at the time of its report; dispatched "" = not yet.
func (b *recordStore) incident(reported, dispatched string) wire.ObsID {
	b.t.Helper()
	fields := map[string]string{"unit": "squad-1", "category": "other", "occurred_at": reported, "reported_at": reported}
	if dispatched != "" {
		fields["dispatched_at"] = dispatched
	}
	return b.add("", wire.Create, "incident", fields)
}

func (b *recordStore) void(id wire.ObsID, kind string) { b.add(id.String(), wire.Void, kind, nil) }

func withFields(fields map[string]string, more []string) map[string]string {
	for i := 0; i < len(more); i += 2 {
		if more[i+1] == "" {
			delete(fields, more[i])
			continue
		}
		fields[more[i]] = more[i+1]
	}
	return fields
}

// want is the expected figure; beside is compared if given.
type want struct {
	value, reason, literal string
	numerator, denominator int64
	beside                 map[string]int64
}

func checkFigure(t *testing.T, f Figure, w want) {
	t.Helper()
	if f.Text() != w.value || f.Reason != w.reason || f.Literal != w.literal {
		t.Errorf("value %q (%s), literal %s; want %q (%s), %s", f.Text(), f.Reason, f.Literal, w.value, w.reason, w.literal)
	}
	if f.Numerator != w.numerator || f.Denominator != w.denominator {
		t.Errorf("%d / %d, want %d / %d", f.Numerator, f.Denominator, w.numerator, w.denominator)
	}
	for name, n := range w.beside {
		if f.Beside[name] != n {
			t.Errorf("beside %s = %d, want %d", name, f.Beside[name], n)
		}
	}
	if f.Intent != None {
		t.Errorf("intent %q though HQ has confirmed nothing", f.Intent)
	}
}
