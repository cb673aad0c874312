package localdb

import (
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// A plate that cannot be one is refused when a person types it. A stored one, of a program of before, stays as it is: other
// fields of its record can be amended, and the plate put right.
func TestTypedPlatesAlone(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	ticket := func(db *DB, number string) Draft {
		return Draft{Kind: "enforcement", Fields: fields(t, db, "enforcement", "violation_code", "1344", "plate_number", number, "road_type", "12", "action", "罚款")}
	}
	var faults schema.Faults
	if _, err := db.Save(ctx, ticket(db, "冀F1234O")); !errors.As(err, &faults) || len(faults) != 1 || faults[0].Field != "plate_number" {
		t.Fatalf("%v", err)
	}
	other := otherDevice(t)
	mustSave(t, other, ticket(other, "冀F12340"))
	var id string
	err := other.Lines(ctx, func(obs wire.ObsID, line []byte, _ wire.Status) error {
		id = obs.String()
		req := mustNext(t, db)
		ans := &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start}
		old := strings.Replace(string(line), "冀F12340", "冀F1234O", 1)
		ans.Pull = &wire.Pulled{Cursor: "c1", Observations: []wire.PulledLine{{ID: id, Line: old}}}
		mustApply(t, db, ans, req)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := mustShow(t, db, id); !r.View.Complete() {
		t.Errorf("a stored plate makes its record incomplete: %v", r.View.Faults)
	}
	amend := func(pairs ...string) error {
		_, err := db.Save(ctx, Draft{Act: wire.Amend, ID: id, Fields: fields(t, db, "enforcement", pairs...)})
		return err
	}
	if err := amend("action", "警告"); err != nil {
		t.Errorf("another field: %v", err)
	}
	if err := amend("plate_number", "冀F1234I"); !errors.As(err, &faults) || faults[0].Code != schema.FaultPlate {
		t.Errorf("another letter: %v", err)
	}
	if err := amend("plate_number", "冀F12340"); err != nil {
		t.Errorf("put right: %v", err)
	}
}
