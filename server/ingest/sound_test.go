package ingest_test

import (
	"testing"
	"time"

	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// A rule reads a time that the server corrects: the line keeps the rule, the record does not.
func TestRuleOverACorrectedTime(t *testing.T) {
	const rule = "        expr: plateFits(plate_type, plate_number)\n"
	sch := changedSchema(t, map[string][2]string{"kinds/counter.yaml": {rule, rule + `        message: {zh: 号牌不符, en: no plate}
      - code: too_late
        fields: [occurred_at]
        expr: dayOf(occurred_at) <= 20201219
`}})
	eachStore(t, func(t *testing.T, w *world) {
		w.openSchema(sch, "shunping-2020@1")
		slow, right := w.device("li", "office-1", "clerk"), w.device("wu", "office-2", "clerk")
		slow.Skew = -48 * time.Hour.Milliseconds() // its lines say 18 December, and 20 December is the truth
		late := w.saveAuto(slow, "冀F00001")
		w.push(slow, wire.Created)
		w.plate(right, "冀F00002", noon)
		w.push(right, wire.Created)
		w.wantSets("office-1", 0)
		w.wantSets("office-2", 1)
		r, err := w.store.Record(t.Context(), late)
		if err != nil {
			t.Fatal(err)
		}
		if v := merge.Fold(late, &r.State, sch); len(v.Faults) != 1 || v.Faults[0].Code != "too_late" {
			t.Errorf("faults %v, want too_late", v.Faults)
		}
	})
}
