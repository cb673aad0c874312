package tally

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

var naiveUnits = []string{"hq", "a", "b", "c", "d", "stray"}

// naiveWorlds draws trees of up to five units (rings and changes of parents among them), baselines of whole and of partial
// months, and observations, in the first quarter of 2019.
var naiveWorlds = rapid.Custom(func(t *rapid.T) *naiveWorld {
	w := &naiveWorld{}
	day := func(label string) clock.Day {
		return clock.Date(2019, 1, 1).AddDays(rapid.IntRange(0, 89).Draw(t, label))
	}
	for range rapid.IntRange(0, 6).Draw(t, "branches") {
		w.branches = append(w.branches, Branch{
			Unit:   rapid.SampledFrom(naiveUnits[:5]).Draw(t, "unit"),
			Parent: rapid.SampledFrom([]string{"", "hq", "a", "b", "c"}).Draw(t, "parent"),
			From:   rapid.SampledFrom([]clock.Day{20180101, 20190131, 20190201, 20200101}).Draw(t, "from"),
		})
	}
	taken := map[Baseline]bool{}
	for range rapid.IntRange(0, 8).Draw(t, "baselines") {
		from := day("begin")
		b := Baseline{Unit: rapid.SampledFrom(naiveUnits).Draw(t, "at"), Measure: "m"}
		b.From, b.To = clock.Date(from.Year(), from.Month(), 1), monthEnd(from)
		if rapid.Bool().Draw(t, "partial") {
			b.From, b.To = from, min(b.To, from+clock.Day(rapid.IntRange(0, 20).Draw(t, "days")))
		}
		if !taken[b] {
			taken[b] = true
			b.Number = int64(rapid.IntRange(-2, 9).Draw(t, "number"))
			w.baselines = append(w.baselines, b)
		}
	}
	for range rapid.IntRange(0, 12).Draw(t, "observations") {
		w.observed = append(w.observed, Sum{rapid.SampledFrom(naiveUnits).Draw(t, "by"), day("on"), "m", int64(rapid.IntRange(1, 5).Draw(t, "amount"))})
	}
	return w
})

// rows are the world as sums, in the order of arrival.
func (w *naiveWorld) rows() []Sum {
	rows := slices.Clone(w.observed)
	for _, b := range w.baselines {
		period := strconv.Itoa(int(b.From)) + ":" + b.Measure
		if b.Number != 0 {
			rows = append(rows, Sum{b.Unit, b.To, numberPrefix + period, b.Number})
		}
		rows = append(rows, Sum{b.Unit, b.To, givenPrefix + period, 1})
	}
	return rows
}

// A node's value equals the plain evaluation: every node, in windows that begin and end anywhere.
func TestBaselinesAgainstThePlainEvaluation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := naiveWorlds.Draw(t, "world")
		node := rapid.SampledFrom([]string{"", "a", "b", "c", "d", "stray"}).Draw(t, "node")
		from := rapid.SampledFrom([]clock.Day{0, 20190101, 20190102, 20190131, 20190201}).Draw(t, "window from")
		to := from.AddDays(0)
		if from == 0 {
			to = 20190101
		}
		to = to.AddDays(rapid.IntRange(0, 89).Draw(t, "window to"))
		rows := rapid.Permutation(w.rows()).Draw(t, "order")
		got := nodeValue(rows, Scope{NewTree(w.branches), node}, clock.Window{From: from, To: to})
		if want := w.value(node, from, to); got != want {
			t.Fatalf("%q from %d to %d is %d, want %d\n%+v", node, from, to, got, want, *w)
		}
	})
}

// nodeValue adds up what counts of a node in a window.
func nodeValue(rows []Sum, scope Scope, w clock.Window) (sum int64) {
	of := plainSums(rows).within(w)
	for _, s := range StandingIn(of, scope, w).Apply("", of) {
		sum += s.Amount
	}
	return sum
}

// A rule left out of the plain evaluation is noticed.
func TestBrokenBaselinesAreSeen(t *testing.T) {
	for _, broken := range []string{"observed is added", "unreached stands", "the shorter stands"} {
		seen := false
		for seed := range 300 {
			w := naiveWorlds.Example(seed)
			tree := NewTree(w.branches)
			w.broken = broken
			for _, to := range []clock.Day{20190115, 20190228, 20190331} {
				seen = seen || nodeValue(w.rows(), Scope{Tree: tree}, clock.Window{From: 20190101, To: to}) != w.value("", 20190101, to)
			}
		}
		if !seen {
			t.Errorf("%s: 300 worlds do not show it", broken)
		}
	}
}

// Whatever order the observations come in: of the baselines of one unit and month the last one that is not void stands.
func TestBaselinesInAnyOrder(t *testing.T) {
	last := clock.Day(20190630)
	for seed := range 60 {
		b, w := newRecordStore(t), &naiveWorld{}
		rng := rand.New(rand.NewPCG(uint64(seed), 13))
		stands := map[string]Baseline{}
		for range 1 + rng.IntN(7) {
			unit, number := []string{"hq", "squad-1"}[rng.IntN(2)], int64(rng.IntN(4))
			id := b.add("", wire.Create, "baseline", map[string]string{
				"unit": unit, "occurred_at": moment("2020-01-05 08:00", 0), "measure": "accident_counted",
				"period_from": "2019-06-01", "period_to": "2019-06-30", "number": strconv.FormatInt(number, 10),
			})
			if rng.IntN(3) == 0 {
				b.void(id, "baseline")
				continue
			}
			stands[unit] = Baseline{Unit: unit, From: 20190601, To: last, Number: number}
		}
		for range rng.IntN(4) {
			b.accident("2019-06-12 08:00")
			w.observed = append(w.observed, Sum{Unit: "squad-1", Day: 20190612, Amount: 1})
		}
		for _, x := range stands {
			w.baselines = append(w.baselines, x)
		}
		b.shuffle(rng)
		if got, want := b.totals().Sum("accident_counted", 20190101, last), w.value("", 20190101, last); got != want {
			t.Errorf("seed %d: %d, want %d", seed, got, want)
		}
	}
}

// shuffle joins all observations anew, in another order.
func (b *recordStore) shuffle(rng *rand.Rand) {
	for record, s := range b.states {
		fresh := new(merge.State)
		for _, i := range rng.Perm(len(s.Obs)) {
			fresh.Join(record, s.Obs[i])
		}
		b.states[record] = fresh
	}
}
