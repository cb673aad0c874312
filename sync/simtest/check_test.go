package simtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// loggedLine is a line of the log, with its verdicts from all frames.
type loggedLine struct {
	line     []byte
	accepted bool            // some frame has the line without a verdict
	units    map[string]bool // of the device, in the frames that accepted the line
	verdicts []string
	frame    store.FrameKey
}

// checker is the content of the database as read by the checks.
type checker struct {
	w           *world
	s           store.Store
	log         map[string]*loggedLine
	streams     map[string]store.Stream
	released    map[string]bool
	quarantined map[string]store.Quarantined // quarantined lines, released ones included
	boots       map[bootKey]bootFix
	hq          []*observation
	foreign     map[string]bool // accepted lines without effect
	records     map[string]*recounted
}

func newChecker(w *world) *checker {
	return &checker{w: w, s: w.backend.inspect(), log: map[string]*loggedLine{}, streams: map[string]store.Stream{},
		released: map[string]bool{}, boots: map[bootKey]bootFix{}}
}

// check compares the database with the truth.
func (w *world) check() {
	c := newChecker(w)
	for _, step := range []func() error{
		c.readStreams, c.readLog, c.readHQ, c.lines, c.sums, c.verdicts, c.numbers, c.forks, c.acts,
		c.leftovers, c.fates, c.feeds, c.views, c.times, c.sleeps, c.fixes,
	} {
		if err := step(); err != nil {
			w.failf("%w", err)
			return
		}
	}
	w.tracef("checked: %d observations, %d records", len(c.log), len(c.records))
}

func (c *checker) readStreams() error {
	all, err := c.s.Streams(bg, wire.StreamID{}, 10_000)
	for _, s := range all {
		c.streams[s.ID.String()] = s
		for _, b := range s.Boots {
			c.boots[bootKey{s.ID.String(), b.ID}] = bootFix{b.Base, b.Ceiling, b.V == 2, b.Offset, b.Mono}
		}
	}
	return err
}

// readLog reads every line of the log.
func (c *checker) readLog() error {
	frames, err := c.s.ScanFrames(bg, wire.StreamID{}, store.FrameKey{}, 100_000)
	if err != nil {
		return err
	}
	for _, f := range frames {
		lines, err := wire.UnpackLines(f.Packed, 1<<20)
		if err != nil {
			return err
		}
		h := f.Prev
		for i, line := range lines {
			h = wire.ChainHash(h, line)
			c.note(&f, f.Key.First+uint64(i), h, line)
		}
		if h != f.Key.Head || !f.Projected || f.N == 0 {
			return fmt.Errorf("frame %v: head fits %v, projected %v, number %d", f.Key, h == f.Key.Head, f.Projected, f.N)
		}
	}
	return nil
}

func (c *checker) note(f *store.Frame, seq uint64, h wire.Hash, line []byte) {
	id := wire.NewObsID(f.Key.Stream, seq, h).String()
	k := c.log[id]
	if k == nil {
		k = &loggedLine{line: line, frame: f.Key, units: map[string]bool{}}
		c.log[id] = k
	}
	i := slices.IndexFunc(f.LineFaults, func(v store.LineFaults) bool { return v.Seq == seq })
	if i < 0 {
		k.accepted = true
		for _, unit := range append(slices.Clone(f.Earlier), f.Unit) {
			k.units[unit] = true
		}
		return
	}
	for _, fault := range f.LineFaults[i].Faults {
		k.verdicts = append(k.verdicts, fault.Code)
	}
}

// readHQ reads the acts of HQ.
func (c *checker) readHQ() error {
	for _, id := range slices.SortedFunc(maps.Keys(c.log), byID) {
		if !c.ofHQ(id) {
			continue
		}
		var h parsedLine
		if err := json.Unmarshal(c.log[id].line, &h); err != nil {
			return err
		}
		if !c.log[id].accepted {
			continue
		}
		c.hq = append(c.hq, &observation{
			id: id, record: h.Record, act: h.Act, kind: h.Kind, seen: h.Seen, group: h.Group, target: h.Target, clock: h.Clock, said: h.fields(),
		})
		if h.Act == "release" {
			c.released[h.Target] = true
		}
	}
	return nil
}

func (c *checker) ofHQ(id string) bool {
	device, _, _ := strings.Cut(id, ".")
	return slices.ContainsFunc(c.w.hqUsers, func(o *hqUser) bool { return o.device() == device })
}

// counting are the observations that count.
func (c *checker) counting() (all []*observation) {
	for _, id := range slices.SortedFunc(maps.Keys(c.log), byID) {
		if e := c.w.truth.observations[id]; e != nil && (c.log[id].accepted || c.released[id]) && len(e.line) <= limits.Line {
			all = append(all, e)
		}
	}
	return append(all, c.hq...)
}

// recounter is the recount by the senders that the log names.
func (c *checker) recounter() *recounter {
	b := &c.w.broken
	f := &recounter{
		boots: c.boots, quality: b.latestTimeWins, anySleep: b.anySleep, beforeKnown: b.beforeKnown,
		senders: map[string]sender{}, foreign: map[string]bool{},
	}
	for id, k := range c.log {
		f.senders[id] = sender{anyone: c.ofHQ(id) || c.released[id], units: k.units}
	}
	return f
}

// sums: the database's sums equal the recount.
func (c *checker) sums() error {
	f := c.recounter()
	c.records = f.records(c.counting())
	c.foreign = f.foreign
	want := f.sums(c.records)
	got := map[sumKey]int64{}
	rows, err := c.s.Sums(bg, store.SumQuery{To: 99991231, ByUnit: true, ByDay: true})
	if err != nil {
		return err
	}
	for _, r := range rows {
		got[sumKey{r.Unit, int(r.Day), r.Measure}] += r.Amount
	}
	for k := range got {
		if got[k] == 0 {
			delete(got, k)
		}
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("sums differ: %s", c.difference(got, want))
	}
	return nil
}

func (c *checker) difference(got, want map[sumKey]int64) (text string) {
	keys := map[sumKey]bool{}
	for k := range got {
		keys[k] = true
	}
	for k := range want {
		keys[k] = true
	}
	for k := range keys {
		if got[k] != want[k] {
			text += fmt.Sprintf("%v: the database has %d, the recount %d; ", k, got[k], want[k]) + c.describe(k)
		}
	}
	return text
}

// history writes out the observations about a record.
func (c *checker) history(record string) (text string) {
	for _, e := range c.counting() {
		if e.record == record {
			text += fmt.Sprintf("\n  %s %s %v in frame %d..%d", short(e.id), e.act, e.said, c.log[e.id].frame.First, c.log[e.id].frame.Last)
		}
	}
	page, _ := c.s.Feed(bg, "", "", 100_000)
	for _, f := range page.Entries {
		if slices.Contains(f.Touched, record) {
			text += fmt.Sprintf("\n  touched by %s %d..%d, number %d", f.Key.Stream, f.Key.First, f.Key.Last, f.N)
		}
	}
	return text
}

// describe writes out the records of a unit and day in the database and in the recount, to help find the cause of a
// difference.
func (c *checker) describe(k sumKey) (text string) {
	recs, _ := c.all()
	for _, r := range recs {
		w := c.records[r.ID]
		if w == nil || w.fields["unit"] != k.unit && r.Place.Unit != k.unit {
			continue
		}
		if w.day() != k.day && int(r.Place.Day) != k.day {
			continue
		}
		text += fmt.Sprintf("\n  %s at %v in %s; recount: day %d %v void %v complete %v in %s", short(r.ID), r.Place, r.Group, w.day(), w.fields, w.void, w.complete, groupOf(w))
		for i := range r.State.Obs {
			text += " " + short(r.State.Obs[i].ID.String()) + " " + string(r.State.Obs[i].Act)
		}
	}
	return text
}
