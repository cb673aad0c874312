package query_test

import (
	"encoding/json"
	"testing"

	"roadbook/server/query"
	"roadbook/server/store"
)

// An export shows each record exactly as a question about the record alone does. The question folds every member of
// the group again; the export uses the stored evaluation of the group.
func TestExportedRecordsAreTheRecords(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.story()
		if w.exportedAsAlone() == 0 {
			t.Error("no record of the story is in a group of several")
		}
	})
}

// exportedAsAlone compares all records, and returns how many are in a group of several.
func (w *world) exportedAsAlone() (several int) {
	w.t.Helper()
	must(w.t, w.query.Records(w.t.Context(), store.RecordQuery{}, false, func(r *query.Record) error {
		h, err := w.query.Record(w.t.Context(), r.ID)
		must(w.t, err)
		got, err := json.Marshal(r)
		must(w.t, err)
		want, err := json.Marshal(h.Record)
		must(w.t, err)
		if string(got) != string(want) {
			w.t.Errorf("exported:\n%s\nalone:\n%s", got, want)
		}
		if len(r.Members) > 1 {
			several++
		}
		return nil
	}))
	return several
}
