package recounttest

import (
	"maps"
	"slices"
	"strconv"
)

// SumKey names the sum of a unit, a day and a measure.
type SumKey struct {
	Unit    string
	Day     int // yyyymmdd
	Measure string
}

// Counted is the count of a crowd's observations.
type Counted struct {
	Sums map[SumKey]int64 // without zeros

	crowd    *Crowd
	records  []*folded // the counting records, by id
	measures map[string]map[SumKey]int64
}

// Recount folds and counts all observations.
func (c *Crowd) Recount() *Counted {
	out := &Counted{Sums: map[SumKey]int64{}, crowd: c}
	groups := map[string][]*folded{}
	for _, r := range c.records() {
		groups[r.group] = append(groups[r.group], r)
	}
	for _, members := range groups {
		for _, r := range c.winners(members) {
			out.count(r, members)
		}
	}
	maps.DeleteFunc(out.Sums, func(_ SumKey, n int64) bool { return n == 0 })
	slices.SortFunc(out.records, func(a, b *folded) int { return compareIDs(a.id, b.id) })
	return out
}

// winners are the counting members of a group: a single member of each kind.
func (c *Crowd) winners(members []*folded) (out []*folded) {
	best := map[string]*folded{}
	for _, r := range members {
		if !r.complete || r.void {
			continue
		}
		kind := r.kind
		if !c.has(PerKind) {
			kind = ""
		}
		order := -1
		if b := best[kind]; b != nil {
			order = c.compareStamps(r.create, b.create)
			if rulesOf[r.kind].last && c.has(LastWins) {
				order = -order
			}
		}
		if order < 0 {
			best[kind] = r
		}
	}
	for _, r := range best {
		out = append(out, r)
	}
	return out
}

// count adds a counting record to the sums.
func (n *Counted) count(r *folded, members []*folded) {
	n.records = append(n.records, r)
	add := func(day int, measure string, amount int64) {
		if !n.crowd.has(OwnDays) {
			day = r.day()
		}
		n.Sums[SumKey{r.fields["unit"], day, measure}] += amount
	}
	if !rulesOf[r.kind].silent {
		add(r.day(), "reported:"+r.kind, 1)
	}
	switch r.kind {
	case "accident":
		n.countAccident(r, members, add)
	case "hit_and_run":
		n.countCase(r, members, add)
	case "baseline":
		countBaseline(r.fields, add)
	default:
		for _, a := range plainAmounts(r.kind, r.fields, r.day()) {
			add(a.day, a.measure, a.amount)
		}
	}
}

func (n *Counted) countAccident(r *folded, members []*folded, add func(int, string, int64)) {
	f, day := r.fields, r.day()
	if f["procedure"] != "self" {
		add(day, "accident_counted", 1)
	}
	if f["dead"] == "" {
		add(day, "accident_dead_unknown", 1)
	}
	dead := number(f["dead"])
	for _, m := range members {
		if m.void && n.crowd.has(VoidItems) {
			continue
		}
		for _, i := range m.items {
			after := number(i.fields["died_at"]) - number(f["occurred_at"])
			if i.complete && !i.void && after >= 0 && (after <= sevenDays || !n.crowd.has(SevenDays)) {
				dead++
			}
		}
	}
	add(day, "accident_deaths", dead)
	if took := number(f["closed_at"]) - number(f["occurred_at"]); f["procedure"] == "simple" && f["closed_at"] != "" && took >= 0 {
		add(day, "accident_simple_ms", took)
		add(day, "accident_simple_closed", 1)
	}
}

func (n *Counted) countCase(r *folded, members []*folded, add func(int, string, int64)) {
	opened, solved := r.fields["opened_at"], r.fields["solved_at"]
	add(dayOfMs(number(opened)), "hit_and_run_opened", 1)
	if solved == "" && n.crowd.has(LentSolving) {
		for _, m := range members {
			s := m.fields["solved_at"]
			if m.kind == r.kind && m.complete && !m.void && s != "" && (solved == "" || number(s) < number(solved)) {
				solved = s
			}
		}
	}
	day := dayOfMs(number(solved))
	if solved != "" && (day/10000 == dayOfMs(number(opened))/10000 || !n.crowd.has(SolvedInYear)) {
		add(day, "hit_and_run_solved", 1)
	}
}

// countBaseline counts a baseline of an existing measure, with a dimension exactly for a divided measure, in two sums: the
// number, and the mark of a number given.
func countBaseline(f map[string]string, add func(int, string, int64)) {
	if !isMeasure(f["measure"]) {
		return
	}
	name := f["period_from"] + ":" + f["measure"]
	add(int(number(f["period_to"])), "baseline@"+name, number(f["number"]))
	add(int(number(f["period_to"])), "baseline_given@"+name, 1)
}

// amount is a record's amount for a measure on a day.
type amount struct {
	day     int
	measure string
	amount  int64
}

// plainAmounts are the amounts computed from a record's own fields alone.
func plainAmounts(kind string, f map[string]string, day int) (out []amount) {
	add := func(day int, measure string, n int64) { out = append(out, amount{day, measure, n}) }
	at := func(field string) int { return int(number(f[field])) } // of a day
	whole := func(field string, absent int64) int64 {
		if f[field] == "" {
			return absent
		}
		return number(f[field])
	}
	switch kind {
	case "nil":
		add(at("day"), "reported:"+f["kind"], 1)
	case "incident":
		incidentAmounts(f, day, add)
	case "enforcement", "offsite":
		name, on, n := "enforcement_on_site", day, int64(1)
		if kind == "offsite" {
			name, on, n = "enforcement_off_site", at("period_to"), number(f["number"])
		}
		add(on, name, n)
		if highway(int(number(f["road_type"]))) {
			add(on, "violations_highway", n)
		}
	case "patrol", "congestion", "hazard":
		roadAmounts(kind, f, day, add)
	case "plate":
		if f["business"] == "register" && f["spoiled"] != "true" {
			add(day, "plate_sets", whole("sets", 1))
		}
	case "certificate":
		if f["spoiled"] != "true" {
			add(day, "certificates_issued:"+f["certificate"], whole("quantity", 1))
		}
	case "compliance":
		add(day, "compliance_due", number(f["due"]))
		add(day, "compliance_missed", number(f["missed"]))
		add(day, "compliance_told", 1)
	case "survey":
		surveyAmounts(f, day, add)
	default:
		officeAmounts(kind, f, day, add)
	}
	return out
}

// roadAmounts are the amounts of patrols, congestion and hazards.
func roadAmounts(kind string, f map[string]string, day int, add func(int, string, int64)) {
	switch kind {
	case "patrol":
		add(int(number(f["shift_day"])), "patrol_passes:"+f["segment"], 1)
	case "congestion":
		n := thousandths(f["km"]) * number(f["minutes"])
		add(day, "congestion_all", n)
		if slices.Contains([]string{"light", "moderate", "severe"}, f["level"]) {
			add(day, "congestion_congested", n)
		} else {
			add(day, "congestion_smooth", n)
		}
	case "hazard":
		add(dayOfMs(number(f["found_at"])), "hazard_found", 1)
		if f["verified_at"] != "" {
			add(dayOfMs(number(f["verified_at"])), "hazard_verified", 1)
		}
	}
}

func incidentAmounts(f map[string]string, day int, add func(int, string, int64)) {
	for field, names := range map[string][2]string{
		"dispatched_at": {"incident_dispatched", "incident_dispatch_ms"}, "arrived_at": {"incident_arrived", "incident_arrival_ms"},
		"cleared_at": {"incident_cleared", "incident_clearing_ms"},
	} {
		if f[field] != "" {
			add(day, names[0], 1)
			add(day, names[1], number(f[field])-number(f["reported_at"]))
		}
	}
	if f["dispatched_at"] == "" {
		add(day, "incident_undispatched", 1)
	}
}

func surveyAmounts(f map[string]string, day int, add func(int, string, int64)) {
	topic := map[string]string{"accident": "handling", "petition": "handling", "beneficiary": "beneficiary", "vehicle": "vehicle"}[f["topic"]]
	if f["grade"] != "invalid" {
		add(day, "survey_"+topic+"_valid:"+f["project"], 1)
	}
	if f["grade"] == "very_satisfied" || f["grade"] == "satisfied" {
		add(day, "survey_"+topic+"_satisfied:"+f["project"], 1)
	}
}

// officeAmounts are the amounts of HQ's kinds and of ledgers.
func officeAmounts(kind string, f map[string]string, day int, add func(int, string, int64)) {
	at := func(field string) int { return int(number(f[field])) }
	switch kind {
	case "facility":
		facilityAmounts(f, add)
	case "task":
		due, done := at("due_on"), dayOfMs(number(f["done_at"]))
		add(due, "tasks_due:"+f["project"], 1)
		if f["done_at"] != "" && done/10000 <= due/10000 {
			add(max(due, done), "tasks_done:"+f["project"], 1)
		}
	case "asset":
		add(at("bought_on"), "asset_bought:"+f["project"], 1)
		if f["in_service_on"] != "" {
			add(at("in_service_on"), "asset_in_service:"+f["project"], 1)
		}
	case "expenditure":
		add(day, "expenditure:"+f["project"], number(f["amount_fen"]))
	case "attestation":
		add(day, "attested:"+f["row"], shifted(f["value"], 4))
		add(day, "attested_rows:"+f["row"], 10000)
	case "count":
		add(at("period_to"), "business_count:"+f["what"], number(f["number"]))
	case "segment":
		add(at("from_day"), "segment_metres:"+f["segment"], thousandths(f["km"]))
		if f["to_day"] != "" {
			add(at("to_day"), "segment_closed:"+f["segment"]+":"+f["from_day"], 1)
		}
	case "facility_plan":
		add(at("from_day"), "plan_item_planned:"+f["plan_item"], number(f["planned"]))
		add(at("from_day"), "facility_planned:"+f["facility_type"], number(f["planned"]))
	case "vehicles_due":
		add(day, "vehicles_due", number(f["due"]))
	case "budget":
		add(day, "budget_adjusted:"+f["project"], number(f["adjusted_fen"]))
		if f["carry_over_fen"] != "" {
			add(day, "budget_carry_over:"+f["project"], number(f["carry_over_fen"]))
		}
	}
}

func facilityAmounts(f map[string]string, add func(int, string, int64)) {
	from, to := int(number(f["status_from"])), int(number(f["status_to"]))
	add(from, "facility_state:"+f["status"]+":"+f["facility"], 1)
	if to != 0 {
		add(to, "facility_state_ended:"+f["status"]+":"+strconv.Itoa(from)+":"+f["facility"], 1)
	}
	if f["plan_item"] != "" && f["accepted"] != "" {
		add(from, "plan_item_accepted:"+f["plan_item"]+":"+f["status"]+":"+f["facility"], number(f["accepted"]))
		add(from, "plan_item_checked:"+f["plan_item"]+":"+f["status"]+":"+f["facility"], 1)
		add(from, "facility_accepted:"+f["facility_type"], number(f["accepted"]))
	}
}
