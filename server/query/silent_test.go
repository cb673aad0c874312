package query

import (
	"context"
	"slices"
	"strings"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Only rows of kinds that a silent device's role may record are provisional by it; missing reports are another reason.
func TestWhyRowsAreProvisional(t *testing.T) {
	end := shanghai("2021-01-01 00:00")
	b := &memoryStore{}
	b.addLedgerEntry(t, "expectation", "2020-01-01", map[string]string{
		"expected_unit": "squad-1", "expected_kind": "accident", "every": "month", "from_day": "2020-11-01", "to_day": "2020-12-01"})
	late, year := clock.Day(20210105), Question{"2020", "2020-12-31", ""}
	for name, x := range map[string]struct {
		devices []DeliveringDevice
		today   clock.Day
		ask     Question
		want    map[string]string // P1-2 incidents by officers, P3-3 accidents by officers, P5-1 plates by clerks
	}{
		"nobody silent":      {[]DeliveringDevice{{ID: "a", Unit: "u", Role: "clerk", Seen: end}}, late, year, map[string]string{"P1-2": "", "P3-3": "reports", "P5-1": ""}},
		"a clerk's device":   {[]DeliveringDevice{{ID: "a", Unit: "u", Role: "clerk", Seen: end - 1}}, late, year, map[string]string{"P1-2": "", "P3-3": "reports", "P5-1": "silent"}},
		"an officer's":       {[]DeliveringDevice{{ID: "a", Unit: "u", Role: "officer"}}, late, year, map[string]string{"P1-2": "silent", "P3-3": "silent reports", "P5-1": ""}},
		"of an unknown role": {[]DeliveringDevice{{ID: "a", Unit: "u"}}, late, year, map[string]string{"P1-2": "silent", "P3-3": "silent reports", "P5-1": "silent"}},
		"nothing expected of the unit": {[]DeliveringDevice{{ID: "a", Unit: "u", Role: "officer", Seen: end}}, late, Question{"2020", "2020-12-31", "u"},
			map[string]string{"P1-2": "", "P3-3": "", "P5-1": ""}},
		"the year runs, heard today": {[]DeliveringDevice{{ID: "a", Unit: "u", Role: "clerk", Seen: shanghai("2020-07-01 00:00")}}, 20200701, year,
			map[string]string{"P1-2": "running", "P3-3": "running", "P5-1": "running"}},
		"the day runs, heard yesterday": {[]DeliveringDevice{{ID: "a", Unit: "u", Role: "clerk", Seen: shanghai("2020-06-30 23:59")}}, 20200701, Question{"2020", "2020-07-01", ""},
			map[string]string{"P1-2": "running", "P3-3": "running", "P5-1": "running silent"}},
		"yesterday's table": {[]DeliveringDevice{{ID: "a", Unit: "u", Role: "clerk", Seen: shanghai("2020-07-01 00:00")}}, 20200701, Question{"2020", "2020-06-30", ""},
			map[string]string{"P1-2": "", "P3-3": "", "P5-1": ""}},
	} {
		q := newQuery(t, b, x.today, func(context.Context) ([]DeliveringDevice, error) { return x.devices, nil })
		in, err := q.Indicators(t.Context(), x.ask)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for i := range in.Rows {
			r := &in.Rows[i]
			for _, why := range r.ProvisionalBy {
				counts[why]++
			}
			want, asked := x.want[r.ID]
			if got := strings.Join(r.ProvisionalBy, " "); asked && got != want || r.Provisional != (len(r.ProvisionalBy) > 0) {
				t.Errorf("%s: %s is provisional by %q, want %q", name, r.ID, got, want)
			}
			if drill, err := q.Drill(t.Context(), DrillQuestion{Year: x.ask.Year, At: x.ask.At, Unit: x.ask.Unit, Row: r.ID}); err != nil || !slices.Equal(drill.Row.ProvisionalBy, r.ProvisionalBy) {
				t.Errorf("%s: the drill of %s disagrees: %v, %v", name, r.ID, drill.Row.ProvisionalBy, err)
			}
		}
		for _, why := range []string{ByRunning, BySilent, ByReports} {
			if in.ProvisionalRows(why) != counts[why] {
				t.Errorf("%s: %d rows by %s, counted %d", name, counts[why], why, in.ProvisionalRows(why))
			}
		}
	}
}

// Silent devices stand in the order of their last contact, the last heard first, with unit, role and last officer.
func TestSilentByName(t *testing.T) {
	today := shanghai("2020-07-01 00:00")
	stream := func(device string, received int64) store.Stream {
		return store.Stream{ID: wire.StreamID{Device: device, Epoch: "e"}, Received: received}
	}
	b := &memoryStore{streams: []store.Stream{stream("c", today-3), stream("e", today), stream("b", today-9)}}
	b.addLedgerEntry(t, "unit_entry", "2020-01-01", map[string]string{"code": "squad-1", "name": "一中队", "unit_type": "accident_squad", "from_day": "2020-01-01"})
	devices := []DeliveringDevice{
		{ID: "a", Unit: "squad-1", Role: "officer"}, {ID: "b", Unit: "squad-1", Role: "officer", Seen: today - 1}, {ID: "c", Unit: "office-1", Role: "clerk"},
		{ID: "d", Unit: "squad-1", Role: "officer", Seen: today}, {ID: "e", Unit: "squad-1", Role: "officer"},
	}
	q := newQuery(t, b, 20200701, func(context.Context) ([]DeliveringDevice, error) { return devices, nil })
	for _, x := range []struct{ at, unit, want string }{
		{"", "", "b c a"}, {"2020-07-01", "", "b c a"}, {"2020-12-31", "", "b c a"}, {"", "squad-1", "b a"}, {"", "一中队", "b a"}, {"2020-06-29", "", "a"},
	} {
		table, err := q.Silent(t.Context(), x.at, x.unit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range table.Devices {
			got = append(got, d.Device)
		}
		if strings.Join(got, " ") != x.want || table.Count != len(got) {
			t.Errorf("at %q in %q: %v, want %s", x.at, x.unit, got, x.want)
		}
	}
	table, _ := q.Silent(t.Context(), "", "")
	first, last := table.Devices[0], table.Devices[2]
	if first.UnitName != "一中队" || first.Role != "officer" || text(first.Heard) != "2020-06-30T23:59:59.999+08:00" || last.Heard != nil || table.Since != "2020-07-01T00:00:00+08:00" {
		t.Errorf("%+v … %+v since %s", first, last, table.Since)
	}
	in, err := q.Indicators(t.Context(), Question{"2020", "2020-12-31", ""})
	if want := []SilentUnit{{"office-1", "", 1}, {"squad-1", "一中队", 2}}; err != nil || in.NotDelivered != 3 || !slices.Equal(in.Silent, want) {
		t.Errorf("by unit %+v, %v", in.Silent, err)
	}
}
