package verify

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"roadbook/sync/merge"
)

const groupPage = 500

// pair is a group as it is stored and as the log makes it. Both nil: there is none.
type pair struct{ got, want []merge.Member }

// checkGroups compares every stored evaluation with the log. A group that differs in the very same way in two looks, the
// frames that came before the second read in between, is wrong: whoever marked a frame had evaluated its groups before.
func (r *run) checkGroups(ctx context.Context) error {
	var doubtful map[string]pair
	for look := range looks {
		if look > 0 {
			if err := r.Wait(ctx); err != nil {
				return err
			}
		}
		differ, err := r.lookAtGroups(ctx)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(differ)) {
			if before, twice := doubtful[name]; twice && reflect.DeepEqual(before, differ[name]) {
				r.tellGroup(name, differ[name])
				r.toldGroups[name] = true
			}
		}
		if doubtful = differ; len(differ) == 0 {
			return nil
		}
	}
	return nil
}

func (r *run) tellGroup(name string, p pair) {
	place := "group " + name
	tell := func(f Finding) {
		f.Do = remedies[Doubled] // a rebuild evaluates all groups
		r.tell(f)
	}
	switch {
	case p.got == nil:
		tell(finding(Lost, place, "%d 条记录同属一组，评定缺失", "%d records share it and its evaluation is gone", len(p.want)))
	case p.want == nil:
		tell(finding(Orphaned, place, "评定含 %d 个成员，日志中无此组", "it is evaluated with %d members and no record names it", len(p.got)))
	default:
		tell(finding(Stale, place, "评定（%d 个成员）与日志（%d 个成员）不符", "its evaluation (%d members) is not what the log makes of it (%d members)", len(p.got), len(p.want)))
	}
}

// lookAtGroups compares once. Groups that a frame in flight may change, and those told of, are passed over.
func (r *run) lookAtGroups(ctx context.Context) (map[string]pair, error) {
	stored, err := r.readGroups(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.catchUp(ctx); err != nil {
		return nil, err
	}
	want, err := r.log.groups(r.Schema, stored)
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
	r.out.Groups = int64(len(stored))
	differ := map[string]pair{}
	compare := func(name string) {
		p := pair{stored[name], want[name]}
		alone := len(p.got) == 0 && len(p.want) <= 1 // such need not be stored
		if !alone && !r.toldGroups[name] && !sameMembers(p.got, p.want) && sameMembers(p.want, later[name]) {
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
	for after := ""; ; {
		page, err := r.Store.Groups(ctx, after, groupPage)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, g := range page {
			after = g.Name
			if len(g.Members) > 0 {
				out[g.Name] = g.Members
			}
		}
	}
}
