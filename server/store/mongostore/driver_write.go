package mongostore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"roadbook/server/store"
)

// Insert is one unordered insert.
func (d *driver) Insert(ctx context.Context, c Coll, docs []any) ([]bool, error) {
	taken := make([]bool, len(docs))
	err := d.call(ctx, d.timeout, func(ctx context.Context) error {
		_, err := d.coll(c).InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
		return duplicates(err, taken)
	})
	return taken, err
}

// duplicates sets taken for the documents of a bulk with a duplicate key, and returns any other error.
func duplicates(err error, taken []bool) error {
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) {
		return err
	}
	for _, w := range bulk.WriteErrors {
		if w.Code != duplicate || w.Index >= len(taken) {
			return err
		}
		taken[w.Index] = true
	}
	if bulk.WriteConcernError != nil {
		return err
	}
	return nil
}

// bulkField contains the random name of a bulk of changes: after the bulk, the documents with its name are those
// changed.
const bulkField = "by"

// Change is one update, or one unordered bulk of them.
func (d *driver) Change(ctx context.Context, c Coll, changes []Change) ([]bool, error) {
	if len(changes) == 1 {
		return d.changeOne(ctx, c, &changes[0])
	}
	name := rand.Text()
	models := make([]mongo.WriteModel, len(changes))
	for i := range changes {
		models[i] = mongo.NewUpdateOneModel().SetFilter(targetFilter(&changes[i])).SetUpdate(update(&changes[i], name))
	}
	var matched int64
	err := d.call(ctx, d.timeout, func(ctx context.Context) error {
		res, err := d.coll(c).BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		if res != nil {
			matched = res.MatchedCount
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if matched == int64(len(changes)) {
		return allSet(true, len(changes)), nil
	}
	return d.landed(ctx, c, changes, name)
}

func (d *driver) changeOne(ctx context.Context, c Coll, ch *Change) ([]bool, error) {
	var matched int64
	err := d.call(ctx, d.timeout, func(ctx context.Context) error {
		res, err := d.coll(c).UpdateOne(ctx, targetFilter(ch), update(ch, ""))
		if res != nil {
			matched = res.MatchedCount
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return []bool{matched == 1}, nil
}

// landed reads the ids of the documents with the bulk's name.
func (d *driver) landed(ctx context.Context, c Coll, changes []Change, name string) ([]bool, error) {
	ids := make([]string, len(changes))
	for i := range changes {
		ids[i] = changes[i].ID
	}
	raws, err := d.Scan(ctx, c, Query{
		Where: []Cond{{"_id", In, ids}, {bulkField, Is, name}}, Only: []string{"_id"},
	})
	if err != nil {
		return nil, err
	}
	mine := make(map[string]bool, len(raws))
	for _, raw := range raws {
		mine[raw.Lookup("_id").StringValue()] = true
	}
	done := make([]bool, len(changes))
	for i := range changes {
		done[i] = mine[changes[i].ID]
	}
	return done, nil
}

func allSet(v bool, n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func targetFilter(ch *Change) bson.D {
	return filter(append([]Cond{{"_id", Is, ch.ID}}, ch.If...))
}

func update(ch *Change, name string) bson.D {
	set := ch.Set
	if name != "" {
		set = append(slices.Clip(set), bson.E{Key: bulkField, Value: name})
	}
	var out bson.D
	if len(set) > 0 {
		out = append(out, bson.E{Key: "$set", Value: set})
	}
	if len(ch.Union) > 0 {
		add := bson.D{}
		for _, f := range ch.Union {
			add = append(add, bson.E{Key: f.Key, Value: bson.D{{Key: "$each", Value: f.Value}}})
		}
		out = append(out, bson.E{Key: "$addToSet", Value: add})
	}
	return out
}

// Raise is one unordered bulk of increments. If two bulks create the same document at once, one increment fails with a
// duplicate key and is repeated.
func (d *driver) Raise(ctx context.Context, c Coll, ids []string) error {
	for range maxRaises {
		taken := make([]bool, len(ids))
		if err := d.call(ctx, d.timeout, func(ctx context.Context) error { return d.raise(ctx, c, ids, taken) }); err != nil {
			return err
		}
		var again []string
		for i, id := range ids {
			if taken[i] {
				again = append(again, id)
			}
		}
		if ids = again; len(ids) == 0 {
			return nil
		}
	}
	return fmt.Errorf("raising %s: %w: created again and again", c, store.ErrUnavailable)
}

func (d *driver) raise(ctx context.Context, c Coll, ids []string, taken []bool) error {
	models := make([]mongo.WriteModel, len(ids))
	for i, id := range ids {
		models[i] = mongo.NewUpdateOneModel().SetUpsert(true).SetFilter(bson.D{{Key: "_id", Value: id}}).
			SetUpdate(bson.D{{Key: "$inc", Value: bson.D{{Key: "epoch", Value: int64(1)}}}})
	}
	_, err := d.coll(c).BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	return duplicates(err, taken)
}
