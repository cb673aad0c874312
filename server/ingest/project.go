package ingest

import (
	"context"
	"maps"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// projection takes a committed frame through the steps after the commit. Their order was model-checked:
// server/store/WRITE-PATH.md.
type projection struct {
	in          *Ingest
	s           store.Steps
	key         store.FrameKey
	deltas      []*recordDelta
	quarantined []store.Quarantined
	releases    []*checkedLine

	noted         map[wire.ObsID]schema.Fault // accepted observations without effect: a full record's, and of other units' devices
	admitted      map[wire.ObsID]wire.ObsID   // observations that have effect by an act of HQ or by a share, and that act
	foreignTo     set[string]                 // records with an observation of another unit's device
	units         set[string]                 // of the changed records, beside those of their places
	groups        set[string]
	places        set[store.Place]
	departed      bool // some record has a departed entry of this frame
	refold        bool // records are derived anew: a state in a form of before holds nothing that can be trusted
	anew          bool // the frame was projected by other rules: its observations replace the stored ones
	sharesEvents  bool // some record of the frame has another one in its group
	justCommitted bool // the frame is new, and so most likely are the records it creates
}

type set[T comparable] map[T]struct{}

func (s set[T]) add(v T) {
	var zero T
	if v != zero {
		s[v] = struct{}{}
	}
}

func (in *Ingest) newProjection(s store.Steps, key store.FrameKey, j *job) *projection {
	n := 0
	if j != nil {
		n = len(j.lines)
	}
	return &projection{
		in: in, s: s, key: key,
		groups: make(set[string], n), places: make(set[store.Place], 8), foreignTo: set[string]{}, units: set[string]{},
	}
}

// run projects and marks. Any process may repeat run after any interruption.
func (p *projection) run(ctx context.Context) error {
	ids, err := p.join(ctx)
	if err != nil {
		return err
	}
	if err := p.quarantineAndRelease(ctx); err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := p.regroupAndRecount(ctx, ids); err != nil {
			return err
		}
	}
	_, err = p.s.Mark(ctx, p.key)
	return err
}

// quarantineAndRelease stores the notes about quarantined lines and marks the released lines.
func (p *projection) quarantineAndRelease(ctx context.Context) error {
	if len(p.quarantined) > 0 {
		if err := p.s.Quarantine(ctx, p.quarantined); err != nil {
			return err
		}
	}
	for _, r := range p.releases {
		if err := p.s.Release(ctx, r.released.id, r.id.String()); err != nil {
			return err
		}
	}
	return p.tellEffects(ctx)
}

// regroupAndRecount brings groups and sums up to date with the records.
func (p *projection) regroupAndRecount(ctx context.Context, ids []string) error {
	members, err := p.s.Regroup(ctx, sortedKeys(p.groups), p.in.member)
	if err != nil {
		return err
	}
	touched := union(ids, members)
	p.sharesEvents = len(touched) > len(ids) || len(p.groups) < len(ids)
	if err := p.addMemberPlaces(ctx, members, len(touched) > len(ids)); err != nil {
		return err
	}
	late := p.in.cfg.Without.Off(store.TouchFirst)
	if !late {
		if err := p.touch(ctx, touched); err != nil {
			return err
		}
	}
	if err := p.s.Recount(ctx, sortedPlaces(p.places), touched, p.in.count); err != nil {
		return err
	}
	if p.departed {
		if err := p.s.ClearDeparted(ctx, p.key, ids); err != nil {
			return err
		}
	}
	if late {
		if _, err := p.s.Mark(ctx, p.key); err != nil {
			return err
		}
		return p.touch(ctx, touched)
	}
	return nil
}

// addMemberPlaces adds the places of the groups' members, read after the groups were stored by any process. The places
// of the frame's own records are known from the join: a process moving such a record later recounts both places. If a
// Batch is a transaction, only members outside the frame can add a place.
func (p *projection) addMemberPlaces(ctx context.Context, members []string, others bool) error {
	if len(members) == 0 || p.in.cfg.Without.Off(store.MembersAfterGroup) || !others && p.in.cfg.Store.Traits().Atomic {
		return nil
	}
	recs, err := p.s.Records(ctx, members)
	if err != nil {
		return err
	}
	for i := range recs {
		p.places.add(recs[i].Place)
	}
	return nil
}

func (p *projection) touch(ctx context.Context, touched []string) error {
	units := maps.Clone(p.units)
	for place := range p.places {
		units.add(place.Unit)
	}
	return p.s.Touch(ctx, p.key, touched, sortedKeys(units))
}

// member is a record's statement to its group.
func (in *Ingest) member(r *store.Record) merge.Member { return in.view(r).Member() }

// count computes a record's contributions, given the statements of its group's members.
func (in *Ingest) count(r *store.Record, group []merge.Member) []tally.Contribution {
	return tally.Contributions(in.inForce.Load().counter, in.view(r), group)
}

func (in *Ingest) view(r *store.Record) *merge.View {
	if r.View == nil {
		v := merge.Fold(r.ID, &r.State, in.cfg.Schema)
		r.View = &v
	}
	return r.View
}

// Member returns the function computing a record's statement to its group, for a rebuild.
func (in *Ingest) Member() store.SelfFunc { return in.member }

// Count returns the counting function of the current catalogue, for a rebuild.
func (in *Ingest) Count() store.CountFunc { return in.count }

// sortedKeys returns a set's members in order, so that a run can be replayed exactly.
func sortedKeys[T ~string](s set[T]) []T {
	out := make([]T, 0, len(s))
	for k := range s {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// union returns a followed by the members of b missing from a; a and b are each sorted.
func union(a, b []string) []string {
	known := make(map[string]bool, len(a))
	for _, id := range a {
		known[id] = true
	}
	out := slices.Clone(a)
	for _, id := range b {
		if !known[id] {
			known[id] = true
			out = append(out, id)
		}
	}
	return out
}
