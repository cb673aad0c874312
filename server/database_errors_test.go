package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"roadbook/server/command"

	"roadbook/server/store/mongostore/fakemongo"
)

const mongoSecret = "correct-horse"

// says makes a database with fixed answers to reads and to writes; nil is the usual answer.
func says(read, write fakemongo.Answer) func(fakemongo.Command) fakemongo.Answer {
	return func(c fakemongo.Command) fakemongo.Answer {
		if c.Name == "find" || c.Name == "aggregate" || c.Name == "saslStart" {
			return read
		}
		return write
	}
}

// TestDatabaseErrors: each reason why a MongoDB can't be used has one sentence in two languages and an exit code; nothing
// is written, and no output shows the password.
func TestDatabaseErrors(t *testing.T) {
	denied := fakemongo.Refusal(13, "Unauthorized", "not authorized on roadbook to execute command")
	for _, tt := range []struct {
		name   string
		answer func(fakemongo.Command) fakemongo.Answer
		user   bool // the URI names a user
		code   int
		zh, en string
	}{
		{"sign-in", says(fakemongo.Refusal(18, "AuthenticationFailed", "Authentication failed."), nil), true, command.ExitDenied, "数据库拒绝登录，未作更改", "refused the sign-in"},
		{"no rights to read", says(denied, denied), false, command.ExitDenied, "数据库不允许这样做", "grant its user the role readWrite"},
		{"no rights to write", says(nil, denied), false, command.ExitDenied, "数据库不允许这样做", "grant its user the role readWrite"},
		{"full", says(nil, fakemongo.Refusal(14031, "OutOfDiskSpace", "out of disk space")), false, command.ExitFull, "数据库空间已满", "no space left"},
		{"full under FerretDB", says(nil, fakemongo.Refusal(1, "InternalError", "could not extend file: No space left on device")), false, command.ExitFull, "数据库空间已满", "no space left"},
		{"away behind FerretDB", says(fakemongo.Refusal(1, "InternalError", "failed to connect to `user=postgres`:\n\t127.0.0.1:1: refused"), nil), false, command.ExitUnavailable, "数据库不可用", "does not answer"},
		{"newer", says(fakemongo.Format(1000), nil), false, command.ExitNewer, "未作更改：请升级本程序", "upgrade this program"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fake := fakemongo.New(t, tt.answer)
			before := ""
			if tt.user {
				before = "roadbook:" + mongoSecret + "@"
			}
			uri := fake.URI(before, "/roadbook?appName="+mongoSecret)
			for _, args := range [][]string{
				{"serve", "--listen", "127.0.0.1:0", "--mongo", uri}, {"user", "list", "--json", "--mongo", uri}, {"verify", "--mongo", uri},
				{"migrate", "--from", uri, "--to", t.TempDir()}, {"demo", "remove", "--yes", "--mongo", uri},
			} {
				wantDatabaseError(t, args, tt.code, tt.zh, tt.en)
			}
			for _, c := range fake.Sent() {
				if tt.answer(c) == nil && c.Name != "find" {
					t.Errorf("written all the same: %s %v", c.Name, c.Body)
				}
			}
		})
	}
}

// TestForeignFile: a database file of another program is left unchanged, with a sentence about it.
func TestForeignFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "roadbook.db")
	want := strings.Repeat("what an encrypted file looks like ", 500)
	if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"serve", "--listen", "127.0.0.1:0", "--data", dir}, {"user", "list", "--data", dir}, {"verify", "--data", dir}, {"rebuild", "--data", dir},
	} {
		wantDatabaseError(t, args, command.ExitFault, "不是服务器的数据库，文件未动", "not a server's database; it was left as it is")
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("the file was changed: %d bytes, %v", len(got), err)
	}
}

// grows is a database whose format rises by one with each write of the format; 0 is a new database.
func grows(format *atomic.Int64) func(fakemongo.Command) fakemongo.Answer {
	return func(c fakemongo.Command) fakemongo.Answer {
		switch {
		case c.On != "meta":
		case c.Name != "find":
			format.Add(1)
		case strings.Contains(c.Body.String(), `"format"`) && format.Load() > 0:
			return fakemongo.Format(format.Load())
		}
		return nil
	}
}

// TestOlderIsBrought: an older database is migrated, and the command then does its work.
func TestOlderIsBrought(t *testing.T) {
	var format atomic.Int64
	format.Store(1)
	fake := fakemongo.New(t, grows(&format))
	code, _, errs := try(t, "", "user", "list", "--mongo", fake.URI("", "/roadbook"))
	if code != command.ExitOK || !strings.Contains(errs, "brought to a newer format") || format.Load() != 7 {
		t.Errorf("exit %d, format %d, %s", code, format.Load(), errs)
	}
	if _, _, errs := try(t, "", "user", "list", "--mongo", fakemongo.New(t, grows(new(atomic.Int64))).URI("", "/roadbook")); errs != "" {
		t.Errorf("of a new database it says %s", errs)
	}
	if indexed := strings.Count(fmt.Sprint(fake.Sent()), `"name": "roadbook_`); indexed != 5 {
		t.Errorf("%d indexes were made, the format before lacks 5", indexed)
	}
}

func wantDatabaseError(t *testing.T, args []string, want int, texts ...string) {
	t.Helper()
	code, out, errs := try(t, "", args...)
	if code != want || out != "" {
		t.Errorf("%v: exit %d, want %d; said %q, %q", args[:2], code, want, out, errs)
	}
	for _, text := range texts {
		if !strings.Contains(errs, text) {
			t.Errorf("%v: %q is not in %q", args[:2], text, errs)
		}
	}
	if strings.Count(errs, "\n") != 1 {
		t.Errorf("%v: not one line: %q", args[:2], errs)
	}
	if strings.Contains(errs, mongoSecret) {
		t.Errorf("%v: the password is told: %q", args[:2], errs)
	}
}

// TestAddressErrors: a wrong URI, or a URI that leads to no database.
func TestAddressErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uri")
	if err := os.WriteFile(file, []byte("mongodb://roadbook:"+mongoSecret+"@127.0.0.1:port/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{
		"@" + file, "mongodb://roadbook:" + mongoSecret + "/" + mongoSecret + "@h/", "http://roadbook:" + mongoSecret + "@h/",
		"mongodb://roadbook:" + mongoSecret + "%@h/", "mongodb://h/?tlsCAFile=/no/" + mongoSecret,
	} {
		wantDatabaseError(t, []string{"user", "list", "--mongo", uri}, command.ExitUsage, "数据库地址写法有误，未连接，未作更改", "can't be read; nothing was asked or changed")
	}
	nobody := "mongodb://roadbook:" + mongoSecret + "@127.0.0.1:9/x?serverSelectionTimeoutMS=50"
	wantDatabaseError(t, []string{"user", "list", "--mongo", nobody}, command.ExitUnavailable, "数据库不可用", "does not answer", "127.0.0.1:9: connection refused")
	wantDatabaseError(t, []string{"migrate", "--to", nobody, "--from", nobody + "&w=1"}, command.ExitUnavailable, "数据库不可用", "127.0.0.1:9: connection refused")
	code, _, errs := try(t, "", "serve", nobody)
	if code != command.ExitUsage || strings.Contains(errs, mongoSecret) {
		t.Errorf("exit %d, %s", code, errs)
	}
}
