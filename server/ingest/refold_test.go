package ingest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// earlierSchema is a schema of other rules: a plate's business is no part of its key, so that a renewal counts as the
// registration again, and a device's clock is believed.
func earlierSchema(t testing.TB) *schema.Schema {
	return changedSchema(t, map[string][2]string{
		"kinds/counter.yaml": {"key: [plate_type, plate_number, business, day]\n    near_days: 7", "key: [plate_type, plate_number]\n   "},
		"kinds/common.yaml":  {"{name: occurred_at, type: time, required: true, auto: true,", "{name: occurred_at, type: time, required: true,"},
	})
}

// changedSchema is the schema with one text of each named file replaced.
func changedSchema(t testing.TB, changes map[string][2]string) *schema.Schema {
	t.Helper()
	files := fstest.MapFS{}
	root := filepath.Join("..", "..", "schema", "data")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		if c, ok := changes[filepath.ToSlash(name)]; ok {
			text = []byte(change(t, string(text), c[0], c[1]))
		}
		files[filepath.ToSlash(name)] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// change replaces one text that must be there.
func change(t testing.TB, text, from, to string) string {
	t.Helper()
	if strings.Count(text, from) != 1 {
		t.Fatalf("%q stands %d times", from, strings.Count(text, from))
	}
	return strings.Replace(text, from, to, 1)
}

// fillByOtherRules writes, by earlier rules, a log whose records get other keys, days and winners by the rules of today:
// 9 plates count, of which the earlier rules count 8, two on another day.
func fillByOtherRules(w *world) {
	w.openSchema(earlierSchema(w.t), "shunping-2020@1")
	fillLog(w) // 6
	d := w.device("sun", "office-1", "clerk")
	w.plate(d, "冀F00011", noon)
	w.plate(d, "冀F00011", noon, text("business", schema.TypeCode, "renew")) // 1 and 1 by the rules of today
	w.push(d, wire.Created)
	slow := w.device("hou", "office-2", "clerk")
	slow.Skew = -40 * 24 * time.Hour.Milliseconds()
	at := w.now.UnixMilli()
	slow.Save(observationNow(slow, "冀F00012", at))
	w.push(slow, wire.Created)
}

// observationNow is a plate whose time the device filled in.
func observationNow(d *fleet.Device, number string, at int64) fleet.Observation {
	fields := plateFields(d.Unit, number, time.UnixMilli(at+d.Skew))
	return fleet.Observation{Kind: kind("plate"), Act: wire.Create, At: at, Auto: []string{"occurred_at"}, Fields: fields}
}

// TestRefold: a database made by earlier rules, its records derived anew and counted anew, equals a new database with the
// same frames, on both stores, also if it was cut short and begun again.
func TestRefold(t *testing.T) {
	eachStore(t, func(t *testing.T, fresh *world) {
		eachStore(t, func(t *testing.T, old *world) {
			fillByOtherRules(old)
			replayAll(t, old, fresh)
			fresh.rebuild()
			want := derived(fresh)
			if reflect.DeepEqual(derived(old), want) {
				t.Fatal("the earlier rules make no difference")
			}
			old.open("shunping-2020@1")
			for _, stop := range []int{1, 2, 99} {
				old.refold(stop)
			}
			old.rebuild()
			if got := derived(old); !reflect.DeepEqual(got, want) {
				t.Errorf("derived anew:\n%+v\nreplayed:\n%+v", got, want)
			}
			old.wantSets("", 8) // a renewed plate is no registration
			if got := old.total("plate_sets", "office-2", 20201220, 20201220); got != 1 {
				t.Errorf("%d plates of the slow clock on the day of its saving, want 1", got)
			}
		})
	})
}

var errStopped = errors.New("stopped")

// refold derives anew, and stops after a number of pages.
func (w *world) refold(pages int) {
	w.t.Helper()
	ctx, cancel := context.WithCancelCause(w.t.Context())
	defer cancel(nil)
	err := w.in.Refold(ctx, func(done, of int64) {
		if done > of {
			w.t.Errorf("%d of %d frames", done, of)
		}
		if pages--; pages == 0 {
			cancel(errStopped)
		}
	})
	if err != nil && !errors.Is(context.Cause(ctx), errStopped) {
		w.t.Fatal(err)
	}
}

func (w *world) rebuild() {
	w.t.Helper()
	if err := w.store.Rebuild(w.t.Context(), "v", w.in.Member(), w.in.Count(), nil); err != nil {
		w.t.Fatal(err)
	}
}

// replayAll replays a log, of any number of streams.
func replayAll(t *testing.T, from, to *world) {
	t.Helper()
	todo := streams(from).([]store.Stream)
	for tries := 0; len(todo) > 0; tries++ {
		s := todo[0]
		todo = todo[1:]
		for _, f := range framesOf(from, s.ID) {
			err := to.in.Replay(t.Context(), f, s.Boots)
			if errors.Is(err, ingest.ErrTargetLater) && tries < 99 {
				todo = append(todo, s)
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// derived is all that a store derives from its frames.
func derived(w *world) any {
	w.t.Helper()
	type record struct {
		ID, Group, Unit, Kind string
		Day                   int
		State                 any
	}
	var records []record
	recs, err := w.store.ScanRecords(w.t.Context(), store.RecordQuery{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range recs {
		records = append(records, record{r.ID, r.Group, r.Place.Unit, r.Place.Kind, int(r.Place.Day), r.State})
	}
	var groups []store.Group
	for g, err := range store.AllGroups(w.t.Context(), w.store) {
		if err != nil {
			w.t.Fatal(err)
		}
		if len(g.Members) > 0 {
			groups = append(groups, *g)
		}
	}
	sums, err := w.store.Sums(w.t.Context(), store.SumQuery{From: 1, To: 99991231})
	if err != nil {
		w.t.Fatal(err)
	}
	return []any{records, groups, sums, quarantinedLines(w)}
}
