package ingest_test

import (
	"errors"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/sync/wire"
)

// If the database is full or denies access, a device is told to try again later, and nothing is promised; after the
// repair the same frame counts, once.
func TestFullAndDenied(t *testing.T) {
	for _, trouble := range []error{store.ErrFull, store.ErrGone, store.ErrDenied} {
		for _, step := range []string{"CommitFrame", "ReplaceRecords", "Recount", "Mark"} {
			eachStore(t, func(t *testing.T, w *world) {
				var now error
				w.store = faulty.Wrap(w.store, func(s string, before bool) error {
					if s == step && before {
						return now
					}
					return nil
				})
				w.open("shunping-2020@1")
				d := w.device("li", "office-1", "clerk")
				w.plate(d, "冀F00001", noon)
				now = trouble
				_, err := w.in.Sync(t.Context(), who(d), d.Request(d.Frame(0, 1), w.now.UnixMilli()))
				refusal, ok := errors.AsType[*wire.Error](err)
				if !ok || refusal.Code != wire.CodeBusy || refusal.HTTP() != 503 || !refusal.Retryable {
					t.Fatalf("%v at %s: %v", trouble, step, err)
				}
				now = nil
				w.send(d, d.Frame(0, 1))
				w.wantSets("", 1)
			})
		}
	}
}
