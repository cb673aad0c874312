// Package store is the contract between the server and its database: what ingest may ask for, what
// readers may ask for, and which error means what. sqlitestore and mongostore fulfil it; storetest
// holds both to it.
//
// The contract speaks of frames, records, groups and sums, never of filters. Its write operations are
// the steps of the one write path (ingest runs them in their order):
//
//	CommitFrame → ReplaceRecords → Regroup → Touch → Recount → ClearDeparted → Mark
//
// Every step is idempotent, may be repeated by anyone at any time, and may be left off after any of
// them: whoever meets the frame again, or the sweeper, goes on. A store may run the steps of many
// frames in one transaction (SQLite) or apply each at once (MongoDB).
package store

import (
	"context"
	"errors"

	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// Sentinels. Every other error of a store is permanent and means a fault of the program or the disk.
var (
	// ErrNotFound: nothing stands under that name.
	ErrNotFound = errors.New("store: not found")
	// ErrExists: an insert found its name taken.
	ErrExists = errors.New("store: exists already")
	// ErrConflict: a compare-and-set found another revision; read again and decide again.
	ErrConflict = errors.New("store: changed in between")
	// ErrUnavailable: the database did not answer in time, or answered that it can't now. The write may
	// or may not have landed. Nothing is acknowledged; the same call may be tried again.
	ErrUnavailable = errors.New("store: unavailable")
	// ErrFull: the database has no room for it. Nothing is acknowledged, what was asked is not stored, or not whole;
	// once there is room the same call may be tried again.
	ErrFull = errors.New("store: no space left")
	// ErrGone: the database's files were deleted or replaced under the program. Nothing is acknowledged: what was asked may
	// stand in a file that nobody finds any more. Somebody has to put them back, or start the program anew.
	ErrGone = errors.New("store: the files of the database were deleted or replaced")
	// ErrDenied: the database does not let this program in, or not do this. Somebody has to change that.
	ErrDenied = errors.New("store: not allowed by the database")
	// ErrCursor: not a cursor of this database's feed. Whoever keeps it begins from the beginning.
	ErrCursor = errors.New("store: not a cursor of this feed")
	// ErrNewer: the database was written by a newer program.
	ErrNewer = errors.New("store: written by a newer version")
)

// Store is one database.
type Store interface {
	Reader
	Registry
	// Batch runs fn with the steps. On a store with transactions all of fn's steps become durable
	// together when Batch returns nil, and none of them when it returns an error; elsewhere each step is
	// durable when it returns. fn runs once. Nothing fn did may be acknowledged before Batch returned nil.
	Batch(ctx context.Context, fn func(Steps) error) error
	// WithConcurrentBatches tells that n Batches are about to run at the same time, each with the context that it returns: they may
	// share calls to the engine, and are otherwise as independent as ever.
	WithConcurrentBatches(ctx context.Context, n int) context.Context
	Traits() Traits
	Close() error
}

// Traits tell ingest how a store likes to be fed.
type Traits struct {
	Name         string // "sqlite", "mongo"
	FramesAtOnce int    // frames worth taking at once: into one Batch where it is a transaction, else into Batches together
	Parallel     int    // such groups worth running at once
	Atomic       bool   // a Batch is one transaction: all of it or nothing
}

// FrameKey names a stored frame. The same lines cut differently have other keys: harmless.
type FrameKey struct {
	Stream wire.StreamID
	First  uint64
	Last   uint64
	Head   wire.Hash
}

// Frame is a stored frame: the log. Everything but N, Projected and the touched sets is written once.
type Frame struct {
	Key        FrameKey
	Prev       wire.Hash
	Sig        []byte
	Packed     []byte       // wire.PackLines of the lines verbatim
	LineFaults []LineFaults // lines quarantined when the frame came
	Forked     []uint64     // sequences at which another line stood before
	Received   int64        // Unix ms, server
	Unit       string       // of the device when it came
	Role       string

	N         int64    // number in its stream, 0 until marked
	Projected bool     // true once marked
	Touched   []string // records touched, whole groups: a superset
	Units     []string // units of those records, before and after
}

// Place is where a record is summed: unit, day, kind, and the bucket of at most about 512 records.
// Stores that move sums by exact differences leave Bucket 0.
type Place struct {
	Unit   string
	Day    clock.Day
	Kind   string
	Bucket int32
}

// IsZero reports whether the place is none: the record counts nowhere yet.
func (p Place) IsZero() bool { return p == Place{} }

// Departed is what a record left by the join of one frame and is still summed in until that frame's
// projector has recounted it.
type Departed struct {
	Place Place
	Group string
	Frame FrameKey
}

// Record is a record's stored state. Rev 0 means it is not stored yet.
type Record struct {
	ID       string
	Rev      int64
	State    merge.State
	Place    Place
	Group    string
	Departed []Departed

	// View is Fold(State), kept beside it while a frame is projected; it is not stored. nil = unknown.
	View *merge.View
}

// Group is the stored evaluation of a group: what its members said of themselves.
type Group struct {
	Name    string
	Members []merge.Member // sorted by record
}

// Stream is the summary of a stream. In Ranges means counted. Rev 0 means it is new.
type Stream struct {
	ID       wire.StreamID
	Rev      int64
	N        int64 // frames numbered
	Ranges   []wire.Range
	Last     FrameKey // the frame that has number N, to be copied onto it by anyone
	Boots    []clock.Boot
	Received int64 // of the last frame marked, Unix ms
	Forks    int64 // lines at which another line stood before
}

// SelfFunc computes what a record says of itself to its group.
type SelfFunc func(*Record) merge.Member

// CountFunc computes what a record contributes, given its group's members (nil: alone).
type CountFunc func(*Record, []merge.Member) []tally.Contribution

// Steps are the operations of the write path, in the order in which a frame goes through them.
type Steps interface {
	// Stream reads a summary; a new stream has Rev 0. Sees every write acknowledged before.
	Stream(ctx context.Context, id wire.StreamID) (Stream, error)
	// FixBoots records those of boots that the stream has no entry for, once and for all, and returns
	// the summary. An entry that stands wins.
	FixBoots(ctx context.Context, id wire.StreamID, boots []clock.Boot) (Stream, error)
	// FramesWithin returns the stored frames of a stream that share a sequence with first..last,
	// committed ones as well as projected ones, by First, Last, Head.
	FramesWithin(ctx context.Context, id wire.StreamID, first, last uint64) ([]Frame, error)
	// CommitFrame inserts f if its key is absent: the commit. existed tells that it stood already, and
	// stored is what stands. f.Touched and f.Units are what is known beforehand of what the frame will touch: a
	// store may keep them, as Touch would, or not.
	CommitFrame(ctx context.Context, f Frame) (stored Frame, existed bool, err error)
	// Quarantine notes lines that can't count yet; entries that stand are left as they are.
	Quarantine(ctx context.Context, qs []Quarantined) error
	// Release marks a quarantined line as let go by the observation by; the first to say so stands.
	Release(ctx context.Context, id wire.ObsID, by string) error

	// Records reads records, in the order of ids; absent ones come with Rev 0.
	Records(ctx context.Context, ids []string) ([]Record, error)
	// ReplaceRecords stores each record if its revision is still Rev, as Rev+1. lost holds the indexes
	// of those that others changed in between; the rest is stored.
	ReplaceRecords(ctx context.Context, recs []Record) (lost []int, err error)
	// BucketsFor chooses, for records that come to (unit, day, kind), the buckets they are summed in.
	BucketsFor(ctx context.Context, ps []Place) ([]Place, error)
	// Regroup evaluates groups anew from the records that name them, and returns the ids of all members
	// before and after. It may leave out a group that nobody ever evaluated and that one record names: that
	// record stands alone, as it did. Evaluations never overtake one another: the later read wins.
	Regroup(ctx context.Context, names []string, self SelfFunc) (members []string, err error)
	// Touch adds to the frame's touched records and units. It precedes ClearDeparted and Mark.
	Touch(ctx context.Context, key FrameKey, records, units []string) error
	// Recount makes the sums of places equal to what their records contribute now. records are those
	// that may have changed; every place of theirs is in places.
	Recount(ctx context.Context, places []Place, records []string, count CountFunc) error
	// ClearDeparted removes from the records what they left by this frame.
	ClearDeparted(ctx context.Context, key FrameKey, records []string) error
	// Mark numbers the frame in its stream and adds it to the summary: from here on it is counted.
	// Marking a marked frame changes nothing and returns its number.
	Mark(ctx context.Context, key FrameKey) (n int64, err error)
}
