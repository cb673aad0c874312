package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"

	"github.com/xuri/excelize/v2"
)

// A sheet is written from the data directory without a server; a second sheet is equal, and its digest can be checked.
func TestReportSelfEvaluation(t *testing.T) {
	data, out := t.TempDir(), t.TempDir()
	name := func(file string) string { return filepath.Join(out, file) }
	write := func(file, text string) string {
		if err := os.WriteFile(name(file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name(file)
	}
	entries := write("entries.yaml", "projects: {451-0501-YXN-0V4M: {filled_by: 王警官}}\n")
	bad := write("bad.yaml", "weights: {execution: 20}\n")
	sheet := "report selfevaluation --data " + data + " --at 2020-12-31 --project "
	tests := []struct {
		name, args string
		code       int
		out, errs  string
	}{
		{"by number", sheet + "5 --out " + name("a.xlsx") + " --entries " + entries, command.ExitOK, "sha256:", ""},
		{"by code", sheet + "451-0501-YXN-0V4M --json --out " + name("b.xlsx") + " --entries " + entries, command.ExitOK, `"points":"0.00"`, ""},
		{"a page", sheet + "5 --out " + name("a.html"), command.ExitOK, "a.html", ""},
		{"no such project", sheet + "6 --out " + name("c.xlsx"), command.ExitUsage, "", "没有项目“6”"},
		{"no catalogue", "report selfevaluation --data " + data + " --at 1999-12-31 --project 1 --out " + name("c.xlsx"), command.ExitUsage, "", "1999"},
		{"no day", "report selfevaluation --data " + data + " --at 2020-02-30 --project 1 --out " + name("c.xlsx"), command.ExitUsage, "", "at"},
		{"no format", sheet + "5 --format pdf --out " + name("c.xlsx"), command.ExitUsage, "", "xlsx"},
		{"weights over 100", sheet + "5 --out " + name("c.xlsx") + " --entries " + bad, command.ExitUsage, "", "分值合计为 110，应为 100"},
		{"no such entries", sheet + "5 --out " + name("c.xlsx") + " --entries " + name("none"), command.ExitUsage, "", "读不到文件"},
		{"without a project", "report selfevaluation --at 2020-12-31 --out " + name("c.xlsx"), command.ExitUsage, "", "project"},
		{"unchanged", "report verify " + name("a.xlsx"), command.ExitOK, "未改动", ""},
		{"no workbook", "report verify " + name("a.html"), command.ExitUsage, "", "不是本程序导出的工作簿"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := try(t, "", strings.Fields(tt.args)...)
			if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) {
				t.Errorf("exit %d (want %d)\nout %q wants %q\nerr %q wants %q", code, tt.code, out, tt.out, errs, tt.errs)
			}
		})
	}
	if _, err := os.Stat(name("c.xlsx")); err == nil {
		t.Error("a refusal left a file")
	}
	if !bytes.Equal(contents(t, name("a.xlsx")), contents(t, name("b.xlsx"))) {
		t.Error("the same sheet is other bytes")
	}
	f, err := excelize.OpenFile(name("a.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// An empty year: no row has a score, and the weight of the first row is kept.
	for at, want := range map[string]string{"C3": "机动车及驾驶人管理经费", "E6": "70.0000", "J6": "未评：无数据", "G13": "25", "H18": "未完成", "A19": "填报人：王警官"} {
		if got, err := f.GetCellValue("自评表", at); err != nil || got != want {
			t.Errorf("%s: %q, not %q, %v", at, got, want, err)
		}
	}
	if err := f.SetCellValue("自评表", "J6", 10); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(name("forged.xlsx")); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := try(t, "", "report", "verify", name("forged.xlsx")); code != command.ExitFault || !strings.Contains(errs, "已被改动") {
		t.Errorf("a forged sheet: exit %d, %s%s", code, out, errs)
	}
}

func contents(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Beside a server with the directory, the command names the HTTP alternative.
func TestReportBesideAServer(t *testing.T) {
	data := t.TempDir()
	s := launch(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--json")
	code, _, errs := try(t, "", strings.Fields("report selfevaluation --data "+data+" --at 2020-12-31 --project 1 --out "+data+"/x.xlsx")...)
	if code != command.ExitInUse || !strings.Contains(errs, http.MethodGet+" /v1/reports/selfevaluation") {
		t.Errorf("exit %d, %s", code, errs)
	}
	if code := s.Stop(); code != command.ExitOK {
		t.Errorf("stopped with %d", code)
	}
}
