package main

import (
	"errors"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"server": main})
}

// TestTranscripts runs testdata/*.txtar: typed commands and the program's output.
//
//	keep NAME PATTERN        puts the match of the pattern's group in the last output into $NAME
//	exits CODE COMMAND …     runs a command that must end with this exit code
func TestTranscripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: func(env *testscript.Env) error { env.Setenv("LANG", "C"); return nil },
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"keep": keep, "exits": exits},
	})
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
