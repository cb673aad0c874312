package catalogue

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
)

// The format of measures, formulas, companions and sub-goals refuses these.
func TestFaultsOfFormulas(t *testing.T) {
	const hit = "{kind: ratio, numerator: hit_and_run_solved, denominator: hit_and_run_opened, percent: true, window: flow}"
	const use = "aggregate: days, numerator: facilities_in_use, denominator: facilities_built, percent: true, window: flow"
	const patrol = "closed: segment_closed, shifts: 3,"
	const hazard = "[hazard_found, hazard_found@before, -hazard_verified@before]"
	const goal = "{text: '民警现场执法率稳步提高', measured_by: [D-1]}"
	tests := []struct{ name, old, new, code, en string }{
		{"no numerator", hit, strings.Replace(hit, "numerator: hit_and_run_solved, ", "", 1), FaultMissing, "numerator is missing"},
		{"dimension missing", "numerator: tasks_done:451-0401-YZN-Y5U1", "numerator: tasks_done", FaultFormula, "is written name:VALUE"},
		{"dimension too many", hit, strings.Replace(hit, "_solved", "_solved:x", 1), FaultFormula, "is written name:VALUE"},
		{"empty dimension", "numerator: tasks_done:451-0401-YZN-Y5U1", "numerator: 'tasks_done:'", FaultFormula, "is written name:VALUE"},
		{"term of nothing", hazard, strings.Replace(hazard, "-hazard_verified", "-hazard_gone", 1), FaultReference, "there is no measure “hazard_gone”"},
		{"before of a stock", hazard + ", percent: true, window: flow", hazard + ", percent: true, window: stock", FaultFormula, "@before goes with plain sums of a year only"},
		{"aggregate", use, strings.Replace(use, "days", "weeks", 1), FaultFormula, "the aggregate “weeks” does not go with"},
		{"days of a stock", use, strings.Replace(use, "flow", "stock", 1), FaultFormula, "days are added up from a first one"},
		{"latest of a drop", "numerator: violations_highway, percent", "aggregate: latest, numerator: violations_highway, percent", FaultFormula, "the aggregate “latest” does not go with"},
		{"dated by without latest", use, use + ", dated_by: compliance_told", FaultFormula, "dated_by goes with latest and reached only"},
		{"dated by nothing", "dated_by: compliance_told", "dated_by: compliance_said", FaultReference, "there is no measure “compliance_said”"},
		{"no shifts", patrol, "closed: segment_closed,", FaultFormula, "shifts is the number of shifts a day"},
		{"shifts of a ratio", hit, strings.Replace(hit, "kind: ratio", "kind: ratio, shifts: 3", 1), FaultFormula, "shifts is the number of shifts a day"},
		{"closed of a ratio", hit, strings.Replace(hit, "kind: ratio", "kind: ratio, closed: segment_closed", 1), FaultFormula, "closed goes with coverage and states only"},
		{"one segment of a coverage", "numerator: patrol_passes,", "numerator: patrol_passes:S1,", FaultFormula, "a measure with a by, without a dimension"},
		{"undivided coverage", "numerator: patrol_passes,", "numerator: hazard_found,", FaultFormula, "a measure with a by, without a dimension"},
		{"two terms of a coverage", "numerator: patrol_passes,", "numerator: [patrol_passes, segment_closed],", FaultFormula, "reads a single measure"},
		{"needs nothing there", "needs: [enforcement_off_site]", "needs: [enforcement_off]", FaultReference, "there is no measure “enforcement_off”"},
		{"each dimension of none", "beside: [incident_undispatched]", "beside: ['incident_undispatched:*']", FaultFormula, "a measure with a by, without a dimension"},
		{"companion twice", "id: P5-1.registrations", "id: P5-1.licences", FaultDuplicate, "the indicator stands twice: P5-1.licences"},
		{"companion named as a row", "id: P5-1.registrations", "id: P1-1", FaultDuplicate, "the indicator stands twice: P1-1"},
		{"companion without formula", "formula: {kind: sum, numerator: certificates_issued:registration, window: flow}", "formula: null", FaultMissing, "id, label, formula is missing"},
		{"companion with an operator", "机动车登记证书三千个', op: null", "机动车登记证书三千个', op: '≥'", FaultOperator, "a companion has no operator"},
		{"sub-goal of no row", goal, strings.Replace(goal, "D-1", "D-9", 1), FaultReference, "there is no indicator “D-9”"},
		{"sub-goal that nothing shows", goal, "{text: '民警现场执法率稳步提高'}", FaultSubGoal, "either measured by rows or a narrative"},
		{"sub-goal that is both", goal, strings.Replace(goal, "[D-1]", "[D-1], narrative: true", 1), FaultSubGoal, "either measured by rows or a narrative"},
		{"name of a measure", "name: hazard_found", "name: 'hazard:found'", FaultMeasure, "the name of a measure is empty or holds one of"},
		{"part of no kind", "{kind: nil, at: day, by: kind}", "{kind: nill, at: day, by: kind}", FaultReference, "there is no kind “nill”"},
		{"part of an item", "{kind: nil, at: day, by: kind}", "{kind: casualty, at: died_at, by: kind}", FaultMeasure, "an item has no record that could count"},
		{"parts of two minds", "{kind: nil, at: day, by: kind}", "{kind: nil, at: day}", FaultMeasure, "all parts of a measure have a by, or none has"},
		{"day of the wrong type", "at: shift_day", "at: segment", FaultCondition, "the expression gives string, not int"},
		{"by no field", "by: plan_item", "by: plan", FaultReference, "there is no field “plan”"},
		{"by a second that is none", "by: [segment, from_day]", "by: [segment, day]", FaultReference, "there is no field “day”"},
		{"condition for every kind", "{kind: '*', by: kind}", "{kind: '*', by: kind, when: colour == 1}", FaultCondition, "undeclared reference to 'colour'"},
	}
	const states = "aggregate: states, numerator: 'facility_state:in_use'"
	second := []struct{ name, old, new, code, en string }{ // of the second version
		{"reached by the type alone", "aggregate: reached, numerator: plan_item_accepted", "aggregate: reached, numerator: facility_accepted", FaultFormula, "have a by of item, code and thing"},
		{"reached without days", "dated_by: plan_item_checked, ", "", FaultMissing, "dated_by is missing"},
		{"reached by days of another division", "dated_by: plan_item_checked", "dated_by: plan_item_planned", FaultFormula, "numerator and dated_by have a by of item, code and thing"},
		{"reached without an item", "denominator: plan_item_planned", "denominator: incident_dispatched", FaultFormula, "a measure with a by, without a dimension"},
		{"states without ends", ", closed: facility_state_ended", "", FaultMissing, "closed is missing"},
		{"states without one", "states: [removed, broken,", "states: [removed,", FaultFormula, "states lists every state, once"},
		{"a state twice", "states: [removed, broken,", "states: [removed, removed, broken,", FaultFormula, "states lists every state, once"},
		{"states of a plain ratio", "aggregate: reached,", "aggregate: reached, states: [in_use],", FaultFormula, "states goes with aggregate: states only"},
		{"states of two measures", "'facility_state:broken'],", "'facility_accepted:sign'],", FaultFormula, "each term is a state of one measure"},
		{"a state taken away", "'facility_state:broken'],", "'-facility_state:broken'],", FaultFormula, "each term is a state of one measure"},
		{"states of facilities by type", "aggregate: states, numerator: 'facility_state:in_use', denominator: ['facility_state:in_use', 'facility_state:idle', 'facility_state:broken']", "aggregate: states, numerator: 'facility_accepted:sign', denominator: ['facility_accepted:sign']", FaultFormula, "a by of state and thing"},
		{"ends of something else", "closed: facility_state_ended", "closed: segment_closed", FaultFormula, "closed of state, first day and thing"},
		{"states to this day", states, strings.Replace(states, "states,", "states, window: stock,", 1), FaultYAML, ""},
	}
	// A fault of a whole formula or measure is placed on its first line, a few lines above.
	for n, tt := range append(tests, second...) {
		t.Run(tt.name, func(t *testing.T) {
			good := shunpingText(t)
			if n >= len(tests) {
				good = string(ownVersions(t)[1].Text)
			}
			at := strings.Index(good, tt.old)
			if at < 0 {
				t.Fatalf("%q is not in the file", tt.old)
			}
			_, err := Load([]byte(good[:at]+tt.new+good[at+len(tt.old):]), "c.yaml", schema.Default())
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("%v", err)
			}
			i := slices.IndexFunc(faults, func(f Fault) bool { return f.Code == tt.code && strings.Contains(f.Reason.EN, tt.en) })
			if i < 0 {
				t.Fatalf("got %v", err)
			}
			f, line := faults[i], 1+strings.Count(good[:at], "\n")
			if f.File != "c.yaml" || f.Reason.ZH == "" || f.Line < line-6 || f.Line > line+1 {
				t.Errorf("%v, want about line %d", f, line)
			}
		})
	}
}
