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
	Buckets          Coll = "leaves"  // _id: unit/kind/day/number
	Frames           Coll = "frames"  // _id: stream/first/last/head
	Streams          Coll = "streams" // _id: device.epoch
	QuarantinedLines Coll = "held"    // _id: device.epoch/sequence/hash
	Entries          Coll = "entries" // _id: bucket/name
	Meta             Coll = "meta"    // _id: "format", "catalogue"
)

// Docs is all that the write path asks of a document database. Every operation on one document is atomic,
// and nothing else is: a call that names several documents may stop anywhere between them, and others may
// be seen in between. What is written is durable on a majority when the call returns; what is read was. A
// call made after another returned, in the same session, sees its effect.
//
// Errors are store.ErrUnavailable (among them ErrWriteConcern) where asking again may help, store.ErrFull and
// store.ErrDenied where somebody has to make that possible first, and permanent otherwise. After an error some of the
// call's writes may have landed.
type Docs interface {
	// Session gives the documents as one run of steps uses them, one call after another; end gives it back.
	Session(ctx context.Context) (in Docs, end func(), err error)
	// SessionTime is how far the session has seen, for another session to See: what it does after that is later.
	SessionTime() SessionTime
	AdvanceTo(m SessionTime)
	// Insert stores each document whose _id is free; taken tells which were not.
	Insert(ctx context.Context, c Coll, docs []any) (taken []bool, err error)
	// Read returns those documents that there are, in any order.
	Read(ctx context.Context, c Coll, ids []string) ([]bson.Raw, error)
	// Change applies each change if its conditions hold. done[i] means that it landed; where not, it may
	// have landed all the same if there were several, or others' went in the same command, and another write followed it.
	Change(ctx context.Context, c Coll, changes []Change) (done []bool, err error)
	// Raise adds one to the epoch of each document, which it creates where absent.
	Raise(ctx context.Context, c Coll, ids []string) error
	// Scan returns the documents that match. It sees documents one by one: one that is changed meanwhile
	// may be seen as it was or as it is, twice or, where it moves from one value of In to another, never.
	Scan(ctx context.Context, c Coll, q Query) ([]bson.Raw, error)
	// Total counts the documents that match and adds up one of their fields ("": none).
	Total(ctx context.Context, c Coll, field string, where []Cond) (n, sum int64, err error)
	// Remove deletes the documents that match.
	Remove(ctx context.Context, c Coll, where []Cond) error
	// Index makes the index if it is missing. It may take as long as the collection is large.
	Index(ctx context.Context, ix Index) error
	Close(ctx context.Context) error
}

// SessionTime is how far a session has seen, by the database's own clock. The zero value is the beginning.
type SessionTime struct {
	cluster   bson.Raw
	operation *primitive.Timestamp
}

// Index is an index of a collection: ascending, and not unique.
type Index struct {
	Name   string
	Coll   Coll
	Fields []string
	Sparse bool // only documents that have the first field
}

// Change is a conditional update of one document.
type Change struct {
	ID    string
	If    []Cond
	Set   bson.D // fields and their new values
	Union bson.D // fields that are sets of strings, and what is added to them
}

// Op compares a document's field with a value.
type Op string

// The comparisons. Texts compare by bytes.
const (
	Is      Op = "$eq"
	In      Op = "$in" // value: []string; a field that is an array matches by any element
	AtLeast Op = "$gte"
	AtMost  Op = "$lte"
	Above   Op = "$gt"
	Below   Op = "$lt"
	Unless  Op = "unless" // not at least the value: an absent field is below every value
	Live    Op = "live"   // 0, or above the value
	Among   Op = "among"  // value: two strings; one element of the array is at least the first and below the second
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
	Only  []string // fields wanted besides _id; none = all
	By    string   // name of the index to go by, where an engine might take a worse one; "" = it chooses
}
