package localdb

import (
	"testing"

	"roadbook/sync/wire"
)

// A record leaves the unit, its lines come back to a disk that had lost them, it leaves for a third unit, and comes back.
func TestRecordsThatLeaveAndComeBack(t *testing.T) {
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 2), Clock: &fakeClock{wall: start, boot: "b0000009"}, Rand: testRand(3), Catalogue: "shunping-2020@1"})
	enroll(t, db, "clerk")
	const record = "6htgz65xb7.ab12cd34.1.q74d97jbs21qszh3"
	line := wire.PulledLine{ID: record, Line: `{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1",` +
		`"clock":{"hlc":"105381888000000000","boot":"q5w7e9r1","mono":1,"wall":1608000000000},"fields":{"unit":"window-1",` +
		`"occurred_at":"2020-12-15T10:00:00+08:00","plate_type":"02","plate_number":"冀F8K2M6","business":"register"}}`}
	gone := func(unit string) []wire.Elsewhere { return []wire.Elsewhere{{Record: record, Unit: unit}} }
	for _, c := range []struct {
		name   string
		pulled wire.Pulled
		want   string
		listed bool
	}{
		{"the unit's", wire.Pulled{Observations: []wire.PulledLine{line}}, "", true},
		{"it leaves", wire.Pulled{Gone: gone("check-2")}, "check-2", false},
		{"its lines beside the word that it left", wire.Pulled{Observations: []wire.PulledLine{line}, Gone: gone("check-2")}, "check-2", false},
		{"linked with one of the unit: it left all the same",
			wire.Pulled{Linked: []wire.Elsewhere{{Record: record, Unit: "check-2", Group: "g"}}}, "check-2", false},
		{"it goes on", wire.Pulled{Gone: gone("check-3")}, "check-3", false},
		{"a restored server has lost HQ's act, and the lines are to be sent again", wire.Pulled{Reset: true}, "", true},
		{"it leaves again", wire.Pulled{Gone: gone("check-3")}, "check-3", false},
		{"it comes back", wire.Pulled{Observations: []wire.PulledLine{line}}, "", true},
	} {
		err := db.writeTx(t.Context(), func() error {
			return db.savePulled(&wire.Answer{ServerTime: 1, Pull: &c.pulled}, &Applied{})
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := db.Show(t.Context(), record)
		if err != nil || r.GoneTo != c.want {
			t.Errorf("%s: gone to %q, want %q; %v", c.name, r.GoneTo, c.want, err)
		}
		if n := len(listIDs(t, db, Filter{})); (n == 1) != c.listed {
			t.Errorf("%s: %d listed", c.name, n)
		}
		if n := len(listIDs(t, db, Filter{Gone: true})); n != 1 {
			t.Errorf("%s: %d listed with those that left", c.name, n)
		}
	}
}
