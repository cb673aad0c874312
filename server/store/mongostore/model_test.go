package mongostore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// handler runs the steps of the write path on a store, as ingest does.
type handler struct {
	s       store.Store
	without store.Guard

	mu      sync.Mutex
	numbers map[store.FrameKey]int64 // numbers returned by Mark
	broken  []string                 // broken promises found on the way
}

func newHandler(s store.Store, without store.Guard) *handler {
	return &handler{s: s, without: without, numbers: map[store.FrameKey]int64{}}
}

// handle processes one received frame. A nil error means that its lines are acknowledged.
func (h *handler) handle(ctx context.Context, f wire.Frame, received int64, ack func()) error {
	return h.s.Batch(ctx, func(s store.Steps) error {
		sum, err := s.Stream(ctx, f.Stream)
		if err != nil {
			return err
		}
		f.Trim(h.countKnown(&f, sum.Ranges))
		if len(f.Lines) == 0 {
			ack()
			return nil
		}
		if h.without.Off(store.AckAfterCommit) {
			ack()
		}
		frame := store.Frame{
			Key:  store.FrameKey{Stream: f.Stream, First: f.First, Last: f.Last(), Head: f.Head},
			Prev: f.Prev, Packed: wire.PackLines(f.Lines), Received: received, Unit: "u",
		}
		if err := h.setKnownTouched(&frame); err != nil {
			return err
		}
		stored, existed, err := s.CommitFrame(ctx, frame)
		if err != nil {
			return err
		}
		if !existed || !stored.Projected {
			if err := h.finish(ctx, s, stored, !existed); err != nil {
				return err
			}
		}
		ack()
		return nil
	})
}

// countKnown counts the lines at the front that the summary has with the same hash.
func (h *handler) countKnown(f *wire.Frame, ranges []wire.Range) (n int) {
	for i, hash := range f.Hashes() {
		seq := f.First + uint64(i)
		for _, r := range ranges {
			byHash := seq == r.Last && hash == r.Head && r.First <= f.First
			if byHash || h.without.Off(store.SeeForks) && r.First <= f.First && seq <= r.Last {
				n = i + 1
			}
		}
	}
	if n == len(f.Lines) { // nothing is left: Trim can't remove every line
		f.Lines = nil
		return 0
	}
	return n
}

// setKnownTouched sets the touched records and units known for certain before the insert, as ingest does.
func (h *handler) setKnownTouched(f *store.Frame) error {
	if h.without.Off(store.TouchFirst) {
		return nil
	}
	byRecord, err := h.observations(*f)
	f.Touched, f.Units = slices.Sorted(maps.Keys(byRecord)), []string{f.Unit}
	return err
}

// finish projects and marks a frame. For a fresh frame, records not read yet are taken for absent, as ingest does.
func (h *handler) finish(ctx context.Context, s store.Steps, f store.Frame, fresh bool) error {
	touched, err := h.project(ctx, s, f, fresh)
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
	h.mu.Lock()
	defer h.mu.Unlock()
	if was, ok := h.numbers[f.Key]; ok && was != n {
		h.broken = append(h.broken, fmt.Sprintf("frame %v was given number %d, then %d", f.Key, was, n))
	}
	h.numbers[f.Key] = n
	return nil
}

// projectionPlan contains the records, groups and places to evaluate anew.
type projectionPlan struct {
	ids, groups []string
	places      []store.Place
}

func (p *projectionPlan) collect(r *store.Record) {
	p.places, p.groups = append(p.places, r.Place), append(p.groups, r.Group)
	for _, l := range r.Departed {
		p.places, p.groups = append(p.places, l.Place), append(p.groups, l.Group)
	}
}

// project runs the steps between commit and mark, and returns the records touched.
func (h *handler) project(ctx context.Context, s store.Steps, f store.Frame, fresh bool) ([]string, error) {
	p, err := h.join(ctx, s, f, fresh)
	if err != nil {
		return nil, err
	}
	members, err := s.Regroup(ctx, p.groups, toySelf)
	if err != nil {
		return nil, err
	}
	touched := slices.Compact(slices.Sorted(slices.Values(append(members, p.ids...))))
	if !h.without.Off(store.MembersAfterGroup) {
		recs, err := s.Records(ctx, members)
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
	return touched, s.ClearDeparted(ctx, f.Key, p.ids)
}

func (h *handler) join(ctx context.Context, s store.Steps, f store.Frame, fresh bool) (*projectionPlan, error) {
	byRecord, err := h.observations(f)
	if err != nil {
		return nil, err
	}
	p := &projectionPlan{}
	for id := range byRecord {
		p.ids = append(p.ids, id)
	}
	slices.Sort(p.ids)
	for _, id := range p.ids {
		if err := h.joinRecord(ctx, s, f.Key, id, byRecord[id], p, fresh); err != nil {
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
		hash = wire.ChainHash(hash, line)
		var l toyLine
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, err
		}
		id := wire.NewObsID(f.Key.Stream, f.Key.First+uint64(i), hash)
		if h.without.Off(store.DedupeByHash) { // identify the line by its frame instead
			id.Hash[0], id.Hash[1] = byte(f.Key.First), byte(f.Key.Last)
		}
		out[l.Record] = append(out[l.Record], l.obs(id))
	}
	return out, nil
}

func (h *handler) joinRecord(ctx context.Context, s store.Steps, key store.FrameKey, id string, obs []merge.Obs, p *projectionPlan, absent bool) error {
	for ; ; absent = false {
		recs := []store.Record{{ID: id}}
		if !absent {
			var err error
			if recs, err = s.Records(ctx, []string{id}); err != nil {
				return err
			}
		}
		r := recs[0]
		changed := false
		for _, o := range obs {
			added, _ := r.State.Join(r.ID, o)
			changed = changed || added
		}
		if !changed {
			if !h.without.Off(store.RecountUnchanged) {
				p.collect(&r)
			}
			return nil
		}
		if err := movePlace(ctx, s, &r, key); err != nil {
			return err
		}
		r.View = &merge.View{} // the store caches only records with a view
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

// movePlace sets a record's place and group and notes the departure.
func movePlace(ctx context.Context, s store.Steps, r *store.Record, key store.FrameKey) error {
	place, group := toyView(&r.State)
	was := store.Departed{Place: r.Place, Group: r.Group, Frame: key}
	moves := r.Group != group
	r.Group = group
	if place.Unit != r.Place.Unit {
		ps, err := s.BucketsFor(ctx, []store.Place{place})
		if err != nil {
			return err
		}
		r.Place, moves = ps[0], true
	}
	if moves && r.Rev > 0 {
		r.Departed = append(slices.Clone(r.Departed), was)
	}
	return nil
}

// sweep finishes the frames left unprojected by crashes; it returns their number.
func (h *handler) sweep(ctx context.Context) (int, error) {
	fs, err := h.s.Unprojected(ctx, store.Frame{}, 100)
	if err != nil {
		return 0, err
	}
	for _, f := range fs {
		if err := h.s.Batch(ctx, func(s store.Steps) error { return h.finish(ctx, s, f, false) }); err != nil {
			return 0, err
		}
	}
	return len(fs), nil
}
