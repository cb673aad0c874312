package ingest_test

import (
	"strings"
	"testing"

	"roadbook/server/fleet"
	"roadbook/sync/wire"
)

// An enrolled device may be hostile: its lines must not cost other devices anything.

// A fault quotes the wrong value, but never all 60 KiB in two languages, escaped.
func TestFaultsAreBounded(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		long := strings.Repeat("\x7f", 60_000)
		head := `{"v":1,"act":"create","catalogue":"shunping-2020@1","clock":{"hlc":"1","boot":"00000000"},"kind":`
		d.SaveRaw([]byte(head + `"` + long + `"}`))
		d.SaveRaw([]byte(head + `"plate","record":"` + long + `"}`))
		d.SaveRaw([]byte(head + `"plate","fields":{` + strings.TrimSuffix(strings.Repeat(`"x":1,`, 10_000), ",") + `}}`))
		a := w.send(d, d.Next())
		w.wantStatuses(a, wire.Quarantined, wire.Quarantined, wire.Quarantined)
		body, err := wire.EncodeAnswer(a, wire.Identity)
		if err != nil || len(body) > 16<<10 {
			t.Errorf("three wrong lines are answered with %d bytes, %v", len(body), err)
		}
	})
}

// Texts not bounded by a kind would make a record too large for any store.
func TestLineMembersAreBounded(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("li", "office-1", "clerk")
		id := w.plate(d, "冀F00001", noon)
		w.push(d, wire.Created)
		seen := make([]string, 897)
		for i := range seen {
			seen[i] = wire.NewObsID(id.Stream(), uint64(i)+100, wire.Hash{1}).String()
		}
		void := fleet.Observation{Kind: kind("plate"), Act: wire.Void, At: w.now.UnixMilli(), Record: id.String()}
		tooMany, tooLong := void, void
		tooMany.Seen, tooLong.Reason = seen, strings.Repeat("错", 1001)
		d.Save(tooMany)
		d.Save(tooLong)
		w.pushForStatuses(d, wire.Quarantined, wire.Quarantined)
		w.wantSets("", 1)
		void.Seen, void.Reason = seen[:896], strings.Repeat("错", 1000)
		d.Save(void)
		w.push(d, wire.Created)
		w.wantSets("", 0)
	})
}

func (w *world) pushForStatuses(d *fleet.Device, want ...wire.Status) {
	w.t.Helper()
	f := d.Next()
	a := w.send(d, f)
	w.wantStatuses(a, want...)
	if err := d.Acknowledge(f, a); err != nil {
		w.t.Fatal(err)
	}
}
