package simtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// rest ends all faults and lets everything come to rest, within a bounded number of turns.
func (w *world) rest() error {
	w.tell("the world comes to rest")
	w.ending, w.outage, w.storm = true, 0, 0
	for _, s := range w.servers {
		if s.skew > tolerated || s.skew < -tolerated {
			w.setClock(s)
		}
	}
	for _, d := range w.devices {
		d.disk.empty()
		d.disk.armed = false
		d.disk.CutAfter(0)
		d.offline = 0
	}
	for _, s := range w.servers {
		if s.alive && !s.newer {
			s.crash()
		}
		s.newer, s.back = true, w.now
	}
	w.pass(25 * time.Hour)             // once a day a device asks for all its streams: nothing else tells of a copy put back by hand
	rounds := 40 + len(w.book.entries) // a walk through what is held takes many
	for round := range rounds {
		w.raise()
		w.drain()
		again := w.settle()
		if w.fault != nil {
			return w.fault
		}
		if round > 2 && !again {
			return nil
		}
	}
	return fmt.Errorf("liveness: not at rest after %d rounds: %s", rounds, w.busyWith())
}

// drain runs all tasks to their end.
func (w *world) drain() {
	for turns := 0; len(w.tasks) > 0; turns++ {
		if turns > 400_000 {
			w.fail("liveness: %s does not end", w.tasks[0].name)
			w.dying = true
			for len(w.tasks) > 0 {
				w.run(w.tasks[0])
			}
			return
		}
		w.turns++
		w.now++
		w.run(w.tasks[w.rng.IntN(len(w.tasks))])
	}
}

// settle is one round of everybody's duties; it reports whether anybody had something to do.
func (w *world) settle() (again bool) {
	for _, d := range w.devices {
		if !d.busy {
			d.step()
		}
	}
	for _, r := range w.readers {
		r.read()
	}
	w.sweep()
	w.rejudge()
	w.drain()
	w.now += 300_000 // the longest wait of a device
	for _, d := range w.devices {
		n, err := d.db.Waiting(bg)
		if err != nil {
			w.fail("%s: %v", d.name, err)
		}
		heard := d.sync.Last().Acknowledged > 0 // of what it delivered the others hear in the next round
		again = again || n > 0 || !d.sync.Idle() || heard
	}
	return w.readersBehind() || again
}

func (w *world) readersBehind() bool {
	for _, r := range w.readers {
		page, err := w.back.peek().Feed(bg, r.cursor, r.unit, 1)
		if errors.Is(err, store.ErrCursor) {
			return true
		}
		if err != nil {
			w.fail("feed of %s: %v", r.name, err)
			return false
		}
		if len(page.Entries) > 0 || r.epoch != w.epoch {
			return true
		}
	}
	return false
}

// rejudge lets the servers look again at what they held for want of a catalogue.
func (w *world) rejudge() {
	o, s := w.offices[0], w.servers[0]
	if o.busy {
		return
	}
	o.busy = true
	w.spawn("rejudge", func() {
		defer w.enter(s)()
		n, err := s.in.Recheck(bg, o.who)
		o.busy = false
		w.tell("judged again: %d released, %v", n, err)
	})
}

func (w *world) busyWith() (text string) {
	for _, d := range w.devices {
		n, _ := d.db.Waiting(bg)
		text += fmt.Sprintf("%s has %d waiting, idle %v; ", d.name, n, d.sync.Idle())
	}
	return text
}

// kept is what the log says of one line.
type kept struct {
	line     []byte
	accepted bool // in some frame it has no verdict
	verdicts []string
	frame    store.FrameKey
}

// judgement is what the judge has found in the database.
type judgement struct {
	w           *world
	s           store.Store
	log         map[string]*kept
	streams     map[string]store.Stream
	released    map[string]bool
	quarantined map[string]store.Quarantined // held lines, and those that were let go
	boots       map[bootKey]bootFix
	hq          []*entry
	records     map[string]*recounted
}

// lull lets what is under way come to its end, so that the sums can be compared in the middle of it all:
// later work would mend what a broken rule has left stale.
func (w *world) lull() {
	w.ending = true
	w.raise()
	w.drain()
	w.sweep()
	w.drain()
	w.ending = false
	if !w.upright() || w.fault != nil {
		return
	}
	if waiting, err := w.back.peek().Unprojected(bg, store.Frame{}, 1); err != nil || len(waiting) > 0 {
		return // the one who was to sweep has died
	}
	j := newJudgement(w)
	for _, step := range []func() error{j.readStreams, j.readLog, j.readOffices, j.sums} {
		if err := step(); err != nil {
			w.fail("in a lull: %w", err)
			return
		}
	}
	w.tell("a lull: %d observations, %d records", len(j.log), len(j.records))
}

func newJudgement(w *world) *judgement {
	return &judgement{w: w, s: w.back.peek(), log: map[string]*kept{}, streams: map[string]store.Stream{},
		released: map[string]bool{}, boots: map[bootKey]bootFix{}}
}

// judge holds the database to the ledger.
func (w *world) judge() {
	j := newJudgement(w)
	for _, step := range []func() error{
		j.readStreams, j.readLog, j.readOffices, j.lines, j.verdicts, j.numbers, j.forks, j.acts, j.sums,
		j.leftovers, j.fates, j.feeds, j.views, j.times, j.fixes,
	} {
		if err := step(); err != nil {
			w.fail("%w", err)
			return
		}
	}
	w.tell("judged: %d observations, %d records", len(j.log), len(j.records))
}

func (j *judgement) readStreams() error {
	all, err := j.s.Streams(bg, wire.StreamID{}, 10_000)
	for _, s := range all {
		j.streams[s.ID.String()] = s
		for _, b := range s.Boots {
			j.boots[bootKey{s.ID.String(), b.ID}] = bootFix{b.Base, b.Ceiling}
		}
	}
	return err
}

// readLog reads every line of the log.
func (j *judgement) readLog() error {
	frames, err := j.s.ScanFrames(bg, wire.StreamID{}, store.FrameKey{}, 100_000)
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
			j.note(&f, f.Key.First+uint64(i), h, line)
		}
		if h != f.Key.Head || !f.Projected || f.N == 0 {
			return fmt.Errorf("frame %v: head fits %v, projected %v, number %d", f.Key, h == f.Key.Head, f.Projected, f.N)
		}
	}
	return nil
}

func (j *judgement) note(f *store.Frame, seq uint64, h wire.Hash, line []byte) {
	id := wire.NewObsID(f.Key.Stream, seq, h).String()
	k := j.log[id]
	if k == nil {
		k = &kept{line: line, frame: f.Key}
		j.log[id] = k
	}
	i := slices.IndexFunc(f.LineFaults, func(v store.LineFaults) bool { return v.Seq == seq })
	if i < 0 {
		k.accepted = true
		return
	}
	for _, fault := range f.LineFaults[i].Faults {
		k.verdicts = append(k.verdicts, fault.Code)
	}
}

// readOffices reads what HQ said.
func (j *judgement) readOffices() error {
	for _, id := range slices.SortedFunc(maps.Keys(j.log), byID) {
		if !j.ofHQ(id) {
			continue
		}
		var h heard
		if err := json.Unmarshal(j.log[id].line, &h); err != nil {
			return err
		}
		if !j.log[id].accepted {
			continue
		}
		j.hq = append(j.hq, &entry{id: id, record: h.Record, act: h.Act, kind: h.Kind, seen: h.Seen, group: h.Group, target: h.Target, clock: h.Clock})
		if h.Act == "release" {
			j.released[h.Target] = true
		}
	}
	return nil
}

func (j *judgement) ofHQ(id string) bool {
	device, _, _ := strings.Cut(id, ".")
	return slices.ContainsFunc(j.w.offices, func(o *office) bool { return o.device() == device })
}

// lines: what a disk holds, and what a server has acknowledged, stands in the log with its bytes, and
// nothing else does.
func (j *judgement) lines() error {
	for id, k := range j.log {
		e := j.w.book.entries[id]
		switch {
		case j.ofHQ(id):
		case e == nil && j.w.book.raw[id] != "":
			if k.accepted || !slices.Contains(k.verdicts, j.w.book.raw[id]) {
				return fmt.Errorf("%s was not held as %s: %v", short(id), j.w.book.raw[id], k.verdicts)
			}
		case e == nil:
			return fmt.Errorf("%s stands in the log and nobody said it", short(id))
		case string(k.line) != string(e.line) && !j.tombstone(k, e):
			return fmt.Errorf("%s: the log has other bytes than were signed", short(id))
		}
	}
	for _, d := range j.w.devices {
		for id := range d.holds {
			if j.log[id] == nil {
				return fmt.Errorf("%s was saved on %s and never reached the log", short(id), d.name)
			}
		}
	}
	for id := range j.w.book.acked {
		if j.log[id] == nil {
			return fmt.Errorf("%s was acknowledged and is not in the log", short(id))
		}
	}
	return nil
}

func (j *judgement) tombstone(k *kept, e *entry) bool {
	return len(e.line) > limits.Line && string(k.line) == string(wire.Tombstone(e.line))
}

// verdicts: what is held has a reason, and what has one is held.
func (j *judgement) verdicts() error {
	for id, k := range j.log {
		e := j.w.book.entries[id]
		if e == nil {
			continue
		}
		if inherent := j.inherent(e); inherent != "" {
			if k.accepted || !slices.Contains(k.verdicts, inherent) {
				return fmt.Errorf("%s was not held as %s: %v", short(id), inherent, k.verdicts)
			}
			continue
		}
		for _, code := range k.verdicts {
			if code == "device_revoked" && e.by.revoked || code == "unknown_catalogue" {
				continue
			}
			return fmt.Errorf("%s was held as %s", short(id), code)
		}
		if slices.Contains(k.verdicts, "unknown_catalogue") && !slices.Contains(k.verdicts, "device_revoked") && !k.accepted && !j.released[id] {
			return fmt.Errorf("%s is still held though every server knows its catalogue", short(id))
		}
	}
	return j.held()
}

// inherent is why a line can never count as it stands.
func (j *judgement) inherent(e *entry) string {
	switch {
	case len(e.line) > limits.Line:
		return "too_large"
	case e.act == "create" && e.said["unit"] != e.by.unit:
		return "foreign_unit"
	}
	return ""
}

// held: a person can see every line that does not count.
func (j *judgement) held() error {
	seen := map[string]store.Quarantined{}
	j.quarantined = seen
	for _, released := range []bool{false, true} {
		all, err := j.s.QuarantinedLines(bg, wire.StreamID{}, wire.ObsID{}, released, 100_000)
		if err != nil {
			return err
		}
		for _, q := range all {
			seen[q.ID.String()] = q
		}
	}
	for id, k := range j.log {
		q, shown := seen[id]
		if !k.accepted && !shown {
			return fmt.Errorf("%s does not count and is not shown", short(id))
		}
		if shown && j.released[id] != (q.Released != "") {
			return fmt.Errorf("%s: released %v, noted as %q", short(id), j.released[id], q.Released)
		}
	}
	return nil
}

// fates: a device's disk knows of each of its own lines whether it is held or was let go, also that of one revoked.
func (j *judgement) fates() error {
	for _, d := range j.w.devices {
		err := d.db.Lines(bg, func(id wire.ObsID, _ []byte, status wire.Status) error {
			q, noted := j.quarantined[id.String()]
			if held := noted && q.Released == ""; noted && held != (status == wire.Quarantined) {
				return fmt.Errorf("%s is held: %v, and stands on %s as %q", short(id.String()), held, d.name, status)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// numbers: the frames of a stream are numbered without a gap, and the summary covers them.
func (j *judgement) numbers() error {
	frames, err := j.s.ScanFrames(bg, wire.StreamID{}, store.FrameKey{}, 100_000)
	if err != nil {
		return err
	}
	count := map[string]map[int64]bool{}
	for _, f := range frames {
		id := f.Key.Stream.String()
		if count[id] == nil {
			count[id] = map[int64]bool{}
		}
		if count[id][f.N] {
			return fmt.Errorf("stream %s: two frames have number %d", id, f.N)
		}
		count[id][f.N] = true
		if !covered(j.streams[id].Ranges, f.Key) {
			return fmt.Errorf("stream %s: the ranges %v do not cover %d..%d", id, j.streams[id].Ranges, f.Key.First, f.Key.Last)
		}
	}
	for id, numbers := range count {
		for n := int64(1); n <= j.streams[id].N; n++ {
			if !numbers[n] {
				return fmt.Errorf("stream %s: no frame has number %d of %d", id, n, j.streams[id].N)
			}
		}
		if int64(len(numbers)) != j.streams[id].N {
			return fmt.Errorf("stream %s: %d frames, the summary says %d", id, len(numbers), j.streams[id].N)
		}
	}
	return nil
}

func covered(ranges []wire.Range, k store.FrameKey) bool {
	return slices.ContainsFunc(ranges, func(r wire.Range) bool { return r.First <= k.First && k.Last <= r.Last })
}

// forks: two lines at one place are known for what they are.
func (j *judgement) forks() error {
	at := map[string]string{}
	for id := range j.log {
		place := placeOf(id)
		if at[place] == "" {
			at[place] = id
			continue
		}
		if s := j.streams[streamOf(id)]; s.Forks == 0 && !branches(s.Ranges) {
			return fmt.Errorf("%s is a fork and nobody was told", short(id))
		}
	}
	return nil
}

// branches reports whether two ranges overlap: where both branches arrived at once, that shows the fork.
func branches(ranges []wire.Range) bool {
	for i, a := range ranges {
		for _, b := range ranges[i+1:] {
			if a.First <= b.Last && b.First <= a.Last {
				return true
			}
		}
	}
	return false
}

// acts: what HQ decided and was told is done, stands in the log once.
func (j *judgement) acts() error {
	tags := map[string]int{}
	for id, k := range j.log {
		var h heard
		if j.ofHQ(id) && json.Unmarshal(k.line, &h) == nil && h.Reason != "" {
			tags[h.Reason]++
		}
	}
	for _, a := range j.w.book.acts {
		if a.act == "link" {
			continue
		}
		n := tags[a.tag]
		if n > 1 || n == 0 && a.confirmed && a.epoch == j.w.epoch {
			return fmt.Errorf("HQ's %s (%s) stands %d times in the log", a.act, a.tag, n)
		}
	}
	return nil
}

// counts are the entries that count.
func (j *judgement) counting() (all []*entry) {
	for _, id := range slices.SortedFunc(maps.Keys(j.log), byID) {
		if e := j.w.book.entries[id]; e != nil && (j.log[id].accepted || j.released[id]) && len(e.line) <= limits.Line {
			all = append(all, e)
		}
	}
	return append(all, j.hq...)
}

// sums: the database's sums are those of the recount.
func (j *judgement) sums() error {
	j.records = (&folder{boots: j.boots, quality: j.w.broken.quality}).records(j.counting())
	want := sums(j.records)
	got := map[sumKey]int64{}
	rows, err := j.s.Sums(bg, store.SumQuery{To: 99991231, ByUnit: true, ByDay: true})
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
		return fmt.Errorf("sums differ: %s", j.difference(got, want))
	}
	return nil
}

func (j *judgement) difference(got, want map[sumKey]int64) (text string) {
	keys := map[sumKey]bool{}
	for k := range got {
		keys[k] = true
	}
	for k := range want {
		keys[k] = true
	}
	for k := range keys {
		if got[k] != want[k] {
			text += fmt.Sprintf("%v: the database has %d, the recount %d; ", k, got[k], want[k]) + j.describe(k)
		}
	}
	return text
}

// leftovers: nothing is unfinished, and every record stands once.
func (j *judgement) leftovers() error {
	for _, d := range j.w.devices {
		if n, err := d.db.Waiting(bg); err != nil || n > 0 {
			return fmt.Errorf("%s: %d waiting, %w", d.name, n, err)
		}
		d.reconcile()
	}
	waiting, err := j.s.Unprojected(bg, store.Frame{}, 10)
	if err != nil || len(waiting) > 0 {
		return fmt.Errorf("%d frames are unfinished, %w", len(waiting), err)
	}
	recs, err := j.all()
	if err != nil {
		return err
	}
	for _, r := range recs {
		if len(r.Departed) > 0 {
			return fmt.Errorf("%s still has left something behind", short(r.ID))
		}
		want := j.records[r.ID]
		if want == nil {
			return fmt.Errorf("record %s: nobody spoke of it", short(r.ID))
		}
		if r.Group != groupOf(want) {
			return fmt.Errorf("record %s stands in group %s, not %s", short(r.ID), r.Group, groupOf(want))
		}
	}
	if len(recs) != len(j.records) {
		return fmt.Errorf("%d records, the recount has %d", len(recs), len(j.records))
	}
	return nil
}

func (j *judgement) all() ([]store.Record, error) {
	return j.s.ScanRecords(bg, store.RecordQuery{Limit: 100_000})
}

// feeds: every reader has seen every record as it is.
func (j *judgement) feeds() error {
	recs, err := j.all()
	if err != nil {
		return err
	}
	for _, r := range j.w.readers {
		for i := range recs {
			if r.unit != "" && recs[i].Place.Unit != r.unit {
				continue
			}
			if r.copies[recs[i].ID] != contents(&recs[i]) {
				return fmt.Errorf("%s missed a change of %s: has %q, stands %q", r.name, short(recs[i].ID), r.copies[recs[i].ID], contents(&recs[i]))
			}
		}
	}
	return nil
}

// views: a device shows the records of its unit as the recount has them.
func (j *judgement) views() error {
	for _, d := range j.w.devices {
		if d.split || d.disks > 1 || d.revoked {
			continue // its own lines from elsewhere, or nothing at all, are told to it
		}
		for id, r := range j.records {
			if r.created == nil || r.fields["unit"] != d.unit || j.heldOf(d, id) {
				continue
			}
			if err := j.compare(d, id, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldOf reports whether the device shows lines of the record that do not count.
func (j *judgement) heldOf(d *device, record string) bool {
	for id := range d.holds {
		if e := j.w.book.entries[id]; e.record == record && !j.log[id].accepted && !j.released[id] {
			return true
		}
	}
	return false
}

func (j *judgement) compare(d *device, id string, r *recounted) error {
	e, err := d.db.Show(bg, id)
	if err != nil {
		return fmt.Errorf("%s does not know record %s of its unit: %w%s", d.name, short(id), err, j.history(id))
	}
	for i := range e.Observations {
		id := e.Observations[i].ID.String()
		if k := j.log[id]; k != nil && (k.accepted || j.released[id]) {
			continue
		}
		if j.w.epoch == 0 {
			return fmt.Errorf("%s shows %s, which does not count", d.name, short(id))
		}
		return nil // it was told so before the database was restored
	}
	got := map[string]string{}
	for _, n := range e.View.Fields {
		got[n.Name] = n.Value.S
		if n.Value.S == "" {
			got[n.Name] = strconv.FormatInt(n.Value.I, 10)
		}
	}
	for name, want := range r.fields {
		if name == "spoiled" {
			want = map[string]string{"true": "1", "false": "0", "": ""}[want]
		}
		if got[name] != want {
			return fmt.Errorf("%s shows %s of %s as %q, the recount has %q", d.name, name, short(id), got[name], want)
		}
	}
	if e.View.Void != r.void || e.View.Group != groupOf(r) || len(e.View.Items) != len(r.items) {
		return fmt.Errorf("%s shows %s void %v in group %s with %d items; the recount has %v, %s, %d", d.name, short(id),
			e.View.Void, e.View.Group, len(e.View.Items), r.void, groupOf(r), len(r.items))
	}
	return nil
}

// times: a moment that is called exact is the moment at which it was saved.
func (j *judgement) times() error {
	f := &folder{boots: j.boots}
	const slack = 5 * 60_000
	for _, e := range j.counting() {
		k := bootKey{streamOf(e.id), e.clock.Boot}
		if !e.auto || e.by == nil || j.boots[k].base == 0 || j.w.book.looseBoot(k) {
			continue
		}
		if off := f.corrected(e) - e.at; off > slack || off < -slack {
			return fmt.Errorf("%s: its time is %d ms off and called exact", short(e.id), off)
		}
	}
	return nil
}

// history writes out what was said of a record.
func (j *judgement) history(record string) (text string) {
	for _, e := range j.counting() {
		if e.record == record {
			text += fmt.Sprintf("\n  %s %s %v in frame %d..%d", short(e.id), e.act, e.said, j.log[e.id].frame.First, j.log[e.id].frame.Last)
		}
	}
	page, _ := j.s.Feed(bg, "", "", 100_000)
	for _, f := range page.Entries {
		if slices.Contains(f.Touched, record) {
			text += fmt.Sprintf("\n  touched by %s %d..%d, number %d", f.Key.Stream, f.Key.First, f.Key.Last, f.N)
		}
	}
	return text
}

// describe writes out the records that count, or should, at a place: for whoever looks for the reason.
func (j *judgement) describe(k sumKey) (text string) {
	recs, _ := j.all()
	for _, r := range recs {
		w := j.records[r.ID]
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
