package localdb

import (
	"testing"

	"roadbook/sync/wire"
)

func TestFramesAreCutByTheLimits(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 5)
	limits := wire.DefaultLimits
	limits.Observations = 2
	for i, want := range []struct {
		first uint64
		n     int
		pull  bool
	}{{1, 2, false}, {3, 2, false}, {5, 1, true}} {
		req, err := db.NextRequest(ctx, RequestOptions{Limits: limits})
		if err != nil || req.Frame.First != want.first || len(req.Frame.Lines) != want.n || (req.Pull != nil) != want.pull {
			t.Fatalf("frame %d: %+v %v", i, req, err)
		}
		mustApply(t, db, answer(req, wire.Created), req)
	}
	if req := mustNext(t, db); req.Frame != nil || req.Pull == nil {
		t.Errorf("nothing waits, yet %+v", req)
	}
}

func TestAFrameHasNoGap(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	savePlates(t, db, 3)
	req := mustNext(t, db)
	ans := answer(req, wire.Created)
	ranges := ans.Ranges
	ans.Results = []wire.Result{{First: 2, Last: 2, Status: wire.Created}}
	mustApply(t, db, ans, req)
	for _, seq := range []uint64{1, 3} {
		req = mustNext(t, db)
		if req.Frame.First != seq || req.Frame.Last() != seq || req.Frame.CheckChain() != nil {
			t.Fatalf("frame %d..%d", req.Frame.First, req.Frame.Last())
		}
		ans := answer(req, wire.Exists)
		ans.Ranges = ranges
		mustApply(t, db, ans, req)
	}
	wantWaiting(t, db, 0)
}

func TestALineTooLongForTheServerTravelsAsItsHash(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	ids := savePlates(t, db, 1)
	limits := wire.DefaultLimits
	limits.Line = 100
	req, err := db.NextRequest(ctx, RequestOptions{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := wire.IsTombstone(req.Frame.Lines[0]); !ok || req.Frame.CheckChain() != nil {
		t.Fatalf("%s", req.Frame.Lines[0])
	}
	if got := req.Frame.IDs(req.Frame.Hashes())[0].String(); got != ids[0] {
		t.Errorf("the tombstone has id %s, the line %s", got, ids[0])
	}
}
