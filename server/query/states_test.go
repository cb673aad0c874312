package query_test

import (
	"slices"
	"testing"

	"roadbook/server/fleet"
	"roadbook/server/query"
)

// P3-4 by hand, to 31 January: K-1 in use for 4 days, then broken for 27 (the first state was never ended); K-2 removed on the
// 11th, in use for 10 days. 14 of 41. The drill leads to every record, those of the removal too.
func TestDrillIntoStates(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	road, other := w.device("road", "check-1", "officer"), w.device("other", "check-2", "officer")
	said := func(d *fleet.Device, facility, status, from string) string {
		return w.say(d, "facility", 20200101, "", map[string]string{"facility": facility, "facility_type": "camera", "status": status, "status_from": from}).String()
	}
	used, broken := said(road, "K-1", "in_use", "2020-01-01"), said(other, "K-1", "broken", "2020-01-05")
	second, removed := said(road, "K-2", "in_use", "2019-06-01"), said(road, "K-2", "removed", "2020-01-11")
	w.push(road, false)
	w.push(other, false)

	page := w.pages(query.DrillQuestion{Year: "2020", At: "2020-01-31", Row: "P3-4"})[0]
	if got := text(page.Row.Value) + " " + text(page.Row.Numerator) + "/" + text(page.Row.Denominator) + " " + page.Row.AsOf; got != "34.1463 14/41 2020-01-11" {
		t.Errorf("the row is %s", got)
	}
	found := map[string]string{}
	for _, r := range page.Records {
		found[r.Record] += page.Terms[r.Term].Role + ":" + r.Measure + " "
	}
	for record, want := range map[string]string{
		used: "numerator:facility_state:in_use:K-1 denominator:facility_state:in_use:K-1 ", broken: "denominator:facility_state:broken:K-1 ",
		second: "numerator:facility_state:in_use:K-2 denominator:facility_state:in_use:K-2 ", removed: "beside:facility_state:removed:K-2 ",
	} {
		if found[record] != want {
			t.Errorf("a record is behind %q, want %q", found[record], want)
		}
	}
	i := slices.IndexFunc(page.Terms, func(t query.Term) bool { return t.Measure == "facility_state:removed" })
	if i < 0 || page.Terms[i].Amount != 21 || page.Terms[i].Label.EN != "facilities (removed)" {
		t.Errorf("%+v", page.Terms)
	}
}
