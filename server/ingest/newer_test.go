package ingest_test

import (
	"strconv"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// A phone is upgraded before the server, and its lines have a field, an act or a version that the server does not know yet.
// They wait, and count once the newer server starts.
func TestLinesOfANewerClientWait(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.openSchema(changedSchema(t, map[string][2]string{"kinds/counter.yaml": {"      - {name: spoiled, type: bool, label: {zh: 废牌, en: Spoiled}}\n", ""}}), "shunping-2020@1")
		d := w.device("li", "office-1", "clerk")
		w.plate(d, "冀F00001", noon, schema.Named{Name: "spoiled", Value: schema.Value{Type: schema.TypeBool}})
		w.push(d, wire.Quarantined)
		if n, err := w.in.Recheck(t.Context(), w.hq); n != 0 || err != nil {
			t.Fatalf("rechecked by the same program: %d released, %v", n, err)
		}
		w.open("shunping-2020@1")
		for _, code := range []string{ingest.CodeUnknownAct, ingest.CodeUnknownVersion} {
			w.storeQuarantined(code)
		}
		w.storeQuarantined(ingest.CodeRevoked, ingest.CodeUnknownAct) // HQ decides
		if n, err := w.in.Recheck(t.Context(), w.hq); n != 3 || err != nil {
			t.Fatalf("rechecked by the newer program: %d released, %v", n, err)
		}
		w.wantSets("", 3)
	})
}

// storeQuarantined stores a plate as a program before stored it, with these faults.
func (w *world) storeQuarantined(codes ...string) {
	w.t.Helper()
	d := w.device("wu "+strings.Join(codes, " "), "office-2", "clerk")
	w.plate(d, "冀F"+strconv.Itoa(20_000+w.rng.IntN(70_000)), noon)
	f := d.Next()
	var faults schema.Faults
	for _, code := range codes {
		faults = append(faults, schema.Fault{Code: code})
	}
	err := w.in.Replay(w.t.Context(), store.Frame{
		Key: store.FrameKey{Stream: f.Stream, First: f.First, Last: f.Last(), Head: f.Head}, Prev: f.Prev, Sig: f.Sig,
		Packed: wire.PackLines(f.Lines), Received: w.now.UnixMilli(), Unit: d.Unit, Role: d.Role,
		LineFaults: []store.LineFaults{{Seq: f.First, Faults: faults}},
	}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
}
