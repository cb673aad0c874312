package programs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var built struct {
	sync.Mutex
	dir string // "": not yet
	own bool   // to be removed
}

// Main is for TestMain of a package that calls Build: it runs the tests and removes the programs.
func Main(m *testing.M) {
	code := m.Run()
	if built.own {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// Build returns the directory of both programs, server and client. The first call of a test run builds them.
func Build(t testing.TB) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.dir != "" {
		return built.dir
	}
	root, err := moduleRoot()
	if err == nil {
		err = statSources(root)
	}
	if err == nil {
		built.dir, built.own, err = build(t, root)
	}
	if err != nil {
		t.Fatal(err)
	}
	return built.dir
}

func build(t testing.TB, root string) (dir string, own bool, err error) {
	if dir = os.Getenv("ROADBOOK_PROGRAMS"); dir != "" {
		t.Logf("the programs are those of %s, not the present ones", dir)
		return dir, false, nil
	}
	if dir, err = os.MkdirTemp("", "roadbook-programs-"); err != nil { //nolint:usetesting // it outlives the first test
		return "", false, err
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "killpoints", "-ldflags", "-w",
		"-o", dir+string(filepath.Separator), "roadbook/server", "roadbook/client")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		return "", false, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, true, nil
}

// moduleRoot is the nearest directory above the test's own with a go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no go.mod above the test's directory")
		}
	}
	return "", err
}

// statSources stats every source file of the programs, so that go test does not use a cached result of older programs.
func statSources(root string) error {
	for _, room := range []string{"schema", "sync", "server", "client"} {
		err := filepath.WalkDir(filepath.Join(root, room), func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				_, err = os.Stat(path)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil // someone is at work
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
