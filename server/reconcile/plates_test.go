package reconcile_test

import (
	"strings"
	"testing"

	"roadbook/server/ingest"
	"roadbook/server/reconcile"
	"roadbook/sync/wire"
)

const plateHeader = "单位,发生时间,号牌种类,号牌号码,业务类型,数量（副）,废牌"

// TestPlateListsDiffer: the ways in which real lists of plates differ, each with its hand-made answer.
func TestPlateListsDiffer(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.here("plate", plateHeader,
			"office-1,2020-05-04 10:00,02,冀F00001,register,1,",
			"office-1,2020-05-05 08:30,02,冀F00002,register,1,", // typed the next morning
			"office-1,2020-05-04 10:00,99,冀FO0003,register,1,", // the letter O for a 0
			"office-1,2020-05-04 10:00,02,冀F00004,register,1,",
			"office-1,2020-05-04 10:00,02,冀F00005,renew,1,",    // another business there
			"office-1,2020-05-04 10:00,02,冀F00006,register,2,", // two sets, one there
			"office-1,2020-05-04 10:00,02,冀F00007,register,1,是",
			"office-1,2020-05-04 10:00,02,冀F00008,register,1,", // cancelled there
			"office-1,2020-05-04 10:00,02,冀F00009,register,1,", // only here
			"office-1,2020-05-04 10:00,02,冀F00010,register,1,", // voided below
			"office-1,2021-01-02 10:00,02,冀F00011,register,1,", // typed after New Year
			"office-2,2020-05-04 10:00,02,冀F00012,register,1,", // another unit
		)
		w.act(ingest.Act{Act: wire.Void, Record: w.record("plate", "plate_number", "冀F00010").Record, Reason: "误录"})
		r := w.ask("plate", nil,
			"序号,业务类型,号牌号码,号牌种类,数量,发牌日期,单位,业务状态", // in another order, with further columns
			"1,注册登记,冀F00001,小型汽车,1,2020-05-04,office-1,正常",
			"2,注册登记,冀F00002,小型汽车,1,2020-05-04,office-1,正常",
			"3,注册登记,冀F00003,其他,1,2020-05-04,office-1,正常",
			"4,注册登记,冀F00004,小型汽车,1,2020-05-04,office-1,正常",
			"5,注册登记,冀F00004,小型汽车,1,2020-05-04,office-1,正常", // twice
			"6,注册登记,冀F00005,小型汽车,1,2020-05-04,office-1,正常",
			"7,注册登记,冀F00006,小型汽车,1,2020-05-04,office-1,正常",
			"8,注册登记,冀F00007,小型汽车,1,2020-05-04,office-1,正常",
			"9,注册登记,冀F00008,小型汽车,1,2020-05-04,office-1,已作废",
			"10,注册登记,冀F00010,小型汽车,1,2020-05-04,office-1,正常",
			"11,注册登记,冀F00011,小型汽车,1,2020-12-31,office-1,正常",
			"12,注册登记,冀F00012,小型汽车,1,2020-05-04,office-1,正常",
			"13,注册登记,冀F00013,小型汽车,1,2020-05-04,office-1,正常", // only there
			"14,注册登记,冀F00014,小型汽车,1,2019-12-30,office-1,正常", // of the year before
			"15,注册登记,冀F00015,小型汽车,1,五月四日,office-1,正常",       // no date
		)
		// 14 rows of one set each and one row that can't be read, the cancelled one not counted; here 1+1+1+1+2+1+1+1: the renewal, the spoiled
		// plate, the void one and 2021 add nothing.
		if r.There != 14 || r.Here != 9 || r.Unexplained != 0 {
			t.Errorf("%d there, %d here, %d unexplained", r.There, r.Here, r.Unexplained)
		}
		want := "equal 2 +0, differs 3 +0, other_amount 1 -1, not_measured 2 +2, only_there 1 +1, only_here 1 -1, twice_there 1 +1, " +
			"cancelled_there 1 -1, other_year_there 1 +1, faulty 1 +1, void_here 1 +1, other_year_here 1 +1"
		if got := classes(r); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		for _, tt := range []rowWant{
			{3, reconcile.Differs, "occurred_at", "同一号牌，晚 1 天登记：90 分"},
			{4, reconcile.Differs, "plate_number", "号牌仅 O/0、I/1 之别，同日：90 分"},
			{6, reconcile.TwiceThere, "", "与第 5 行是同一件"},
			{7, reconcile.NotMeasured, "business", "此处指标只计注册登记；同一号牌，业务类型不同，同日：80 分"},
			{8, reconcile.OtherAmount, "sets", "平台计 1，此处计 2；号牌种类、号码、业务、日期一致：100 分"},
			{9, reconcile.NotMeasured, "", "此处是废牌，不计；号牌种类、号码、业务、日期一致：100 分"},
			{10, reconcile.CancelledThere, "", "号牌种类、号码、业务、日期一致：100 分"},
			{11, reconcile.VoidHere, "", "此处已作废：误录；号牌种类、号码、业务、日期一致：100 分"},
			{12, reconcile.OtherYearHere, "occurred_at", "此处记在 2021-01-02；同一号牌，晚 2 天登记：85 分"},
			{13, reconcile.Differs, "unit", "号牌种类、号码、业务、日期一致：100 分"},
			{14, reconcile.OnlyThere, "", ""},
			{15, reconcile.OtherYearThere, "", ""},
			{16, reconcile.Faulty, "", "发牌日期：五月四日"},
		} {
			tt.check(t, r)
		}
	})
}

// TestTwiceOnBothSides: a second row of a plate is twice there, though here too a second record was made, or voided.
func TestTwiceOnBothSides(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.here("plate", plateHeader, "office-1,2020-05-04 10:00,02,冀F00001,register,1,", "office-2,2020-05-04 11:00,02,冀F00001,register,1,")
		w.here("plate", plateHeader, "office-2,2020-05-04 12:00,02,冀F00001,register,1,")
		r := w.ask("plate", nil, "发牌日期,号牌种类,号牌号码,业务类型", "2020-05-04,02,冀F00001,注册", "2020-05-04,02,冀F00001,注册")
		if r.There != 2 || r.Here != 1 || classes(r) != "equal 1 +0, twice_there 1 +1" {
			t.Errorf("%d there, %d here: %s", r.There, r.Here, classes(r))
		}
	})
}

// TestListIsHarmless: a text that a spreadsheet would run stays a text; numbers stay numbers.
func TestListIsHarmless(t *testing.T) {
	r := &reconcile.Report{Findings: []reconcile.Finding{{Class: reconcile.OnlyHere, Record: "r", Unit: "=HYPERLINK(1)", Here: 1}}}
	content, err := r.List(false)
	if err != nil || !strings.HasPrefix(string(content), "\ufeff类别 class,") || !strings.Contains(string(content), "只在此处 only_here,,r,'=HYPERLINK(1),,,0,1,-1,,,") {
		t.Errorf("%s %v", content, err)
	}
	if content, err = r.List(true); err != nil || !strings.HasPrefix(string(content), "PK") {
		t.Errorf("%.20s %v", content, err)
	}
}
