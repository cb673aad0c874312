package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
)

// Coll names a collection.
type Coll string

// The collections.
const (
	Records          Coll = "records" // _id: device.epoch/sequence divided by 16
	Groups           Coll = "groups"  // _id: name of the group
	Buckets          Coll = "leaves"  // _id: unit/kind/day/number; "leaves" is an older word for buckets
	Frames           Coll = "frames"  // _id: stream/first/last/head
	Streams          Coll = "streams" // _id: device.epoch
	QuarantinedLines Coll = "held"    // _id: device.epoch/sequence/hash; "held" is an older word for quarantined
	Entries          Coll = "entries" // _id: section/name
	Meta             Coll = "meta"    // _id: "format", "catalogue"
	SideTable        Coll = "side"    // _id: key of the row; an older program leaves the collection alone
)

// Docs contains everything needed from a document database for the write path. Every operation on one document is
// atomic, and nothing else is: a call naming several documents may stop between any two, and other processes may
// see a part of its effect. Each write is durable on a majority when the call returns, and reads return only such
// writes. A call made after another call returned, in the same session, sees its effect.
//
// Errors: store.ErrUnavailable (including ErrWriteConcern) if a repetition may help; store.ErrFull and
// store.ErrDenied if an administrator has to act first; any other error is permanent. After an error some of the
// call's writes may have landed.
type Docs interface {
	// Session returns Docs for one run of steps, used by one call after another; end releases the session.
	Session(ctx context.Context) (in Docs, end func(), err error)
	// SessionTime is the latest time seen by the session. Another session that calls AdvanceTo with this time makes
	// all its further calls later.
	SessionTime() SessionTime
	AdvanceTo(m SessionTime)
	// Insert stores each document whose _id is free; taken[i] reports that the _id of docs[i] was not free.
	Insert(ctx context.Context, c Coll, docs []any) (taken []bool, err error)
	// Read returns the existing documents among ids, in any order.
	Read(ctx context.Context, c Coll, ids []string) ([]bson.Raw, error)
	// Change applies each change whose conditions hold. done[i] means that change i landed. Without done[i] it may
	// still have landed and have been overwritten at once, if the command had several changes or changes of several
	// callers.
	Change(ctx context.Context, c Coll, changes []Change) (done []bool, err error)
	// Raise adds one to the epoch of each document, and creates absent documents.
	Raise(ctx context.Context, c Coll, ids []string) error
	// Scan returns the documents that match. Documents are seen one by one: a document changed during the scan may be
	// returned in its old or new state, or twice; a document that moves from one value of In to another may be missed.
	Scan(ctx context.Context, c Coll, q Query) ([]bson.Raw, error)
	// Total counts the matching documents and adds up one of their fields ("": none).
	Total(ctx context.Context, c Coll, field string, where []Cond) (n, sum int64, err error)
	// Remove deletes the matching documents.
	Remove(ctx context.Context, c Coll, where []Cond) error
	// Index makes the index unless it exists. The duration grows with the collection.
	Index(ctx context.Context, ix Index) error
	Close(ctx context.Context) error
}

// SessionTime is the latest time seen by a session, by the database's own clock. The zero value is the beginning.
type SessionTime struct {
	cluster   bson.Raw
	operation *primitive.Timestamp
}

// Index is an index of a collection: ascending, and not unique.
type Index struct {
	Name   string
	Coll   Coll
	Fields []string
	Sparse bool // only documents with the first field
}

// Change is a conditional update of one document.
type Change struct {
	ID    string
	If    []Cond
	Set   bson.D // fields and their new values
	Union bson.D // set-valued fields, and the strings to add
}

// Op compares a document's field with a value.
type Op string

// The comparisons. Texts compare by bytes.
const (
	Is            Op = "$eq"
	In            Op = "$in" // value: []string; an array field matches by any element
	AtLeast       Op = "$gte"
	AtMost        Op = "$lte"
	Above         Op = "$gt"
	Below         Op = "$lt"
	BelowOrAbsent Op = "unless" // below the value; an absent field is below every value
	ZeroOrAbove   Op = "live"   // 0, or above the value
	AnyWithin     Op = "among"  // value: two strings; one element of the array is at least the first and below the second
)

// Cond is a condition on one field.
type Cond struct {
	Field string
	Op    Op
	Value any // string, int64, bool or []string
}

// Query is a scan.
type Query struct {
	Where []Cond
	Sort  string   // field; "" = any order; "-field" = from the greatest
	Limit int      // 0 = all
	Only  []string // fields to return besides _id; none = all
	By    string   // name of the index to use, against a worse choice of the engine; "" = the engine chooses
}
