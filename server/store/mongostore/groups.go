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

// raiseAndRead adds one to each epoch and then reads the documents. The epoch read may be greater than the one
// raised to, where others raised meanwhile. That is as good: what is read after that covers all joins made
// before any of those raises, and everyone who raised finds a count stored under his epoch or a later one.
//
// A raise that no majority confirmed may be taken back, and its number given out again to another: it is
// made once more, until one is confirmed.
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

// maxRaises bounds the repetitions of a raise that no majority confirms.
const maxRaises = 5

// Regroup evaluates groups from the records that name them. A group that was never raised and that one
// record names needs no document: its member stands alone. Whoever joins another to it looks after having
// joined, so that the later of two who do it sees both, and raises it; from then on the document stands.
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

// evaluate is a group's recount: raise, read, store if nobody stored a later reading.
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
		ID: d.ID, If: []Cond{{"evaluated", Unless, d.Epoch}},
		Set: bson.D{{Key: "members", Value: encodeList(members)}, {Key: "evaluated", Value: d.Epoch}},
	}
	if s.without.Off(store.EpochOrder) {
		c.If = nil
	}
	return c
}

// storedMembers adds the members that another's evaluation has, where it came before.
func (s *steps) storedMembers(ctx context.Context, names, members []string) ([]string, error) {
	stored, err := s.storedGroups(ctx, names)
	for _, ms := range stored {
		members = appendMembers(members, ms)
	}
	return members, err
}

// countMembers counts the records that name each group.
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

// readMembers reads what the records that name the groups say of themselves, by group, sorted by record.
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

// storedGroups reads the groups that have a document. One that was raised and not evaluated yet has no
// members.
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

// Groups pages through the groups that have a document.
func (s *Store) Groups(ctx context.Context, after string, limit int) ([]store.Group, error) {
	raws, err := s.docs.Scan(ctx, Groups, Query{Where: []Cond{{"_id", Above, after}}, Sort: "_id", Limit: limitOf(limit)})
	if err != nil {
		return nil, err
	}
	return decodeGroups(raws)
}

// GroupsNamed reads those of the groups that have a document.
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

// keepDeparted is what GroupFromRecords forbids: members are added, and none ever leaves.
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
