package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/sync/merge"
)

// raiseAndRead adds one to each epoch and then reads the documents. The epoch read may be greater than this raise made
// it, if other processes raised in the meantime. That is as good: everything read afterwards covers all joins made
// before any of those raises, and each raising process ends with a count stored under its epoch or a later epoch.
//
// A raise without confirmation by a majority may be rolled back, and another process may get the same epoch: so the
// raise is repeated until one is confirmed.
func (s *steps) raiseAndRead(ctx context.Context, c Coll, ids []string) ([]bson.Raw, error) {
	for range maxRaises {
		err := s.docs.Raise(ctx, c, ids)
		if errors.Is(err, ErrWriteConcern) {
			if !s.without.Off(store.RaiseAgain) {
				continue
			}
			err = nil
		}
		if err != nil {
			return nil, err
		}
		return s.docs.Read(ctx, c, ids)
	}
	return nil, fmt.Errorf("raising %s: %w", c, ErrWriteConcern)
}

// maxRaises bounds the repetitions of an unconfirmed raise.
const maxRaises = 5

// Regroup evaluates groups from the records naming them. A group needs no document while it was never raised and one
// record names it: its member stands alone. A process that joins another record to the group reads the records after
// its join; so the later of two such processes sees both records and raises the group. From then on the group has a
// document.
func (s *steps) Regroup(ctx context.Context, names []string, self store.SelfFunc) (members []string, err error) {
	names = unique(names)
	if len(names) == 0 {
		return nil, nil
	}
	found, err := s.countMembers(ctx, names)
	if err != nil {
		return nil, err
	}
	stored, err := s.storedGroups(ctx, names)
	if err != nil {
		return nil, err
	}
	var shared []string
	for _, name := range names {
		_, existing := stored[name]
		if found[name] <= 1 && (!existing || s.without.Off(store.RaisedGroups)) {
			continue // its member stood alone before, and still does
		}
		shared = append(shared, name)
	}
	if len(shared) > 0 {
		more, err := s.evaluate(ctx, shared, self)
		if err != nil {
			return nil, err
		}
		members = append(members, more...)
	}
	return unique(members), nil
}

// evaluate recounts groups: raise the epoch, read the records, and store the members unless an evaluation of a later
// epoch is stored.
func (s *steps) evaluate(ctx context.Context, names []string, self store.SelfFunc) (members []string, err error) {
	raws, err := s.raiseAndRead(ctx, Groups, names)
	if err != nil {
		return nil, err
	}
	docs, err := decodeAll[groupDoc](raws)
	if err != nil {
		return nil, err
	}
	found, err := s.readMembers(ctx, names, self)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(docs))
	for i := range docs {
		before, err := decodeList[merge.Member](docs[i].Members)
		if err != nil {
			return nil, err
		}
		now := found[docs[i].ID]
		members = appendMembers(appendMembers(members, before), now)
		if s.without.Off(store.GroupFromRecords) {
			now = keepDeparted(before, now)
		}
		changes[i] = s.evaluationChange(&docs[i], now)
	}
	done, err := s.change(ctx, Groups, changes)
	if err != nil || !slices.Contains(done, false) {
		return members, err
	}
	return s.storedMembers(ctx, names, members)
}

func (s *steps) evaluationChange(d *groupDoc, members []merge.Member) Change {
	c := Change{
		ID: d.ID, If: []Cond{{"evaluated", BelowOrAbsent, d.Epoch}},
		Set: bson.D{{Key: "members", Value: encodeList(members)}, {Key: "evaluated", Value: d.Epoch}},
	}
	if s.without.Off(store.EpochOrder) {
		c.If = nil
	}
	return c
}

// storedMembers adds the members of evaluations stored earlier by other processes.
func (s *steps) storedMembers(ctx context.Context, names, members []string) ([]string, error) {
	stored, err := s.storedGroups(ctx, names)
	for _, ms := range stored {
		members = appendMembers(members, ms)
	}
	return members, err
}

// countMembers counts the records of each group.
func (s *steps) countMembers(ctx context.Context, names []string) (map[string]int, error) {
	chunks, err := s.rowsMatching(ctx, "groups", names)
	if err != nil {
		return nil, err
	}
	named, out := setOf(names), make(map[string]int, len(names))
	for _, rows := range chunks {
		for i := range rows {
			if named[rows[i].Group] {
				out[rows[i].Group]++
			}
		}
	}
	return out, nil
}

// readMembers reads the records of each group and returns their statements about themselves, by group, sorted by
// record.
func (s *steps) readMembers(ctx context.Context, names []string, self store.SelfFunc) (map[string][]merge.Member, error) {
	raws, err := s.docs.Scan(ctx, Records, Query{Where: []Cond{{"groups", In, names}}})
	if err != nil {
		return nil, err
	}
	named := setOf(names)
	recs, err := decodeRecords(raws, &s.cache, func(row *recordRow) bool { return named[row.Group] })
	if err != nil {
		return nil, err
	}
	out := make(map[string][]merge.Member, len(names))
	for i := range recs {
		out[recs[i].Group] = append(out[recs[i].Group], self(&recs[i]))
	}
	for _, ms := range out {
		sortMembers(ms)
	}
	return out, nil
}

// storedGroups reads the groups with a document. A group that was raised and not evaluated yet has no members.
func (s *steps) storedGroups(ctx context.Context, names []string) (map[string][]merge.Member, error) {
	raws, err := s.docs.Read(ctx, Groups, names)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]merge.Member, len(raws))
	for _, raw := range raws {
		d, err := decode[groupDoc](raw)
		if err != nil {
			return nil, err
		}
		if out[d.ID], err = decodeList[merge.Member](d.Members); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Groups pages through the groups with a document.
func (s *Store) Groups(ctx context.Context, after string, limit int) ([]store.Group, error) {
	raws, err := s.docs.Scan(ctx, Groups, Query{Where: []Cond{{"_id", Above, after}}, Sort: "_id", Limit: limitOf(limit)})
	if err != nil {
		return nil, err
	}
	return decodeGroups(raws)
}

// GroupsNamed reads the named groups with a document.
func (s *Store) GroupsNamed(ctx context.Context, names ...string) ([]store.Group, error) {
	raws, err := s.docs.Read(ctx, Groups, unique(names))
	if err != nil {
		return nil, err
	}
	return decodeGroups(raws)
}

func decodeGroups(raws []bson.Raw) ([]store.Group, error) {
	docs, err := decodeAll[groupDoc](raws)
	if err != nil {
		return nil, err
	}
	out := make([]store.Group, len(docs))
	for i := range docs {
		out[i].Name = docs[i].ID
		if out[i].Members, err = decodeList[merge.Member](docs[i].Members); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func appendMembers(ids []string, members []merge.Member) []string {
	for i := range members {
		ids = append(ids, members[i].Record)
	}
	return ids
}

// keepDeparted is the behaviour forbidden by GroupFromRecords: members are added and never removed.
func keepDeparted(before, now []merge.Member) []merge.Member {
	out := slices.Clone(now)
	for i := range before {
		if !slices.ContainsFunc(now, func(m merge.Member) bool { return m.Record == before[i].Record }) {
			out = append(out, before[i])
		}
	}
	sortMembers(out)
	return out
}

func sortMembers(ms []merge.Member) {
	slices.SortFunc(ms, func(a, b merge.Member) int { return strings.Compare(a.Record, b.Record) })
}
