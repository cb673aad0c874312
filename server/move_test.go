package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"
)

const unitsCSV = `单位代码,单位名称,上级单位,单位类型,生效日,失效日,单位
check-1,城东检查站,,checkpoint,2020-01-01,2026-01-01,
check-1,城东公安检查站,,checkpoint,2026-01-01,,
check-2,城西检查站,,checkpoint,2020-01-01,,
check-3,北环检查站,,checkpoint,2020-01-01,2020-07-01,
`

// What an administrator types to move a device, right and wrong. A unit that was renamed keeps its code.
func TestMoveCommand(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ROADBOOK_DATA", dir)
	table := filepath.Join(t.TempDir(), "units.csv")
	if err := os.WriteFile(table, []byte(unitsCSV), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := try(t, "", "import", table, "--kind", "unit_entry"); code != command.ExitOK {
		t.Fatal(code, errs)
	}
	s := launch(t, "serve", "--listen", "127.0.0.1:0", "--json")
	_, typed, _ := try(t, "", "device", "code", "--unit", "城东公安检查站", "--role", "officer")
	id := enrolCarried(t, s.Ready.URL, typed, 1).e.Device
	for _, c := range []struct {
		args      string
		code      int
		out, errs string
	}{
		{"device move " + id, command.ExitUsage, "", "--unit"},
		{"device move zzzzzzzzzz --unit check-2", command.ExitNoSuch, "", "没有此设备"},
		{"device move " + id + " --unit chekc-2", command.ExitNoSuch, "", "最相近的单位：check-2"},
		{"device move " + id + " --unit check-3", command.ExitNoSuch, "", "单位已撤销：check-3"},
		{"device move " + id + " --unit a|b --new", command.ExitUsage, "", "不能含空格"},
		{"device move " + id + " --unit 城西检查站", command.ExitOK, id + "\tcheck-2\tofficer\n", "check-2 城西检查站"},
		{"device move " + id + " --unit 城东检查站 --json", command.ExitOK, `"earlier":["check-2"],"role":"officer","unit":"check-1","unit_name":"城东公安检查站"`, ""},
		{"device list", command.ExitOK, "原单位 before: check-2", ""},
		{"device move " + id + " --unit check-9 --new", command.ExitOK, "check-9", "新单位，请核对写法"},
		{"device list --json", command.ExitOK, `"earlier":["check-1","check-2"]`, ""},
		{"device revoke " + id, command.ExitOK, "", ""},
		{"device move " + id + " --unit check-2", command.ExitUsage, "", "设备已停用，不能调动"},
	} {
		code, out, errs := try(t, "", strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) {
			t.Errorf("%s: exit %d (want %d)\nout %q wants %q\nerr %q wants %q", c.args, code, c.code, out, c.out, errs, c.errs)
		}
	}
	if code := s.Stop(); code != command.ExitOK {
		t.Errorf("stopped with %d", code)
	}
}
