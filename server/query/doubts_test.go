package query_test

import (
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// doubts are the codes of the doubts about a record: on its page and in the export.
func (w *world) doubts(id wire.ObsID) string {
	w.t.Helper()
	h, err := w.query.Record(w.t.Context(), id.String())
	must(w.t, err)
	var codes []string
	for _, d := range h.Doubts {
		code := d.Code
		if d.Seen {
			code = "(" + code + ")"
		}
		codes = append(codes, code)
	}
	must(w.t, w.query.Records(w.t.Context(), store.RecordQuery{}, true, func(r *query.Record) error {
		same := func(a, b query.Doubt) bool { return a.Target == b.Target && a.Text == b.Text && a.Seen == b.Seen }
		if r.ID == id.String() && !slices.EqualFunc(r.Doubts, h.Doubts, same) {
			w.t.Errorf("the export says %v, the record's page %v", r.Doubts, h.Doubts)
		}
		return nil
	}))
	return strings.Join(codes, " ")
}

// A patrol of a segment that no list has reaches no figure. The doubt goes when HQ imports the segment, without a restart, and comes
// back when HQ takes the segment out.
func TestDoubtsFollowHQsLists(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.now = day(20200630)
		d, hq := w.device("li", "squad-1", "officer"), w.device("importer", "hq", "hq")
		patrol := func(on clock.Day, segment string) wire.ObsID {
			id := w.say(d, "patrol", on, "", map[string]string{"segment": segment, "shift": "early", "shift_day": on.String(),
				"start_at": on.String() + " 08:00", "end_at": on.String() + " 12:00"})
			w.push(d, false)
			return id
		}
		ledger := func(kind string, fields map[string]string) wire.ObsID {
			id := w.say(hq, kind, 20200101, "", fields)
			w.push(hq, true)
			return id
		}
		june := patrol(20200621, "S9")
		if got := w.doubts(june); got != "" {
			t.Errorf("no list of segments at all: %q", got)
		}
		ledger("segment", map[string]string{"segment": "S1", "km": "3", "from_day": "2018-01-01"})
		if got := w.doubts(june); got != "unknown_segment" {
			t.Errorf("not in the list: %q", got)
		}
		entry := ledger("segment", map[string]string{"segment": "S9", "km": "3", "from_day": "2020-06-01"})
		if got := w.doubts(june) + w.doubts(patrol(20200531, "S9")); got != "unknown_segment" {
			t.Errorf("listed from June on: %q", got)
		}
		ledger("segment", map[string]string{"segment": "S9", "km": "2", "from_day": "2020-06-10", "to_day": "2020-06-20"})
		if got := w.doubts(june) + w.doubts(patrol(20200615, "S9")); got != "unknown_segment" {
			t.Errorf("a later row ended on 20 June: %q", got)
		}
		w.do(ingest.Act{Act: wire.Void, Record: entry.String(), Reason: "误导入"})
		if got := w.doubts(patrol(20200605, "S9")); got != "unknown_segment" {
			t.Errorf("the row of June is void: %q", got)
		}
	})
}

// A finished task stays in the plan, although the unit's record now counts in place of the plan's; until HQ takes the plan back.
func TestFinishedTasksStayPlanned(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.now = day(20200630)
	d, hq := w.device("he", "check-1", "officer"), w.device("importer", "hq", "hq")
	task := func(name string) map[string]string {
		return map[string]string{"project": "451-0401-YZN-Y5U1", "task": name, "due_on": "2020-06-30"}
	}
	planned, other := w.say(hq, "task", 20200101, "", task("装备巡检")), w.say(hq, "task", 20200101, "", task("信访回访"))
	w.push(hq, true)
	finish := func(name string) wire.ObsID {
		f := task(name)
		f["done_at"] = "2020-06-21 10:00"
		id := w.say(d, "task", 20200621, "", f)
		w.push(d, false)
		return id
	}
	done := finish("装备巡检")
	if got := w.doubts(planned) + w.doubts(done); got != "" {
		t.Errorf("a finished task: %q", got)
	}
	if got := w.doubts(finish("装备巡查")); got != "unplanned_task" {
		t.Errorf("another name: %q", got)
	}
	w.do(ingest.Act{Act: wire.Void, Record: planned.String(), Reason: "计划调整"})
	if got := w.doubts(done) + w.doubts(other); got != "unplanned_task" {
		t.Errorf("the plan is taken back: %q", got)
	}
}

// A server with a follower tells neighbours as the follower found them, on the record's page and in every export, and says how late
// they are. Records that HQ linked are settled.
func TestDoubtsAboutNeighbours(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.now = day(20200630)
		w.follow()
		first, next := w.plate(20200621, "冀F00001", "register"), w.plate(20200623, "冀F00001", "register")
		if h, err := w.query.Record(t.Context(), first.String()); err != nil || !strings.Contains(h.Note.ZH, "截至 2020-06-30") || len(h.Doubts) > 0 {
			t.Errorf("before the follower's round: %q, %v, %v", h.Note, h.Doubts, err)
		}
		w.round()
		if got := w.doubts(first) + " " + w.doubts(next); got != "near near" {
			t.Errorf("two days apart: %q", got)
		}
		if h, err := w.query.Record(t.Context(), first.String()); err != nil || h.Note.ZH != "" {
			t.Errorf("after the round: %q, %v", h.Note, err)
		}
		w.link(next, first)
		w.round()
		if got := w.doubts(first) + w.doubts(next); got != "" {
			t.Errorf("linked by HQ: %q", got)
		}
		d := w.device("zhao", "squad-1", "officer")
		accident := func(on clock.Day) wire.ObsID {
			id := w.say(d, "accident", on, "", map[string]string{"severity": "injury", "procedure": "general", "dead": "0", "injured": "1", "case_number": "122-7"})
			w.push(d, false)
			return id
		}
		one, two := accident(20200621), accident(20200622)
		w.round()
		if got := w.doubts(one) + " " + w.doubts(two); got != "same_number same_number" {
			t.Errorf("one 122 number: %q", got)
		}
		w.do(ingest.Act{Act: wire.Void, Record: two.String(), Reason: "重复"})
		w.round()
		if got := w.doubts(one) + w.doubts(two); got != "" {
			t.Errorf("the other is void: %q", got)
		}
	})
}

// HQ has looked at a doubt: it is settled with HQ's words. Another value in its place asks anew.
func TestHQReviewsADoubt(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	w.now = day(20200630)
	d := w.device("wu", "office-1", "clerk")
	survey := map[string]string{"survey": "2020-A", "serial": "1", "project": "5", "topic": "petition", "grade": "satisfied"}
	id := w.say(d, "survey", 20200621, "", survey)
	w.push(d, false)
	h, err := w.query.Record(t.Context(), id.String())
	must(t, err)
	if len(h.Doubts) != 1 || h.Doubts[0].Code != "unknown_project" || h.Doubts[0].Value != "5" || h.Doubts[0].Severity != schema.Uncounted {
		t.Fatalf("%+v", h.Doubts)
	}
	w.do(ingest.Act{Act: wire.Review, Record: id.String(), Target: h.Doubts[0].Target, Reason: "旧编码，已知"})
	if got := w.doubts(id); got != "(unknown_project)" {
		t.Errorf("reviewed: %q", got)
	}
	if h, err = w.query.Record(t.Context(), id.String()); err != nil || h.Doubts[0].Words != "旧编码，已知" {
		t.Errorf("%+v, %v", h.Doubts, err)
	}
	w.do(ingest.Act{Act: wire.Amend, Record: id.String(), Fields: []byte(`{"project":"6"}`)})
	if got := w.doubts(id); got != "unknown_project" {
		t.Errorf("another project: %q", got)
	}
}
