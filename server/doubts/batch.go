package doubts

import (
	"context"
	"fmt"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Bounds of one question to the store.
const (
	recordsAtOnce = 500
	groupsAtOnce  = 1000
)

// batch is one reading of some records, their neighbours and their groups.
type batch struct {
	f       *Follower
	views   map[string]*merge.View    // nil: there is no such record
	devices map[string][]string       // of the record, sorted
	groups  map[string][]merge.Member // evaluations; nil: the record stands alone
	old     map[string]*row           // never nil for the batch's own records
	found   map[string][]string       // the first records under a hash: see bucket
	named   map[string][]string       // keys of a record
}

func (f *Follower) newBatch() *batch {
	return &batch{
		f: f, views: map[string]*merge.View{}, devices: map[string][]string{}, groups: map[string][]merge.Member{},
		old: map[string]*row{}, found: map[string][]string{}, named: map[string][]string{},
	}
}

// load reads the records not read yet. "" is passed over.
func (b *batch) load(ctx context.Context, ids ...string) error {
	var missing []string
	for _, id := range ids {
		if _, known := b.views[id]; id != "" && !known {
			b.views[id] = nil
			missing = append(missing, id)
		}
	}
	for some := range slices.Chunk(missing, recordsAtOnce) {
		recs, err := b.f.cfg.Store.RecordsByID(ctx, some...)
		if err != nil {
			return err
		}
		if err := b.add(ctx, recs); err != nil {
			return err
		}
	}
	return nil
}

// add folds records and reads the evaluations of their groups.
func (b *batch) add(ctx context.Context, recs []store.Record) error {
	var names []string
	for i := range recs {
		if b.views[recs[i].ID] != nil {
			continue
		}
		v := merge.Fold(recs[i].ID, &recs[i].State, b.f.cfg.Schema)
		b.views[v.Record] = &v
		b.devices[v.Record] = devicesOf(&recs[i], &v)
		if _, known := b.groups[v.Group]; !known && v.Group != "" {
			b.groups[v.Group] = nil
			names = append(names, v.Group)
		}
	}
	for some := range slices.Chunk(names, groupsAtOnce) {
		groups, err := b.f.cfg.Store.GroupsNamed(ctx, some...)
		if err != nil {
			return err
		}
		for i := range groups {
			b.groups[groups[i].Name] = groups[i].Members
		}
	}
	return nil
}

// devicesOf are the creators of the record and its items: these devices hear of the record's doubts.
func devicesOf(rec *store.Record, v *merge.View) (out []string) {
	for _, o := range rec.State.Obs {
		if o.Act == wire.Create && !o.Sender.HQ() && !slices.Contains(v.Foreign(), o.ID) {
			out = append(out, o.ID.Device)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// group is the evaluation of the record's group.
func (b *batch) group(v *merge.View) []merge.Member {
	if members := b.groups[v.Group]; len(members) > 0 {
		return members
	}
	return []merge.Member{v.Member()}
}

// loadMembers reads the members of the records' groups.
func (b *batch) loadMembers(ctx context.Context, ids []string) error {
	var members []string
	for _, id := range ids {
		if v := b.views[id]; v != nil {
			for i := range b.groups[v.Group] {
				members = append(members, b.groups[v.Group][i].Record)
			}
		}
	}
	return b.load(ctx, members...)
}

// linked are the members of a record's group moved there by HQ.
func (b *batch) linked(v *merge.View) (out []string) {
	for i := range b.groups[v.Group] {
		id := b.groups[v.Group][i].Record
		if o := b.views[id]; o != nil && doubt.IsLinked(o, b.f.cfg.Schema) {
			out = append(out, id)
		}
	}
	return out
}

func (b *batch) counts(v *merge.View) bool { return v != nil && merge.Counts(v, b.group(v)) }

// loadRows reads the stored rows of records.
func (b *batch) loadRows(ctx context.Context, ids []string) error {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i], b.old[id] = recordRows+id, new(row)
	}
	rows, err := b.f.cfg.Store.SideRows(ctx, keys...)
	for i := range rows {
		b.old[recordAt(rows[i].Key)] = decodeRow(rows[i].Data)
	}
	return err
}

// keys are a record's keys, for its neighbours.
func (b *batch) keys(id string) []string {
	v := b.views[id]
	if v == nil {
		return nil
	}
	keys, known := b.named[id]
	if !known {
		keys = doubt.Keys(v, b.f.cfg.Schema)
		b.named[id] = keys
	}
	return keys
}

// isLinked reports whether the key is a group's and HQ moved the record to another group: the store finds the record no more
// by the name of the key's group.
func (b *batch) isLinked(id, key string) bool {
	group, isGroup := doubt.GroupOf(key)
	return isGroup && b.views[id].Group != group
}

// says is everything about the record in the doubts of its neighbours under an equal key.
func (b *batch) says(v *merge.View) string {
	return fmt.Sprint(b.counts(v), "|", v.Day, "|", v.Unit, "|", v.Group)
}
