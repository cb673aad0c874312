package store

import (
	"context"
	"math/rand/v2"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// LineFaults says why a line of a frame was quarantined.
type LineFaults struct {
	Seq    uint64
	Faults schema.Faults
}

// Quarantined is a line that is kept and shown but does not count.
type Quarantined struct {
	ID       wire.ObsID
	Unit     string
	Faults   schema.Faults
	Received int64  // Unix ms
	Released string // id of the observation that let it go; "" = still held
}

// SumQuery asks for sums. Empty Measures or Unit mean all; From and To are inclusive.
type SumQuery struct {
	Measures []string
	Unit     string
	From, To clock.Day
	ByUnit   bool // one row a unit, else Unit is ""
	ByDay    bool // one row a day, else Day is 0
}

// RecordQuery asks for a page of records, ordered by id.
type RecordQuery struct {
	Unit     string    // "" = all
	Kind     string    // "" = all
	From, To clock.Day // 0 = open
	After    string    // last id of the page before
	Limit    int       // 0 = 500
}

// FeedEntry is one projected frame, as a feed reader sees it.
type FeedEntry struct {
	Key     FrameKey
	N       int64
	Touched []string
}

// FeedPage is what follows a cursor. Each projected frame is shown at least once to every reader that
// keeps its cursor, whatever the order in which frames were committed; no wall clock decides.
type FeedPage struct {
	Entries []FeedEntry
	Next    string // opaque cursor; "" starts from the beginning
	More    bool
}

// Counts are sizes for health pages and status.
type Counts struct {
	Frames, Observations, Records, Quarantined, Unprojected int64
}

// Reader answers questions. Reads see what was marked; a frame in flight may show in part.
type Reader interface {
	// Sums adds up measures. Rows that are zero may be left out. Sorted by unit, day, measure.
	Sums(ctx context.Context, q SumQuery) ([]tally.Sum, error)
	// Record reads one record. ErrNotFound.
	Record(ctx context.Context, id string) (Record, error)
	// RecordsByID reads those of the records that there are, in the order of ids.
	RecordsByID(ctx context.Context, ids ...string) ([]Record, error)
	// RecordsOfGroups reads the members of groups, by id.
	RecordsOfGroups(ctx context.Context, names ...string) ([]Record, error)
	// GroupsNamed reads the stored evaluations of those of the groups that have one. The record of a group that has none
	// stands alone.
	GroupsNamed(ctx context.Context, names ...string) ([]Group, error)
	// Groups pages through the stored evaluations of groups by name, after the one given. One that a single record
	// names, or none, may be left out.
	Groups(ctx context.Context, after string, limit int) ([]Group, error)
	// ScanRecords pages through records.
	ScanRecords(ctx context.Context, q RecordQuery) ([]Record, error)
	// ScanFrames pages through the log by stream, first, last, head; after is the last key of the page
	// before (zero: from the start), limit at most. A stream limits the scan when it is not zero.
	ScanFrames(ctx context.Context, stream wire.StreamID, after FrameKey, limit int) ([]Frame, error)
	// FrameWith reads a projected or committed frame that holds the observation. ErrNotFound.
	FrameWith(ctx context.Context, id wire.ObsID) (Frame, error)
	// Feed pages through projected frames that touched the unit ("" = all). A cursor names, beside its position, the
	// frame that stands there: ErrCursor where another one does, or none, as in a database that was put back from a
	// copy and grew again; and where it is no cursor at all. A cursor of an older program, which names no frame, is taken
	// for what it says.
	Feed(ctx context.Context, cursor, unit string, limit int) (FeedPage, error)
	// Streams lists summaries by id, after the one given.
	Streams(ctx context.Context, after wire.StreamID, limit int) ([]Stream, error)
	// QuarantinedLines pages through quarantined lines by id: those still held, or those that were released. A stream limits them
	// to it when it is not zero; one without an epoch, to all streams of its device.
	QuarantinedLines(ctx context.Context, stream wire.StreamID, after wire.ObsID, released bool, limit int) ([]Quarantined, error)
	// QuarantineVersion names what is held of a device, and what was let go and by which observation: it is another whenever that
	// changed. "" where nothing ever was held.
	QuarantineVersion(ctx context.Context, device string) (string, error)
	// Unprojected pages through frames that are committed but not marked, oldest first: the sweeper's work. after is the
	// last frame of the page before (zero: from the oldest).
	Unprojected(ctx context.Context, after Frame, limit int) ([]Frame, error)
	Counts(ctx context.Context) (Counts, error)
	// CountedBy is the catalogue version that the sums were made with; "" when there are none yet.
	CountedBy(ctx context.Context) (string, error)
	// Ready asks, beyond whether the database answers, whether what is written now could be acknowledged. ErrFull,
	// ErrGone. A store that hears of such things only by its writes says nil.
	Ready(ctx context.Context) error
	// Rebuild makes all sums anew with count under the version named and makes it the one that
	// CountedBy gives. progress is told how many records of how many are done.
	Rebuild(ctx context.Context, version string, self SelfFunc, count CountFunc, progress func(done, of int64)) error
}

// Entry is a small document under a section and a name: devices, one-time codes, users, nonces, server
// keys, published catalogues. Data is the owner's own encoding.
type Entry struct {
	Section string
	Name    string
	Rev     int64 // 0 = not stored yet
	Data    []byte
	Expires int64 // Unix ms; 0 = never. An expired entry reads as absent.
}

// FirstRev is a revision for a name that has no entry. Of one that expired and was removed nothing is left to count on
// from, and who still holds its revision must not meet it again: so it is drawn, of 2^52 (exact in every JSON reader).
func FirstRev() int64 { return 1 + rand.Int64N(1<<52) } //nolint:gosec // no secret: it need only differ

// Registry keeps entries. Each operation is atomic, durable when it returns, and seen by every later read.
type Registry interface {
	// Get reads an entry. ErrNotFound.
	Get(ctx context.Context, section, name string) (Entry, error)
	// Put stores e if the stored revision is still e.Rev (0: if absent) and returns it with its new revision, which
	// no entry of this name had before, not even one that was removed. ErrExists when Rev is 0 and the name is taken,
	// ErrConflict when the revision is another.
	Put(ctx context.Context, e Entry) (Entry, error)
	// List pages through a section by name.
	List(ctx context.Context, section, after string, limit int) ([]Entry, error)
	// Sections names the sections that have entries, in order; one whose entries have all expired may be among them.
	Sections(ctx context.Context) ([]string, error)
	// Expire removes entries that expired before now (Unix ms).
	Expire(ctx context.Context, now int64) error
}
