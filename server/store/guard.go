package store

// Guard is a set of the write path's rules. Tests take rules out, one at a time, to see that the suite
// notices; a program leaves the set empty.
type Guard uint32

// The rules that can be taken out. WRITE-PATH.md has the result of leaving out each rule.
const (
	// RecountUnchanged: a join that changes nothing still recounts its record's and its groups' places.
	RecountUnchanged Guard = 1 << iota
	// DepartedByFrame: what a record left names the frame whose join moved it, and only that frame's
	// projector removes it, after the recount and after touched.
	DepartedByFrame
	// GroupFromRecords: a group is evaluated from all the records that name it.
	GroupFromRecords
	// MembersAfterGroup: the members' places are read after the group was stored.
	MembersAfterGroup
	// TouchFirst: touched is stored before anything is cleared or numbered.
	TouchFirst
	// NumberBySummary: the summary's compare-and-set numbers the frame.
	NumberBySummary
	// RaiseAgain: after a write-concern error on a raise, raise again.
	RaiseAgain
	// EpochOrder: a count is stored only over an older one (counted < e, evaluated < e).
	EpochOrder
	// CountByRecount: sums are recounted, never incremented, where there is no transaction.
	CountByRecount
	// DedupeByHash: a line is known by its chain hash, for ever, not by a window of recent ones.
	DedupeByHash
	// AckAfterCommit: nothing is acknowledged before it is durable.
	AckAfterCommit
	// FeedByNumber: a feed reader's cursor counts marked frames, not moments.
	FeedByNumber
	// Sweep: frames that a crash left behind are found and projected.
	Sweep
	// SeeForks: another line under a known sequence is a fork: another observation.
	SeeForks
	// RaisedGroups: a group that was ever raised is evaluated, however few records name it. (Where groups
	// have documents: one that was never raised and has one member needs none.)
	RaisedGroups
	// Lease: of several servers on one store one at a time sweeps.
	Lease
	// CursorNamesFrame: a feed reader's cursor names the frame at its position, and is refused where another one stands.
	CursorNamesFrame
	// DoubtClock: by a clock that is far off no boot gets a base.
	DoubtClock
)

// Off reports whether rule g was taken out.
func (w Guard) Off(g Guard) bool { return w&g != 0 }
