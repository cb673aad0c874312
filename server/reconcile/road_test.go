package reconcile_test

import (
	"strings"
	"testing"

	"roadbook/server/ingest"
	"roadbook/server/reconcile"
	"roadbook/sync/wire"
)

// TestTicketListsDiffer: tickets by document number, else by plate, moment and violation. Plates are sensitive: masked in every answer.
func TestTicketListsDiffer(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.here("enforcement", "单位,发生时间,违法代码,号牌号码,号牌种类,道路类型,处理方式,文书编号",
			"check-1,2020-06-01 09:00,1344,冀F10001,02,12,fine,130636202000001",
			"check-1,2020-06-01 09:10,1344,冀F10002,02,12,fine,130636202000002",
			"check-1,2020-06-01 09:20,1039,冀F10003,02,12,fine,13063620200OO03", // letters for digits
			"check-1,2020-06-01 21:30,1042,冀F10004,02,12,fine,130636202000044", // another number, 12 hours off
			"check-1,2020-06-01 09:40,1208,冀F10005,02,12,warning,130636202000005",
			"check-1,2020-06-01 09:50,1301,冀F10006,02,12,fine,130636202000006", // only here
			"check-1,2020-06-01 10:00,1345,冀F10007,02,12,fine,130636202000007", // linked below: one of two counts
			"check-1,2020-06-01 10:00,1345,冀F10007,02,12,fine,130636202000077",
		)
		a, b := w.record("enforcement", "document_number", "130636202000007"), w.record("enforcement", "document_number", "130636202000077")
		w.act(ingest.Act{Act: wire.Link, Record: a.Record, With: b.Record})
		r := w.ask("enforcement", nil,
			"决定书编号,违法时间,违法行为代码,号牌号码,处理方式",
			"130636202000001,2020-06-01 09:00,1344,冀F10001,罚款",
			"130636202000002-1,2020-06-01 09:10,1344,冀F10002,罚款", // a suffix
			"130636202000003,2020-06-01 09:20,1039,冀F10003,罚款",
			"130636202000004,2020-06-01 09:30,1042,冀F10004,罚款",
			"130636202000005,2020-06-01 09:40,1208,冀F10005,罚款", // a warning here
			"130636202000007,2020-06-01 10:00,1345,冀F10007,罚款",
			"130636202000077,2020-06-01 10:00,1345,冀F10007,罚款",
			"130636202000088,2020-06-01 10:00,1345,京N12345,罚款", // only there
		)
		if r.There != 8 || r.Here != 7 || r.Unexplained != 0 {
			t.Errorf("%d there, %d here, %d unexplained", r.There, r.Here, r.Unexplained)
		}
		if got, want := classes(r), "equal 2 +0, differs 4 +0, only_there 1 +1, only_here 1 -1, duplicate_here 1 +1"; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		for _, tt := range []rowWant{
			{3, reconcile.Differs, "document_number", "文书编号一边多出后缀，号牌相同，同一时刻：90 分"},
			{4, reconcile.Differs, "document_number", "文书编号仅 O/0、I/1 或标点之别，号牌相同，同一时刻：95 分"},
			{5, reconcile.Differs, "occurred_at document_number", "文书编号不同，号牌相同，相差 12 小时，似上午下午之误：55 分"},
			{6, reconcile.Differs, "action", "文书编号相同：100 分"},
			{9, reconcile.OnlyThere, "", ""},
		} {
			tt.check(t, r)
		}
		for _, f := range r.Findings {
			if strings.Contains(f.Name.ZH, "冀F10") || strings.Contains(f.Name.EN, "京N12345") {
				t.Errorf("a plate is shown: %s", f.Name.ZH)
			}
		}
	})
}

// TestAccidentListsDiffer: accidents by the platform's number, then 122's, then moment and place.
func TestAccidentListsDiffer(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		w.here("accident", "来源键,单位,发生时间,122 警情编号,平台事故编号,事故后果,处理程序,现场死亡人数,道路类型,经度,纬度,坐标系",
			"1,squad,2020-03-01 08:00,122-1,1306362020000001,property,simple,0,12,,,",
			"2,squad,2020-03-02 08:00,122-2,,property,simple,0,12,,,",
			"3,squad,2020-03-03 20:00,,,property,simple,0,12,,,",                       // 12 hours off, no number
			"4,squad,2020-03-04 08:00,,,injury,general,0,12,115.1300,38.8400,WGS84",    // 22 minutes and 87 m
			"5,squad,2020-03-05 08:00,122-5,,property,self,0,12,,,",                    // self-settled: not of the measure
			"6,squad,2020-03-06 08:00,122-6,,property,self,0,12,,,",                    // the same, and not there
			"7,squad,2020-03-07 08:00,122-7,,property,simple,0,12,,,",                  // only here
			"8,squad,2020-03-08 08:00,122-8,13063620200000080,property,simple,0,12,,,", // a suffix here
			"9,squad,2020-03-09 23:59,122-9,,fatal,general,1,12,,,",
		)
		r := w.ask("accident", nil,
			"事故编号,事故发生时间,122 警情编号,事故后果,现场死亡人数,道路类型,经度,纬度,坐标系",
			"1306362020000001,2020-03-01 08:00,122-1,财产损失,0,二级公路,,,",
			"1306362020000002,2020-03-02 08:00,122-2,财产损失,0,二级公路,,,",
			"1306362020000003,2020-03-03 08:00,,财产损失,0,二级公路,,,",
			"1306362020000004,2020-03-04 08:22,,伤人,0,二级公路,115.1310,38.8400,WGS84",
			"1306362020000005,2020-03-05 08:00,122-5,财产损失,0,二级公路,,,",
			"1306362020000008,2020-03-08 08:00,,财产损失,0,二级公路,,,",
			"1306362020000009,2020-03-09 23:59,122-9,伤人,0,二级公路,,,",
			"1306362020000010,2020-03-10 08:00,122-10,财产损失,0,二级公路,,,",
		)
		// Nine records, of which two are self-settled and add nothing.
		if r.There != 8 || r.Here != 7 || r.Unexplained != 0 {
			t.Errorf("%d there, %d here, %d unexplained", r.There, r.Here, r.Unexplained)
		}
		want := "equal 2 +0, differs 4 +0, not_measured 1 +1, only_there 1 +1, only_here 1 -1, nothing 1 +0"
		if got := classes(r); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		for _, tt := range []rowWant{
			{4, reconcile.Differs, "occurred_at", "没有共同的编号，道路类型相同，相差 12 小时，似上午下午之误：65 分"},
			{5, reconcile.Differs, "occurred_at", "没有共同的编号，相距 87 米，相差 22 分钟：80 分"},
			{6, reconcile.NotMeasured, "", "此处是自行协商，不计；122 警情编号相同，同一时刻：95 分"},
			{7, reconcile.Differs, "case_number platform_number", "平台编号一边多出后缀，同一时刻：95 分"},
			{8, reconcile.Differs, "severity dead", "122 警情编号相同，同一时刻，事故后果不同：85 分"},
			{9, reconcile.OnlyThere, "", ""},
		} {
			tt.check(t, r)
		}
	})
}
