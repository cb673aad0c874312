package store

import (
	"context"
	"math/rand/v2"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// LineFaults says why a line of a frame was quarantined. Both stores keep it as CBOR with these field names.
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
	Released string // id of the observation that released the line; "" = still quarantined
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
	// RecordsByID reads the records with the given ids, in the order of ids; absent ids are left out.
	RecordsByID(ctx context.Context, ids ...string) ([]Record, error)
	// RecordsOfGroups reads the members of groups, by id.
	RecordsOfGroups(ctx context.Context, names ...string) ([]Record, error)
	// GroupsNamed reads the stored evaluations of the named groups. A group without a stored evaluation is left out:
	// its record stands alone.
	GroupsNamed(ctx context.Context, names ...string) ([]Group, error)
	// Groups pages through the stored evaluations of groups by name, starting behind the name after. A group of one
	// record, or of none, may be left out.
	Groups(ctx context.Context, after string, limit int) ([]Group, error)
	// ScanRecords pages through records.
	ScanRecords(ctx context.Context, q RecordQuery) ([]Record, error)
	// ScanFrames pages through the log by stream, first, last, head. after is the last key of the previous page (zero:
	// from the start); limit bounds the page. A stream other than zero limits the scan to that stream.
	ScanFrames(ctx context.Context, stream wire.StreamID, after FrameKey, limit int) ([]Frame, error)
	// FrameWith reads a projected or committed frame containing the observation. ErrNotFound.
	FrameWith(ctx context.Context, id wire.ObsID) (Frame, error)
	// Feed pages through projected frames that touched the unit ("" = all). A cursor names its position and the frame
	// at that position. ErrCursor: the text is no cursor, or the database has another frame or none at the position,
	// because the database was put back from a copy and grew again. A cursor of an older program names no frame and is
	// accepted by its position alone.
	Feed(ctx context.Context, cursor, unit string, limit int) (FeedPage, error)
	// Streams lists summaries by id, starting behind the id after.
	Streams(ctx context.Context, after wire.StreamID, limit int) ([]Stream, error)
	// QuarantinedLines pages through quarantined lines by id: lines still quarantined, or released lines. A stream
	// other than zero limits the page to its lines; a stream without an epoch, to all streams of its device.
	QuarantinedLines(ctx context.Context, stream wire.StreamID, after wire.ObsID, released bool, limit int) ([]Quarantined, error)
	// QuarantineVersion is a hash of a device's quarantined and released lines and of the releasing observations:
	// every change of any of these gives another version. "" if the device never had a quarantined line.
	QuarantineVersion(ctx context.Context, device string) (string, error)
	// Unprojected pages through frames that are committed but not marked, oldest first: the work of the sweeper. after
	// is the last frame of the previous page (zero: from the oldest).
	Unprojected(ctx context.Context, after Frame, limit int) ([]Frame, error)
	Counts(ctx context.Context) (Counts, error)
	// CountedBy is the version of the catalogue used for the sums; "" before the first count.
	CountedBy(ctx context.Context) (string, error)
	// CountAs counts under a version that another process made current by Rebuild. ErrNewer: the sums are of another
	// version.
	CountAs(ctx context.Context, version string) error
	// Ready reports whether the database answers, and whether a write made now could be acknowledged. ErrFull,
	// ErrGone. A store that learns of such states only from its writes returns nil.
	Ready(ctx context.Context) error
	// Rebuild counts all sums anew with count under the given version and makes this version the one returned by
	// CountedBy. progress receives the number of records done and the number of all records.
	Rebuild(ctx context.Context, version string, self SelfFunc, count CountFunc, progress func(done, of int64)) error
}

// Entry is a small document under a section and a name: devices, one-time codes, users, nonces, server keys, published
// catalogues. The owner of the section chooses the encoding of Data.
type Entry struct {
	Section string
	Name    string
	Rev     int64 // 0 = not stored yet
	Data    []byte
	Expires int64 // Unix ms; 0 = never. An expired entry reads as absent.
}

// FirstRev is a new revision for a name without an entry. After an expired entry was removed, its revision is not
// known any more, and a caller still holding that revision must never meet it again: so FirstRev is random, at most 2^52
// (exact in every JSON reader).
func FirstRev() int64 { return 1 + rand.Int64N(1<<52) } //nolint:gosec // no secret: only uniqueness matters

// Registry keeps entries. Each operation is atomic, is durable when the call returns, and is seen by every later read.
type Registry interface {
	// Get reads an entry. ErrNotFound.
	Get(ctx context.Context, section, name string) (Entry, error)
	// Put stores e if the stored revision is still e.Rev (0: if absent) and returns e with its new revision. No entry
	// of this name had the new revision before, not even a removed entry. ErrExists: Rev is 0 and the name is taken.
	// ErrConflict: the stored revision is not e.Rev.
	Put(ctx context.Context, e Entry) (Entry, error)
	// List pages through a section by name.
	List(ctx context.Context, section, after string, limit int) ([]Entry, error)
	// Sections lists the names of the sections with entries, in order. A section whose entries have all expired may be
	// listed.
	Sections(ctx context.Context) ([]string, error)
	// Expire removes entries that expired before now (Unix ms).
	Expire(ctx context.Context, now int64) error
}
