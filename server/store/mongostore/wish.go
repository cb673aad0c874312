package mongostore

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
)

// wish is one Batch's call, and what came of it. Only Insert has documents, only Change has changes; names are the ids or
// the values of In that are asked for, and the ids that are changed.
type wish struct {
	kind    string
	in      Docs
	do      func(ctx context.Context, in Docs, all *wish) error
	ctx     context.Context
	names   []string
	docs    []any
	changes []Change

	flags []bool
	raws  []bson.Raw
	err   error

	with []*wish   // of a wish that is several's
	told chan bool // false: it must be made alone after all
}

// grouped takes the first call, and those of its kind that fit into one command with it.
func grouped(all []*wish) (group, rest []*wish) {
	size, changed := 0, map[string]bool{}
	for _, w := range all {
		if len(group) > 0 && (w.kind != group[0].kind || size+w.size() > maxShared || w.collides(changed)) {
			rest = append(rest, w)
			continue
		}
		group, size = append(group, w), size+w.size()
		for i := range w.changes {
			changed[w.changes[i].ID] = true
		}
	}
	return group, rest
}

func (w *wish) size() int { return len(w.names) + len(w.docs) }

// collides reports whether the call changes one of these documents.
func (w *wish) collides(changed map[string]bool) bool {
	return slices.ContainsFunc(w.changes, func(c Change) bool { return changed[c.ID] })
}

// callFor makes one call for a group. Where that fails for a reason that may be one's own, each is made alone: what had
// landed of the call before is then found, as after an answer that was lost.
func callFor(group []*wish) {
	if len(group) == 1 {
		group[0].told <- false
		return
	}
	all := gather(group)
	err := group[0].do(context.WithoutCancel(group[0].ctx), group[0].in, all) // it is the others' too
	apart := err != nil && !errors.Is(err, store.ErrUnavailable)
	if !apart {
		all.share(err)
	}
	for _, w := range group {
		w.told <- !apart
	}
}

// gather is one wish for all. The first one's session has seen by then what each of theirs has.
func gather(group []*wish) *wish {
	all := &wish{with: group}
	for _, one := range group {
		if one != group[0] {
			group[0].in.See(one.in.Seen())
		}
		all.names = append(all.names, one.names...)
		all.docs = append(all.docs, one.docs...)
		all.changes = append(all.changes, one.changes...)
	}
	return all
}

// share gives each its part of what came of it.
func (w *wish) share(err error) {
	seen, at := w.with[0].in.Seen(), 0
	for _, one := range w.with {
		one.in.See(seen)
		one.err = err
		if n := len(one.docs) + len(one.changes); err == nil && n > 0 {
			one.flags, at = w.flags[at:at+n], at+n
		}
	}
}

// deal gives each of those for whom was asked the documents that it asked for, by a field.
func (w *wish) deal(field string, err error) error {
	if err != nil || len(w.with) == 0 {
		return err
	}
	askers := map[string][]*wish{}
	for _, one := range w.with {
		for _, name := range one.names {
			askers[name] = append(askers[name], one)
		}
	}
	for _, raw := range w.raws {
		var given []*wish
		for _, value := range texts(raw.Lookup(field)) {
			for _, one := range askers[value] {
				if !slices.Contains(given, one) {
					one.raws, given = append(one.raws, raw), append(given, one)
				}
			}
		}
	}
	return nil
}

// texts are a text, or those of an array.
func texts(v bson.RawValue) (all []string) {
	if one, ok := v.StringValueOK(); ok {
		return []string{one}
	}
	array, ok := v.ArrayOK()
	if !ok {
		return nil
	}
	values, _ := array.Values() // it came from the engine whole
	for _, v := range values {
		if one, ok := v.StringValueOK(); ok {
			all = append(all, one)
		}
	}
	return all
}
