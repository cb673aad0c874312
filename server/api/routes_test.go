package api

import (
	"net/http"
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

func TestRoutesTable(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	id := d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00").String()
	d.push(0, 1)
	const nobody, dev, viewer, hq, admin = "", "device", auth.RoleViewer, auth.RoleHQ, auth.RoleAdmin
	tokens := map[string]string{dev: d.token, viewer: w.tokenOf(viewer), hq: w.tokenOf(hq), admin: w.tokenOf(admin)}
	tests := []struct {
		who, method, path, body string
		status                  int
		contains, lacks         []string
	}{
		{nobody, "GET", "/healthz", "", 200, []string{"ok"}, nil},
		{nobody, "GET", "/readyz", "", 200, []string{"shunping-2020@2"}, nil},
		{nobody, "GET", "/metrics", "", 200, []string{"roadbook_request_seconds", `roadbook_lines_total{status="created"} 1`, `roadbook_stored{what="frames"} 1`}, []string{d.stream.Device}},
		{nobody, "GET", "/nowhere", "", 404, []string{`"not_found"`, "不存在"}, nil},
		{nobody, "GET", "/v1/sync", "", 405, []string{`"method_or_type"`}, nil},
		{nobody, "PUT", "/v1/signin", "", 405, []string{`"method_or_type"`}, nil},

		{nobody, "POST", "/v1/signin", `{"user":"admin","password":"` + secret + `"}`, 200, []string{`"token":"`, `"role":"admin"`}, nil},
		{nobody, "POST", "/v1/signin", `{"user":"admin","password":"guess"}`, 401, []string{`"unauthorized"`, "口令不正确"}, []string{"token\":\""}},
		{nobody, "POST", "/v1/token", `{"grant_type":"password"}`, 400, []string{`"bad_request"`}, nil},
		{nobody, "POST", "/v1/enroll", `{"code":"00000-00000","public_key":"` + strings.Repeat("A", 43) + `="}`, 400, []string{`"bad_code"`}, nil},

		{nobody, "GET", "/v1/indicators?year=2020", "", 401, []string{`"unauthorized"`}, nil},
		{dev, "GET", "/v1/indicators?year=2020", "", 403, []string{`"forbidden"`}, nil},
		{viewer, "GET", "/v1/indicators?year=2020&at=2020-12-31", "", 200, []string{`"cutoff":"20`, `"P1-1"`, `"D-2"`, `"reason":"no_data"`, `"light":"grey"`, `"demo":false`, `"completeness":null`}, nil},
		{viewer, "GET", "/v1/indicators", "", 400, []string{"year"}, nil},
		{viewer, "GET", "/v1/indicators?year=20", "", 400, []string{"四位年份", "four digits"}, nil},
		{viewer, "GET", "/v1/indicators?year=1999", "", 404, []string{"没有 1999 年的指标目录", "no catalogue for 1999"}, nil},
		{viewer, "GET", "/v1/indicators?year=2020&at=2020-02-30", "", 400, []string{"at 应为日期"}, nil},
		{viewer, "GET", "/v1/indicators?year=2020&at=2020.6.30", "", 200, []string{`"at":"2020-06-30"`}, nil},
		{viewer, "GET", "/v1/indicators?year=2020&at=6-30", "", 400, []string{"没有写年份，这里不能推算；请写全，例如 2020-06-30"}, nil},
		{viewer, "GET", "/v1/indicators?year=2020&at=2019-12-31", "", 400, []string{"at 不在 2020 年内"}, nil},
		{viewer, "GET", "/v1/drill?year=2020&row=P5-1", "", 200, []string{`"measure":"plate_sets"`, `"role":"numerator"`, `"amount":"1"`, `"added":"1"`, id, "冀F8K2M6"}, nil},
		{viewer, "GET", "/v1/drill?year=2020&row=P5-1&at=2020-12-14", "", 200, []string{`"records":[]`}, []string{id}},
		{viewer, "GET", "/v1/drill?year=2020&measure=reported:plate&limit=1", "", 200, []string{`"added":"1"`, id}, nil},
		{viewer, "GET", "/v1/drill?year=2020", "", 400, []string{"row", "measure"}, nil},
		{viewer, "GET", "/v1/drill?year=2020&row=P9-9", "", 400, []string{"没有指标 P9-9"}, nil},
		{viewer, "GET", "/v1/drill?year=2020&measure=luck", "", 400, []string{"没有统计项 luck"}, nil},
		{viewer, "GET", "/v1/drill?year=2020&row=P5-1&limit=0", "", 400, []string{"limit"}, nil},
		{viewer, "GET", "/v1/drill?year=2020&row=P5-1&after=x", "", 400, []string{"after"}, nil},
		{viewer, "GET", "/v1/drill?year=2020&row=P5-1&unit=office-2", "", 400, []string{"没有单位 office-2"}, nil},
		{dev, "GET", "/v1/drill?year=2020&row=P5-1", "", 403, nil, []string{id}},
		{viewer, "GET", "/v1/completeness?year=2020", "", 200, []string{`"completeness":null`, `"rows":[]`}, nil},
		{viewer, "GET", "/v1/completeness?year=2019", "", 404, []string{"2019"}, nil},
		{dev, "GET", "/v1/completeness?year=2020", "", 403, nil, nil},
		{viewer, "GET", "/v1/silent", "", 403, []string{`"forbidden"`}, []string{d.stream.Device}},
		{dev, "GET", "/v1/silent", "", 403, nil, []string{d.stream.Device}},
		{nobody, "GET", "/v1/silent", "", 401, nil, []string{d.stream.Device}},
		{hq, "GET", "/v1/silent?at=then", "", 400, []string{"at"}, nil},
		{hq, "GET", "/v1/silent?unit=nowhere", "", 400, []string{"没有单位 nowhere"}, nil},
		{hq, "GET", "/v1/silent?at=2020-12-31", "", 200, []string{`"count":0`, `"devices":[]`}, []string{d.stream.Device}}, // heard since
		{hq, "GET", "/v1/silent?unit=office-1", "", 200, []string{`"count":1`, d.stream.Device, `"officer":"0001"`}, nil},  // this world's Query has no clock: every day has not ended
		{viewer, "GET", "/v1/units", "", 200, []string{`{"code":"office-1"}`}, nil},
		{viewer, "GET", "/v1/units?at=now", "", 400, []string{"at"}, nil},
		{nobody, "GET", "/v1/units", "", 401, nil, []string{"office-1"}},

		{viewer, "GET", "/v1/records/" + id, "", 200, []string{`"counts":true`, `"history":[`, "冀F8K2M6"}, nil},
		{viewer, "GET", "/v1/records/" + id[:len(id)-1] + "0", "", 404, []string{`"not_found"`}, nil},
		{viewer, "GET", "/v1/records/x", "", 400, []string{`"bad_request"`, "至少 4 位"}, nil},
		{viewer, "GET", "/v1/records/" + id[:24], "", 200, []string{id, `"history":[`}, nil},
		{viewer, "GET", "/v1/records/" + id[:10] + "%20%231", "", 200, []string{id, `"history":[`}, nil},
		{dev, "GET", "/v1/records/" + id, "", 403, nil, []string{"冀F8K2M6"}},
		{viewer, "GET", "/v1/quarantine", "", 200, []string{`"quarantined":[]`}, nil},
		{viewer, "GET", "/v1/quarantine?limit=0", "", 400, []string{"limit"}, nil},
		{viewer, "GET", "/v1/quarantine?stream=x", "", 400, []string{"stream"}, nil},
		{viewer, "GET", "/v1/quarantine?after=x", "", 400, []string{"after"}, nil},
		{viewer, "GET", "/v1/doubts", "", 200, []string{`"as_of":""`, `"records":[]`, "尚不完整"}, nil},
		{viewer, "GET", "/v1/doubts?code=duplicates", "", 400, []string{"是否指 duplicate"}, nil},
		{viewer, "GET", "/v1/doubts?unit=nowhere", "", 400, []string{"office-1"}, nil},
		{viewer, "GET", "/v1/doubts?after=" + id, "", 400, []string{"after"}, nil},
		{viewer, "GET", "/v1/doubts?limit=501", "", 400, []string{"limit"}, nil},
		{viewer, "GET", "/v1/doubts?open=yes", "", 400, []string{"open"}, nil},
		{nobody, "GET", "/v1/doubts", "", 401, nil, []string{"records"}},
		{dev, "GET", "/v1/doubts", "", 403, nil, []string{"records"}},

		{viewer, "GET", "/v1/export/observations", "", 403, []string{`"forbidden"`}, nil},
		{hq, "GET", "/v1/export/observations", "", 200, []string{id}, nil},
		{hq, "GET", "/v1/export/records?unit=office-1&kind=plate", "", 200, []string{id}, nil},
		{hq, "GET", "/v1/export/records?unit=office-2", "", 400, []string{"没有单位 office-2", "office-1"}, []string{id}},
		{hq, "GET", "/v1/export/records?kind=plates", "", 400, []string{"没有种类 plates", "casualty"}, []string{id}},
		{viewer, "GET", "/v1/indicators?year=2020&unit=office-2", "", 400, []string{"没有单位 office-2", "there is no unit office-2", "office-1"}, nil},
		{hq, "GET", "/v1/export/records?kind=accident", "", 200, nil, []string{id}},

		{viewer, "GET", "/v1/reports/selfevaluation?year=2020&project=5", "", 403, []string{`"forbidden"`}, nil},
		{hq, "GET", "/v1/reports/selfevaluation?year=2020&project=5", "", 200, []string{"PK", "xl/workbook.xml"}, nil},
		{hq, "GET", "/v1/reports/selfevaluation?year=2020&at=2020-06-30&project=451-0501-YXN-0V4M&format=html", "", 200, []string{"项目支出绩效自评表", "统计至 as at 2020-06-30", "暂定 provisional", "sha256:"}, nil},
		{hq, "GET", "/v1/reports/selfevaluation?year=2020", "", 400, []string{"缺少 project", "project is missing"}, nil},
		{hq, "GET", "/v1/reports/selfevaluation?year=2020&project=6", "", 400, []string{"没有项目", "no project"}, nil},
		{hq, "GET", "/v1/reports/selfevaluation?year=2020&project=5&format=pdf", "", 400, []string{"format 应为 xlsx 或 html"}, nil},
		{hq, "GET", "/v1/reports/selfevaluation?project=5", "", 400, []string{"year"}, nil},

		{viewer, "POST", "/v1/acts", `{"act":"void","record":"` + id + `","reason":"x"}`, 403, []string{`"forbidden"`}, nil},
		{hq, "POST", "/v1/acts", `{"act":"void","record":"` + id + `"}`, 400, []string{"reason"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"create","record":"` + id + `"}`, 400, []string{"act"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"void","record":"` + id + `","reason":" \u3000\u200b"}`, 400, []string{"reason"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"amend","record":"` + id + `","fields":{}}`, 400, []string{"fields"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"amend","record":"` + id + `","fields":null}`, 400, []string{"fields"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"amend","record":"` + id + `","fields":[1]}`, 400, []string{"fields"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"release","target":"` + id + `"}`, 409, []string{`"not_quarantined"`}, nil},
		{hq, "POST", "/v1/acts", `{"act":"void","record":"x","reason":"y"}`, 400, []string{"编号"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"link","record":"` + id + `"}`, 400, []string{"with"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"release","target":"` + id[:len(id)-1] + `0"}`, 404, []string{`"not_found"`}, nil},
		{hq, "POST", "/v1/acts", `{"act":"separate","record":"` + id[:len(id)-1] + `0"}`, 404, []string{`"not_found"`}, nil},
		{hq, "POST", "/v1/acts", `{"act":"amend","record":"` + id + `","fields":{"sets":3}}`, 200, []string{`"created"`, `"amount":"3"`}, nil},
		{hq, "POST", "/v1/acts", `{"act":"amend","record":"` + id + `","fields":{"sets":"many"}}`, 200, []string{`"quarantined"`, `"wrong_type"`, `"amount":"3"`}, nil},

		{viewer, "POST", "/v1/acts", `{"act":"review","record":"` + id + `","reason":"x"}`, 403, []string{`"forbidden"`}, nil},
		{hq, "POST", "/v1/acts", `{"act":"review","reason":"请核对"}`, 400, []string{"record"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"review","record":"` + id + `","reason":" \u3000"}`, 400, []string{"退回记录需要 reason", "needs reason"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"review","record":"` + id + `","target":"near"}`, 400, []string{"target 应为存疑的 code:cause", "code:cause of a doubt"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"review","record":"` + id + `","target":"near:` + id + `"}`, 400, []string{"code:cause"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"review","record":"` + id + `","target":"neer:0123456789abcdef"}`, 400, []string{"code:cause"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"review","record":"` + id + `","target":"near:0123456789ABCDEF"}`, 400, []string{"code:cause"}, nil},
		{hq, "POST", "/v1/acts", `{"act":"review","record":"` + id + `","target":"near:0123456789abcdef"}`, 200, []string{`"created"`, `"act":"review"`}, []string{`"returned"`}},
		{hq, "POST", "/v1/acts", `{"act":"review","record":"` + id + `","reason":"请核对数量"}`, 200, []string{`"created"`, `"returned":{"by":"`, `"officer":"hq"`, `"words":"请核对数量"`}, nil},
		{hq, "POST", "/v1/acts", `{"act":"amend","record":"` + id + `","fields":{"sets":3}}`, 200, []string{`"created"`}, []string{`"returned"`}},

		{hq, "GET", "/v1/devices", "", 403, nil, []string{d.stream.Device}},
		{admin, "GET", "/v1/devices", "", 200, []string{d.stream.Device, "office-1"}, nil},
		{hq, "POST", "/v1/codes", `{"unit":"office-1","role":"clerk"}`, 403, nil, []string{`"code":"0`}},
		{admin, "POST", "/v1/codes", `{"unit":"office-1","role":"clerk","hours":1}`, 200, []string{`"code":"`, `"expires":"`}, nil},
		{admin, "POST", "/v1/codes", `{"unit":"office-1","role":"chief"}`, 400, []string{"officer"}, nil},
		{admin, "POST", "/v1/codes", `{"unit":"","role":"clerk"}`, 400, []string{"单位"}, nil},
		{admin, "POST", "/v1/codes", `{"unit":"a","role":"clerk","hours":-1}`, 400, []string{"hours"}, nil},
		{admin, "POST", "/v1/codes", `{"unit":"ｏｆｆｉｃｅ－１ ","role":"clerk"}`, 200, []string{`"unit":"office-1"`}, []string{`"new"`}},
		{admin, "POST", "/v1/codes", `{"unit":"ofice-1","role":"clerk"}`, 409, []string{
			`"unknown_unit"`, `"retryable":false`, `没有这个单位：“ofice-1”。最相近的单位：office-1。确是新单位或重新启用的，加 \"new\": true`,
			`there is no such unit: “ofice-1”. The nearest units: office-1. If the unit is new, or in use again: \"new\": true`,
		}, nil},
		{admin, "POST", "/v1/codes", `{"unit":"ofice-1","role":"chief","new":true}`, 400, []string{"officer"}, nil},
		{admin, "POST", "/v1/codes", `{"unit":"ofice-1","role":"clerk"}`, 409, []string{`"unknown_unit"`}, nil}, // the fault above made no code
		{admin, "POST", "/v1/codes", `{"unit":"a|b","role":"clerk","new":true}`, 400, []string{"不能含空格或“|”", "may not contain white space"}, nil},
		{admin, "POST", "/v1/codes", `{"unit":"Pe\u0301rez","role":"clerk","new":true}`, 200, []string{`"unit":"P` + "\u00e9" + `rez"`, `"new":true`}, nil},
		{admin, "POST", "/v1/codes", `{"unit":"Pe\u0301rez","role":"clerk"}`, 200, []string{`"unit":"P` + "\u00e9" + `rez"`}, []string{`"new"`}},
		{admin, "POST", "/v1/devices/nobody/revoke", "", 404, []string{`"not_found"`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.who+" "+tt.method+" "+tt.path+" "+tt.body, func(t *testing.T) {
			r := w.ask(tt.method, tt.path, tokens[tt.who], []byte(tt.body))
			if r.status != tt.status {
				t.Fatalf("status %d, want %d: %s", r.status, tt.status, r.body)
			}
			for _, s := range tt.contains {
				if !strings.Contains(r.body, s) {
					t.Errorf("lacks %q: %s", s, r.body)
				}
			}
			for _, s := range tt.lacks {
				if strings.Contains(r.body, s) {
					t.Errorf("contains %q: %s", s, r.body)
				}
			}
			if r.header.Get(headerRequestID) == "" {
				t.Error("no request id")
			}
		})
	}
}

func TestTokenByForm(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	form := "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + d.assertion()
	r := w.ask(http.MethodPost, "/v1/token", "", []byte(form), "Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if r.status != http.StatusOK || !strings.Contains(r.body, `"access_token":"`) || !strings.Contains(r.body, `"Bearer"`) {
		t.Fatal(r)
	}
	again := w.ask(http.MethodPost, "/v1/token", "", []byte(form), "Content-Type", "application/x-www-form-urlencoded")
	w.wantRefusal(again, wire.CodeBadAssertion)
}

// Every cause names a refusal of the protocol's table.
func TestCausesAreInTheTable(t *testing.T) {
	known := map[string]bool{}
	for _, r := range wire.Refusals() {
		known[r.Code] = true
	}
	for _, c := range causes {
		if !known[c.code] {
			t.Errorf("%v gives %q, which is no refusal", c.is, c.code)
		}
		if got := refusalOf(c.is); got.Code != c.code {
			t.Errorf("%v gives %q, want %q", c.is, got.Code, c.code)
		}
	}
	for status, code := range statuses {
		if !known[code] {
			t.Errorf("%d gives %q, which is no refusal", status, code)
		}
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Query = nil })
	r := w.ask(http.MethodGet, "/v1/indicators?year=2020", w.tokenOf(auth.RoleViewer), nil)
	w.wantRefusal(r, wire.CodeInternal)
	if strings.Contains(r.body, "nil pointer") {
		t.Fatalf("shows its inside: %s", r.body)
	}
}
