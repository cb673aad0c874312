package verify

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// recordStates are the states of records according to the frames, by record. The states are packed as in the stores, by
// a codec tested as lossless in merge: unpacked, a state took some 3 kB of memory.
type recordStates map[string]packedState

type packedState struct {
	packed []byte // merge.Encode
	stored bool   // the record was found in the store
}

// state is the state of a record according to the frames; empty for an unknown record.
func (l recordStates) state(record string) (merge.State, error) {
	s, ok := l[record]
	if !ok {
		return merge.State{}, nil
	}
	st, err := merge.Decode(s.packed, record)
	if err != nil {
		return st, fmt.Errorf("verify: what frames say of %s: %w", record, err)
	}
	return st, nil
}

func (l recordStates) join(record string, o merge.Obs) error {
	st, err := l.state(record)
	if err != nil {
		return err
	}
	st.Join(record, o)
	l[record] = packedState{merge.Encode(&st, record), l[record].stored}
	return nil
}

// markStored marks a record as found in the store. known: the log has the record; before: it was marked already.
func (l recordStates) markStored(record string) (known, before bool) {
	s, known := l[record]
	if known {
		l[record] = packedState{s.packed, true}
	}
	return known, s.stored
}

// views calls fn with every record, folded, in any order.
func (l recordStates) views(sch *schema.Schema, fn func(*merge.View)) error {
	for record := range l {
		st, err := l.state(record)
		if err != nil {
			return err
		}
		v := merge.Fold(record, &st, sch)
		fn(&v)
	}
	return nil
}

type groups map[string][]merge.Member

// groups evaluates the groups of several records, and the wanted groups; members come sorted by record. Most groups have
// a single record: for these only a hash of the name is kept.
func (l recordStates) groups(sch *schema.Schema, wanted groups) (groups, error) {
	seed := maphash.MakeSeed()
	shared := map[uint64]bool{} // by hash of the name: whether several records have the group
	err := l.views(sch, func(v *merge.View) {
		h := maphash.String(seed, v.Group)
		_, named := shared[h]
		shared[h] = named
	})
	if err != nil {
		return nil, err
	}
	all := groups{}
	err = l.views(sch, func(v *merge.View) {
		if _, asked := wanted[v.Group]; v.Group != "" && (asked || shared[maphash.String(seed, v.Group)]) {
			all[v.Group] = append(all[v.Group], v.Member())
		}
	})
	for _, members := range all {
		slices.SortFunc(members, func(a, b merge.Member) int { return strings.Compare(a.Record, b.Record) })
	}
	return all, err
}

// count adds up the contributions of all records, each with its group.
func (l recordStates) count(counter *tally.Counter, sch *schema.Schema) (sums, error) {
	all, err := l.groups(sch, nil)
	if err != nil {
		return nil, err
	}
	out := sums{}
	err = l.views(sch, func(v *merge.View) {
		for _, c := range tally.Contributions(counter, v, all[v.Group]) {
			out[cell{v.Unit, c.Day, c.Measure}] += c.Amount
		}
	})
	return out, err
}

// withPending is the log as if all pending frames were marked.
func (r *run) withPending() (recordStates, error) {
	with := maps.Clone(r.records)
	for _, w := range r.pending {
		for i := range w.lines {
			s := &w.lines[i]
			if s.Quarantined {
				continue
			}
			if err := with.join(s.Record, s.Obs); err != nil {
				return nil, err
			}
			if s.Released == nil {
				continue
			}
			if err := with.join(s.Released.Record, s.Released.Obs); err != nil {
				return nil, err
			}
		}
	}
	return with, nil
}
