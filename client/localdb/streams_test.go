package localdb

import (
	"testing"

	"roadbook/sync/wire"
)

// rangesAnswer answers a request without lines: the ranges of its stream, and of all streams.
func rangesAnswer(at int64, ranges []wire.Range, streams ...wire.StreamRanges) *wire.Answer {
	return &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: at, Signed: true, Ranges: ranges, Streams: streams}
}

// wholeStreams are the ranges of a server with all lines.
func wholeStreams(t *testing.T, db *DB) (all []wire.StreamRanges) {
	t.Helper()
	for id := int64(1); id <= 2; id++ {
		st, err := db.streamByID(id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, wire.StreamRanges{Epoch: st.epoch, Ranges: []wire.Range{
			{First: 1, Last: st.seq, Prev: wire.Genesis(db.stream(st.epoch)), Head: st.head}}})
	}
	return all
}

// A server's directory was put back by hand: same epoch, fewer lines.
func TestLinesInNoToldRangeWaitAgain(t *testing.T) {
	db := twoStreams(t)
	all := wholeStreams(t, db)
	first := all[0].Ranges[0]
	h2, _, err := db.hashAt(&stream{id: 1, epoch: all[0].Epoch, seq: 3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	short := wire.StreamRanges{Epoch: all[0].Epoch, Ranges: []wire.Range{{First: 1, Last: 2, Prev: first.Prev, Head: h2}}}
	foreign := wire.StreamRanges{Epoch: all[0].Epoch, Ranges: []wire.Range{{First: 1, Last: 3, Prev: first.Prev, Head: wire.Hash{1}}}}
	both := wire.StreamRanges{Epoch: all[0].Epoch, Ranges: []wire.Range{foreign.Ranges[0], first}}
	tail := wire.StreamRanges{Epoch: all[0].Epoch, Ranges: []wire.Range{{First: 2, Last: 3, Prev: wire.Hash{2}, Head: wire.Hash{1}}}}
	for _, c := range []struct {
		name    string
		streams []wire.StreamRanges
		want    int64
		found   wire.Status // the server's answer to the lines that wait
	}{
		{"nothing is told", nil, 0, ""},
		{"all is there", all, 0, ""},
		{"the first stream is gone", all[1:], 3, wire.Created},
		{"the end of the first stream is gone", []wire.StreamRanges{short, all[1]}, 1, wire.Created},
		{"another disk's lines stand in the first", []wire.StreamRanges{foreign, all[1]}, 3, wire.Created},
		{"they still do", []wire.StreamRanges{foreign, all[1]}, 0, ""},
		{"own lines beside them", []wire.StreamRanges{both, all[1]}, 0, ""},
		{"the database was put back again", []wire.StreamRanges{foreign, all[1]}, 3, wire.Exists},
		{"it still is", []wire.StreamRanges{foreign, all[1]}, 0, ""},
		{"and the own are gone", []wire.StreamRanges{tail, all[1]}, 3, wire.Created},
		{"and are there again", []wire.StreamRanges{foreign, all[1]}, 3, wire.Exists},
	} {
		req := mustNext(t, db)
		if len(c.streams) > 0 {
			req.Streams = true
		}
		mustApply(t, db, rangesAnswer(start, all[1].Ranges, c.streams...), req)
		if n, _ := db.Waiting(ctx); n != c.want {
			t.Errorf("%s: %d wait, want %d", c.name, n, c.want)
		}
		deliverAs(t, db, testKeys(t, 99), c.found)
	}
}

// TestRangesBesideAcknowledgedLines: an answer to a frame of a stream may hold older ranges of this stream, so it proves
// nothing of the frame's lines: the same ranges later may be those of a database that was put back.
func TestRangesBesideAcknowledgedLines(t *testing.T) {
	db := twoStreams(t)
	all := wholeStreams(t, db)
	older := wire.StreamRanges{Epoch: all[1].Epoch, Ranges: []wire.Range{{First: 1, Last: 1, Prev: all[1].Ranges[0].Prev, Head: wire.Hash{1}}}}
	savePlates(t, db, 1)
	req := mustNext(t, db)
	req.Streams = true
	ans := answer(req, wire.Exists)
	ans.Signed = true
	ans.Ranges, ans.Streams = all[1].Ranges, []wire.StreamRanges{all[0], older}
	mustApply(t, db, ans, req)
	wantWaiting(t, db, 2) // without the frame's line
	deliverAs(t, db, testKeys(t, 99), wire.Exists)
	for _, want := range []int64{1, 0} {
		mustApply(t, db, rangesAnswer(start, wholeStreams(t, db)[1].Ranges, all[0], older), mustNext(t, db))
		wantWaiting(t, db, want)
		deliverAs(t, db, testKeys(t, 99), wire.Exists)
	}
}

// TestOfferedInPieces: the same ranges come again after each of three lines that wait. No line is offered twice.
func TestOfferedInPieces(t *testing.T) {
	db := twoStreams(t)
	all := wholeStreams(t, db)
	foreign := wire.StreamRanges{Epoch: all[0].Epoch, Ranges: []wire.Range{{First: 1, Last: 3, Prev: all[0].Ranges[0].Prev, Head: wire.Hash{1}}}}
	tell := func(want int64) {
		t.Helper()
		req := mustNext(t, db)
		req.Frame = nil
		ans := rangesAnswer(start, all[1].Ranges, foreign, all[1])
		if req.Stream.Epoch != all[1].Epoch {
			ans.Ranges = foreign.Ranges
		}
		mustApply(t, db, ans, req)
		wantWaiting(t, db, want)
	}
	tell(3)
	for left := int64(2); left >= 0; left-- {
		if err := db.writeTx(ctx, func() error {
			return db.exec("UPDATE lines SET status = 'exists' WHERE key = ?", keyOf(1, uint64(3-left)))
		}); err != nil {
			t.Fatal(err)
		}
		tell(left)
	}
}

func TestWhenAllStreamsAreAskedFor(t *testing.T) {
	const day = 24 * 3600_000
	db := twoStreams(t)
	all := wholeStreams(t, db)
	ask := func(what string, want bool) *wire.Request {
		t.Helper()
		req := mustNext(t, db)
		if req.Streams != want {
			t.Errorf("%s: asks for all streams %v", what, req.Streams)
		}
		return req
	}
	at, own := int64(start), all[1].Ranges
	if err := db.writeTx(ctx, func() error { return db.putMetaInt(metaStreams, 0) }); err != nil {
		t.Fatal(err)
	}
	req := ask("a device that never asked", true)
	mustApply(t, db, rangesAnswer(at, own, all...), req)
	req = ask("just told", false)
	at += day - 1
	mustApply(t, db, rangesAnswer(at, own), req)
	req = ask("not yet a day", false)
	at++
	mustApply(t, db, rangesAnswer(at, own), req)
	req = ask("a day later", true)
	mustApply(t, db, rangesAnswer(at, own), req) // an older server sends no ranges of all streams
	req = ask("told nothing", false)
	at -= 3 * day
	mustApply(t, db, rangesAnswer(at, own), req)
	req = ask("the server's clock went back", true)
	mustApply(t, db, rangesAnswer(at, own, all...), req)

	req = ask("told again", false)
	reset := rangesAnswer(at, own)
	reset.Pull = &wire.Pulled{Cursor: "c", Reset: true}
	mustApply(t, db, reset, req)
	wantWaiting(t, db, 3) // the other stream's: another database answered
	req = ask("after a reset", true)
	exist := answer(req, wire.Exists)
	exist.Signed, exist.ServerTime, exist.Streams = true, at, all
	mustApply(t, db, exist, req)

	req = ask("told once more", false)
	mustApply(t, db, rangesAnswer(at, nil), req) // the server has lost the present stream
	wantWaiting(t, db, 2)
	ask("after a reoffer", true)
}

// A server put back to an old state may report the same ranges as before the last line came. The last line must be
// compared all the same.
func TestTheSameRunsAreComparedAgainForNewLines(t *testing.T) {
	db := twoStreams(t)
	all := wholeStreams(t, db)
	foreign := wire.StreamRanges{Epoch: all[0].Epoch, Ranges: []wire.Range{
		{First: 1, Last: 3, Prev: all[0].Ranges[0].Prev, Head: wire.Hash{1}}}}
	if err := db.writeTx(ctx, func() error { return db.exec("UPDATE lines SET status = '' WHERE key = ?", keyOf(1, 3)) }); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{3, 3, 0} { // two of three delivered, all three, and all three once more
		req := mustNext(t, db)
		ans := rangesAnswer(start, all[1].Ranges, foreign, all[1])
		if req.Frame != nil {
			ans.Ranges = nil // of the waiting line's stream
			req.Frame = nil
		}
		mustApply(t, db, ans, req)
		if n, _ := db.Waiting(ctx); n != want {
			t.Errorf("comparison %d: %d wait, want %d", i+1, n, want)
		}
		deliverAs(t, db, testKeys(t, 99), wire.Exists)
	}
}
