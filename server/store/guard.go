package store

// Guard is a set of rules of the write path. A test takes rules out, one at a time, and expects the suite to notice; a
// program leaves the set empty.
type Guard uint32

// The rules that can be taken out. WRITE-PATH.md has the result of leaving out each rule.
const (
	// RecountUnchanged: a join that changes nothing still recounts its record's and its groups' places.
	RecountUnchanged Guard = 1 << iota
	// DepartedByFrame: an entry in departed names the frame whose join moved the record, and only that frame's
	// projector removes the entry, after the recount and after Touch.
	DepartedByFrame
	// GroupFromRecords: a group is evaluated from all records naming the group.
	GroupFromRecords
	// MembersAfterGroup: the places of the members are read after the group was stored.
	MembersAfterGroup
	// TouchFirst: touched is stored before any entry is cleared and before the frame is numbered.
	TouchFirst
	// NumberBySummary: the summary's compare-and-set numbers the frame.
	NumberBySummary
	// RaiseAgain: after a write-concern error on a raise, raise again.
	RaiseAgain
	// EpochOrder: a count is stored only over an older one (counted < e, evaluated < e).
	EpochOrder
	// CountByRecount: sums are recounted, never incremented, where there is no transaction.
	CountByRecount
	// DedupeByHash: a line is recognised by its chain hash, for ever, not by a window of recent lines.
	DedupeByHash
	// AckAfterCommit: only durable lines are acknowledged.
	AckAfterCommit
	// FeedByNumber: a feed reader's cursor counts marked frames, not moments.
	FeedByNumber
	// Sweep: frames left unprojected by a crash are found and projected.
	Sweep
	// SeeForks: another line under a known sequence is a fork: another observation.
	SeeForks
	// RaisedGroups: a group that was ever raised is evaluated, however few records name the group. (A store with group
	// documents needs none for a group that was never raised and has one member.)
	RaisedGroups
	// Lease: of several servers on one store only one sweeps at a time.
	Lease
	// CursorNamesFrame: a feed reader's cursor names the frame at its position; a cursor naming another frame is
	// refused.
	CursorNamesFrame
	// DoubtClock: a clock that is far off gives no boot a base.
	DoubtClock
)

// Off reports whether rule g was taken out.
func (w Guard) Off(g Guard) bool { return w&g != 0 }
