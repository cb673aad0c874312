package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"
)

// spoiled writes the county's catalogue with some words replaced.
func spoiled(t *testing.T, dir, name string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile(county)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("%q is not in the file", pairs[i])
		}
		text = []byte(strings.Replace(string(text), pairs[i], pairs[i+1], 1))
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCatalogueCommands(t *testing.T) {
	dir, files := t.TempDir(), t.TempDir()
	launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json").Stop()
	broken := spoiled(t, files, "broken.yaml", "op: '<'", "op: '≦'", "value: '2'", "value: 二")
	notYAML := spoiled(t, files, "none.yaml", "year: 2020", "year: [2020")
	other := spoiled(t, files, "other.yaml", "value: '2'", "value: '3'")
	second := spoiled(t, files, "second.yaml", "version: 1", "version: 2")
	clash := spoiled(t, files, "clash.yaml", "id: yunchuan-2020", "id: clash-2022", "year: 2020", "year: 2022", "zh: 已报", "zh: 报了")
	absent := filepath.Join(files, "absent.yaml")
	copied := filepath.Join(files, "copied.yaml")
	tests := []struct {
		name, args string
		code       int
		out, errs  []string
	}{
		{"help", "catalogue --help", command.ExitOK, []string{"口径疑点", "publish"}, nil},
		{"the program's own", "catalogue list --data " + dir, command.ExitOK, []string{"shunping-2020@1\t2020\t—", "shunping-2020@2\t2020\t在用 in use", "程序自带"}, nil},
		{"no data directory", "catalogue list --data " + files, command.ExitNoSuch, nil, []string{"--data"}},
		{"lint by id", "catalogue lint shunping-2020", command.ExitOK, []string{"P3-1 OP_INVERTED 疑似方向相反 · the target seems inverted", "施化", "54 doubts"}, nil},
		{"lint as JSON", "catalogue lint shunping-2020@1 --json", command.ExitOK, []string{`"row":"D-1","project":"","code":"GOAL_CONFLICT"`}, nil},
		{"lint of a file", "catalogue lint " + county, command.ExitOK, []string{"yunchuan-2020.yaml:55: Y1-2 OP_STRICT", "2 doubts"}, nil},
		{"lint of nothing", "catalogue lint nowhere-2020", command.ExitNoSuch, nil, []string{"nowhere-2020: 没有这个目录", "there is no such catalogue"}},
		{"lint of no file", "catalogue lint " + absent, command.ExitUsage, nil, []string{"无法读取目录文件", "can't read"}},
		{"broken", "catalogue lint " + broken, command.ExitUsage, nil, []string{"broken.yaml:55:35: bad_operator: 没有这个比较符：≦ / there is no operator “≦”", "broken.yaml:62:", "bad_number: 数字格式不对：二"}},
		{"publish of a broken one", "catalogue publish --data " + dir + " " + broken, command.ExitUsage, nil, []string{"bad_operator", "未发布，未作任何更改", "nothing was changed"}},
		{"publish of no YAML", "catalogue publish --data " + dir + " " + notYAML, command.ExitUsage, nil, []string{"none.yaml:", "bad_yaml: 不是有效的 YAML", "not valid YAML"}},
		{"publish beside another measure", "catalogue publish --data " + dir + " " + clash, command.ExitUsage, nil, []string{"clash.yaml:", "bad_measure: 计量项 reported 与 shunping-2020@2 中的同名计量项不同", "another one than in shunping-2020@2", "nothing was changed"}},
		{"nothing of that is there", "catalogue list --json --data " + dir, command.ExitOK, []string{`{"name":"shunping-2020@2","year":2020,"answers":true,"digest":"`}, nil},
		{"publish", "catalogue publish " + county + " --data " + dir, command.ExitOK, []string{"已发布 · published  yunchuan-2020@1", "in force within seconds"}, nil},
		{"publish again", "catalogue publish " + county + " --data " + dir, command.ExitOK, []string{"yunchuan-2020@1"}, nil},
		{"other bytes of that version", "catalogue publish " + other + " --data " + dir, command.ExitNoSuch, nil, []string{"yunchuan-2020@1", "已发布的版本不可更改", "raise the version", "nothing was changed"}},
		{"the next version", "catalogue publish --json " + second + " --data " + dir, command.ExitOK, []string{`"name":"yunchuan-2020@2"`, `"doubts":2`}, nil},
		{"an older one", "catalogue publish " + spoiled(t, files, "old.yaml", "value: '2'", "value: '4'") + " --data " + dir, command.ExitNoSuch, nil, []string{"raise the version"}},
		{"list", "catalogue list --data " + dir, command.ExitOK, []string{"shunping-2020@1\t2020\t—", "yunchuan-2020@1\t2020\t—", "yunchuan-2020@2\t2020\t在用 in use", "发布于 · published 20"}, nil},
		{"show the year", "catalogue show --year 2020 --data " + dir, command.ExitOK, []string{"yunchuan-2020@2", "三十分钟到场率", "≥75%", "incidents where somebody arrived within half an hour ÷", "12月底 100.00%", "疑点 · doubts  OP_STRICT"}, nil},
		{"show an id", "catalogue show shunping-2020 --data " + dir, command.ExitOK, []string{"冀财政法", "目标 · target  ≤0.5小时", "民警现场执法"}, nil},
		{"show as JSON", "catalogue show " + county + " --json", command.ExitOK, []string{`"id":"Y2-1"`, `"op":"≥","value":"5","unit":"副"`, `"plan_points":["6月底","12月底"]`}, nil},
		{"show no year", "catalogue show --year 1999", command.ExitNoSuch, nil, []string{"1999 年没有目录，已有：2020"}},
		{"copy", "catalogue copy 2020 2021 --out " + copied + " --data " + dir, command.ExitOK, nil, []string{"yunchuan-2021@1：全部 9 项标为待核定", "copied.yaml:1: 提到 2020 年 · speaks of 2020", "预算是上一年的"}},
		{"copy onto a file", "catalogue copy 2020 2021 --out " + copied + " --data " + dir, command.ExitNoSuch, nil, []string{"文件已存在，未改动", "left alone"}},
		{"copy to itself", "catalogue copy 2020 2020", command.ExitUsage, nil, []string{"原年度与新年度相同"}},
		{"copy of no year", "catalogue copy 1999 2021", command.ExitNoSuch, nil, []string{"1999 年没有目录，已有：2020"}},
		{"copy to three digits", "catalogue copy 2020 226", command.ExitUsage, nil, []string{"年度应为四位数", "226"}},
		{"copy as JSON to nowhere", "catalogue copy 2020 2021 --json", command.ExitUsage, nil, []string{"--json 须与 --out 同用"}},
		{"copy of a word", "catalogue copy last next", command.ExitUsage, nil, []string{"server --help"}},
		{"the copy is good", "catalogue lint " + copied, command.ExitOK, []string{"yunchuan-2021@1：2 处疑点"}, nil},
		{"nobody revised the copy", "catalogue publish " + copied + " --data " + dir, command.ExitUsage, nil, []string{"像是没有修改过的副本：全部 9 项", "--as-it-is", "nothing was changed"}},
		{"the copy is published", "catalogue publish --as-it-is " + copied + " --data " + dir, command.ExitOK, []string{"yunchuan-2021@1", "9 项待核定"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := try(t, "", strings.Fields(tt.args)...)
			if code != tt.code {
				t.Fatalf("exit %d, want %d\nout %s\nerr %s", code, tt.code, out, errs)
			}
			for _, want := range tt.out {
				if !strings.Contains(out, want) {
					t.Errorf("out lacks %q: %s", want, out)
				}
			}
			for _, want := range tt.errs {
				if !strings.Contains(errs, want) {
					t.Errorf("err lacks %q: %s", want, errs)
				}
			}
			if tt.name == "nothing of that is there" && strings.Count(out, "\n") != 2 {
				t.Errorf("there is more than the program's own: %s", out)
			}
		})
	}
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json") // the server loads all catalogues together
	if code := s.Stop(); code != command.ExitOK {
		t.Fatalf("stopped with %d", code)
	}
}

// The output of show is one JSON document with every row.
func TestShowIsOneDocument(t *testing.T) {
	_, out, _ := try(t, "", "catalogue", "show", "shunping-2020", "--json")
	var c shownCatalogue
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatal(err)
	}
	rows := len(c.Rows)
	for _, p := range c.Projects {
		rows += len(p.Rows)
	}
	if rows != 27 || c.Projects[2].Rows[0].ID != "P3-1" || strings.Join(c.Projects[2].Rows[0].Lints, " ") != "TYPO OP_INVERTED OP_STRICT" {
		t.Errorf("%d rows, P3-1 is %+v", rows, c.Projects[2].Rows[0])
	}
}
