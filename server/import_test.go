package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"
)

const planTable = "项目编码,任务名称,应完成日期,单位\n451-01,更换标志牌,2020-06-30,hq\n451-01,施划标线,2020-09-30,hq\n"

// TestImportTranscript imports a table as a person would: look at the template, check the file, correct it, import it
// twice, look at the list, undo.
func TestImportTranscript(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	file := filepath.Join(dir, "plan.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var run string // id of the last import with a change
	step := func(code int, out, errs string, args ...string) {
		t.Helper()
		gotCode, gotOut, gotErrs := try(t, "", append(args, "--data", data)...)
		if gotCode != code || !strings.Contains(gotOut, out) || !strings.Contains(gotErrs, errs) {
			t.Fatalf("%v: exit %d, %s%s; want %d, %q, %q", args, gotCode, gotOut, gotErrs, code, out, errs)
		}
		if _, rest, ok := strings.Cut(gotOut, "导入 import "); ok {
			run, _, _ = strings.Cut(rest, "：")
		}
	}
	step(command.ExitOK, "baseline\t基数\tBaseline", "", "import", "template")
	step(command.ExitOK, "# 单位,地点代码,", "", "import", "template", "task")
	step(command.ExitUsage, "", "没有可导入的种类“crash”", "import", "template", "crash")

	write(strings.Replace(planTable, "2020-09-30", "2020-09-31", 1))
	step(command.ExitUsage, "", "--mapping", "import", file)
	step(command.ExitUsage, "", "读不到文件", "import", file+".no", "--kind", "task")
	step(command.ExitUsage, "", "读不到文件", "import", file, "--mapping", "nosuch.yaml")
	step(command.ExitFaulty, "第 3 行 C 列（应完成日期）：2020-09-31 写的日子不存在", "文件有错", "import", file, "--kind", "task", "--dry-run")
	step(command.ExitFaulty, "row 3, column C (应完成日期): 2020-09-31 names a day", "nothing was imported", "import", file, "--kind", "task")
	step(command.ExitFaulty, `"row":3,"column":"C"`, "", "import", file, "--kind", "task", "--dry-run", "--json")
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Fatalf("a check made a database: %v", err)
	}
	step(command.ExitOK, "有错的行存于", "", "import", file, "--kind", "task", "--accept-valid", "--by", "周")
	rejects, err := os.ReadFile(filepath.Join(dir, "plan.rejects-"+run+".csv"))
	if err != nil || !strings.Contains(string(rejects), "451-01,施划标线,2020-09-31,hq,\"C: 2020-09-31 写的日子不存在") {
		t.Fatalf("rejects: %s, %v", rejects, err)
	}
	write(planTable)
	step(command.ExitOK, "无错 2", "", "import", file, "--kind", "task", "--dry-run")
	step(command.ExitOK, "新建 1，更正 0，恢复 0，作废 0，未变 1", "", "import", file, "--kind", "task")
	second := run
	step(command.ExitOK, "没有变化", "", "import", file, "--kind", "task")
	step(command.ExitOK, "周\ttask\ttask\tplan.csv\t2 行", "", "import", "list")
	step(command.ExitOK, "作废 1", "", "import", "undo", second)
	step(command.ExitOK, "已撤销 undone by "+run, "", "import", "list")
	step(command.ExitOK, `"undoes":"`+second+`"`, "", "import", "list", "--json")
	step(command.ExitUsage, "", "撤销本身不能再撤销", "import", "undo", run)
	step(command.ExitNoSuch, "", "没有这次导入", "import", "undo", "nosuch00")
	step(command.ExitOK, "恢复 1", "", "import", file, "--kind", "task")

	bad := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("name: x\nkind: tusk\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	step(command.ExitUsage, "", "bad.yaml:2:7: 没有种类“tusk” · there is no kind", "import", file, "--mapping", bad)
	step(command.ExitFaulty, "没有“Town Name”列", "", "import", file, "--mapping", "newhaven", "--dry-run")
}
