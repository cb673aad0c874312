// Package store is the contract between the server and its database: the operations of ingest, the operations of
// readers, and the meaning of each error. sqlitestore and mongostore implement the contract; storetest
// tests both.
//
// The contract speaks of frames, records, groups and sums, never of filters. Its write operations are
// the steps of the one write path (ingest runs the steps in this order; see WRITE-PATH.md):
//
//	CommitFrame → ReplaceRecords → Regroup → Touch → Recount → ClearDeparted → Mark
//
// Every step is idempotent and may be repeated by any process at any time. Processing may stop after any
// step: the next request with the same frame, or the sweeper, continues. A store may run the steps of many
// frames in one transaction (SQLite) or apply each step at once (MongoDB).
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
	// ErrNotFound: there is no entry, record or frame of that name.
	ErrNotFound = errors.New("store: not found")
	// ErrExists: the name of an insert is already taken.
	ErrExists = errors.New("store: exists already")
	// ErrConflict: a compare-and-set found another revision. The caller reads again and decides again.
	ErrConflict = errors.New("store: changed in between")
	// ErrUnavailable: the database did not answer in time, or answered that it can't now. The write may or may not
	// have landed. Nothing is acknowledged; the same call may be tried again.
	ErrUnavailable = errors.New("store: unavailable")
	// ErrFull: the database has no room for the write. Nothing is acknowledged; the data is not stored, or stored in
	// part. Once there is room, the same call may be tried again.
	ErrFull = errors.New("store: no space left")
	// ErrGone: the database's files were deleted or replaced while the program ran. Nothing is acknowledged: the data
	// may be in a file that no program finds any more. An administrator has to restore the files or restart the
	// program.
	ErrGone = errors.New("store: the files of the database were deleted or replaced")
	// ErrDenied: the database refuses the sign-in or this operation. An administrator has to change that.
	ErrDenied = errors.New("store: not allowed by the database")
	// ErrCursor: the text is not a cursor of this database's feed. The reader starts from the beginning.
	ErrCursor = errors.New("store: not a cursor of this feed")
	// ErrNewer: the database was written by a newer program.
	ErrNewer = errors.New("store: written by a newer version")
)

// Store is one database.
type Store interface {
	Reader
	Registry
	Side
	// Batch runs fn with the steps. On a store with transactions all steps of fn become durable together when Batch
	// returns nil, and none when Batch returns an error; on other stores each step is durable when the step returns.
	// fn runs once. Nothing done by fn may be acknowledged before Batch has returned nil.
	Batch(ctx context.Context, fn func(Steps) error) error
	// WithConcurrentBatches announces n Batches that will run at the same time, each with the returned context. Such
	// Batches may share calls to the engine and are otherwise independent.
	WithConcurrentBatches(ctx context.Context, n int) context.Context
	Traits() Traits
	Close() error
}

// Traits tell ingest how many frames and Batches suit a store.
type Traits struct {
	Name         string // "sqlite", "mongo"
	FramesAtOnce int    // frames to take at once: into one Batch if a Batch is a transaction, else into concurrent Batches
	Parallel     int    // such sets of frames to process at once
	Atomic       bool   // a Batch is one transaction: all of it or nothing
}

// FrameKey names a stored frame. The same lines cut differently have other keys; that does no harm.
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
	Rules      int      // tally.Rules of the server that committed it; 0: of before senders were kept
	Earlier    []string // further units that the device had been given before it came

	N         int64    // number in its stream, 0 until marked
	Projected bool     // true once marked
	Touched   []string // records touched, with all members of their groups: a superset
	Units     []string // units of those records, before and after
}

// Place is the key under which a record is summed: unit, day, kind, and the bucket of at most about 512 records. A
// store that moves sums by exact differences leaves Bucket 0.
type Place struct {
	Unit   string
	Day    clock.Day
	Kind   string
	Bucket int32
}

// IsZero reports whether the place is empty: the record is not counted anywhere yet.
func (p Place) IsZero() bool { return p == Place{} }

// Departed is a place and group from which the join of one frame moved a record. The record may still be summed there
// until that frame's projector has recounted the place.
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

	// View is Fold(State), cached while a frame is projected; it is not stored. nil = unknown.
	View *merge.View
}

// Group is the stored evaluation of a group: the statements of its members about themselves.
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
	Last     FrameKey // the frame with number N; any process may copy the number onto the frame
	Boots    []clock.Boot
	Received int64 // of the last frame marked, Unix ms
	Forks    int64 // lines at whose sequence another line stood before
}

// SelfFunc computes the statement of a record about itself, for its group.
type SelfFunc func(*Record) merge.Member

// CountFunc computes the contributions of a record, given the members of its group (nil: the record is alone).
type CountFunc func(*Record, []merge.Member) []tally.Contribution

// Steps are the operations of the write path, in the order of their use for a frame.
type Steps interface {
	// Stream reads a summary; a new stream has Rev 0. Stream sees every write acknowledged before the call.
	Stream(ctx context.Context, id wire.StreamID) (Stream, error)
	// FixBoots stores the boots that the stream's summary lacks, once and for all, and returns the summary. An
	// existing boot stays unchanged.
	FixBoots(ctx context.Context, id wire.StreamID, boots []clock.Boot) (Stream, error)
	// FramesWithin returns the stored frames of a stream that share a sequence with first..last, committed and
	// projected, by First, Last, Head.
	FramesWithin(ctx context.Context, id wire.StreamID, first, last uint64) ([]Frame, error)
	// CommitFrame inserts f if its key is absent: this is the commit. existed reports that the key was taken; stored
	// is the frame now in the log. f.Touched and f.Units contain the touched records and units as far as known
	// beforehand: a store may keep both, as Touch would, or ignore both.
	CommitFrame(ctx context.Context, f Frame) (stored Frame, existed bool, err error)
	// Quarantine stores quarantined lines; existing entries stay unchanged.
	Quarantine(ctx context.Context, qs []Quarantined) error
	// Release marks a quarantined line as released by the observation by; the first release stands.
	Release(ctx context.Context, id wire.ObsID, by string) error

	// Records reads records, in the order of ids; an absent record has Rev 0.
	Records(ctx context.Context, ids []string) ([]Record, error)
	// ReplaceRecords stores each record as Rev+1 if its stored revision is still Rev. lost contains the indexes of the
	// records changed by other processes in the meantime; the other records are stored.
	ReplaceRecords(ctx context.Context, recs []Record) (lost []int, err error)
	// BucketsFor chooses the buckets for records that move to (unit, day, kind).
	BucketsFor(ctx context.Context, ps []Place) ([]Place, error)
	// Regroup evaluates groups anew from the records naming them, and returns the ids of all members before and after.
	// Regroup may skip a group that was never evaluated and is named by one record: that record stands alone, as
	// before. No evaluation replaces one based on a later read.
	Regroup(ctx context.Context, names []string, self SelfFunc) (members []string, err error)
	// Touch adds to the frame's touched records and units. It precedes ClearDeparted and Mark.
	Touch(ctx context.Context, key FrameKey, records, units []string) error
	// Recount makes the sums of places equal to the present contributions of their records. records are the records
	// that may have changed; places contains all their places.
	Recount(ctx context.Context, places []Place, records []string, count CountFunc) error
	// ClearDeparted removes this frame's entries from the records' Departed.
	ClearDeparted(ctx context.Context, key FrameKey, records []string) error
	// Mark numbers the frame in its stream and adds the frame to the summary: from then on the frame is counted.
	// Marking a marked frame changes nothing and returns its number.
	Mark(ctx context.Context, key FrameKey) (n int64, err error)
}
