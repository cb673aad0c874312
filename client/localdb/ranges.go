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
func (db *DB) compareRanges(ans *wire.Answer, sent *wire.Request, a *Applied) error {
	last, err := db.getMeta(metaServerEpoch)
	if err != nil {
		return err
	}
	restored := last != "" && last != ans.ServerEpoch
	if err := db.compareAskedStream(ans, sent, restored, a); err != nil {
		return err
	}
	// The server may have lost lines of other streams too: the next request asks for all streams.
	doubt := restored || a.Reoffered > 0 || ans.Pull != nil && ans.Pull.Reset
	if !restored {
		again, err := db.compareAllStreams(ans, sent, a)
		if err != nil {
			return err
		}
		doubt = doubt || again
	}
	return db.saveStreamsAsked(ans, sent, doubt)
}

// compareAskedStream compares the request's stream.
func (db *DB) compareAskedStream(ans *wire.Answer, sent *wire.Request, restored bool, a *Applied) error {
	if restored {
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
	if !restored {
		own = ans.Ranges // in a fork the ranges may hold another disk's lines; this disk's were acknowledged one by one
	}
	return db.reofferGaps(&st, own, sent.Frame, a)
}

// compareAllStreams compares all streams of this disk. A delivered line waits again unless a range of this disk's own
// lines covers the line. A range ending in another disk's line proves nothing, since its hashes do not tell where the
// two disks part: even the common lines wait again, once for the same ranges. again: a stream could not be compared by
// this answer.
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
		later, err := db.compareStream(&streams[i], serverRanges[streams[i].epoch], sent, a)
		if err != nil {
			return false, err
		}
		again = again || later
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
		return false, db.reofferGaps(st, own, frame, a)
	}
	if frame != nil {
		return true, nil // the server may have read the ranges before another server stored these lines
	}
	compared, err := db.comparedBefore(st, own, serverRanges)
	if err != nil || compared {
		return false, err
	}
	return false, db.reofferGaps(st, own, nil, a)
}

// offered begins the saved value of a comparison whose lines wait again, and have not yet been compared a second time.
const offered = "offered "

// comparedBefore reports whether the same ranges were compared before, with the same delivered lines, and all lines
// outside of own were then found at the server. Only the second comparison proves that: between both, the server
// answered "exists" to each of them. Lines answered "created" were missing at the first one, so ranges that come a
// second time are those of a database that was put back again, without them. The comparison is saved for the next call.
func (db *DB) comparedBefore(st *stream, own, serverRanges []wire.Range) (bool, error) {
	value, err := db.comparison(st, serverRanges)
	if err != nil {
		return false, err
	}
	name := metaCompared + st.epoch
	was, err := db.getMeta(name)
	if err != nil || was == value {
		return err == nil, err
	}
	if was == offered+value {
		missing, err := db.storedAnew(st, own)
		if err != nil || missing {
			return false, err
		}
		return true, db.putMeta(name, value)
	}
	return false, db.putMeta(name, offered+value)
}

// comparison names the server's ranges of a stream together with the delivered lines: a server put back to an old state
// may report old ranges before the last lines came.
func (db *DB) comparison(st *stream, serverRanges []wire.Range) (string, error) {
	var lines [3]int64
	_, err := db.queryOne("SELECT count(*), sum(key & 4294967295), max(key) FROM lines WHERE status <> '' AND key BETWEEN ? AND ?",
		func(s *sqlite3.Stmt) error {
			lines = [3]int64{s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnInt64(2)}
			return nil
		}, keyOf(st.id, 1), keyOf(st.id, wire.MaxSeq))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal([]any{serverRanges, lines})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// storedAnew reports whether the server stored a line outside of own when the line came last.
func (db *DB) storedAnew(st *stream, own []wire.Range) (bool, error) {
	for _, gap := range uncovered(st, own, nil) {
		n, err := db.queryInt("SELECT count(*) FROM lines WHERE status IN (?, ?) AND key BETWEEN ? AND ?",
			string(wire.Created), string(wire.Forked), keyOf(st.id, gap.first), keyOf(st.id, gap.last))
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
		if err := db.reoffer("key BETWEEN ? AND ?", a, keyOf(st.id, gap.first), keyOf(st.id, gap.last)); err != nil {
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
type span struct{ first, last uint64 }

// gaps returns the runs of 1..last outside all spans.
func gaps(covered []span, last uint64) []span {
	slices.SortFunc(covered, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	var out []span
	next := uint64(1)
	for _, s := range covered {
		if s.first > next && next <= last {
			out = append(out, span{next, min(s.first-1, last)})
		}
		next = max(next, s.last+1)
	}
	if next <= last {
		out = append(out, span{next, last})
	}
	return out
}
