package verify

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// groupPair is a group as stored (got) and as computed from the log (want). nil: no such group.
type groupPair struct{ got, want []merge.Member }

// checkGroups compares every stored evaluation with the log. A group is wrong if two rounds find exactly the same
// difference, and the second round has read the new frames first: a frame's groups are evaluated before the frame is
// marked.
func (r *run) checkGroups(ctx context.Context) error {
	var doubtful map[string]groupPair
	for look := range maxRounds {
		if look > 0 {
			if err := r.Wait(ctx); err != nil {
				return err
			}
		}
		differ, err := r.compareGroups(ctx)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(differ)) {
			if before, twice := doubtful[name]; twice && reflect.DeepEqual(before, differ[name]) {
				r.emitGroup(name, differ[name])
				r.emittedGroups[name] = true
			}
		}
		if doubtful = differ; len(differ) == 0 {
			return nil
		}
	}
	return nil
}

func (r *run) emitGroup(name string, p groupPair) {
	place := "group " + name
	emit := func(f Finding) {
		f.Do = remedies[Doubled] // a rebuild evaluates all groups
		r.emit(f)
	}
	switch {
	case p.got == nil:
		emit(finding(Lost, place, "%d 条记录同属一组，评定缺失", "%d records share it and its evaluation is gone", len(p.want)))
	case p.want == nil:
		emit(finding(Orphaned, place, "评定含 %d 个成员，日志中无此组", "it is evaluated with %d members and no record names it", len(p.got)))
	default:
		emit(finding(Stale, place, "评定（%d 个成员）与日志（%d 个成员）不符", "its evaluation (%d members) is not what the log makes of it (%d members)", len(p.got), len(p.want)))
	}
}

// compareGroups compares once. Groups possibly changed by pending frames, and groups already reported, are skipped.
func (r *run) compareGroups(ctx context.Context) (map[string]groupPair, error) {
	stored, err := r.readGroups(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.catchUp(ctx); err != nil {
		return nil, err
	}
	want, err := r.records.groups(r.Schema, stored)
	if err != nil {
		return nil, err
	}
	later := want
	if len(r.pending) > 0 {
		with, err := r.withPending()
		if err != nil {
			return nil, err
		}
		if later, err = with.groups(r.Schema, stored); err != nil {
			return nil, err
		}
	}
	r.summary.Groups = int64(len(stored))
	differ := map[string]groupPair{}
	compare := func(name string) {
		p := groupPair{stored[name], want[name]}
		alone := len(p.got) == 0 && len(p.want) <= 1 // a single member need not be stored
		if !alone && !r.emittedGroups[name] && !sameMembers(p.got, p.want) && sameMembers(p.want, later[name]) {
			differ[name] = p
		}
	}
	for name := range stored {
		compare(name)
	}
	for name := range want {
		compare(name)
	}
	return differ, nil
}

func sameMembers(a, b []merge.Member) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}

func (r *run) readGroups(ctx context.Context) (groups, error) {
	out := groups{}
	for g, err := range store.AllGroups(ctx, r.Store) {
		if err != nil {
			return nil, err
		}
		if len(g.Members) > 0 {
			out[g.Name] = g.Members
		}
	}
	return out, nil
}
