package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"
)

const (
	platesHere = "单位,发生时间,号牌种类,号牌号码,业务类型,数量（副）\n" +
		"office-1,2020-05-04 10:00,02,冀F00001,register,1\noffice-1,2020-05-05 08:30,02,冀F00002,register,1\noffice-1,2020-05-04 10:00,02,冀F00009,register,1\n"
	platesThere = "发牌日期,号牌种类,号牌号码,业务类型\n" +
		"2020-05-04,小型汽车,冀F00001,注册登记\n2020-05-04,小型汽车,冀F00002,注册登记\n2020-05-06,小型汽车,冀F00003,注册登记\n2020-05-07,小型汽车,冀F00004,注册登记\n"
)

// TestReconcileTranscript compares a list as a clerk would: wrong ways first, then a look, the whole list, taking over, a second look
// and the undo.
func TestReconcileTranscript(t *testing.T) {
	dir := t.TempDir()
	data, here, there := filepath.Join(dir, "data"), filepath.Join(dir, "here.csv"), filepath.Join(dir, "platform.csv")
	for name, text := range map[string]string{here: platesHere, there: platesThere} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	step := func(code int, out, errs string, args ...string) string {
		t.Helper()
		gotCode, gotOut, gotErrs := try(t, "", append(args, "--data", data)...)
		if gotCode != code || !strings.Contains(gotOut, out) || !strings.Contains(gotErrs, errs) {
			t.Fatalf("%v: exit %d, %s%s; want %d, %q, %q", args, gotCode, gotOut, gotErrs, code, out, errs)
		}
		return gotOut
	}
	step(command.ExitOK, "新建 3", "", "import", here, "--kind", "plate")
	step(command.ExitUsage, "", "请用 --year", "reconcile", there, "--kind", "plate")
	step(command.ExitUsage, "", "请用 --kind", "reconcile", there, "--year", "2020")
	step(command.ExitUsage, "", "请用 --kind", "reconcile", there, "--kind", "patrol", "--year", "2020")
	step(command.ExitUsage, "", ".csv 或 .xlsx", "reconcile", there, "--kind", "plate", "--year", "2020", "--out", "list.doc")
	step(command.ExitUsage, "", "读不到文件", "reconcile", there+".no", "--kind", "plate", "--year", "2020")
	step(command.ExitUsage, "", "--encoding 应为", "reconcile", there, "--kind", "plate", "--year", "2020", "--encoding", "ebcdic")
	step(command.ExitFaulty, "表头中没有“发生时间", "文件有错", "reconcile", there, "--kind", "plate", "--year", "2020", "--encoding", "latin-1")
	step(command.ExitFaulty, "表头中没有“发生时间", "文件有错", "reconcile", there, "--kind", "accident", "--year", "2020")

	list := filepath.Join(dir, "list.csv")
	look := []string{"reconcile", there, "--kind", "plate", "--year", "2020"}
	got := step(command.ExitOK, "", list, append(look, "--out", list)...)
	for _, want := range []string{
		"平台表合计                                 4             4   the platform's table",
		"此处合计                                   3             3   here",
		"差额                                                    +1   difference, of which",
		"  只在平台                                 2            +2   only on the platform\n  只在此处                                 1            -1   only here\n未解释                                                   0   unexplained",
		"第 3 行 row  ", "发生时间 Occurred at：平台 there 2020-05-04，此处 here 2020-05-05", "同一号牌，晚 1 天登记：90 分 · the same plate, recorded 1 day later: 90 points",
		"第 4 行 row  小型汽车 冀F00003 注册 2020-05-06",
		"接收只在平台的：2 件，其中 0 件可写入；未写入，加 --adopt 才写入", "2 行没有写单位：用 --adopt-unit",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q in\n%s", want, got)
		}
	}
	content, err := os.ReadFile(list)
	if err != nil || strings.Count(string(content), "\r\n") != 5 || !strings.Contains(string(content), "only_there,4,,,2020-05-06,小型汽车 冀F00003 注册 2020-05-06,1,0,1,") {
		t.Errorf("the list: %s %v", content, err)
	}
	step(command.ExitOK, `"unexplained":0`, "", append(look, "--json", "--out", filepath.Join(dir, "list.xlsx"))...)
	step(command.ExitUsage, "", "没有单位", append(look, "--adopt", "--adopt-unit", "nowhere")...)

	done := step(command.ExitOK, "新建 2，更正 0", "", append(look, "--adopt", "--adopt-unit", "office-1", "--mark", "--by", "周")...)
	_, run, _ := strings.Cut(done, "接收只在平台的：导入 import ")
	run, _, _ = strings.Cut(run, "，")
	step(command.ExitOK, "接收只在平台的：没有", "", append(look, "--adopt", "--mark")...)
	step(command.ExitOK, "标明只在此处的：没有可做的，未写入", "", append(look, "--adopt", "--mark")...)
	step(command.ExitOK, "作废 2", "", "import", "undo", run)
	step(command.ExitOK, "  只在平台                                 2            +2", "", look...)
}

// TestReconciliationsOverHTTP is HQ's way beside a running server.
func TestReconciliationsOverHTTP(t *testing.T) {
	s := launch(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--json")
	_, body := call(t, http.MethodPost, s.Ready.URL+"/v1/signin", "", "application/json",
		`{"user":"`+s.Ready.User+`","password":"`+s.Ready.Password+`"}`)
	var session struct{ Token string }
	if err := json.Unmarshal([]byte(body), &session); err != nil || session.Token == "" {
		t.Fatal(body)
	}
	if status, body := sendTable(t, s.Ready.URL+"/v1/imports", session.Token, map[string]string{"file:h.csv": platesHere, "kind": "plate"}); status != http.StatusOK {
		t.Fatal(body)
	}
	url := s.Ready.URL + "/v1/reconciliations"
	with := func(more ...string) map[string]string {
		parts := map[string]string{"file:p.csv": platesThere, "kind": "plate", "year": "2020"}
		for i := 0; i < len(more); i += 2 {
			parts[more[i]] = more[i+1]
		}
		return parts
	}
	for _, tt := range []struct {
		name     string
		parts    map[string]string
		status   int
		contains []string
	}{
		{"no file", map[string]string{"kind": "plate", "year": "2020"}, 400, []string{"缺少文件 file"}},
		{"no year", map[string]string{"kind": "plate", "file:p.csv": platesThere}, 400, []string{"year 应为年度"}},
		{"another kind", with("kind", "patrol"), 400, []string{"kind 应为 plate"}},
		{"a slip in a name", with("adopts", "1"), 400, []string{"没有表单项 adopts，是否指 adopt？"}},
		{"a slip in a flag", with("mark", "yes"), 400, []string{"mark 应为 1 或 0"}},
		{"an unknown encoding", with("encoding", "ebcdic"), 400, []string{"encoding 应为 utf-8"}},
		{"another encoding", with("encoding", "latin-1"), 200, []string{`"compared":false`, "表头中没有"}},
		{"an unknown unit", with("unit", "nowhere"), 400, []string{"nowhere"}},
		{"a table of another kind", with("kind", "accident"), 200, []string{`"compared":false`, "表头中没有"}},
		{"a look", with(), 200, []string{
			`"compared":true`, `"there":4,"here":3,"difference":1`, `"unexplained":0`,
			`{"class":"only_there","name":{"zh":"只在平台","en":"only on the platform"}`, `"adopt":{"number":2,"ready":0,"done":false`,
		}},
		{"all taken over", with("adopt", "1", "adopt_unit", "office-1", "mark", "1"), 200, []string{`"created":2`, `"amended":1`}},
		{"again", with("adopt", "1", "mark", "1"), 200, []string{`"there":4,"here":5,"difference":-1`, `"adopt":{"number":0`, `"mark":{"number":1,"ready":0`}},
	} {
		status, body := sendTable(t, url, session.Token, tt.parts)
		for _, want := range tt.contains {
			if status != tt.status || !strings.Contains(body, want) {
				t.Errorf("%s: %d, lacks %q: %s", tt.name, status, want, body)
			}
		}
	}
	if status, _ := sendTable(t, url, "", with()); status != http.StatusUnauthorized {
		t.Errorf("a stranger gets %d", status)
	}
}
