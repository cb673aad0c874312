package mongostore

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
)

// call is one call of one Batch, with its result. Only an Insert has docs, only a Change has changes. names are the
// ids or the values of In to look up, and the ids to change.
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

	parts []*call   // of a call combined from several calls
	done  chan bool // false: the caller must make the call alone
}

// takeSameKind takes the first call, and as many calls of the same kind as fit into one command.
func takeSameKind(all []*call) (calls, rest []*call) {
	size, changed := 0, map[string]bool{}
	for _, w := range all {
		if len(calls) > 0 && (w.kind != calls[0].kind || size+w.size() > maxShared || w.changesAnyOf(changed)) {
			rest = append(rest, w)
			continue
		}
		calls, size = append(calls, w), size+w.size()
		for i := range w.changes {
			changed[w.changes[i].ID] = true
		}
	}
	return calls, rest
}

func (w *call) size() int { return len(w.names) + len(w.docs) }

// changesAnyOf reports whether the call changes one of these documents.
func (w *call) changesAnyOf(changed map[string]bool) bool {
	return slices.ContainsFunc(w.changes, func(c Change) bool { return changed[c.ID] })
}

// runTogether makes one command for a group of calls. If the command fails for a reason that may lie in a single call,
// every caller makes its call alone: writes of the failed command may have landed, and look like writes after a lost
// answer.
func runTogether(calls []*call) {
	if len(calls) == 1 {
		calls[0].done <- false
		return
	}
	all := combine(calls)
	err := calls[0].run(context.WithoutCancel(calls[0].ctx), calls[0].session, all) // no caller's deadline ends it
	apart := err != nil && !errors.Is(err, store.ErrUnavailable)
	if !apart {
		all.copyResults(err)
	}
	for _, w := range calls {
		w.done <- !apart
	}
}

// combine makes one call of a group. The first call's session first advances to the session time of every other call.
func combine(calls []*call) *call {
	all := &call{parts: calls}
	for _, one := range calls {
		if one != calls[0] {
			calls[0].session.AdvanceTo(one.session.SessionTime())
		}
		all.names = append(all.names, one.names...)
		all.docs = append(all.docs, one.docs...)
		all.changes = append(all.changes, one.changes...)
	}
	return all
}

// copyResults copies to each call its part of the result.
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

// distribute hands each call the documents matching its names, by one field.
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

// stringValues returns a string, or the strings of an array.
func stringValues(v bson.RawValue) (all []string) {
	if one, ok := v.StringValueOK(); ok {
		return []string{one}
	}
	array, ok := v.ArrayOK()
	if !ok {
		return nil
	}
	values, _ := array.Values() // the engine sends only valid arrays
	for _, v := range values {
		if one, ok := v.StringValueOK(); ok {
			all = append(all, one)
		}
	}
	return all
}
