package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"roadbook/schema/catalogue"
	"roadbook/server/hub"
	"roadbook/sync/clock"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"server": main})
}

// TestTranscripts runs testdata/*.txtar: typed commands and the program's output.
//
//	keep NAME PATTERN        puts the match of the pattern's group in the last output into $NAME
//	exits CODE COMMAND …     runs a command that must end with this exit code
//	edit FILE OLD NEW OUT    writes FILE as OUT, with one place changed
func TestTranscripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: setUp,
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"keep": keep, "exits": exits, "edit": edit},
	})
}

func edit(ts *testscript.TestScript, _ bool, args []string) {
	text, was := ts.ReadFile(args[0]), strings.ReplaceAll(args[1], `\n`, "\n")
	if !strings.Contains(text, was) {
		ts.Fatalf("%q is not in %s", was, args[0])
	}
	text = strings.Replace(text, was, strings.ReplaceAll(args[2], `\n`, "\n"), 1)
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(text), 0o600))
}

// setUp gives each transcript the program's first catalogue as another year's: what HQ published before there was a second.
// $THISYEAR and $NEXTYEAR are the present year and the next.
func setUp(env *testscript.Env) error {
	env.Setenv("LANG", "C")
	text, err := os.ReadFile("../schema/data/catalogues/shunping-2020.yaml")
	if err != nil {
		return err
	}
	copied, err := catalogue.CopyToYear(text, 2021)
	if err != nil {
		return err
	}
	year := clock.DayOf(hub.Now().UnixMilli()).Year()
	env.Setenv("THISYEAR", strconv.Itoa(year))
	env.Setenv("NEXTYEAR", strconv.Itoa(year+1))
	here, err := filepath.Abs("testdata")
	env.Setenv("TESTED", here)
	return errors.Join(err, os.WriteFile(filepath.Join(env.WorkDir, "shunping-2021.yaml"), copied, 0o600))
}

func keep(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("%s does not stand in %q", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], m[1])
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	var exit *exec.ExitError
	err := ts.Exec(args[1], args[2:]...)
	if want := args[0]; !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != want {
		ts.Fatalf("%v, want exit code %s", err, want)
	}
}
