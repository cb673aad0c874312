package mongostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// DefaultDatabase is the name of the database if the configuration has none.
const DefaultDatabase = "roadbook"

// Open connects to a database, migrates it to this program's format, and returns its store. store.ErrUnavailable: the
// database does not answer. store.ErrNewer: a newer program wrote the database; nothing was changed. Further errors:
// ErrAddress, ErrSignIn, store.ErrDenied, store.ErrFull.
func Open(ctx context.Context, c Config) (*Store, error) {
	d, err := Dial(ctx, c)
	if err != nil {
		return nil, err
	}
	s, err := New(ctx, d, c)
	if err != nil {
		_ = d.Close(context.WithoutCancel(ctx)) // the first error counts
		return nil, err
	}
	return s, nil
}

// Dial returns the documents under Open's store. Dial sends nothing to the database.
func Dial(ctx context.Context, c Config) (Docs, error) { return dial(ctx, c) }

func dial(ctx context.Context, c Config) (*driver, error) {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Database == "" {
		c.Database = DefaultDatabase
	}
	opts, err := parseURI(c.URI)
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(ctx, withConcerns(opts, c.Timeout).SetMonitor(c.monitor))
	if err != nil {
		return nil, translate(err)
	}
	return &driver{client: client, db: client.Database(c.Database), timeout: c.Timeout}, nil
}

// Drop deletes the whole database, whatever its format. store.ErrUnavailable: the database does not answer.
func Drop(ctx context.Context, c Config) error {
	d, err := dial(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(d.call(ctx, d.timeout, d.db.Drop), d.Close(ctx))
}

// driver implements Docs on a MongoDB, with or without a session.
type driver struct {
	client  *mongo.Client
	db      *mongo.Database
	session mongo.Session // nil: none
	timeout time.Duration
}

var _ Docs = (*driver)(nil)

// Index makes an index, which may take long.
func (d *driver) Index(ctx context.Context, ix Index) error {
	keys := bson.D{}
	for _, f := range ix.Fields {
		keys = append(keys, bson.E{Key: f, Value: 1})
	}
	opts := options.Index().SetName(ix.Name)
	if ix.Sparse {
		opts.SetSparse(true)
	}
	err := d.call(ctx, indexTimeout, func(ctx context.Context) error {
		_, err := d.coll(ix.Coll).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: opts})
		return err
	})
	if err != nil {
		return fmt.Errorf("index %s on %s: %w", ix.Name, ix.Coll, err)
	}
	return nil
}

func (d *driver) coll(c Coll) *mongo.Collection { return d.db.Collection(string(c)) }

// Session starts a causally consistent session.
func (d *driver) Session(context.Context) (Docs, func(), error) {
	session, err := d.client.StartSession(options.Session().SetCausalConsistency(true))
	if err != nil {
		return nil, nil, translate(err)
	}
	in := *d
	in.session = session
	return &in, func() { session.EndSession(context.Background()) }, nil
}

// SessionTime returns the session's cluster time and operation time. An engine of a single node may lack both.
func (d *driver) SessionTime() SessionTime {
	if d.session == nil {
		return SessionTime{}
	}
	return SessionTime{d.session.ClusterTime(), d.session.OperationTime()}
}

// AdvanceTo advances the session's times. The driver returns an error only for an ended session.
func (d *driver) AdvanceTo(m SessionTime) {
	if d.session == nil {
		return
	}
	if m.cluster != nil {
		_ = d.session.AdvanceClusterTime(m.cluster)
	}
	if m.operation != nil {
		_ = d.session.AdvanceOperationTime(m.operation)
	}
}

// Close disconnects.
func (d *driver) Close(ctx context.Context) error { return d.client.Disconnect(ctx) }

// call runs fn with the session and a deadline, and translates the error.
func (d *driver) call(ctx context.Context, within time.Duration, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if d.session != nil {
		ctx = mongo.NewSessionContext(ctx, d.session)
	}
	return translate(fn(ctx))
}

// Read finds documents by id.
func (d *driver) Read(ctx context.Context, c Coll, ids []string) ([]bson.Raw, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) == 1 {
		return d.find(ctx, c, bson.D{{Key: "_id", Value: ids[0]}}, options.Find())
	}
	return d.find(ctx, c, filter([]Cond{{"_id", In, ids}}), options.Find())
}

// Scan finds documents by their fields.
func (d *driver) Scan(ctx context.Context, c Coll, q Query) ([]bson.Raw, error) {
	opts := options.Find()
	if q.Sort != "" {
		opts.SetSort(bson.D{{Key: q.Sort, Value: 1}})
	}
	if q.Limit > 0 {
		opts.SetLimit(int64(q.Limit))
	}
	if len(q.Only) > 0 {
		fields := bson.D{}
		for _, f := range q.Only {
			fields = append(fields, bson.E{Key: f, Value: 1})
		}
		opts.SetProjection(fields)
	}
	if q.By != "" {
		opts.SetHint(q.By)
	}
	return d.find(ctx, c, filter(q.Where), opts)
}

// batchSize is the number of documents in one answer of the server: large enough for all records of a frame.
const batchSize = 10_000

func (d *driver) find(ctx context.Context, c Coll, filter bson.D, opts *options.FindOptions) (out []bson.Raw, err error) {
	err = d.call(ctx, d.timeout, func(ctx context.Context) error {
		cur, err := d.coll(c).Find(ctx, filter, opts.SetBatchSize(batchSize).SetMaxTime(d.timeout))
		if err != nil {
			return err
		}
		return cur.All(ctx, &out)
	})
	return out, err
}

// Total aggregates.
func (d *driver) Total(ctx context.Context, c Coll, field string, where []Cond) (n, sum int64, err error) {
	var add any = int64(0)
	if field != "" {
		add = "$" + field
	}
	var rows []struct {
		N   int64 `bson:"n"`
		Sum int64 `bson:"sum"`
	}
	err = d.call(ctx, d.timeout, func(ctx context.Context) error {
		cur, err := d.coll(c).Aggregate(ctx, mongo.Pipeline{
			{{Key: "$match", Value: filter(where)}},
			{{Key: "$group", Value: bson.D{
				{Key: "_id", Value: nil},
				{Key: "n", Value: bson.D{{Key: "$sum", Value: int64(1)}}},
				{Key: "sum", Value: bson.D{{Key: "$sum", Value: add}}},
			}}},
		}, options.Aggregate().SetMaxTime(d.timeout))
		if err != nil {
			return err
		}
		return cur.All(ctx, &rows)
	})
	if err != nil || len(rows) == 0 {
		return 0, 0, err
	}
	return rows[0].N, rows[0].Sum, nil
}

// Remove deletes.
func (d *driver) Remove(ctx context.Context, c Coll, where []Cond) error {
	return d.call(ctx, d.timeout, func(ctx context.Context) error {
		_, err := d.coll(c).DeleteMany(ctx, filter(where))
		return err
	})
}

// filter converts conditions to a query filter of MongoDB.
func filter(where []Cond) bson.D {
	switch len(where) {
	case 0:
		return bson.D{}
	case 1:
		return condition(where[0])
	}
	all := make(bson.A, len(where))
	for i, c := range where {
		all[i] = condition(c)
	}
	return bson.D{{Key: "$and", Value: all}}
}

func condition(c Cond) bson.D {
	on := func(v any) bson.D { return bson.D{{Key: c.Field, Value: v}} }
	switch c.Op {
	case Is:
		return on(c.Value)
	case BelowOrAbsent:
		return on(bson.D{{Key: "$not", Value: bson.D{{Key: string(AtLeast), Value: c.Value}}}})
	case ZeroOrAbove:
		return bson.D{{Key: "$or", Value: bson.A{on(int64(0)), on(bson.D{{Key: string(Above), Value: c.Value}})}}}
	case AnyWithin:
		ends, _ := c.Value.([]string)
		return on(bson.D{{Key: "$elemMatch", Value: bson.D{{Key: string(AtLeast), Value: ends[0]}, {Key: string(Below), Value: ends[1]}}}})
	case In, AtLeast, AtMost, Above, Below:
	}
	return on(bson.D{{Key: string(c.Op), Value: c.Value}})
}
