package reconcile_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/imports"
	"roadbook/server/ingest"
	"roadbook/server/reconcile"
	"roadbook/server/store"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

const (
	ticketsHere = "单位,发生时间,违法代码,号牌号码,号牌种类,道路类型,处理方式,文书编号,备注"
	ticketList  = "决定书编号,违法时间,违法行为代码,号牌号码,号牌种类,道路类型,处理方式,单位"
)

// TestTakeOver: what is only there becomes records, what is only here is marked; a second run has nothing to do; both are undone, and
// done again.
func TestTakeOver(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.here("enforcement", ticketsHere,
			"check-1,2020-06-01 09:00,1344,冀F10001,02,12,fine,130636202000001,",
			"check-1,2020-06-01 09:50,1301,冀F10006,02,12,fine,130636202000006,夜查",
			"check-1,2020-06-01 09:55,1301,冀F10007,02,12,fine,130636202000007,",
		)
		returned := w.record("enforcement", "document_number", "130636202000007").Record
		w.act(ingest.Act{Act: wire.Review, Record: returned, Reason: "请核对时间"})
		table := []string{ticketList,
			"130636202000001,2020-06-01 09:00,1344,冀F10001,小型汽车,二级公路,罚款,check-1",
			"130636202000002,2020-06-01 10:00,1345,京N12345,小型汽车,二级公路,罚款,",
			"130636202000003,2020-06-01 11:00,1345,京N12346,小型汽车,小路,罚款,check-1", // a road that nobody knows
			",2020-06-01 12:00,1345,京N12347,小型汽车,二级公路,罚款,check-1",              // no number to tell the row by
		}
		plan := w.ask("enforcement", nil, table...)
		if plan.There != 4 || plan.Here != 3 || plan.Unexplained != 0 || classes(plan) != "equal 1 +0, only_there 3 +3, only_here 2 -2" {
			t.Fatalf("%d there, %d here: %s", plan.There, plan.Here, classes(plan))
		}
		// Without a unit for the row that names none, no row can be taken over.
		if a := plan.Adopt; a.Number != 3 || a.Ready != 0 || len(a.Faults) != 3 || a.Faults[0].Row != 3 || a.Faults[0].Field != "unit" {
			t.Errorf("plan: %+v", a)
		}
		if m := plan.Mark; m.Number != 2 || m.Ready != 2 || m.Done {
			t.Errorf("plan: %+v", m)
		}
		do := func(q *reconcile.Question) { q.Adopt, q.Mark, q.AdoptUnit = true, true, "check-2" }
		done := w.ask("enforcement", do, table...)
		if a := done.Adopt; !a.Done || a.Changes.Created != 1 || a.Run == nil || a.Run.ID == "" {
			t.Fatalf("adopted: %+v", a)
		}
		adopted := w.record("enforcement", "document_number", "130636202000002")
		key, _ := adopted.Fields.Get("source_key")
		if adopted.Unit != "check-2" || key.S != "130636202000002" || !adopted.Complete() {
			t.Errorf("adopted: %+v", adopted)
		}
		if m := done.Mark; !m.Done || m.Changes.Amended != 2 || m.Run == nil || m.Run.ID == "" {
			t.Fatalf("marked: %+v", m)
		}
		marked := w.record("enforcement", "document_number", "130636202000006")
		if text, _ := marked.Fields.Get("remark"); text.S != "夜查；部平台 2020 年无此记录" {
			t.Errorf("remark %q", text.S)
		}
		if v := w.record("enforcement", "document_number", "130636202000007"); v.Returned() == nil || len(v.Conflicts) > 0 {
			t.Error("the mark answers HQ's return, or conflicts")
		}
		again := w.ask("enforcement", do, table...)
		if again.Here != 4 || classes(again) != "equal 2 +0, only_there 2 +2, only_here 2 -2" || again.Adopt.Run != nil || again.Mark.Run.ID != "" {
			t.Errorf("again: %d %s %+v %+v", again.Here, classes(again), again.Adopt, again.Mark)
		}

		for _, run := range []string{done.Mark.Run.ID, done.Adopt.Run.ID} {
			_, err := w.im.Undo(t.Context(), run, "zhou", nil)
			must(t, err)
			twice, err := w.im.Undo(t.Context(), run, "zhou", nil)
			must(t, err)
			if twice.ID != "" {
				t.Error("an undo of an undone run writes")
			}
		}
		back := w.ask("enforcement", nil, table...)
		if back.Here != 3 || classes(back) != classes(plan) || back.Mark.Ready != 2 {
			t.Errorf("after the undo: %d %s", back.Here, classes(back))
		}
		for number, want := range map[string]string{"130636202000006": "夜查", "130636202000007": ""} {
			v := w.record("enforcement", "document_number", number)
			if text, _ := v.Fields.Get("remark"); text.S != want || v.Void {
				t.Errorf("%s: remark %q, void %v", number, text.S, v.Void)
			}
		}
		if r := w.ask("enforcement", do, table...); r.Adopt.Changes.Restored != 1 || r.Adopt.Changes.Created != 0 {
			t.Errorf("adopted again: %+v", r.Adopt.Changes)
		}
	})
}

// TestUndoKeepsLaterRemarks: a remark that somebody corrected after the mark stays.
func TestUndoKeepsLaterRemarks(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.here("enforcement", ticketsHere, "check-1,2020-06-01 09:00,1344,冀F10001,02,12,fine,130636202000001,")
		r := w.ask("enforcement", func(q *reconcile.Question) { q.Mark = true }, ticketList, "130636202000009,2020-08-01 09:00,1042,冀F10009,02,12,fine,check-1")
		id := w.record("enforcement", "document_number", "130636202000001").Record
		w.act(ingest.Act{Act: wire.Amend, Record: id, Fields: []byte(`{"remark":"已补录到平台"}`)})
		undo, err := w.im.Undo(t.Context(), r.Mark.Run.ID, "zhou", nil)
		must(t, err)
		v := w.record("enforcement", "document_number", "130636202000001")
		if text, _ := v.Fields.Get("remark"); text.S != "已补录到平台" || undo.Changes.Kept != 1 {
			t.Errorf("remark %q, %+v", text.S, undo.Changes)
		}
	})
}

// TestOneUnit: asked about one unit, records and rows of others are named and add nothing here.
func TestOneUnit(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.here("plate", plateHeader,
			"office-1,2020-05-04 10:00,02,冀F00001,register,1,",
			"office-2,2020-05-04 10:00,02,冀F00002,register,1,",
			"office-2,2020-05-04 10:00,02,冀F00003,register,1,",
		)
		one := func(q *reconcile.Question) { q.Unit = "office-1" }
		r := w.ask("plate", one, "发牌日期,号牌种类,号牌号码,业务类型,单位",
			"2020-05-04,02,冀F00001,注册,", "2020-05-04,02,冀F00002,注册,office-1", "2020-05-04,02,冀F00004,注册,office-2")
		if r.There != 3 || r.Here != 1 || classes(r) != "equal 1 +0, other_unit_there 1 +1, other_unit_here 1 +1" {
			t.Errorf("%d there, %d here: %s", r.There, r.Here, classes(r))
		}
		rowWant{3, reconcile.OtherUnitHere, "unit", "此处单位 office-2；"}.check(t, r)
	})
}

// TestIncompleteAndQuarantined: a record without all its fields, and a line kept out by a check, explain a row.
func TestIncompleteAndQuarantined(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		run, err := w.in.NewImportRun(ingest.Officer{Name: "import x", Unit: "hq", Key: key("x")})
		must(t, err)
		line := func(fields string) *wire.Line {
			return &wire.Line{Kind: "plate", Act: wire.Create, Officer: "zhou", Fields: []byte(fields)}
		}
		results, err := run.Send(t.Context(), []*wire.Line{
			line(`{"business":"register","occurred_at":"2020-05-04T10:00:00+08:00","plate_number":"冀F00001","plate_type":"02","sets":"many","unit":"office-1"}`),
			line(`{"business":"register","occurred_at":"2020-05-04T10:00:00+08:00","plate_number":"冀F00002","plate_type":"02","unit":"office-1"}`),
		})
		must(t, err)
		if len(results) == 0 || results[0].Status != wire.Quarantined {
			t.Fatalf("%+v", results)
		}
		w.act(ingest.Act{Act: wire.Amend, Record: w.record("plate", "plate_number", "冀F00002").Record, Fields: []byte(`{"plate_type":"52"}`)})
		r := w.ask("plate", nil, "发牌日期,号牌种类,号牌号码,业务类型", "2020-05-04,02,冀F00001,注册", "2020-05-04,02,冀F00002,注册")
		if classes(r) != "incomplete_here 1 +1, quarantined_here 1 +1" || r.Unexplained != 0 {
			t.Errorf("%s", classes(r))
		}
		if f := rowClass(r, 2); !strings.HasPrefix(f.Words.ZH, "此处被隔离：") {
			t.Errorf("%+v", f)
		}
	})
}

// wrongSums is a store of which the sums disagree with the records, as after a lost write.
type wrongSums struct{ store.Store }

func (s wrongSums) Sums(ctx context.Context, q store.SumQuery) ([]tally.Sum, error) {
	sums, err := s.Store.Sums(ctx, q)
	for i := range sums {
		sums[i].Amount++
	}
	return sums, err
}

// TestUnexplainedIsAnError: where the sums here are not those of the records, the rest is said, and nothing is taken over.
func TestUnexplainedIsAnError(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.here("plate", plateHeader, "office-1,2020-05-04 10:00,02,冀F00001,register,1,")
		w.rec.Store = wrongSums{w.store}
		m, err := imports.ComparisonMapping(schema.Default(), "plate")
		must(t, err)
		table := strings.NewReader("发牌日期,号牌种类,号牌号码,业务类型,单位\n2020-05-04,02,冀F00002,注册,office-1")
		r, err := w.rec.Run(t.Context(), reconcile.Question{
			Scope: reconcile.Scope{Year: 2020}, Mapping: m, File: "p.csv", Src: table, Size: table.Size(), Adopt: true, Mark: true,
		})
		if !errors.Is(err, reconcile.ErrUnexplained) || r == nil || r.Here != 2 || r.Unexplained != -1 || r.Adopt != nil || r.Mark != nil {
			t.Errorf("%+v, %v", r, err)
		}
		if runs, err := w.im.Runs(t.Context()); err != nil || len(runs) != 1 {
			t.Errorf("%d runs, %v", len(runs), err)
		}
	})
}
