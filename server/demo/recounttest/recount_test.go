package recounttest

import (
	"testing"
	"time"

	"roadbook/server/demo/truth"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// TestRecountByHand: one small world, each figure computed on paper.
func TestRecountByHand(t *testing.T) {
	w := truth.World{
		Accidents: []truth.Accident{
			{At: at("2020-02-29T23:59:59+08:00"), DeadAtScene: 1},
			{At: at("2019-12-31T16:00:00Z"), Deaths: []time.Time{at("2020-01-07T16:00:00Z"), at("2020-01-07T16:00:01Z")}},  // 1 January in China
			{At: at("2020-03-31T16:00:00Z")},                                                                               // 1 April
			{At: at("2020-03-01T08:00:00+08:00"), SelfSettled: true, Deaths: []time.Time{at("2020-03-01T07:59:59+08:00")}}, // mistyped
		},
		Incidents: []truth.Incident{
			{Reported: at("2020-02-01T08:00:00+08:00"), Dispatched: at("2020-02-01T08:06:00+08:00"), Arrived: at("2020-02-01T08:30:00+08:00"), Cleared: at("2020-02-01T09:30:00+08:00")},
			{Reported: at("2020-02-02T08:00:00+08:00"), Dispatched: at("2020-02-02T08:12:00+08:00"), Arrived: at("2020-02-02T08:42:00+08:00")},
			{Reported: at("2020-02-03T08:00:00+08:00")},
		},
		LastYear: []truth.LastYear{{To: 20190131, Accidents: 3, Deaths: 1}, {To: 20190331, Accidents: 1, Deaths: 3}, {To: 20190430, Accidents: 9}},
		Segments: []truth.Segment{{Name: "a", Metres: 1000, From: 20190101, To: 20200102}, {Name: "a", Metres: 2000, From: 20200102}},
		Patrols: []truth.Patrol{
			{Segment: "a", Shift: 2, Day: 20200101}, {Segment: "a", Shift: 2, Day: 20200101}, {Segment: "a", Shift: 0, Day: 20200102},
			{Segment: "b", Shift: 0, Day: 20200102}, {Segment: "a", Shift: 0, Day: 20191231},
		},
		Facilities: []truth.Facility{{Phases: []truth.Phase{
			{From: 20191201, Status: truth.InUse}, {From: 20200103, Status: truth.InUse}, {From: 20200103, Status: truth.Broken}, {From: 20200105, Status: truth.Removed},
		}}},
		Hazards: []truth.Hazard{
			{Found: at("2019-05-01T08:00:00+08:00"), Verified: at("2019-06-01T08:00:00+08:00")}, // over
			{Found: at("2019-05-01T08:00:00+08:00"), Verified: at("2020-01-02T08:00:00+08:00")},
			{Found: at("2020-01-01T08:00:00+08:00")}, {Found: at("2020-06-01T08:00:00+08:00")},
		},
		Checks:   []truth.Check{{Unit: "o", Day: 20200124, Due: 10, Missed: 9}, {Unit: "o", Day: 20200224, Due: 30, Missed: 4}, {Unit: "p", Day: 20200124, Due: 10, Missed: 1}, {Unit: "q", Day: 20191231, Due: 10, Missed: 8}},
		Answers:  answersOf(29, 5), // the thirtieth is valid for project 5 alone
		Traffic:  []truth.Traffic{{At: at("2020-01-10T08:00:00+08:00"), Metres: 1000, Minutes: 1799, Level: truth.Light}},
		Payments: []truth.Payment{{Project: 3, Day: 20200110, Fen: 12_345}, {Project: 3, Day: 20200111, Fen: -45}},
		Budgets:  []truth.Budget{{Project: 3, Day: 20200105, AdjustedFen: 36_900, CarryOver: 7}},
	}
	for _, c := range []struct {
		row  string
		day  truth.Day
		want Figure
	}{
		{"P3-3", 20200331, Figure{Value: "50", Numerator: "2", Denominator: "4"}},            // 4 → 2
		{"D-2", 20200331, Figure{Value: "50", Numerator: "2", Denominator: "4"}},             // 4 → 1 + 1
		{"P4-1", 20200102, Figure{Value: "33.3333", Numerator: "3000", Denominator: "9000"}}, // (1000 + 2000) / 3 (1000 + 2000)
		{"P3-4", 20200106, Figure{Value: "50", Numerator: "2", Denominator: "4"}},            // 1, 2 in use; 3, 4 broken
		{"P1-4", 20200131, Figure{Value: "50", Numerator: "1", Denominator: "2"}},
		{"P5-2", 20200229, Figure{Value: "12.5", Numerator: "5", Denominator: "40"}}, // (4 + 1) / (30 + 10)
		{"P5-2", 20200123, Figure{Numerator: "0", Denominator: "0", Reason: "no_data"}},
		{"P5-2", 20191231, Figure{Value: "80", Numerator: "8", Denominator: "10"}},
		{"P5-5", 20200331, Figure{Value: "100", Numerator: "30", Denominator: "30"}},
		{"P2-5", 20200331, Figure{Value: "100", Numerator: "29", Denominator: "29", Reason: "too_few"}},
		{"P5-3", 20200331, Figure{Value: "0", Numerator: "0", Denominator: "1799000", Reason: "too_few"}}, // a minute below 30 km·h
		{"P1-2", 20200331, Figure{Value: "0.15", Numerator: "1080000", Denominator: "2"}},                 // 6 + 12 minutes / 2
		{"P3-2", 20200331, Figure{Numerator: "0", Denominator: "0", Reason: "no_ledger"}},
		{"P1-1", 20200331, Figure{Numerator: "0", Denominator: "0", Reason: "no_data"}},
	} {
		if got := Rows(&w, c.day)[c.row]; got != c.want {
			t.Errorf("%s at %d is %+v, by hand %+v", c.row, c.day, got, c.want)
		}
	}
	for id, want := range map[string]Figure{
		"P2-2.arrival":  {Value: "0.6", Numerator: "4320000", Denominator: "2"}, // 30 + 42 minutes / 2
		"P4-2.clearing": {Value: "1.5", Numerator: "5400000", Denominator: "1"},
	} {
		if got := Companions(&w, 20200331)[id]; got != want {
			t.Errorf("%s is %+v, by hand %+v", id, got, want)
		}
	}
	want := Money{Spent: "123.00", Adjusted: "369.00", CarryOver: "0.07", Executed: "33.3333"}
	if got := MoneyOf(&w, 3, 1, 20200131); got != want {
		t.Errorf("the money is %+v, by hand %+v", got, want)
	}
}

// TestLastYearByHand: June of the squad and of a checkpoint is in the yearbook, of which the county's June takes the place;
// July's number of the checkpoint is 0. Records of 2019 count where the yearbook has no number yet.
func TestLastYearByHand(t *testing.T) {
	w := truth.World{
		LastYear: []truth.LastYear{
			{Unit: "squad", To: 20190630, Accidents: 20, Deaths: 2}, {Unit: "check", To: 20190630, Accidents: 3, DeathsUnknown: true},
			{Unit: "check", To: 20190731, DeathsUnknown: true},
		},
		Accidents: []truth.Accident{
			{Unit: "squad", At: at("2019-06-12T08:00:00+08:00"), DeadAtScene: 1}, {Unit: "check", At: at("2019-06-30T23:59:59+08:00"), DeadAtScene: 1},
			{Unit: "check", At: at("2019-07-01T00:00:00+08:00")}, {Unit: "squad", At: at("2019-07-02T08:00:00+08:00")},
			{Unit: "other", At: at("2019-06-05T08:00:00+08:00")},
		},
	}
	county := w
	county.CountyMonths = []truth.CountyMonth{{To: 20190630, Accidents: 25}}
	for _, c := range []struct {
		w                 *truth.World
		to                truth.Day
		accidents, deaths int64
	}{
		{&w, 20190615, 2, 1},      // two records so far, one with a death
		{&w, 20190629, 2, 1},      //
		{&w, 20190630, 24, 3},     // 20 + 3, and the unit without a number; 2 dead, and the checkpoint's
		{&w, 20190701, 25, 3},     // July has begun: one record
		{&w, 20190730, 26, 3},     //
		{&w, 20190731, 25, 3},     // the checkpoint had none, says the yearbook
		{&county, 20190629, 2, 1}, //
		{&county, 20190630, 25, 3},
		{&county, 20191231, 26, 3},
	} {
		if a, d := accidentsUntil(c.w, c.to), deathsUntil(c.w, c.to); a != c.accidents || d != c.deaths {
			t.Errorf("until %d: %d accidents, %d deaths; by hand %d, %d", c.to, a, d, c.accidents, c.deaths)
		}
	}
}

// answersOf are n satisfied answers of project 2 and of another, and one more that is valid for the other alone.
func answersOf(n, other int) (all []truth.Answer) {
	for i := range n + 1 {
		a := truth.Answer{At: at("2020-01-10T08:00:00+08:00"), Project: other, Topic: "vehicle", Grade: truth.Satisfied}
		all = append(all, a)
		if a.Project, a.Topic = 2, "beneficiary"; i == n {
			a.Grade = truth.Invalid
		}
		all = append(all, a)
	}
	return all
}

// TestCompletenessByHand: ended days and months, each once.
func TestCompletenessByHand(t *testing.T) {
	w := truth.World{
		Duties: []truth.Duty{{Unit: "a", Kind: "x", From: 20200130}, {Unit: "a", Kind: "y", Monthly: true, From: 20200101}},
		Deliveries: []truth.Delivery{
			{Unit: "a", Kind: "x", Day: 20200131}, {Unit: "a", Kind: "x", Day: 20200131}, {Unit: "b", Kind: "x", Day: 20200130},
			{Unit: "a", Kind: "y", Day: 20200105},
		},
	}
	// x: 30 and 31 January, 1 February = 3, and 1 delivered; y: January = 1, delivered.
	if reported, expected := Completeness(&w, 20200201); reported != 2 || expected != 4 {
		t.Errorf("%d of %d", reported, expected)
	}
}
