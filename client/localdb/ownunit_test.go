package localdb

import (
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
)

// TestNewRecordsNameAnOwnUnit: a device records under its present and its former units and no other, unless of HQ.
func TestNewRecordsNameAnOwnUnit(t *testing.T) {
	for name, c := range map[string]struct {
		unit, role string
		earlier    []string
		typed      string
		refused    bool
	}{
		"left out":            {"window-1", "clerk", nil, "", false},
		"the present":         {"window-1", "clerk", nil, "window-1", false},
		"full-width":          {"window-1", "clerk", nil, "ｗｉｎｄｏｗ－１", false},
		"another hyphen":      {"window‐1", "clerk", nil, "window–1", false},
		"a former":            {"window-1", "clerk", []string{"window-0", "window-3"}, "window-3", false},
		"a former, cleaned":   {"window-1", "clerk", []string{"window‐3"}, "window-3", false},
		"another":             {"window-1", "clerk", []string{"window-3"}, "window-2", true},
		"a slip":              {"window-1", "clerk", nil, "window-11", true},
		"capitals":            {"window-1", "clerk", nil, "Window-1", true},
		"moved, and not told": {"中队-1", "officer", []string{"中队-0"}, "中队-2", true},
		"HQ's device":         {"hq", "hq", nil, "window-2", false},
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := openEnrolled(t, "clerk")
			e := enrolledAt(db, testKeys(t, 99), "e1")
			e.Unit, e.Role, e.Earlier = c.unit, c.role, c.earlier
			if err := db.Enroll(ctx, "http://server.test", e); err != nil {
				t.Fatal(err)
			}
			set := []string{"project", "p-1", "task", "整改", "due_on", "2020-12-31"}
			if c.typed != "" {
				set = append(set, "unit", c.typed)
			}
			d := Draft{Kind: "task", Fields: fields(t, db, "task", set...)}
			if !c.refused {
				mustSave(t, db, d)
				return
			}
			if got := saveFaults(t, db, d); got["unit"] != "foreign_unit" || len(got) != 1 {
				t.Errorf("faults %v", got)
			}
		})
	}
}

// TestItemsNameAnOwnUnit: an item is the unit's that adds the item, whichever unit has the record.
func TestItemsNameAnOwnUnit(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	record := mustSave(t, db, Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "死亡", "procedure", "一般", "dead", "1")}).ID
	set := []string{"accident", record, "died_at", "2020-12-15 10:00"}
	if got := saveFaults(t, db, Draft{Kind: "casualty", Fields: fields(t, db, "casualty", append(set, "unit", "window-2")...)}); got["unit"] != "foreign_unit" {
		t.Errorf("faults %v", got)
	}
	mustSave(t, db, Draft{Kind: "casualty", Fields: fields(t, db, "casualty", append(set, "unit", "window-1")...)})
}

// TestForeignUnitIsExplained: the words name the device's units, and all faults of a draft come at once.
func TestForeignUnitIsExplained(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	e := enrolledAt(db, testKeys(t, 99), "e1")
	e.Earlier = []string{"window-5", "window-1", "window-4", "window-5"}
	if err := db.Enroll(ctx, "http://server.test", e); err != nil {
		t.Fatal(err)
	}
	_, err := db.Save(ctx, Draft{Kind: "plate", Fields: fields(t, db, "plate", "unit", "window-9", "plate_type", "02", "business", "注册")})
	var faults schema.Faults
	if !errors.As(err, &faults) || len(faults) != 2 || faults[1].Code != "foreign_unit" {
		t.Fatalf("%v, want two faults", err)
	}
	for _, want := range []string{"本机属于 window-1（曾属 window-5、window-4）", "不填即为 window-1"} {
		if zh := faults[1].Message.ZH; !strings.Contains(zh, want) {
			t.Errorf("%q does not say %q", zh, want)
		}
	}
	if en := faults[1].Message.EN; !strings.Contains(en, "this device is of window-1 (formerly window-5, window-4)") {
		t.Error(en)
	}
}
