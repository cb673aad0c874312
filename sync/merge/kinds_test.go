package merge

import (
	"reflect"
	"testing"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// patrol is a night shift of 31 December, recorded on 1 January.
func patrol() Obs {
	return Obs{
		ID: obsID(1, 7), Moment: newYear, HLC: clock.HLCAt(newYear), Act: wire.Create, Kind: "patrol", Grade: clock.Typed, Officer: "01234",
		Fields: values("unit", text("check-1"), "occurred_at", ms(newYear), "segment", text("G336-12"), "shift", code("night"),
			"shift_day", schema.Value{Type: schema.TypeDay, I: 20201231}, "start_at", ms(newYear), "end_at", ms(newYear+1)),
	}
}

const newYear = 1609432200000 // 2021-01-01 00:30 +08:00

// A day in a record is kept exactly, takes four bytes beside its name and type, and becomes a part of the event's key.
func TestDaysInARecord(t *testing.T) {
	o := patrol()
	record := o.ID.String()
	s := stateOf([]Obs{o})
	b := Encode(s, record)
	if got, err := Decode(b, record); err != nil || !reflect.DeepEqual(got, *s) {
		t.Fatalf("%v\n got %+v\nwant %+v", err, got, *s)
	}
	if len(b) > 80 {
		t.Errorf("%d bytes, want at most 80", len(b))
	}
	v := Fold(record, s, sch)
	if v.Group != "patrol|G336-12|night|20201231" || v.Day != 20210101 || !v.Complete() {
		t.Errorf("group %s on %d, faults %v", v.Group, v.Day, v.Faults)
	}
}
