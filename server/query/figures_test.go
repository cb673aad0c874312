package query

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

func TestLightsTable(t *testing.T) {
	for _, tt := range []struct {
		value, op, target, verdict string
		want                       Light
	}{
		{"90", "≥", "90", "pass", Green},
		{"72", "≥", "90", "fail", Yellow}, // 72 / 90 = 80 %
		{"71.999", "≥", "90", "fail", Red},
		{"-5", "≥", "90", "fail", Red},
		{"20", "≤", "20", "pass", Green},
		{"25", "≤", "20", "fail", Yellow}, // 20 / 25 = 80 %
		{"25.01", "≤", "20", "fail", Red},
		{"20", "<", "20", "fail", Yellow}, // 20 / 20
		{"1", "≤", "0", "fail", Red},
		{"50", "", "2", "none", Grey},
		{"", "≥", "90", "none", Grey},
	} {
		value, _ := new(big.Rat).SetString(tt.value)
		if got := rowLight(value, Target{Op: tt.op, Value: tt.target}, tt.verdict); got != tt.want {
			t.Errorf("%s %s %s is %s, want %s", tt.value, tt.op, tt.target, got, tt.want)
		}
	}
	for _, tt := range []struct {
		executed, planned string
		want              Light
	}{
		{"29.99", "50", Red}, {"30", "50", Yellow}, {"39.99", "50", Yellow}, {"40", "50", Green}, {"120", "100", Green},
		{"10", "0", Grey}, {"", "50", Grey}, {"0", "50", Red},
	} {
		executed, _ := new(big.Rat).SetString(tt.executed)
		planned, _ := new(big.Rat).SetString(tt.planned)
		if got := planLight(executed, planned); got != tt.want {
			t.Errorf("%s of %s is %s, want %s", tt.executed, tt.planned, got, tt.want)
		}
	}
}

// addLedgerEntry stores a record of one observation, the seq-th by hybrid time, with fields in typed form.
func (b *memoryStore) addLedgerEntry(t *testing.T, kind, occurred string, fields map[string]string) {
	t.Helper()
	k, ok := schema.Default().Kind(kind)
	if !ok {
		t.Fatalf("no kind %s", kind)
	}
	seq := uint64(len(b.records)) + 1
	o := merge.Obs{
		ID:  wire.NewObsID(wire.StreamID{Device: "0000000000", Epoch: "epch0000"}, seq, sha256.Sum256([]byte{byte(seq)})),
		HLC: clock.HLC(seq), Act: wire.Create, Kind: kind, Grade: clock.Typed,
	}
	typed := map[string]string{"unit": "hq", "occurred_at": occurred + "T08:00:00+08:00"}
	maps.Copy(typed, fields)
	for name, text := range typed {
		v, fault := k.Parse(name, text)
		if fault != nil {
			t.Fatalf("%s: %v", name, fault)
		}
		o.Fields = o.Fields.With(name, v)
	}
	o.Fields.Sort()
	day, err := clock.ParseDay(occurred)
	if err != nil {
		t.Fatal(err)
	}
	r := store.Record{ID: o.ID.String(), Place: store.Place{Unit: "hq", Day: day, Kind: kind}}
	r.State.Join(r.ID, o)
	b.records = append(b.records, r)
	slices.SortFunc(b.records, func(a, b store.Record) int { return strings.Compare(a.ID, b.ID) })
}

const fifth = "451-0501-YXN-0V4M" // 700 000 元; plan 25, 50, 75, 100 % at the checkpoints

func TestBudgetsByHand(t *testing.T) {
	b := &memoryStore{sums: []tally.Sum{
		{Unit: "hq", Day: 20191231, Measure: spentMeasure + fifth, Amount: 9_999_999}, // last year's
		{Unit: "hq", Day: 20200210, Measure: spentMeasure + fifth, Amount: 21_000_000},
		{Unit: "hq", Day: 20200211, Measure: spentMeasure + fifth, Amount: -5}, // a refund
		{Unit: "office-1", Day: 20201001, Measure: spentMeasure + fifth, Amount: 60_000_000},
	}}
	b.addLedgerEntry(t, "budget", "2020-09-01", map[string]string{"project": fifth, "adjusted_fen": "80000000", "carry_over_fen": "123"})
	b.addLedgerEntry(t, "budget", "2020-06-01", map[string]string{"project": fifth, "adjusted_fen": "60000000"})
	b.addLedgerEntry(t, "budget", "2020-09-01", map[string]string{"project": fifth, "adjusted_fen": "75000000", "carry_over_fen": "100"}) // of two entries of the same day, the later holds
	for _, tt := range []struct {
		at, adjusted, carried, spent, executed, plan string
		light                                        Light
		over                                         bool
		reason                                       string
	}{
		{"2020-01-31", "", "", "", "", "0", Grey, false, "no_data"},
		{"2020-02-29", "", "", "209999.95", "30", "0", Grey, false, ""},                // 209 999.95 / 700 000 = 29.99999 %
		{"2020-03-31", "", "", "209999.95", "30", "25.00", Green, false, ""},           // 30 / 25
		{"2020-06-30", "600000.00", "", "209999.95", "35", "50.00", Yellow, false, ""}, // 35 / 50 = 70 %
		{"2020-10-31", "750000.00", "1.00", "809999.95", "108", "75.00", Green, true, ""},
	} {
		for _, unit := range []string{"", "office-1"} { // a budget is the whole project's
			in := ask(t, b, nil, Question{"2020", tt.at, unit})
			got := in.Budgets[4]
			have := []string{text(got.Adjusted), text(got.CarryOver), text(got.Spent), text(got.ExecutedPercent), got.Plan, got.Reason}
			if want := []string{tt.adjusted, tt.carried, tt.spent, tt.executed, tt.plan, tt.reason}; !slices.Equal(have, want) {
				t.Errorf("at %s %q, want %q", tt.at, have, want)
			}
			if got.Light != tt.light || (got.Note != nil) != tt.over || in.Budgets[0].Light != Grey || in.Budgets[0].Spent != nil {
				t.Errorf("at %s %s, note %v", tt.at, got.Light, got.Note)
			}
		}
	}
}

func TestCompletenessByHand(t *testing.T) {
	b := &memoryStore{}
	expect := func(unit, kind, every, from, to string) {
		said := map[string]string{"expected_unit": unit, "expected_kind": kind, "every": every, "from_day": from}
		if to != "" {
			said["to_day"] = to
		}
		b.addLedgerEntry(t, "expectation", "2020-01-01", said)
	}
	came := func(unit, kind string, days ...clock.Day) {
		for _, d := range days {
			b.sums = append(b.sums, tally.Sum{Unit: unit, Day: d, Measure: "reported:" + kind, Amount: 1})
		}
	}
	expect("squad-1", "accident", "day", "2019-12-01", "2020-01-11")    // 1 … 10 January: 10 days
	came("squad-1", "accident", 20200101, 20200103, 20200110, 20200111) // nothing was expected on the last day: 3 of 10
	expect("squad-2", "accident", "day", "2020-01-01", "")
	expect("squad-2", "accident", "week", "2020-01-06", "")             // by week from then on: 5 days, then the weeks to 12, 19, 26 January and 2 February
	came("squad-2", "accident", 20200105, 20200113, 20200119, 20200202) // 1 day, 2 weeks: 3 of 9
	expect("office-1", "plate", "month", "2020-01-31", "")              // in force on the last of January: 1
	came("office-1", "plate", 20200102)
	came("office-1", "accident", 20200101) // not expected
	b.addLedgerEntry(t, "unit_entry", "2020-01-01", map[string]string{"code": "squad-1", "name": "一中队", "unit_type": "accident_squad", "from_day": "2020-01-01"})

	late := clock.Day(20210101)
	in := askAt(t, b, late, Question{"2020", "2020-02-05", ""})
	want := func(c *Completeness, delivered, expected int) {
		t.Helper()
		if c == nil || c.Delivered != delivered || c.Expected != expected {
			t.Errorf("%+v, want %d of %d", c, delivered, expected)
		}
	}
	want(in.Completeness, 7, 20)
	for _, r := range in.Rows {
		switch r.ID {
		case "P3-3": // accidents
			want(r.Completeness, 6, 19)
			if !r.Provisional {
				t.Error("not provisional")
			}
		case "P5-1": // plates
			want(r.Completeness, 1, 1)
			if r.Provisional {
				t.Error("provisional, though everything has come")
			}
		case "P1-2": // incidents: none expected
			if r.Completeness != nil || r.Provisional {
				t.Errorf("%+v", r.Completeness)
			}
		}
	}
	want(askAt(t, b, late, Question{"2020", "2020-02-05", "squad-1"}).Completeness, 3, 10)
	want(askAt(t, b, late, Question{"2020", "2020-01-02", "squad-1"}).Completeness, 1, 2)
	// Asked at noon on 8 January about 31 December: seven days are over, with two deliveries.
	want(askAt(t, b, 20200108, Question{"2020", "", "squad-1"}).Completeness, 2, 7)

	table, err := newQuery(t, b, late, nil).Completeness(t.Context(), Question{"2020", "2020-01-10", "squad-1"})
	if err != nil {
		t.Fatal(err)
	}
	missing := []string{"2020-01-09", "2020-01-08", "2020-01-07", "2020-01-06", "2020-01-05", "2020-01-04", "2020-01-02"} // the latest first
	if r := table.Rows[0]; len(table.Rows) != 1 || r.UnitName != "一中队" || r.Kind != "accident" || !slices.Equal(r.Missing, missing) {
		t.Errorf("%+v", table.Rows)
	}
}

func newQuery(t *testing.T, b *memoryStore, today clock.Day, devices func(context.Context) ([]DeliveringDevice, error)) *Query {
	t.Helper()
	cats, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	if devices == nil {
		devices = func(context.Context) ([]DeliveringDevice, error) { return nil, nil }
	}
	noon := time.UnixMilli(today.Start()).Add(12 * time.Hour)
	return New(Config{
		Store: b, Schema: schema.Default(), Catalogues: cats, DeliveringDevices: devices, Now: func() time.Time { return noon },
		Counter: tally.NewCounter(cats...),
	})
}

func askAt(t *testing.T, b *memoryStore, today clock.Day, question Question) *Indicators {
	t.Helper()
	known := func(context.Context) ([]DeliveringDevice, error) { // of both units, in contact after every day in question
		return []DeliveringDevice{{ID: "a", Unit: "squad-1", Seen: 1 << 50}, {ID: "b", Unit: "office-1", Seen: 1 << 50}}, nil
	}
	in, err := newQuery(t, b, today, known).Indicators(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// The ledger is read again after a stream has changed, and only then.
func TestLedgerIsReadOnChange(t *testing.T) {
	b := &memoryStore{streams: []store.Stream{
		{ID: wire.StreamID{Device: "a", Epoch: "e"}, N: 1}, {ID: wire.StreamID{Device: "b", Epoch: "e"}, N: 1},
	}}
	q := newQuery(t, b, 20210101, func(context.Context) ([]DeliveringDevice, error) {
		return []DeliveringDevice{{ID: "b", Unit: "x", Role: "officer"}}, nil
	})
	name := func() string {
		units, err := q.Units(t.Context(), 20201231)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(units)
	}
	before := name()
	b.addLedgerEntry(t, "unit_entry", "2020-01-01", map[string]string{"code": "x", "name": "X", "unit_type": "checkpoint", "from_day": "2020-01-01"})
	if got := name(); got != before || before != "[{x }]" {
		t.Errorf("%s: read though no stream has changed", got)
	}
	b.streams[1].N++ // an officer's stream: holds no ledger lines
	if got := name(); got != before {
		t.Errorf("%s: read for what an officer said", got)
	}
	b.streams[0].N++
	if got := name(); got != "[{x X}]" {
		t.Errorf("%s: not read again", got)
	}
}

// A caller gets a snapshot begun after the call; waiting callers share the next snapshot.
func TestWaitingCallersShareASnapshot(t *testing.T) {
	started, goOn := make(chan int), make(chan struct{})
	n := 0
	q := newQuery(t, &memoryStore{}, 20210101, func(context.Context) ([]DeliveringDevice, error) {
		n++ // snapshots are taken one at a time
		started <- n
		<-goOn
		return []DeliveringDevice{{ID: fmt.Sprint(n)}}, nil
	})
	answers := make(chan string, 5)
	ask := func() {
		s, err := q.takeSnapshot(t.Context())
		if err != nil {
			answers <- err.Error()
			return
		}
		answers <- s.devices[0].ID
	}
	go ask()
	<-started // the first snapshot has begun: only earlier callers may get it
	q.snapshots.mu.Lock()
	begun := q.snapshots.next == nil
	q.snapshots.mu.Unlock()
	if !begun {
		t.Fatal("the running snapshot could still be joined")
	}
	waiting := make([]*snapshotCall, 3)
	for i := range waiting {
		waiting[i] = q.snapshots.join(nil)
	}
	goOn <- struct{}{}
	if got := <-answers; got != "1" {
		t.Errorf("answered by snapshot %s", got)
	}
	<-started
	goOn <- struct{}{}
	for _, w := range waiting {
		<-w.done
		if w != waiting[0] || w.snapshot.devices[0].ID != "2" {
			t.Errorf("answered by snapshot %s", w.snapshot.devices[0].ID)
		}
	}
}
