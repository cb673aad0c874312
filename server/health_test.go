package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"
)

func TestHealth(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked %s", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	check := func(want int, listen string) {
		t.Helper()
		var out, errs bytes.Buffer
		if got := execute(t.Context(), []string{"health", "--listen", listen}, nil, &out, &errs); got != want {
			t.Errorf("--listen %s: exit code %d, want %d: %s", listen, got, want, errs.String())
		}
	}
	check(command.ExitOK, "127.0.0.1:"+port)
	check(command.ExitOK, "0.0.0.0:"+port) // the image's listen address
	check(command.ExitOK, ":"+port)
	status = http.StatusServiceUnavailable // as with a database that does not answer
	check(command.ExitUnavailable, "127.0.0.1:"+port)
	check(command.ExitUsage, "nonsense")
	server.Close()
	check(command.ExitUnavailable, "127.0.0.1:"+port)
}

// A value with a leading @ names a file: every process of a container can read a password in the environment, and
// everyone a password on a command line.
func TestMongoFromFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uri")
	if err := os.WriteFile(file, []byte("mongodb://u:p@h/roadbook\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	uri, from, err := command.ReadURI("@" + file)
	if err != nil || uri != "mongodb://u:p@h/roadbook" || from != file {
		t.Errorf("%q from %q, %v", uri, from, err)
	}
	var out, errs bytes.Buffer
	code := execute(t.Context(), []string{"user", "list", "--mongo", "@" + file + ".none"}, nil, &out, &errs)
	if code != command.ExitUsage || !strings.Contains(errs.String(), "uri.none") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	code = execute(t.Context(), []string{"serve", "--trust-proxy", "10.0.0.1"}, nil, &out, &errs)
	if code != command.ExitUsage {
		t.Errorf("an address without /BITS: exit code %d: %s", code, errs.String())
	}
}
