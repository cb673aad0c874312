package localdb

import (
	"slices"
	"testing"
	"time"
)

// An event typed in later belongs to its own day: last year's emergency call, the patrol of the day before yesterday, a
// zero report, last month's count. A time said by the person stands, and without an own time it is the moment of saving.
func TestOccurredAtIsTheEventsOwnTime(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	for _, c := range []struct {
		kind  string
		given []string
		want  string // "": filled in by the device
	}{
		{"incident", []string{"category", "other", "reported_at", "2019-12-31T23:50:00+08:00"}, "2019-12-31T23:50:00+08:00"},
		{"incident", []string{"category", "other", "reported_at", "2019-12-31T23:50:00+08:00", "occurred_at", "2019-12-31T23:40:00+08:00"}, "2019-12-31T23:40:00+08:00"},
		{"patrol", []string{"segment", "G107-1", "shift", "night", "shift_day", "2020-12-13", "start_at", "2020-12-13T23:00:00+08:00", "end_at", "2020-12-14T06:30:00+08:00"}, "2020-12-13T23:00:00+08:00"},
		{"nil", []string{"kind", "incident", "day", "2020-12-13"}, "2020-12-13T00:00:00+08:00"},
		{"facility", []string{"facility", "LED-3", "facility_type", "camera", "status", "in_use", "status_from", "2020-06-30"}, "2020-06-30T00:00:00+08:00"},
		{"plate", []string{"plate_type", "02", "plate_number", "冀F00001", "business", "register"}, ""},
		{"incident", []string{"category", "other", "reported_at", ""}, ""},
	} {
		k, _ := db.Schema().Kind(c.kind)
		v, auto := fillDefaults(k, fields(t, db, c.kind, c.given...), "window-1", start)
		at, _ := v.Get("occurred_at")
		want := int64(start)
		if c.want != "" {
			moment, err := time.Parse(time.RFC3339, c.want)
			if err != nil {
				t.Fatal(err)
			}
			want = moment.UnixMilli()
		}
		if at.I != want || slices.Contains(auto, "occurred_at") != (c.want == "") {
			t.Errorf("%s %v occurred at %s, filled in %v; want %s", c.kind, c.given, time.UnixMilli(at.I).UTC().Format(time.RFC3339), auto, c.want)
		}
	}
}
