package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roadbook/server/command"

	"github.com/alecthomas/kong"
)

// commonFlags are the flags of every command.
const commonFlags = "data help json mongo verbose version"

// ownFlags are each command's own flags, written down a second time to check the help, the parser and the variables.
var ownFlags = map[string]string{
	"serve": "listen new trust-proxy", "health": "listen", "demo run": "listen seed trust-proxy volume", "demo remove": "yes",
	"user add": "role", "user list": "", "user passwd": "", "user disable": "",
	"device list": "silent", "device revoke": "unseen", "device move": "new unit", "device code": "hours new role unit",
	"import file": "accept-valid by dry-run encoding kind mapping", "import list": "", "import undo": "by", "import template": "",
	"bundle import": "answer", "verify": "", "rebuild": "", "backup": "every", "restore": "", "migrate": "from to",
	"report selfevaluation": "at entries format out project", "report verify": "",
	"clock accept": "yes", "catalogue lint": "", "catalogue show": "year", "catalogue copy": "out", "catalogue upgrade": "out", "catalogue publish": "as-it-is", "catalogue list": "",
	"catalogue adopt": "any-year", "catalogue revise": "budget name other out plan target", "doubts list": "after code limit open unit", "doubts rebuild": "",
	"reconcile": "adopt adopt-unit by encoding kind mapping mark out show unit year",
}

// saidEachTime are the flags that no variable gives.
var saidEachTime = strings.Fields("adopt adopt-unit mark new after any-year as-it-is budget name other plan target")

// words are a command's required words, so that only a flag can be wrong.
var words = map[string]string{
	"user add": "wang", "user passwd": "wang", "user disable": "admin", "device revoke": "0000000000", "device move": "0000000000 --unit check-1", "import file": "plan.csv",
	"import undo": "run00000", "bundle import": "a.rbk", "backup": "copy", "restore": "copy", "migrate": "--from a --to b",
	"report selfevaluation": "--project 1 --at 2020-12-31 --out sheet.xlsx", "report verify": "sheet.xlsx",
	"catalogue lint": "shunping-2020", "catalogue copy": "2020 2021", "catalogue upgrade": "a.yaml", "catalogue publish": "a.yaml",
	"catalogue adopt": "2020 2021", "catalogue revise": "2020", "reconcile": "plates.csv --kind plate --year 2020",
}

func leaves(t *testing.T) []*kong.Node {
	t.Helper()
	parser, err := command.NewParser(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	out := parser.Model.Leaves(false)
	if len(out) != len(ownFlags) {
		t.Fatalf("%d commands, %d are known here", len(out), len(ownFlags))
	}
	return out
}

// TestFlagsAreThoseOfTheTable: in the parser, in the help, and as variables with their established names.
func TestFlagsAreThoseOfTheTable(t *testing.T) {
	inHelp := regexp.MustCompile(`(?m)^  (?:-\w, |    )--([a-z-]+)`)
	for _, n := range leaves(t) {
		path := command.PathOf(n)
		var names []string
		for _, f := range n.Flags {
			names = append(names, f.Name)
			envs := []string{"ROADBOOK_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))}
			if slices.Contains(saidEachTime, f.Name) {
				envs = nil
			}
			if !slices.Equal(f.Envs, envs) {
				t.Errorf("%s: --%s has the variables %v, want %v", path, f.Name, f.Envs, envs)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != ownFlags[path] {
			t.Errorf("%s takes %q, want %q", path, got, ownFlags[path])
		}
		code, out, errs := try(t, "", append(strings.Fields(path), "--help")...)
		var said []string
		for _, m := range inHelp.FindAllStringSubmatch(out, -1) {
			said = append(said, m[1])
		}
		want := strings.Fields(commonFlags + " " + ownFlags[path])
		slices.Sort(said)
		slices.Sort(want)
		if code != command.ExitOK || !slices.Equal(said, want) {
			t.Errorf("%s --help names %v, want %v (exit %d, %s)", path, said, want, code, errs)
		}
	}
}

// TestForeignFlags gives every command every foreign flag, before and behind the command: exit code 2, a sentence with
// both names, and nothing changed.
func TestForeignFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	launch(t, "serve", "--data", "data", "--listen", "127.0.0.1:0", "--json").Stop()
	before := contentsOf(t, ".")
	all := leaves(t)
	ended, end := context.WithCancel(t.Context()) // a command that passes the check by mistake ends at once
	end()
	tried := 0
	for _, n := range all {
		path := command.PathOf(n)
		for _, f := range flagsOf(all) {
			if slices.Contains(strings.Fields(commonFlags+" "+ownFlags[path]), f.Name) {
				continue
			}
			flag := "--" + f.Name
			if !f.IsBool() {
				flag += "=1"
			}
			tried++
			for _, line := range []string{path + " " + words[path] + " " + flag, flag + " " + path + " " + words[path]} {
				refusesFlag(ended, t, strings.Fields(line), f.Name, path)
			}
		}
	}
	if tried < 450 {
		t.Errorf("only %d pairs were tried", tried)
	}
	if after := contentsOf(t, "."); after != before {
		t.Errorf("something changed:\n%s\nwas\n%s", after, before)
	}
}

func refusesFlag(ctx context.Context, t *testing.T, args []string, flag, owner string) {
	t.Helper()
	var out, errs strings.Builder
	code := execute(ctx, args, strings.NewReader("yes\n"), &out, &errs)
	want := fmt.Sprintf("server: --%s 不是 %s 的选项", flag, owner)
	if code != command.ExitUsage || out.Len() > 0 || !strings.HasPrefix(errs.String(), want) || !strings.Contains(errs.String(), "nothing was done") {
		t.Errorf("server %s: exit %d, %s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
}

// flagsOf are the flags of all commands, each name once. A name means the same in all commands: a flag before a command
// is read before the command is known.
func flagsOf(all []*kong.Node) (out []*kong.Flag) {
	for _, n := range all {
		for _, f := range n.Flags {
			same := func(g *kong.Flag) bool { return g.Name == f.Name }
			if i := slices.IndexFunc(out, same); i < 0 {
				out = append(out, f)
			} else if out[i].IsBool() != f.IsBool() || out[i].Short != f.Short {
				panic("--" + f.Name + " means two things")
			}
		}
	}
	return out
}

// contentsOf is a digest of every file under a directory.
func contentsOf(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", path, sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFlagsBeforeACommand: flags may stand before a command at every level, and values are not mistaken for commands.
func TestFlagsBeforeACommand(t *testing.T) {
	for line, want := range map[string]string{
		"--listen :1 --json serve":          "serve",
		"--listen :1":                       "serve",
		"--listen demo":                     "serve",
		"--json --listen=:1 demo":           "demo run",
		"--seed 5 demo --listen :1 run":     "demo run",
		"-v demo -y remove":                 "demo remove",
		"-vy demo remove":                   "demo remove",
		"--by undo import list.csv":         "import file <file>",
		"--by x import undo r":              "import undo <run>",
		"--data d user --role hq add wang":  "user add <name>",
		"--unseen=false device revoke x":    "device revoke <id>",
		"backup --data d -- --every":        "backup <dir>",
		"--from a --to b migrate --mongo m": "migrate",
	} {
		parser, err := command.NewParser(&commands{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := command.Parse(parser, strings.Fields(line))
		if err != nil || c.Command() != want {
			t.Errorf("server %s: %v, want %q", line, err, want)
		}
	}
}

// TestHelpNamesInBothLanguages: the help explains typed values in both languages.
func TestHelpNamesInBothLanguages(t *testing.T) {
	for line, parts := range map[string][]string{
		"user add --help":        {"admin 管理员", "hq 机关", "viewer 只读", "headquarters", "reads only"},
		"device code --help":     {"officer 执勤民警", "clerk 窗口人员", "on patrol", "at a counter"},
		"import --help":          {"task\t任务\tTask\n"},
		"import template --help": {"plate\t号牌发放\tPlate issue\n"},
	} {
		_, out, _ := try(t, "", strings.Fields(line)...)
		whole := strings.Join(strings.Fields(out), " ")
		for _, part := range parts {
			if !strings.Contains(whole, strings.Join(strings.Fields(part), " ")) {
				t.Errorf("server %s lacks %q:\n%s", line, part, out)
			}
		}
	}
}
