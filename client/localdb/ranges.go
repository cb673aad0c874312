package localdb

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/wire"
)

// compareRanges compares the server's ranges with this disk's lines: for the request's stream, and for all streams if
// the answer includes them.
func (db *DB) compareRanges(ans *wire.Answer, sent *wire.Request, replaced bool, a *Applied) (err error) {
	if err := db.compareAskedStream(ans, sent, replaced, a); err != nil {
		return err
	}
	again := false
	if !replaced {
		if again, err = db.compareAllStreams(ans, sent, a); err != nil {
			return err
		}
	}
	// The server may have lost lines of other streams too: the next request asks for all streams.
	return db.saveStreamsAsked(ans, sent, again || replaced || a.Reoffered > 0 || ans.Pull != nil && ans.Pull.Reset)
}

// compareAskedStream compares the request's stream.
func (db *DB) compareAskedStream(ans *wire.Answer, sent *wire.Request, replaced bool, a *Applied) error {
	if replaced {
		// The server's ranges of other streams are unknown. Their lines wait again, and will be answered "exists".
		if err := db.reoffer("key >> 32 NOT IN (SELECT id FROM streams WHERE epoch = ?)", a, sent.Stream.Epoch); err != nil {
			return err
		}
	}
	st, found, err := db.streamByEpoch(sent.Stream.Epoch)
	if err != nil || !found {
		return err
	}
	var own []wire.Range // ranges proven to be this disk's lines
	for _, r := range ans.Ranges {
		matches, err := db.matchesOwnLines(&st, &r)
		if err != nil {
			return err
		}
		if matches {
			own = append(own, r)
			continue
		}
		a.Forked = true
		if err := db.closeStream(&st); err != nil {
			return err
		}
	}
	if !replaced {
		own = ans.Ranges // in a fork the ranges may hold another disk's lines; this disk's were acknowledged one by one
	} else if err := db.reofferQuarantined(&st, sent.Frame, a); err != nil {
		return err
	}
	return db.reofferGaps(&st, own, sent.Frame, a)
}

// compareAllStreams compares all streams of this disk. A delivered line waits again unless a range of this disk's own
// lines covers the line. A range ending in another disk's line proves nothing, since its hashes do not tell where the
// two disks part: even the common lines wait again, once for the same ranges. again: the next request must ask again.
func (db *DB) compareAllStreams(ans *wire.Answer, sent *wire.Request, a *Applied) (again bool, err error) {
	if len(ans.Streams) == 0 {
		return false, nil
	}
	serverRanges := map[string][]wire.Range{}
	for _, s := range ans.Streams {
		serverRanges[s.Epoch] = s.Ranges
	}
	var streams []stream
	err = db.queryEach(selectStream+"ORDER BY id", func(s *sqlite3.Stmt) error {
		streams = append(streams, stream{})
		return scanStream(s, &streams[len(streams)-1])
	})
	if err != nil {
		return false, err
	}
	for i := range streams {
		more, err := db.compareStream(&streams[i], serverRanges[streams[i].epoch], sent, a)
		if err != nil {
			return false, err
		}
		again = again || more
	}
	return again, nil
}

func (db *DB) compareStream(st *stream, serverRanges []wire.Range, sent *wire.Request, a *Applied) (again bool, err error) {
	own, err := db.matchingRanges(st, serverRanges)
	if err != nil {
		return false, err
	}
	frame := sent.Frame
	if sent.Stream.Epoch != st.epoch {
		frame = nil
	}
	if len(own) == len(serverRanges) {
		if err := db.forgetComparison(st); err != nil {
			return false, err
		}
		return false, db.reofferGaps(st, own, frame, a)
	}
	return db.offerUnproven(st, own, serverRanges, frame, a)
}

// comparison is the saved state of comparing a stream with ranges of which some end in another disk's lines.
type comparison struct {
	Ranges  string `json:"ranges"`  // hash of the ranges
	Offered []span `json:"offered"` // lines that waited again since these ranges first came
}

// offerUnproven makes the delivered lines outside of own wait again, unless they are proven to be at the server: the line
// waited again since the very same ranges first came. Had it been missing, the answer that stored it would have had
// other ranges, and other ranges begin a new comparison. So the same ranges, once more after others, are those of a
// database put back again, without the line. The lines of frame are left for the next comparison: the server may have
// read the ranges before another server stored them. again: lines wait whose answer must come with ranges.
func (db *DB) offerUnproven(st *stream, own, serverRanges []wire.Range, frame *wire.Frame, a *Applied) (again bool, err error) {
	saved, err := db.savedComparison(st, serverRanges)
	if err != nil {
		return false, err
	}
	unproven, err := db.unproven(st, uncovered(st, own, frame), saved.Offered)
	if err != nil {
		return false, err
	}
	for _, s := range unproven {
		if err := db.reoffer("key BETWEEN ? AND ?", a, keyOf(st.id, s.First), keyOf(st.id, s.Last)); err != nil {
			return false, err
		}
	}
	saved.Offered = merged(append(saved.Offered, unproven...))
	text, err := json.Marshal(saved)
	if err != nil {
		return false, err
	}
	if err := db.putMeta(metaCompared+st.epoch, string(text)); err != nil {
		return false, err
	}
	return db.anyWaiting(st, saved.Offered)
}

// savedComparison returns the comparison with the same ranges, or a new one.
func (db *DB) savedComparison(st *stream, serverRanges []wire.Range) (c comparison, err error) {
	text, err := json.Marshal(serverRanges)
	if err != nil {
		return c, err
	}
	sum := sha256.Sum256(text)
	ranges := hex.EncodeToString(sum[:])
	saved, err := db.getMeta(metaCompared + st.epoch)
	if err != nil {
		return c, err
	}
	if json.Unmarshal([]byte(saved), &c) != nil || c.Ranges != ranges { // older clients saved a bare hash
		c = comparison{Ranges: ranges}
	}
	return c, nil
}

// forgetComparison ends a comparison: the server has no other disk's lines in the stream.
func (db *DB) forgetComparison(st *stream) error {
	saved, err := db.getMeta(metaCompared + st.epoch)
	if err != nil || saved == "" {
		return err
	}
	return db.putMeta(metaCompared+st.epoch, "")
}

// unproven returns the delivered lines of the gaps that were not offered.
func (db *DB) unproven(st *stream, gaps, offered []span) (lines []span, err error) {
	for _, gap := range gaps {
		err := db.queryEach("SELECT key & 4294967295 FROM lines WHERE status <> '' AND key BETWEEN ? AND ? ORDER BY key", func(s *sqlite3.Stmt) error {
			if seq := uint64(s.ColumnInt64(0)); !contains(offered, seq) {
				lines = append(lines, span{seq, seq})
			}
			return nil
		}, keyOf(st.id, gap.First), keyOf(st.id, gap.Last))
		if err != nil {
			return nil, err
		}
	}
	return merged(lines), nil
}

// anyWaiting reports whether a line of the spans waits.
func (db *DB) anyWaiting(st *stream, spans []span) (bool, error) {
	for _, s := range spans {
		n, err := db.queryInt("SELECT count(*) FROM lines WHERE status = '' AND key BETWEEN ? AND ?", keyOf(st.id, s.First), keyOf(st.id, s.Last))
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// matchingRanges returns the ranges with both ends equal to this disk's lines.
func (db *DB) matchingRanges(st *stream, serverRanges []wire.Range) (own []wire.Range, err error) {
	for i := range serverRanges {
		matches, err := db.matchesOwnLines(st, &serverRanges[i])
		if err != nil {
			return nil, err
		}
		if matches {
			own = append(own, serverRanges[i])
		}
	}
	return own, nil
}

// streamsInterval is the time between two requests for all streams' ranges, in ms of the server's time.
const streamsInterval = 24 * 3600_000

// streamsDue reports whether it is time to ask for the ranges of all streams.
func (db *DB) streamsDue() (bool, error) {
	asked, err := db.getMetaInt(metaStreams)
	if err != nil {
		return false, err
	}
	contact, err := db.getMetaInt(metaContact)
	return asked == 0 || contact < asked || contact-asked >= streamsInterval, err
}

// saveStreamsAsked saves the time of the question for all streams. In doubt the next request asks again.
func (db *DB) saveStreamsAsked(ans *wire.Answer, sent *wire.Request, doubt bool) error {
	switch {
	case doubt:
		return db.putMetaInt(metaStreams, 0)
	case sent.Streams:
		return db.putMetaInt(metaStreams, ans.ServerTime)
	}
	return nil
}

// matchesOwnLines reports whether the hashes at the range's ends are this disk's.
func (db *DB) matchesOwnLines(st *stream, r *wire.Range) (bool, error) {
	if r.First == 0 || r.Last > st.seq {
		return false, nil // the server has more lines than this disk
	}
	prev, found, err := db.hashAt(st, r.First-1)
	if err != nil || !found || prev != r.Prev {
		return false, err
	}
	head, found, err := db.hashAt(st, r.Last)
	return found && head == r.Head, err
}

// reofferGaps makes delivered lines of the stream wait again, unless a range covers a line or this answer acknowledges
// the line.
func (db *DB) reofferGaps(st *stream, ranges []wire.Range, sent *wire.Frame, a *Applied) error {
	for _, gap := range uncovered(st, ranges, sent) {
		if err := db.reoffer("key BETWEEN ? AND ?", a, keyOf(st.id, gap.First), keyOf(st.id, gap.Last)); err != nil {
			return err
		}
	}
	return nil
}

// uncovered returns the stream's sequences that neither the ranges nor the frame cover.
func uncovered(st *stream, ranges []wire.Range, sent *wire.Frame) []span {
	covered := make([]span, 0, len(ranges)+1)
	for _, r := range ranges {
		covered = append(covered, span{r.First, r.Last})
	}
	if sent != nil {
		covered = append(covered, span{sent.First, sent.Last()})
	}
	return gaps(covered, st.seq)
}

func (db *DB) reoffer(where string, a *Applied, args ...any) error {
	err := db.exec("UPDATE lines SET status = '', faults = NULL WHERE status <> '' AND "+where, args...)
	a.Reoffered += int(db.conn.Changes())
	return err
}

// span is a run of sequences, both ends included.
type span struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// merged sorts spans and joins neighbours.
func merged(spans []span) (out []span) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.First, b.First) })
	for _, s := range spans {
		if n := len(out); n > 0 && s.First <= out[n-1].Last+1 {
			out[n-1].Last = max(out[n-1].Last, s.Last)
			continue
		}
		out = append(out, s)
	}
	return out
}

// contains reports whether one of the sorted spans holds seq.
func contains(spans []span, seq uint64) bool {
	i, found := slices.BinarySearchFunc(spans, seq, func(s span, seq uint64) int { return cmp.Compare(s.First, seq) })
	return found || i > 0 && seq <= spans[i-1].Last
}

// gaps returns the runs of 1..last outside all spans.
func gaps(covered []span, last uint64) []span {
	slices.SortFunc(covered, func(a, b span) int { return cmp.Compare(a.First, b.First) })
	var out []span
	next := uint64(1)
	for _, s := range covered {
		if s.First > next && next <= last {
			out = append(out, span{next, min(s.First-1, last)})
		}
		next = max(next, s.Last+1)
	}
	if next <= last {
		out = append(out, span{next, last})
	}
	return out
}
