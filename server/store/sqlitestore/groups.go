package sqlitestore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// group is a group in the batch's cache. Its members are the records naming it. The index keeps the group of each
// record, including former groups until an evaluation finds the record departed. A record whose group is named by its
// own id needs no entry in the index. An evaluation is stored only for more than one member (table team).
type group struct {
	key     int64
	joined  []*entry // joined in this batch
	members []merge.Member
	read    bool // members is as stored
	dirty   bool
}

func (b *batch) group(name string) *group {
	g, ok := b.groups[name]
	if !ok {
		g = &group{key: groupKey(name)}
		b.groups[name] = g
	}
	return g
}

// joinGroup notes that a record names a group.
func (b *batch) joinGroup(e *entry, name string) {
	if name == e.rec.ID {
		return
	}
	g := b.group(name)
	if !slices.Contains(g.joined, e) {
		g.joined = append(g.joined, e)
		b.s.groups.add(g.key, e.number())
	}
}

// Regroup evaluates groups from the records that name them.
func (b *batch) Regroup(_ context.Context, names []string, self store.SelfFunc) ([]string, error) {
	members := make([]string, 0, len(names))
	for _, name := range names {
		var err error
		if members, err = b.regroup(name, self, members); err != nil {
			return nil, translate(err)
		}
	}
	return members, nil
}

func (b *batch) regroup(name string, self store.SelfFunc, out []string) ([]string, error) {
	named, err := b.recordsNaming(name)
	if err != nil {
		return nil, err
	}
	g := b.group(name)
	if err := b.readMembers(name, g); err != nil {
		return nil, err
	}
	for i := range g.members {
		out = append(out, g.members[i].Record)
	}
	var now, gone []*entry
	for _, e := range named {
		out = append(out, e.rec.ID)
		if e.rec.Group == name {
			now = append(now, e)
		} else if e.rec.ID != name {
			gone = append(gone, e)
		}
	}
	for _, e := range gone {
		b.removeFromIndex(g, e, now)
	}
	b.evaluate(g, now, self)
	return out, nil
}

// removeFromIndex removes a record that now names another group, unless its twin, the record of the same number in the
// other branch of a fork, still names the group.
func (b *batch) removeFromIndex(g *group, e *entry, now []*entry) {
	g.joined = slices.DeleteFunc(g.joined, func(x *entry) bool { return x == e })
	if !slices.ContainsFunc(now, func(x *entry) bool { return x.number() == e.number() }) {
		b.s.groups.remove(g.key, e.number())
	}
}

// recordsNaming returns the records that name a group, and the records that named it before and were not evaluated
// since.
func (b *batch) recordsNaming(name string) (named []*entry, err error) {
	g := b.group(name)
	named = append(named, g.joined...)
	numbers, err := b.s.groups.find(b.w, g.key)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		es, err := b.recordsNumbered(n)
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			if (e.rec.Group == name || groupKey(e.rec.Group) != g.key) && !slices.Contains(named, e) {
				named = append(named, e)
			}
		}
	}
	if isRecordID(name) {
		e, err := b.record(name)
		if err != nil {
			return nil, err
		}
		if e.rec.Rev > 0 && !slices.Contains(named, e) {
			named = append(named, e)
		}
	}
	return named, nil
}

// isRecordID reports whether a name may be a record's id rather than an event's key.
func isRecordID(name string) bool { return !strings.Contains(name, "|") }

// recordsNumbered returns the records with a ref's number, decoded.
func (b *batch) recordsNumbered(n int64) (es []*entry, err error) {
	key, low := chunkOf(n)
	c, err := b.chunk(key)
	if err != nil {
		return nil, err
	}
	for _, e := range c.entries {
		if e.low != low || (e.raw == nil && e.rec.Rev == 0) {
			continue
		}
		b.records[e.id(b.s)] = e
		if err := e.parse(b.s); err != nil {
			return nil, err
		}
		es = append(es, e)
	}
	return es, nil
}

// evaluate computes the statements of the members about themselves. A single member is asked when it is counted.
func (b *batch) evaluate(g *group, now []*entry, self store.SelfFunc) {
	if len(now) <= 1 && len(g.members) == 0 {
		return
	}
	g.dirty, g.members = true, nil
	if len(now) <= 1 {
		return
	}
	slices.SortFunc(now, func(x, y *entry) int { return strings.Compare(x.rec.ID, y.rec.ID) })
	for _, e := range now {
		g.members = append(g.members, self(&e.rec))
	}
}

func (b *batch) readMembers(name string, g *group) error {
	if g.read {
		return nil
	}
	g.read = true
	if !b.s.groups.mayHave(g.key) && !isRecordID(name) {
		return nil
	}
	return b.w.each(`SELECT d FROM team WHERE name=?`, func(r row) error {
		if err := cbor.Unmarshal(r.s.ColumnRawBlob(0), &g.members); err != nil {
			return fmt.Errorf("group %s: %w", name, err)
		}
		return nil
	}, name)
}

// membersOf returns the last evaluation of a record's group, nil for a record alone.
func (b *batch) membersOf(e *entry) ([]merge.Member, error) {
	g, ok := b.groups[e.rec.Group]
	if !ok {
		g = b.group(e.rec.Group)
	}
	return g.members, b.readMembers(e.rec.Group, g)
}

// Groups pages through the groups with several members.
func (s *Store) Groups(ctx context.Context, after string, limit int) ([]store.Group, error) {
	return s.storedGroups(ctx, `SELECT name, d FROM team WHERE name>? ORDER BY name LIMIT ?`, after, pageSize(limit))
}

// GroupsNamed reads the named groups with several members.
func (s *Store) GroupsNamed(ctx context.Context, names ...string) ([]store.Group, error) {
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	return s.storedGroups(ctx, `SELECT name, d FROM team WHERE name IN (SELECT value FROM json_each(?)) ORDER BY name`, string(list))
}

func (s *Store) storedGroups(ctx context.Context, sql string, args ...any) (out []store.Group, err error) {
	err = s.read(ctx, func(v *view) error {
		return v.c.each(sql, func(r row) error {
			g := store.Group{Name: r.text(0)}
			if err := cbor.Unmarshal(r.s.ColumnRawBlob(1), &g.Members); err != nil {
				return fmt.Errorf("group %s: %w", g.Name, err)
			}
			out = append(out, g)
			return nil
		}, args...)
	})
	return out, err
}
