package localdb

import (
	"errors"
	"testing"

	"roadbook/sync/wire"
)

// An id comes back from a chat with characters that nobody sees; it still names its record.
func TestIDInAnySpelling(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	saved := mustSave(t, db, plate(t, db, "冀F8K2M6"))
	for _, id := range []string{saved.ID + "\u200b", "\ufeff " + saved.ID, "\u202a" + saved.ID + "\u202c"} {
		if r := mustShow(t, db, id); r.View.Record != saved.Record {
			t.Errorf("%+q shows %s", id, r.View.Record)
		}
		if _, err := db.Save(ctx, Draft{Act: wire.Amend, ID: id, Fields: fields(t, db, "plate", "sets", "2")}); err != nil {
			t.Errorf("%+q: %v", id, err)
		}
	}
}

// An officer is one officer in every spelling of name and PIN, and an officer of before clean names goes on.
func TestOfficerInAnySpelling(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	if name, err := db.CheckPIN(ctx, "李－1\u200b", ""); name != "李-1" || err != nil {
		t.Errorf("no PIN on the device: %+q %v", name, err)
	}
	if err := db.SetPIN(ctx, "李－1", "cafe\u0301"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"李-1", "李－１", "李—1\u200d"} {
		for _, pin := range []string{"cafe\u0301", "caf\u00e9"} {
			if got, err := db.CheckPIN(ctx, name, pin); got != "李-1" || err != nil {
				t.Errorf("%+q with %+q: %+q %v", name, pin, got, err)
			}
		}
	}
	err := db.writeTx(ctx, func() error {
		return db.exec("INSERT INTO officers (name, pin) VALUES (?1, ?2)", "ｃｈｅｎ", hashPIN("cafe\u0301", make([]byte, 16)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := db.CheckPIN(ctx, "ｃｈｅｎ", "cafe\u0301"); got != "ｃｈｅｎ" || err != nil {
		t.Errorf("the officer of before: %+q %v", got, err)
	}
	if err := db.SetPIN(ctx, "chen", "2580"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.CheckPIN(ctx, "ｃｈｅｎ", "cafe\u0301"); !errors.Is(err, ErrPIN) {
		t.Errorf("chen is another officer: %v", err)
	}
}
