package mongostore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// The toy that the model test plays with: lines say of a record where it stands, in which group, and an
// amount. The latest line decides place and group, amounts add up, and each line is an item of its own. In a
// group the record with the smallest id counts its own amount and the items of all.

type toyLine struct {
	Record string `json:"record"`
	Unit   string `json:"unit"`
	Group  string `json:"group"`
	Amount int64  `json:"amount"`
	HLC    uint64 `json:"hlc"`
}

const toyDay = clock.Day(20201215)

func (l toyLine) obs(id wire.ObsID) merge.Obs {
	text := func(s string) schema.Value { return schema.Value{Type: schema.TypeText, S: s} }
	return merge.Obs{ID: id, HLC: clock.HLC(l.HLC), Act: wire.Create, Kind: "plate", Fields: schema.Values{
		{Name: "amount", Value: schema.Value{Type: schema.TypeInt, I: l.Amount}},
		{Name: "group", Value: text(l.Group)}, {Name: "unit", Value: text(l.Unit)},
	}}
}

// toyView reads a state: place and group of its latest observation.
func toyView(s *merge.State) (p store.Place, group string) {
	var latest merge.Stamp
	for i := range s.Obs {
		o := &s.Obs[i]
		if o.Stamp().Compare(latest) > 0 {
			latest = o.Stamp()
			unit, _ := o.Fields.Get("unit")
			name, _ := o.Fields.Get("group")
			p, group = store.Place{Unit: unit.S, Day: toyDay, Kind: "plate"}, name.S
		}
	}
	return p, group
}

func toySelf(r *store.Record) merge.Self {
	self := merge.Self{Record: r.ID, Eligible: true}
	for i := range r.State.Obs {
		self.Items = append(self.Items, merge.Item{ID: r.State.Obs[i].ID, Kind: "thing"})
	}
	return self
}

func toyCount(r *store.Record, members []merge.Self) []tally.Contribution {
	own := toySelf(r)
	items := len(own.Items)
	for i := range members {
		switch {
		case members[i].Record < r.ID:
			return nil
		case members[i].Record != r.ID:
			items += len(members[i].Items)
		}
	}
	var amount int64
	for i := range r.State.Obs {
		v, _ := r.State.Obs[i].Fields.Get("amount")
		amount += v.I
	}
	return []tally.Contribution{
		{Day: toyDay, Measure: "amount", Amount: amount}, {Day: toyDay, Measure: "items", Amount: int64(items)},
	}
}

// handler runs the write path's order over a store, as ingest does.
type handler struct {
	s       store.Store
	without store.Guard
	numbers map[store.FrameKey]int64 // as they were given out
	broken  []string                 // promises that were seen broken on the way
}

// handle takes in a frame as it arrived. No error: its lines are acknowledged.
func (h *handler) handle(ctx context.Context, f wire.Frame, received int64, ack func()) error {
	return h.s.Batch(ctx, func(s store.Steps) error {
		sum, err := s.Stream(ctx, f.Stream)
		if err != nil {
			return err
		}
		f.Trim(h.known(&f, sum.Ranges))
		if len(f.Lines) == 0 {
			ack()
			return nil
		}
		if h.without.Off(store.AckAfterCommit) {
			ack()
		}
		stored, existed, err := s.CommitFrame(ctx, store.Frame{
			Key:  store.FrameKey{Stream: f.Stream, First: f.First, Last: f.Last(), Head: f.Head},
			Prev: f.Prev, Packed: wire.PackLines(f.Lines), Received: received, Unit: "u",
		})
		if err != nil {
			return err
		}
		if !existed || !stored.Projected {
			if err := h.finish(ctx, s, stored); err != nil {
				return err
			}
		}
		ack()
		return nil
	})
}

// known is how many lines at the front the summary has with the same hash.
func (h *handler) known(f *wire.Frame, ranges []wire.Range) (n int) {
	for i, hash := range f.Hashes() {
		seq := f.First + uint64(i)
		for _, r := range ranges {
			byHash := seq == r.Last && hash == r.Head && r.First <= f.First
			if byHash || h.without.Off(store.SeeForks) && r.First <= f.First && seq <= r.Last {
				n = i + 1
			}
		}
	}
	if n == len(f.Lines) { // nothing is left: Trim would have no line to keep
		f.Lines = nil
		return 0
	}
	return n
}

func (h *handler) finish(ctx context.Context, s store.Steps, f store.Frame) error {
	touched, err := h.project(ctx, s, f)
	if err != nil {
		return err
	}
	n, err := s.Mark(ctx, f.Key)
	if err != nil {
		return err
	}
	if h.without.Off(store.TouchFirst) {
		if err := s.Touch(ctx, f.Key, touched, nil); err != nil {
			return err
		}
	}
	if was, ok := h.numbers[f.Key]; ok && was != n {
		h.broken = append(h.broken, fmt.Sprintf("frame %v was given number %d, then %d", f.Key, was, n))
	}
	h.numbers[f.Key] = n
	return nil
}

// plan is what a projection has to evaluate anew.
type plan struct {
	ids, groups []string
	places      []store.Place
}

func (p *plan) collect(r *store.Record) {
	p.places, p.groups = append(p.places, r.Place), append(p.groups, r.Group)
	for _, l := range r.Left {
		p.places, p.groups = append(p.places, l.Place), append(p.groups, l.Group)
	}
}

// project runs the steps between commit and mark, and returns the records that it touched.
func (h *handler) project(ctx context.Context, s store.Steps, f store.Frame) ([]string, error) {
	p, err := h.join(ctx, s, f)
	if err != nil {
		return nil, err
	}
	members, err := s.Regroup(ctx, p.groups, toySelf)
	if err != nil {
		return nil, err
	}
	touched := slices.Compact(slices.Sorted(slices.Values(append(members, p.ids...))))
	if !h.without.Off(store.MembersAfterGroup) {
		recs, err := s.Records(ctx, touched)
		if err != nil {
			return nil, err
		}
		for i := range recs {
			p.places = append(p.places, recs[i].Place)
		}
	}
	if !h.without.Off(store.TouchFirst) {
		if err := s.Touch(ctx, f.Key, touched, []string{"u"}); err != nil {
			return nil, err
		}
	}
	if err := s.Recount(ctx, p.places, touched, toyCount); err != nil {
		return nil, err
	}
	return touched, s.ClearLeft(ctx, f.Key, p.ids)
}

func (h *handler) join(ctx context.Context, s store.Steps, f store.Frame) (*plan, error) {
	byRecord, err := h.observations(f)
	if err != nil {
		return nil, err
	}
	p := &plan{}
	for id := range byRecord {
		p.ids = append(p.ids, id)
	}
	slices.Sort(p.ids)
	for _, id := range p.ids {
		if err := h.joinRecord(ctx, s, f.Key, id, byRecord[id], p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (h *handler) observations(f store.Frame) (map[string][]merge.Obs, error) {
	lines, err := wire.UnpackLines(f.Packed, 1<<20)
	if err != nil {
		return nil, err
	}
	out := map[string][]merge.Obs{}
	hash := f.Prev
	for i, line := range lines {
		hash = wire.Next(hash, line)
		var l toyLine
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, err
		}
		id := wire.NewObsID(f.Key.Stream, f.Key.First+uint64(i), hash)
		if h.without.Off(store.DedupeByHash) { // known by the frame it came in
			id.Hash[0], id.Hash[1] = byte(f.Key.First), byte(f.Key.Last)
		}
		out[l.Record] = append(out[l.Record], l.obs(id))
	}
	return out, nil
}

func (h *handler) joinRecord(ctx context.Context, s store.Steps, key store.FrameKey, id string, obs []merge.Obs, p *plan) error {
	for {
		recs, err := s.Records(ctx, []string{id})
		if err != nil {
			return err
		}
		r := recs[0]
		changed := false
		for _, o := range obs {
			added, _ := r.State.Join(o)
			changed = changed || added
		}
		if !changed {
			if !h.without.Off(store.RecountUnchanged) {
				p.collect(&r)
			}
			return nil
		}
		if err := moved(ctx, s, &r, key); err != nil {
			return err
		}
		lost, err := s.ReplaceRecords(ctx, []store.Record{r})
		if err != nil {
			return err
		}
		if len(lost) == 0 {
			p.collect(&r)
			return nil
		}
	}
}

// moved gives a record its place and group and notes what it leaves.
func moved(ctx context.Context, s store.Steps, r *store.Record, key store.FrameKey) error {
	place, group := toyView(&r.State)
	was := store.Left{Place: r.Place, Group: r.Group, Frame: key}
	moves := r.Group != group
	r.Group = group
	if place.Unit != r.Place.Unit {
		ps, err := s.LeavesFor(ctx, []store.Place{place})
		if err != nil {
			return err
		}
		r.Place, moves = ps[0], true
	}
	if moves && r.Rev > 0 {
		r.Left = append(slices.Clone(r.Left), was)
	}
	return nil
}

// sweep finishes what crashes left behind; it returns how many frames that were.
func (h *handler) sweep(ctx context.Context) (int, error) {
	fs, err := h.s.Unprojected(ctx, 100)
	if err != nil {
		return 0, err
	}
	for _, f := range fs {
		if err := h.s.Batch(ctx, func(s store.Steps) error { return h.finish(ctx, s, f) }); err != nil {
			return 0, err
		}
	}
	return len(fs), nil
}

// follower reads the feed and keeps, of each record, what it contributed when the feed last spoke of it.
type follower struct {
	h      *handler
	cursor string
	counts map[string]map[tally.Sum]int64
}

func (r *follower) poll(ctx context.Context) error {
	for {
		page, err := r.h.s.Feed(ctx, r.cursor, "", 2)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			for _, id := range e.Touched {
				if err := r.read(ctx, id); err != nil {
					return err
				}
			}
		}
		r.cursor = page.Next
		if !page.More {
			return nil
		}
	}
}

// read notes a record's contribution by the records that are in its group now.
func (r *follower) read(ctx context.Context, id string) error {
	rec, err := r.h.s.Record(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	peers, err := r.h.s.RecordsOfGroup(ctx, rec.Group)
	if err != nil {
		return err
	}
	var members []merge.Self
	for i := range peers {
		members = append(members, toySelf(&peers[i]))
	}
	r.counts[id] = map[tally.Sum]int64{}
	for _, c := range toyCount(&rec, members) {
		r.counts[id][tally.Sum{Unit: rec.Place.Unit, Day: c.Day, Measure: c.Measure}] += c.Amount
	}
	return nil
}

// schedule interleaves processes by a seed. Only one runs at a time, from one yield to the next.
type schedule struct {
	rng     *rand.Rand
	procs   []*proc
	crashes int // still to be had
	doubts  int // write-concern errors still to be had
	stay    float64
	calm    bool // no more faults
}

type proc struct {
	resume func() (op string, running bool)
	yield  func(op string) bool
	at     string // the step it stands at
	fault  error  // what that step will say
	asleep int
}

type procKey struct{}

// Step hands over to the scheduler and comes back when it is this process's turn.
func (s *schedule) Step(ctx context.Context, op string) error {
	p, ok := ctx.Value(procKey{}).(*proc)
	if !ok {
		return nil // the test itself, looking on
	}
	p.fault = nil
	p.yield(op)
	return p.fault
}

// run lets processes go on until all have ended.
func (s *schedule) run() {
	var current *proc
	for len(s.procs) > 0 {
		if current == nil || s.rng.Float64() > s.stay {
			current = s.pick()
		}
		s.trouble(current)
		op, running := current.resume()
		current.at = op
		if !running {
			s.procs = slices.DeleteFunc(s.procs, func(p *proc) bool { return p == current })
			current = nil
		}
	}
}

// pick chooses a process that is awake; where all sleep, one wakes.
func (s *schedule) pick() *proc {
	var awake []*proc
	for _, p := range s.procs {
		if p.asleep--; p.asleep <= 0 {
			awake = append(awake, p)
		}
	}
	if len(awake) == 0 {
		awake = s.procs
	}
	p := awake[s.rng.IntN(len(awake))]
	p.asleep = 0
	if s.rng.IntN(60) == 0 {
		p.asleep = s.rng.IntN(300)
	}
	return p
}

// trouble decides what the step at which p stands will say.
func (s *schedule) trouble(p *proc) {
	switch {
	case s.calm || p.at == "":
	case s.doubts > 0 && isRaise(p.at) && s.rng.IntN(6) == 0:
		s.doubts--
		p.fault = mongostore.ErrWriteConcern
	case s.crashes > 0 && s.rng.IntN(120) == 0:
		s.crashes--
		p.fault = store.ErrUnavailable
	}
}

func isRaise(op string) bool { return len(op) > 12 && op[:12] == "before raise" }
