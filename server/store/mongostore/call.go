package mongostore

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
)

// call is one Batch's call, and what came of it. Only Insert has documents, only Change has changes; names are the ids or
// the values of In that are asked for, and the ids that are changed.
type call struct {
	kind    string
	session Docs
	run     func(ctx context.Context, in Docs, all *call) error
	ctx     context.Context
	names   []string
	docs    []any
	changes []Change

	flags []bool
	raws  []bson.Raw
	err   error

	parts []*call   // of a wish that is several's
	done  chan bool // false: it must be made alone after all
}

// takeSameKind takes the first call, and those of its kind that fit into one command with it.
func takeSameKind(all []*call) (group, rest []*call) {
	size, changed := 0, map[string]bool{}
	for _, w := range all {
		if len(group) > 0 && (w.kind != group[0].kind || size+w.size() > maxShared || w.changesAnyOf(changed)) {
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

func (w *call) size() int { return len(w.names) + len(w.docs) }

// changesAnyOf reports whether the call changes one of these documents.
func (w *call) changesAnyOf(changed map[string]bool) bool {
	return slices.ContainsFunc(w.changes, func(c Change) bool { return changed[c.ID] })
}

// runTogether makes one call for a group. Where that fails for a reason that may be one's own, each is made alone: what had
// landed of the call before is then found, as after an answer that was lost.
func runTogether(group []*call) {
	if len(group) == 1 {
		group[0].done <- false
		return
	}
	all := combine(group)
	err := group[0].run(context.WithoutCancel(group[0].ctx), group[0].session, all) // it is the others' too
	apart := err != nil && !errors.Is(err, store.ErrUnavailable)
	if !apart {
		all.copyResults(err)
	}
	for _, w := range group {
		w.done <- !apart
	}
}

// combine is one wish for all. The first one's session has seen by then what each of theirs has.
func combine(group []*call) *call {
	all := &call{parts: group}
	for _, one := range group {
		if one != group[0] {
			group[0].session.AdvanceTo(one.session.SessionTime())
		}
		all.names = append(all.names, one.names...)
		all.docs = append(all.docs, one.docs...)
		all.changes = append(all.changes, one.changes...)
	}
	return all
}

// copyResults gives each its part of what came of it.
func (w *call) copyResults(err error) {
	seen, at := w.parts[0].session.SessionTime(), 0
	for _, one := range w.parts {
		one.session.AdvanceTo(seen)
		one.err = err
		if n := len(one.docs) + len(one.changes); err == nil && n > 0 {
			one.flags, at = w.flags[at:at+n], at+n
		}
	}
}

// distribute gives each of those for whom was asked the documents that it asked for, by a field.
func (w *call) distribute(field string, err error) error {
	if err != nil || len(w.parts) == 0 {
		return err
	}
	callers := map[string][]*call{}
	for _, one := range w.parts {
		for _, name := range one.names {
			callers[name] = append(callers[name], one)
		}
	}
	for _, raw := range w.raws {
		var given []*call
		for _, value := range stringValues(raw.Lookup(field)) {
			for _, one := range callers[value] {
				if !slices.Contains(given, one) {
					one.raws, given = append(one.raws, raw), append(given, one)
				}
			}
		}
	}
	return nil
}

// stringValues are a text, or those of an array.
func stringValues(v bson.RawValue) (all []string) {
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
