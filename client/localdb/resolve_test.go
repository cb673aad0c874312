package localdb

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"roadbook/sync/wire"
)

// pullFrom makes the lines of another device known to db, as a pull does.
func pullFrom(t *testing.T, db, other *DB) {
	t.Helper()
	var lines []wire.PulledLine
	err := other.Lines(ctx, func(id wire.ObsID, line []byte, _ wire.Status) error {
		lines = append(lines, wire.PulledLine{ID: id.String(), Line: string(line)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	req := mustNext(t, db)
	ans := &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start}
	if req.Frame != nil {
		ans = answer(req, wire.Created)
	}
	ans.Pull = &wire.Pulled{Cursor: "c1", Observations: lines}
	mustApply(t, db, ans, req)
}

// otherDevice is a device of the same unit with an id of its own.
func otherDevice(t *testing.T) *DB {
	t.Helper()
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 7), Clock: &fakeClock{wall: start, boot: "b0000007"}, Rand: testRand(7), Catalogue: "shunping-2020@1"})
	enroll(t, db, "officer")
	return db
}

func TestResolve(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	other := otherDevice(t)
	incidentID := mustSave(t, db, incident(t, db)).Record
	accident := mustSave(t, db, Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "伤人", "procedure", "一般")})
	casualty := mustSave(t, db, Draft{Kind: "casualty", Fields: fields(t, db, "casualty", "accident", accident.Record, "died_at", "2020-12-15T10:00:00+08:00")})
	amended := mustSave(t, db, Draft{Act: wire.Amend, ID: casualty.Item, Fields: fields(t, db, "casualty", "note", "转院后")})
	theirs := mustSave(t, other, incident(t, other))
	pullFrom(t, db, other)
	part := func(id string, i int) string { return strings.Split(id, ".")[i] }
	const unknown = "9999zzzz"
	for _, tt := range []struct{ name, typed, want string }{
		{"whole", incidentID, incidentID},
		{"whole, of nobody here", strings.Replace(incidentID, ".1.", ".999.", 1), strings.Replace(incidentID, ".1.", ".999.", 1)},
		{"full width, with spaces", "　" + incidentID + " ", incidentID},
		{"begin of the last part", part(incidentID, 3)[:5], incidentID},
		{"its last four characters", incidentID[len(incidentID)-4:], incidentID},
		{"capitals", strings.ToUpper(incidentID[len(incidentID)-6:]), incidentID},
		{"from a dot on", "1." + part(incidentID, 3)[:4], incidentID},
		{"another device's", part(theirs.Record, 3)[:6], theirs.Record},
		{"number", "#1", incidentID},
		{"number of another device", other.device + " #1", theirs.Record},
		{"number of this device, as pages show it", db.device + " #1", incidentID},
		{"item", part(casualty.Item, 3)[:6], casualty.Item},
		{"an amendment of the item is about the item", part(amended.ID, 3)[:6], casualty.Item},
		{"last", "last", casualty.Item},
		{"last, in Chinese", "最近", casualty.Item},
		{"unknown", unknown, ""},
		{"unknown number", "#99", ""},
		{"no number", "#x", ""},
		{"too short", incidentID[len(incidentID)-3:], ""},
		{"nothing", "", ""},
		{"a plate", "冀F8K2M6", ""},
		{"a pattern", "%%%%", ""},
	} {
		got, err := db.Resolve(ctx, tt.typed)
		if got != tt.want || tt.want == "" && !errors.Is(err, ErrUnknownRecord) || tt.want != "" && err != nil {
			t.Errorf("%s: %q is %q, %v; want %q", tt.name, tt.typed, got, err, tt.want)
		}
	}
	// Letters that no id has are the digits that look like them.
	for _, id := range []string{incidentID, accident.Record, theirs.Record} {
		typed := strings.NewReplacer("0", "O", "1", "l").Replace(part(id, 3))
		if got, err := db.Resolve(ctx, typed); err != nil || got != id {
			t.Errorf("%s: %s, %v", typed, got, err)
		}
	}
}

func TestAmbiguousIDsNameCandidates(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	var ids []string
	for range 3 {
		ids = append(ids, mustSave(t, db, incident(t, db)).Record)
	}
	mustSave(t, db, Draft{Act: wire.Void, ID: ids[1], Reason: "重复"}) // the same record once more is no further candidate
	var several *AmbiguousError
	if _, err := db.Resolve(ctx, db.device); !errors.As(err, &several) || !slices.Equal(several.Subjects, ids) || several.More {
		t.Errorf("%v", several)
	}
	for range mostCandidates {
		mustSave(t, db, incident(t, db))
	}
	if _, err := db.Resolve(ctx, db.device[:4]); !errors.As(err, &several) || len(several.Subjects) != mostCandidates || !several.More {
		t.Errorf("%v", several)
	}
}

// What people look for, and what they must not find: a value of before, a text of the line's frame, a wildcard.
func TestFind(t *testing.T) {
	db, _ := openEnrolled(t, "officer")
	other := otherDevice(t)
	save := func(db *DB, kind string, pairs ...string) string {
		return mustSave(t, db, Draft{Kind: kind, Officer: "王", Fields: fields(t, db, kind, pairs...)}).Subject()
	}
	ticket := save(db, "enforcement", "violation_code", "1344", "plate_number", "冀F8K2M6", "road_type", "12", "action", "罚款", "document_number", "1306360001")
	accident := save(db, "accident", "severity", "财产损失", "procedure", "简易", "case_number", "122-0815", "site", `东关"十字"\路口`, "vehicles", "冀F12345,冀FD12345")
	save(db, "casualty", "accident", accident, "died_at", "2020-12-15T10:00:00+08:00", "note", "转院后")
	theirs := save(other, "accident", "severity", "伤人", "procedure", "一般", "case_number", "122-0816")
	patrol := save(db, "patrol", "segment", "G336-12", "shift", "夜班", "shift_day", "2020-12-15", "start_at", "2020-12-15T22:00:00+08:00", "end_at", "2020-12-16T06:00:00+08:00")
	changed := save(db, "hazard", "segment", "S231-1", "category", "护栏缺损", "found_at", "2020-12-15T10:00:00+08:00")
	mustSave(t, db, Draft{Act: wire.Amend, ID: changed, Fields: fields(t, db, "hazard", "segment", "S232-7")})
	pullFrom(t, db, other)
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"冀F8K2M6", []string{ticket}}, {"冀f·8k2 m6", []string{ticket}}, {"8k2", []string{ticket}}, {"Ｆ１２３４５", []string{accident}},
		{"1306360001", []string{ticket}}, {"122-08", []string{accident, theirs}}, {"0816", []string{theirs}},
		{`东关"十字"`, []string{accident}}, {`\路`, []string{accident}}, {"G336", []string{patrol}}, {"夜班", []string{patrol}}, {"罚", []string{ticket}},
		{"二级公路", []string{ticket}}, {"2020-12-15 22:00", []string{}}, {"转院", []string{accident}}, {"护栏", []string{changed}},
		{"S232", []string{changed}}, {"S231", []string{}}, {"%", []string{}}, {"_", []string{}}, {"hlc", []string{}}, {"冀F99999", []string{}},
	} {
		list, cut, err := db.Find(ctx, Filter{}, tt.text)
		got := []string{}
		for i := range list {
			got = append(got, list[i].View.Record)
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if err != nil || cut || !slices.Equal(got, tt.want) {
			t.Errorf("%s finds %v, %v; want %v", tt.text, got, err, tt.want)
		}
	}
	if list, _, err := db.Find(ctx, Filter{Kind: "accident", Limit: 1}, "122"); err != nil || len(list) != 1 || list[0].View.Record != accident {
		t.Errorf("%v %v", list, err)
	}
}

// A search looks at so many records, and says if that was not enough.
func TestFindIsBounded(t *testing.T) {
	db, _ := openEnrolled(t, "clerk")
	first := plate(t, db, "冀F00000")
	for i := range 30 {
		first.Fields = fields(t, db, "plate", "plate_type", "02", "plate_number", fmt.Sprintf("冀F%05d", i), "business", "注册",
			"occurred_at", "2020-12-15T10:00:00+08:00", "remark", "old-sign")
		id := mustSave(t, db, first).Record
		mustSave(t, db, Draft{Act: wire.Amend, ID: id, Fields: fields(t, db, "plate", "remark", "")})
	}
	bound := mostExamined
	t.Cleanup(func() { mostExamined = bound })
	for at, want := range map[int]bool{10: true, 30: false, 31: false} {
		mostExamined = at
		if list, cut, err := db.Find(ctx, Filter{}, "old-sign"); err != nil || cut != want || len(list) != 0 {
			t.Errorf("looking at %d: %d found, cut %v, %v", at, len(list), cut, err)
		}
	}
}
