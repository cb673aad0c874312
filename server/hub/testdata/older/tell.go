package hub

import (
	"crypto/ed25519"
	"os"
	"testing"
	"time"

	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

func moment(s string) string { return s + "+08:00" }

// tell is what happened. The letters are those of the rules' list in the issue: A meanings, B who may say what, C names, D clocks.
func tell(t *testing.T, w *world) {
	ctx := t.Context()
	hq := ingest.Officer{Name: "chen", Unit: "hq", Key: ed25519.NewKeyFromSeed(append(make([]byte, 31), 77))}
	do := func(acts ...ingest.Act) {
		t.Helper()
		w.now = w.now.Add(time.Minute)
		a, err := w.h.ingest.Do(ctx, hq, acts...)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, r := range a.Results {
			t.Log("hq", acts[0].Act, r.Status, r.Faults)
		}
	}
	at := func(minute int) time.Time { return saved.Add(time.Duration(minute) * time.Minute) }
	book := w.device("book", "hq", "hq")
	book.imp = true
	squad1, squad2 := w.device("li", "squad-1", "officer"), w.device("wang", "squad-2", "officer")
	office1, office2 := w.device("sun", "office-1", "clerk"), w.device("zhao", "office-2", "clerk")
	none := wire.Line{}
	accident := func(d *stream, m int, unit, day string, more f) string {
		fs := f{"unit": unit, "occurred_at": moment(day + "T10:00:00"), "severity": "property", "procedure": "simple", "dead": 0}
		for k, v := range more {
			fs[k] = v
		}
		return d.say(at(m), "accident", wire.Create, none, fs)
	}
	plate := func(d *stream, m int, unit, number, day string, more f) string {
		fs := f{"unit": unit, "occurred_at": moment(day + "T10:00:00"), "plate_type": "02", "plate_number": number, "business": "register", "sets": 1}
		for k, v := range more {
			fs[k] = v
		}
		return d.say(at(m), "plate", wire.Create, none, fs)
	}
	amend := func(d *stream, m int, record string, fs f) string {
		return d.say(at(m), "plate", wire.Amend, wire.Line{Record: record, Seen: []string{record}}, fs)
	}

	// The unit tree.
	for _, u := range []string{"squad-1", "squad-2"} {
		book.say(at(0), "unit_entry", wire.Create, none, f{"unit": "hq", "occurred_at": moment("2019-01-01T00:00:00"), "code": u, "name": u, "parent": "hq", "unit_type": "accident_squad", "from_day": "2019-01-01"})
	}
	// A6: a late accident of June 2019 under its baseline; July of the county over its units.
	baseline := func(unit, from, to string, n int) {
		book.say(at(1), "baseline", wire.Create, none, f{"unit": unit, "occurred_at": moment(to + "T00:00:00"), "measure": "accident_counted", "period_from": from, "period_to": to, "number": n})
	}
	baseline("squad-1", "2019-06-01", "2019-06-30", 20)
	baseline("squad-1", "2019-07-01", "2019-07-31", 20)
	baseline("squad-2", "2019-07-01", "2019-07-31", 11)
	baseline("hq", "2019-07-01", "2019-07-31", 31)
	accident(squad1, 1, "squad-1", "2019-06-12", nil)

	// A1: the case is solved in the other record.
	squad1.say(at(2), "hit_and_run", wire.Create, none, f{"unit": "squad-1", "occurred_at": moment("2020-03-01T10:00:00"), "case_number": "HR-1", "opened_at": moment("2020-03-01T10:00:00")})
	squad2.say(at(3), "hit_and_run", wire.Create, none, f{"unit": "squad-2", "occurred_at": moment("2020-03-05T10:00:00"), "case_number": "HR-1", "opened_at": moment("2020-03-05T10:00:00"), "solved_at": moment("2020-03-20T10:00:00")})

	// A2: one accident, two officers, a casualty each; linked, and one voided.
	one, two := accident(squad1, 4, "squad-1", "2020-04-01", nil), accident(squad2, 5, "squad-2", "2020-04-01", nil)
	death := func(d *stream, m int, record string) {
		d.say(at(m), "casualty", wire.Create, wire.Line{Record: record, Seen: []string{record}}, f{"unit": d.unit, "occurred_at": moment("2020-04-02T10:00:00"), "died_at": moment("2020-04-02T10:00:00")})
	}
	death(squad1, 6, one)
	death(squad2, 7, two)

	// A11: one number of the platform.
	for _, d := range []*stream{squad1, squad2} {
		accident(d, 8, d.unit, "2020-05-02", f{"platform_number": "13063620200502"})
	}
	// A3: an accident and a plate, linked by a line of before.
	crossed := accident(squad1, 9, "squad-1", "2020-06-01", nil)
	crossing := plate(office1, 10, "office-1", "冀F00001", "2020-06-01", nil)

	// A5: in use, and broken from the next day.
	for i, s := range []string{"in_use", "broken"} {
		book.say(at(10), "facility", wire.Create, none, f{"unit": "hq", "occurred_at": moment("2020-01-01T00:00:00"), "facility": "F-1", "facility_type": "signal", "plan_item": "P-1", "planned": 0, "accepted": 3, "status": s, "status_from": []string{"2020-01-01", "2020-01-02"}[i]})
	}
	// A11: one plate on two days.
	plate(office1, 11, "office-1", "冀F00002", "2020-07-01", nil)
	plate(office1, 12, "office-1", "冀F00002", "2020-07-03", nil)

	// A12: an incident of last year whose occurred_at the device filled in; a patrol.
	squad1.say(at(13), "incident", wire.Create, wire.Line{Auto: []string{"occurred_at"}}, f{"unit": "squad-1", "occurred_at": at(13).Format(time.RFC3339), "category": "other", "reported_at": moment("2020-12-30T09:00:00"), "dispatched_at": moment("2020-12-30T09:01:00")})
	squad1.say(at(14), "patrol", wire.Create, wire.Line{Auto: []string{"occurred_at"}}, f{"unit": "squad-1", "occurred_at": at(14).Format(time.RFC3339), "segment": "S-1", "shift": "early", "shift_day": "2020-12-15", "start_at": moment("2020-12-15T08:00:00"), "end_at": moment("2020-12-15T16:00:00")})

	// A7: a count of 2019, of which 2020 has none. A9: two answers.
	office1.say(at(14), "compliance", wire.Create, none, f{"unit": "office-1", "occurred_at": moment("2019-12-31T09:00:00"), "due": 100, "missed": 5})
	for i := range 2 {
		office1.say(at(14), "survey", wire.Create, none, f{"unit": "office-1", "occurred_at": moment("2020-08-01T09:00:00"), "survey": "S", "serial": string(rune('1' + i)), "project": "P5", "topic": "vehicle", "grade": "satisfied"})
	}

	// B1: another unit voids, amends and takes over.
	for i, number := range []string{"冀F00003", "冀F00004", "冀F00005"} {
		id := plate(office1, 15+i, "office-1", number, "2020-08-01", nil)
		switch i {
		case 0:
			office2.say(at(30), "plate", wire.Void, wire.Line{Record: id, Seen: []string{id}, Reason: "错"}, nil)
		case 1:
			amend(office2, 31, id, f{"sets": 2})
		case 2:
			amend(office2, 32, id, f{"unit": "office-2"})
		}
	}
	// B2: 511 corrections by another unit's device. The plate stands in a record that is
	// void, too.
	phone := w.device("phone", "office-1", "clerk")
	flooded := ""
	bad := w.device("bad", "office-2", "clerk")
	if os.Getenv("OLDER_FLOOD") != "" {
		twin := plate(office1, 20, "office-1", "冀F00006", "2020-08-02", nil)
		office2.say(at(33), "plate", wire.Void, wire.Line{Record: twin, Seen: []string{twin}, Reason: "重复"}, nil)
		flooded = plate(phone, 21, "office-1", "冀F00006", "2020-08-02", nil)
		for range 511 {
			bad.say(at(33), "plate", wire.Amend, wire.Line{Record: flooded}, f{"sets": 9})
		}
	}
	// B5, B6: a void without a reason, an amendment of nothing, an unknown act, an unknown version, an unknown field.
	id := plate(office1, 21, "office-1", "冀F00007", "2020-09-01", nil)
	office1.say(at(22), "plate", wire.Void, wire.Line{Record: id, Seen: []string{id}, Reason: " "}, nil)
	id = plate(office1, 23, "office-1", "冀F00008", "2020-09-01", nil)
	amend(office1, 24, id, nil)
	amend(office1, 25, id, f{"wings": 2})
	office1.say(at(26), "plate", "destroy", wire.Line{Record: id}, nil)
	office1.raw([]byte(`{"v":9,"kind":"plate","act":"create"}`))

	// C: nine spellings of one document number, and a number of nothing that can be seen.
	for i, number := range []string{"D100-1", "D100\u200b-1", "D100\u00ad-1", "D100\ufe0f-1", "D100\u200e-1", "\uff24100-1", "D\uff11\uff10\uff10-1", "D100\u20101", "D100\uff0d1", "\u200b"} {
		squad1.say(at(40+i), "enforcement", wire.Create, none, f{"unit": "squad-1", "occurred_at": moment("2020-10-01T10:00:00"), "violation_code": "1344", "plate_number": "冀F12345", "road_type": "10", "action": "fine", "document_number": number})
	}
	// D1: a phone whose steady clock stopped in sleep.
	phone.say(at(50), "plate", wire.Create, wire.Line{Auto: []string{"occurred_at"}}, f{"unit": "office-1", "occurred_at": at(50).Format(time.RFC3339), "plate_type": "02", "plate_number": "冀F00009", "business": "register", "sets": 1})
	phone.slept = 20 * time.Hour
	phone.say(at(24*60), "plate", wire.Create, wire.Line{Auto: []string{"occurred_at"}}, f{"unit": "office-1", "occurred_at": at(24 * 60).Format(time.RFC3339), "plate_type": "02", "plate_number": "冀F00010", "business": "register", "sets": 1})

	// D2: clocks at 1970 and 2109.
	certificate := func(d *stream, m, n int) {
		d.say(at(m), "certificate", wire.Create, none, f{"unit": d.unit, "occurred_at": moment("2020-11-01T10:00:00"), "certificate": "vehicle_licence", "certificate_number": "C-1", "quantity": n})
	}
	certificate(office1, 51, 1)
	past := w.device("past", "office-1", "clerk")
	past.skew = time.Unix(86400, 0).Sub(saved)
	certificate(past, 52, 5)
	id = plate(office1, 53, "office-1", "冀F00011", "2020-11-02", nil)
	amend(office1, 55, id, f{"sets": 2})
	future := w.device("future", "office-1", "clerk")
	future.skew = time.Date(2109, 1, 1, 0, 0, 0, 0, time.UTC).Sub(saved)
	amend(future, 54, id, f{"sets": 7})

	// A line that waits, and one that HQ releases.
	plate(office1, 56, "office-2", "冀F00012", "2020-11-03", nil)
	other := plate(office1, 57, "office-2", "冀F00013", "2020-11-03", nil)

	for _, d := range []*stream{book, squad1, squad2, office1, office2, bad, phone, past, future} {
		w.now = w.now.Add(time.Minute)
		t.Log(d.push())
	}
	do(ingest.Act{Act: wire.Link, Record: one, With: two})
	do(ingest.Act{Act: wire.Void, Record: two, Reason: "重复"})
	do(ingest.Act{Act: wire.Release, Target: other})
	desk := w.device("desk", "hq", "hq")
	if flooded != "" {
		desk.say(at(60), "plate", wire.Void, wire.Line{Record: flooded, Reason: "查"}, nil)
	}
	for _, r := range []struct{ kind, id string }{{"accident", crossed}, {"plate", crossing}} {
		desk.say(at(60), r.kind, wire.Link, wire.Line{Record: r.id, Seen: []string{r.id}, Group: crossed}, nil)
	}
	t.Log(desk.push())
}
