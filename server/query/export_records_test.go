package query_test

import (
	"encoding/json"
	"maps"
	"testing"

	"roadbook/server/query"
	"roadbook/server/store"
)

// An export shows each record exactly as a question about the record alone does. The question folds every member of
// the group again; the export uses the stored evaluation of the group.
func TestExportedRecordsAreTheRecords(t *testing.T) {
	stores := maps.Clone(otherStores)
	stores["sqlite"] = openSQLite
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t))
			w.story()
			several := 0
			must(t, w.query.Records(t.Context(), store.RecordQuery{}, func(r *query.Record) error {
				h, err := w.query.Record(t.Context(), r.ID)
				must(t, err)
				got, err := json.Marshal(r)
				must(t, err)
				want, err := json.Marshal(h.Record)
				must(t, err)
				if string(got) != string(want) {
					t.Errorf("exported:\n%s\nalone:\n%s", got, want)
				}
				if len(r.Members) > 1 {
					several++
				}
				return nil
			}))
			if several == 0 {
				t.Error("no record of the story is in a group of several")
			}
		})
	}
}
