package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"
	"roadbook/server/command/commandtest"
)

// try runs a command line that ends by itself.
func try(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	return commandtest.Run(execute).Try(t, in, args...)
}

// launch starts a server.
func launch(t *testing.T, args ...string) *commandtest.Server {
	t.Helper()
	return commandtest.Run(execute).Launch(t, args...)
}

func TestCommandLineTable(t *testing.T) {
	dir := t.TempDir()
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	if s.Ready.User != "admin" || s.Ready.Password == "" || !strings.HasPrefix(s.Ready.URL, "http://127.0.0.1:") {
		t.Fatalf("first start says %+v", s.Ready)
	}
	empty := t.TempDir()
	tests := []struct {
		name, in, args string
		code           int
		out, errs      string
	}{
		{"help", "", "--help", command.ExitOK, "退出码", ""},
		{"help of a command", "", "user add --help", command.ExitOK, "口令", ""},
		{"unknown command", "", "fly", command.ExitUsage, "", "server --help"},
		{"unknown flag", "", "serve --wings", command.ExitUsage, "", "--wings"},
		{"wrong type", "", "demo --seed x", command.ExitUsage, "", "seed"},
		{"directory in use", "", "serve --data " + dir + " --listen 127.0.0.1:0", command.ExitInUse, "", "另一个进程"},
		{"port that is none", "", "serve --data " + empty + "/a --listen 127.0.0.1:99999", command.ExitFault, "", "检查 --listen"},
		{"no store there", "", "user list --data " + empty, command.ExitNoSuch, "", "not found"},
		{"flags behind the command", "", "user list --data " + dir, command.ExitOK, "admin\tadmin", ""},
		{"flags before the command", "", "--data " + dir + " user list", command.ExitOK, "admin\tadmin", ""},
		{"JSON", "", "--json user list --data " + dir, command.ExitOK, `"user":"admin"`, ""},
		{"add", "long enough\n", "user add 王 --role viewer --data " + dir, command.ExitOK, "已新建用户 王，角色 viewer", ""},
		{"add again", "long enough\n", "user add 王 --data " + dir, command.ExitNoSuch, "", "exists"},
		{"short password", "short\n", "user add b --data " + dir, command.ExitUsage, "", "口令"},
		{"unknown role", "long enough\n", "user add b --role king --data " + dir, command.ExitUsage, "", "server: 用户角色应为 admin"},
		{"passwd of nobody", "long enough\n", "user passwd nobody --data " + dir, command.ExitNoSuch, "", "server user list"},
		{"passwd", "another secret\n", "user passwd 王 --data " + dir, command.ExitOK, "已修改用户 王 的口令", ""},
		{"disable", "", "user disable 王 --data " + dir, command.ExitOK, "", ""},
		{"is disabled", "", "user list --data " + dir, command.ExitOK, "王\tviewer\t停用", ""},
		{"code", "", "device code --unit check-1 --role officer --data " + dir, command.ExitOK, "-", ""},
		{"code as JSON", "", "device code --unit check-1 --role officer --json --data " + dir, command.ExitOK, `"unit":"check-1","role":"officer","fingerprint":"`, ""},
		{"code for nothing", "", "device code --data " + dir, command.ExitUsage, "", "单位"},
		{"code for no time", "", "device code --unit a --role clerk --hours 0 --data " + dir, command.ExitUsage, "", "hours"},
		{"revoke nobody", "", "device revoke 0000000000 --data " + dir, command.ExitNoSuch, "", "--unseen"},
		{"revoke who is no device", "", "device revoke someone --unseen --data " + dir, command.ExitUsage, "", "no device's id"},
		{"revoke who will come back", "", "device revoke 0000000000 --unseen --data " + dir, command.ExitOK, "", ""},
		{"it is listed", "", "device list --json --data " + dir, command.ExitOK, `"device":"0000000000"`, ""},
		{"backup to no directory", "", "backup mongodb://127.0.0.1:1/x --data " + dir, command.ExitUsage, "", "a backup is a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := try(t, tt.in, strings.Fields(tt.args)...)
			if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) {
				t.Errorf("exit %d (want %d)\nout %q wants %q\nerr %q wants %q", code, tt.code, out, tt.out, errs, tt.errs)
			}
		})
	}
	if code := s.Stop(); code != command.ExitOK {
		t.Fatalf("stopped with %d", code)
	}
	again := launch(t, "--json", "--listen", "127.0.0.1:0", "--data", dir) // serve is the default
	if again.Ready.Password != "" {
		t.Fatal("the first password is shown twice")
	}
	if code := again.Stop(); code != command.ExitOK {
		t.Fatalf("stopped with %d", code)
	}
}

func TestEnvironmentTwins(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "data")
	t.Setenv("ROADBOOK_DATA", dir)
	t.Setenv("ROADBOOK_LISTEN", "127.0.0.1:0")
	t.Setenv("ROADBOOK_JSON", "true")
	s := launch(t)
	if resp, err := http.Get(s.Ready.URL + "/healthz"); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	} else {
		resp.Body.Close()
	}
	t.Setenv("ROADBOOK_PASSWORD", "from the environment")
	if code, _, errs := try(t, "", "user", "add", "env"); code != command.ExitOK {
		t.Fatal(code, errs)
	}
	if code, out, _ := try(t, "", "user", "list"); code != command.ExitOK || !strings.Contains(out, `"user":"env"`) {
		t.Fatal(code, out)
	}
	if code := s.Stop(); code != command.ExitOK {
		t.Fatalf("stopped with %d", code)
	}
}
