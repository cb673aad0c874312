package web_test

import (
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

// Who is silent is said once: HQ sees the devices by unit, a viewer how many a unit has. A missing report is another reason, and
// where none is expected, none is said to be missing.
func TestWhyFiguresAreProvisional(t *testing.T) {
	w := browsertest.New(t)
	w.RecordYear()
	viewer, hq := newBrowser(t, w).signedInAs(auth.RoleViewer), newBrowser(t, w).signedInAs(auth.RoleHQ)
	const device = "f516yxdxjd" // of the seeded world
	for _, x := range []struct {
		who        *browser
		path       string
		want, lack []string
	}{
		{viewer, "/overview?at=2020-12-31", []string{
			"3 / 24 已上报 · 涉及 4 项 缺哪些", "未上报设备 1 台截止日以后未上报 · 涉及 23 项 哪些设备", "暂定 2/12", "暂定 1/12",
		}, []string{device, "当日未结束"}},
		{viewer, "/overview?at=2020-12-31&unit=check-2", []string{"数据完整度 未设定应报项目 未上报设备 1 台"}, []string{"缺哪些", "应报未报"}},
		{viewer, "/overview?at=2020-12-31&unit=office-1", []string{"1 / 12 已上报 · 涉及 1 项", "未上报设备 全部设备已上报"}, []string{"哪些设备"}},
		{viewer, "/indicators/P1-2?at=2020-12-31&unit=check-2", []string{"暂定 可登记此类数据的设备有未上报的，数值可能变动。"}, []string{"应报未报"}},
		{viewer, "/indicators/P5-1?at=2020-12-31&unit=office-1", []string{"暂定 此类数据仍有应报未报的，数值可能变动。"}, []string{"设备有未上报"}},
		{viewer, "/indicators/P5-1?at=2020-12-31&unit=check-2", nil, []string{"暂定"}}, // an officer's device issues no plates
		{viewer, "/indicators/P1-2?at=2020-12-31&lang=en", []string{"Provisional A device that may record such data has not reported", "Expected reports of such data are missing"}, nil},
		{viewer, "/reports?at=2020-12-31&lang=zh", []string{
			"2 / 12 2020-12-31 2020-11-30 2020-10-31 2020-09-30 2020-08-31 2020-06-30 另有更早的 4", "未上报设备 1 蒲阳中队 check-2 1 台", "设备名单仅机关账号可见",
		}, []string{device}},
		{viewer, "/reports?at=2020-12-31&unit=office-1", []string{"未上报设备 0 全部设备已上报"}, []string{"仅机关账号"}},
		{hq, "/reports?at=2020-12-31", []string{"蒲阳中队 check-2 执勤民警 — 入网后从未联系 " + device}, []string{"仅机关账号"}},
		{hq, "/reports?at=2020-12-31&unit=office-1", []string{"全部设备已上报"}, []string{device}},
	} {
		text := textOf(x.who.page(x.path))
		for _, want := range x.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q: %s", x.path, want, text)
			}
		}
		for _, lack := range x.lack {
			if strings.Contains(text, lack) {
				t.Errorf("%s shows %q: %s", x.path, lack, text)
			}
		}
	}
}
