package localdb

import (
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// TestTextTooLongIsNotSaved: a text at its limit is saved; one character more is refused with an explanation.
func TestTextTooLongIsNotSaved(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	id := savePlates(t, db, 1)[0]
	for _, c := range []struct {
		name  string
		draft Draft
		fault string // field of the fault; "" = saved
		words string
	}{
		{"a reason as long as may be", Draft{Act: wire.Void, ID: id, Reason: strings.Repeat("错", 1000)}, "", ""},
		{"a reason too long", Draft{Act: wire.Void, ID: id, Reason: strings.Repeat("错", 1001)}, "reason", "最多 1000 个字，现有 1001 个"},
		{"a restore's reason too long", Draft{Act: wire.Restore, ID: id, Reason: strings.Repeat("错", 1001)}, "reason", "1000"},
		{"a reason of no text", Draft{Act: wire.Void, ID: id, Reason: "\xff"}, "reason", "UTF-8"},
		{"an officer as long as may be", Draft{Act: wire.Void, ID: id, Reason: "r", Officer: strings.Repeat("警", 64)}, "", ""},
		{"an officer too long", Draft{Act: wire.Void, ID: id, Reason: "r", Officer: strings.Repeat("警", 65)}, "officer", "最多 64 个字"},
	} {
		before := savedCount(t, db)
		_, err := db.Save(ctx, c.draft)
		var faults schema.Faults
		switch {
		case c.fault == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.fault != "" && (!errors.As(err, &faults) || faults[0].Field != c.fault || !strings.Contains(faults[0].Message.ZH, c.words)):
			t.Errorf("%s: %v", c.name, err)
		case c.fault != "" && savedCount(t, db) != before:
			t.Errorf("%s: refused and saved", c.name)
		}
	}
	var faults schema.Faults
	if err := db.SetPIN(ctx, strings.Repeat("警", 65), "2580"); !errors.As(err, &faults) {
		t.Errorf("an officer's name too long for a line: %v", err)
	}
}

func savedCount(t *testing.T, db *DB) int64 {
	t.Helper()
	st, err := db.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return st.Saved
}

// TestALineTooLongForItsServer: a line over a signed limit below the protocol's is refused, since only its hash would
// be sent. A limit below minLineLimit, or an unsigned lower limit, is not believed.
func TestALineTooLongForItsServer(t *testing.T) {
	for _, c := range []struct {
		limit  int
		signed bool
		saved  bool
	}{{5 << 10, true, true}, {minLineLimit, true, false}, {1, true, false}, {minLineLimit, false, true}, {1, false, true}} {
		db, _ := openEnrolled(t, "clerk")
		id := savePlates(t, db, 1)[0]
		req, err := db.NextRequest(ctx, RequestOptions{Limits: wire.DefaultLimits})
		if err != nil {
			t.Fatal(err)
		}
		ans := answer(req, wire.Created)
		ans.Limits = wire.DefaultLimits
		ans.Limits.Line, ans.Signed = c.limit, c.signed
		if _, err := db.Apply(ctx, ans, req); err != nil {
			t.Fatal(err)
		}
		amend := func(n int) error {
			v := fields(t, db, "plate", "remark", strings.Repeat("长", n))
			_, err := db.Save(ctx, Draft{Act: wire.Amend, ID: id, Officer: strings.Repeat("警", 64), Fields: v})
			return err
		}
		if err := amend(1000); err != nil {
			t.Errorf("%+v: a line of less than 4 KiB: %v", c, err)
		}
		var long schema.Faults
		err = db.checkLength(make([]byte, minLineLimit+1))
		if (err == nil) != c.saved || (err != nil && (!errors.As(err, &long) || long[0].Code != wire.FaultTooLarge)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
