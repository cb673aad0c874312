package recounttest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/schema/data"
	"roadbook/server/demo/truth"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

var (
	crowdSeed    = flag.Uint64("crowd-seed", 1, "first seed of the hostile crowd")
	crowdSeeds   = flag.Int("crowd-seeds", 1, "number of seeds of the hostile crowd")
	crowdRecords = flag.Int("crowd-records", 1200, "records of a hostile crowd")
)

// site is a server: its write path on a store.
type site struct {
	t     *testing.T
	store store.Store
	in    *ingest.Ingest
	count *tally.Counter
	cats  []*catalogue.Catalogue
	now   int64
}

var crowdStores = map[string]func(*testing.T) store.Store{
	"sqlite": func(t *testing.T) store.Store {
		s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: t.TempDir() + "/r.db"})
		must(t, err)
		return s
	},
	"mongo": func(t *testing.T) store.Store {
		s, err := mongostore.New(t.Context(), simdoc.New(nil), mongostore.Config{})
		must(t, err)
		return s
	},
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openSite(t *testing.T, open func(*testing.T) store.Store) *site {
	w := &site{t: t, store: open(t)}
	var err error
	w.cats, err = catalogue.Embedded(schema.Default())
	must(t, err)
	w.count = tally.NewCounter(w.cats...)
	w.cats = append(w.cats, ofYear(t, 2019), ofYear(t, 2021))
	w.in = ingest.New(ingest.Config{
		Store: w.store, Schema: schema.Default(), Catalogues: []string{catalogueName}, Counter: w.count, Key: serverKey(), Epoch: "epoch001",
		Now: func() time.Time { return time.UnixMilli(w.now) }, Rand: rand.NewChaCha8([32]byte{7}),
	})
	t.Cleanup(func() {
		w.in.Close()
		must(t, w.store.Close())
	})
	return w
}

// ofYear is the newest catalogue with another year: the recount of a year does not depend on the year's targets.
func ofYear(t *testing.T, year int) *catalogue.Catalogue {
	raw, err := data.FS.ReadFile("catalogues/shunping-2020-2.yaml")
	must(t, err)
	text := strings.Replace(string(raw), "\nyear: 2020", fmt.Sprintf("\nyear: %d", year), 1)
	text = strings.Replace(text, "id: shunping-2020", fmt.Sprintf("id: shunping-%d", year), 1)
	c, err := catalogue.Load([]byte(text), "year.yaml", schema.Default())
	must(t, err)
	return c
}

func serverKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) }

// host lets the crowd of a seed live with the server.
func (w *site) host(seed uint64, records int) *people {
	p := gather(seed)
	p.send = func(g *gadget, from, to int) {
		w.now = p.now
		answer, err := w.in.Sync(w.t.Context(), g.who(), g.request(from, to, p.now))
		must(w.t, err)
		for i, s := range g.said[from:to] {
			w.compareResult(p, g, s, answer, uint64(from+i)+1)
		}
		if p.chance(60) {
			g.known = answer.ServerTime
		}
	}
	p.live(records)
	return p
}

// compareResult: at its first arrival a line with a fault is quarantined, and no other line.
func (w *site) compareResult(p *people, g *gadget, s *Said, a *wire.Answer, seq uint64) {
	if p.checked[s.ID] {
		return
	}
	p.checked[s.ID] = true
	if s.Act == "create" && !g.had(s.Fields["unit"]) {
		s.Refused = true
	}
	for _, r := range a.Results {
		if seq < r.First || seq > r.Last {
			continue
		}
		full := len(r.Faults) > 0 && r.Faults[0].Code == ingest.CodeRecordFull
		if refused := r.Status == wire.Quarantined && !full; refused != s.Refused {
			w.t.Errorf("%s (%s %s %v by %s) is %s %v, refused by the recount: %v", s.ID, s.Act, s.Kind, s.Fields, g.name, r.Status, r.Faults, s.Refused)
		}
	}
}

// crowd is the crowd's observations with the server's boots and units.
func (w *site) crowd(p *people) *Crowd {
	c := &Crowd{Said: p.said, Boots: map[BootKey]Fix{}, Senders: map[string]Sender{}}
	for s, err := range store.AllStreams(w.t.Context(), w.store, wire.StreamID{}) {
		must(w.t, err)
		for _, b := range s.Boots {
			c.Boots[BootKey{s.ID.String(), b.ID}] = Fix{Base: b.Base, Ceiling: b.Ceiling, V2: b.V == 2, Offset: b.Offset, Mono: b.Mono}
		}
	}
	for _, f := range w.frames() {
		for _, id := range idsOf(w.t, &f) {
			by := c.Senders[id]
			if f.Role == "hq" {
				by.HQ, by.Anyone = true, true
			}
			if by.Units == nil {
				by.Units = map[string]bool{}
			}
			for _, unit := range f.Earlier {
				if _, known := by.Units[unit]; !known {
					by.Units[unit] = false
				}
			}
			by.Units[f.Unit] = true
			c.Senders[id] = by
		}
	}
	return c
}

func (w *site) frames() (all []store.Frame) {
	for f, err := range store.AllFrames(w.t.Context(), w.store, wire.StreamID{}, 100) {
		must(w.t, err)
		all = append(all, *f)
	}
	return all
}

// idsOf names the lines of a frame.
func idsOf(t *testing.T, f *store.Frame) (ids []string) {
	lines, err := wire.UnpackLines(f.Packed, 1<<26)
	must(t, err)
	h := f.Prev
	for i, line := range lines {
		h = wire.ChainHash(h, line)
		ids = append(ids, wire.NewObsID(f.Key.Stream, f.Key.First+uint64(i), h).String())
	}
	return ids
}

// sums are all sums of the store.
func (w *site) sums() map[SumKey]int64 {
	rows, err := w.store.Sums(w.t.Context(), store.SumQuery{To: 99991231, ByUnit: true, ByDay: true})
	must(w.t, err)
	out := map[SumKey]int64{}
	for _, r := range rows {
		if r.Amount != 0 {
			out[SumKey{r.Unit, int(r.Day), r.Measure}] += r.Amount
		}
	}
	return out
}

// differences lists the unequal sums.
func differences(got, want map[SumKey]int64) (out []string) {
	for key := range maps.Keys(joined(got, want)) {
		if got[key] != want[key] {
			out = append(out, fmt.Sprintf("%v is %d, recounted %d", key, got[key], want[key]))
		}
	}
	slices.Sort(out)
	return out
}

func joined(a, b map[SumKey]int64) map[SumKey]int64 {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

var crowdDays = []truth.Day{20190615, 20190630, 20191231, 20200331, 20200615, 20200630, 20201231, 20210101, 20210331}

// answers are the figures of the server, by unit, day and row.
func (w *site) answers() map[string]Figure {
	q := query.New(query.Config{
		Store: w.store, Schema: schema.Default(), Catalogues: w.cats, Counter: w.count,
		DeliveringDevices: func(context.Context) ([]query.DeliveringDevice, error) { return nil, nil },
	})
	out := map[string]Figure{}
	for _, unit := range crowdUnits {
		for _, day := range crowdDays {
			table, err := q.Indicators(w.t.Context(), query.Question{Year: fmt.Sprint(yearOf(day)), At: clock.Day(day).String(), Unit: unit})
			must(w.t, err)
			for _, row := range table.Rows {
				out[figureKey(unit, day, row.ID)] = Figure{text(row.Value), text(row.Numerator), text(row.Denominator), text(row.Reason)}
				for _, c := range row.Companions {
					out[figureKey(unit, day, c.ID)] = Figure{text(c.Value), text(c.Numerator), text(c.Denominator), text(c.Reason)}
				}
			}
		}
	}
	return out
}

var crowdUnits = []string{"", "branch", "squad-1", "office-1", "hq"}

func figureKey(unit string, day truth.Day, row string) string {
	return fmt.Sprintf("%q %d %s", unit, day, row)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// figures are the recounted ones.
func (n *Counted) figures() map[string]Figure {
	out := map[string]Figure{}
	for _, unit := range crowdUnits {
		for _, day := range crowdDays {
			for row, f := range n.Rows(unit, day) {
				out[figureKey(unit, day, row)] = f
			}
			for row, f := range n.Companions(unit, day) {
				out[figureKey(unit, day, row)] = f
			}
		}
	}
	return out
}

func (w *site) compare(what string, want *Counted, figures map[string]Figure) {
	w.t.Helper()
	if wrong := differences(w.sums(), want.Sums); len(wrong) > 0 {
		w.t.Errorf("%s: %d of %d sums differ:\n%s", what, len(wrong), len(want.Sums), strings.Join(wrong[:min(len(wrong), 8)], "\n"))
	}
	got := w.answers()
	var wrong []string
	for key, f := range figures {
		if got[key] != f {
			wrong = append(wrong, fmt.Sprintf("%s is %+v, recounted %+v", key, got[key], f))
		}
	}
	if len(got) != len(figures) || len(wrong) > 0 {
		slices.Sort(wrong)
		w.t.Errorf("%s: %d figures, recounted %d; %d differ:\n%s", what, len(got), len(figures), len(wrong), strings.Join(wrong[:min(len(wrong), 8)], "\n"))
	}
	if w.t.Failed() {
		w.t.FailNow() // further comparisons would repeat the difference
	}
}

// replay takes the frames of another site in, in any order.
func (w *site) replay(from *site, rng *rand.Rand) {
	boots := map[wire.StreamID][]clock.Boot{}
	for s, err := range store.AllStreams(w.t.Context(), from.store, wire.StreamID{}) {
		must(w.t, err)
		boots[s.ID] = s.Boots
	}
	todo := from.frames()
	rng.Shuffle(len(todo), func(i, j int) { todo[i], todo[j] = todo[j], todo[i] })
	for len(todo) > 0 {
		err := w.in.Replay(w.t.Context(), todo[0], boots[todo[0].Key.Stream])
		if errors.Is(err, ingest.ErrTargetLater) {
			todo = append(todo[1:], todo[0])
			continue
		}
		must(w.t, err)
		todo = todo[1:]
	}
}

// TestCrowd: the sums and figures of a hostile crowd equal the recount, on both stores, after a rebuild, and after a replay of
// the frames in another order. The long form: server/MEASURED.md, Commands.
func TestCrowd(t *testing.T) {
	for seed := *crowdSeed; seed < *crowdSeed+uint64(*crowdSeeds); seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			sites, crowds := map[string]*site{}, map[string]*Crowd{}
			for name, open := range inOrderOf(crowdStores) {
				w := openSite(t, open)
				sites[name], crowds[name] = w, w.crowd(w.host(seed, *crowdRecords))
				want := crowds[name].Recount()
				countsEveryKind(t, want)
				figures, doubts := want.figures(), crowds[name].doubts()
				w.compare(name, want, figures)
				w.compareDoubts(name, doubts)
				must(t, w.store.Rebuild(t.Context(), w.count.Version(), w.in.Member(), w.in.Count(), nil))
				w.compare(name+", rebuilt", want, figures)
				w.compareDoubts(name+", rebuilt", doubts)
				other := openSite(t, open)
				other.replay(w, rand.New(rand.NewPCG(seed, 3)))
				other.compare(name+", replayed", want, figures)
				other.compareDoubts(name+", replayed", doubts)
				t.Logf("%s: %d records, %d observations, %d sums, %d figures, %d doubts", name, len(crowds[name].records()), len(crowds[name].Said), len(want.Sums), len(figures), len(doubts))
			}
		})
	}
}

// countsEveryKind: records of every kind of the schema count.
func countsEveryKind(t *testing.T, n *Counted) {
	counting := map[string]int{"casualty": 1} // casualties are items of accidents, without a record
	for _, r := range n.records {
		counting[r.kind]++
	}
	for _, k := range schema.Default().Kinds() {
		if counting[k.Name] == 0 {
			t.Errorf("no record of the kind %s counts", k.Name)
		}
	}
}
