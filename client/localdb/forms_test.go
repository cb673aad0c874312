package localdb

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"roadbook/schema"
)

func mustForms(t *testing.T, db *DB) string {
	t.Helper()
	forms, err := db.Forms(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range forms {
		out = append(out, fmt.Sprintf("%s %s %d %s", f.ID, f.Officer, f.At-start, f.Body))
	}
	return fmt.Sprint(out)
}

// A form stays until it is saved or dropped, also in a later process, and a save forgets it in the same moment.
func TestForms(t *testing.T) {
	db, clock := openEnrolled(t, "clerk")
	keep := func(id, body string) {
		t.Helper()
		if err := db.KeepForm(ctx, Form{ID: id, Officer: "周", Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	keep("a", "冀F8")
	clock.wall += 1000
	keep("b", "x")
	clock.wall += 1000
	keep("a", "冀F8K2")
	if got, want := mustForms(t, db), "[a 周 2000 冀F8K2 b 周 1000 x]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	d := plate(t, db, "冀F8K2M6")
	d.Form = "a"
	bad := d
	bad.Kind = "none"
	if _, err := db.Save(ctx, bad); err == nil {
		t.Error("saved a draft of no kind")
	}
	if got := mustForms(t, db); got != "[a 周 2000 冀F8K2 b 周 1000 x]" {
		t.Errorf("after a refused save: %s", got)
	}
	mustSave(t, db, d)
	if got := mustForms(t, db); got != "[b 周 1000 x]" {
		t.Errorf("after the save: %s", got)
	}
	if err := errors.Join(db.DropForm(ctx, "b"), db.DropForm(ctx, "b")); err != nil || mustForms(t, db) != "[]" {
		t.Error(err, mustForms(t, db))
	}
	for _, f := range []Form{{}, {ID: "c", Body: bytes.Repeat([]byte("x"), MostForm+1)}, {ID: string(make([]byte, 65))}} {
		if err := db.KeepForm(ctx, f); !errors.Is(err, ErrForm) {
			t.Errorf("form %.9q of %d bytes: %v", f.ID, len(f.Body), err)
		}
	}
}

// Many drafts are saved at once or not at all, and the error names the first that is wrong.
func TestSaveAll(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	good := []Draft{plate(t, db, "冀F11111"), plate(t, db, "冀F22222"), plate(t, db, "冀F33333")}
	bad := append([]Draft{}, good...)
	bad[1].Fields = bad[1].Fields.With("plate_number", schema.Value{})
	var wrong *DraftError
	var faults schema.Faults
	if _, err := db.SaveAll(ctx, bad); !errors.As(err, &wrong) || wrong.Index != 1 || !errors.As(err, &faults) {
		t.Errorf("the second draft is wrong: %v", err)
	}
	wantWaiting(t, db, 0)
	saved, err := db.SaveAll(ctx, good)
	if err != nil || len(saved) != 3 || saved[0].ID == saved[2].ID {
		t.Fatal(saved, err)
	}
	wantWaiting(t, db, 3)
}

// A look says what a save would, and keeps nothing.
func TestLook(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	first := mustSave(t, db, plate(t, db, "冀F8K2M6"))
	r, err := db.Look(ctx, plate(t, db, "冀F8K2M6"))
	if err != nil || len(r.Doubts) == 0 || r.Doubts[0].Code != "duplicate" || r.Doubts[0].Other != first.ID {
		t.Errorf("%+v %v", r.Doubts, err)
	}
	if r, err := db.Look(ctx, plate(t, db, "冀F11111")); err != nil || len(r.Doubts) != 0 || r.View.Kind != "plate" {
		t.Errorf("%+v %v", r, err)
	}
	wantWaiting(t, db, 1)
	again := mustSave(t, db, plate(t, db, "冀F22222"))
	if r, err := db.Show(ctx, again.ID); err != nil || r.View.Record != again.Record {
		t.Errorf("after a look: %+v %v", r, err)
	}
	wantWaiting(t, db, 2)
}
