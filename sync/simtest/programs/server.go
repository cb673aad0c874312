package programs

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Ready is what a server says when it answers.
type Ready struct {
	URL            string
	User, Password string // of the first administrator, the first time only
}

// Server is a server that runs.
type Server struct {
	*Process
	Ready
}

// ServerArgs are a server's program and the flags that every command takes, with lines for scripts; a command and its
// own flags follow. store says where its data are: --data DIR, or --mongo URI.
func ServerArgs(bin string, store ...string) []string {
	return append([]string{filepath.Join(bin, "server"), "--json"}, store...)
}

// ServeArgs are those of a server that answers, on any free port; more of serve's flags may follow.
func ServeArgs(bin string, store ...string) []string {
	return append(ServerArgs(bin, store...), "serve", "--listen", "127.0.0.1:0")
}

// Serve starts a server and waits until it answers or has ended: the URL is empty then. An error: neither, for Patience.
func Serve(c Command) (*Server, error) {
	p, err := Start(c)
	if err != nil {
		return nil, err
	}
	s := &Server{Process: p}
	for until := time.Now().Add(Patience); time.Now().Before(until); time.Sleep(Pause / 20) {
		ended := p.Ended() // before its output is looked at: nothing comes after
		if line, _, ok := strings.Cut(p.Out(), "\n"); ok {
			return s, json.Unmarshal([]byte(line), &s.Ready)
		}
		if ended {
			return s, nil
		}
	}
	p.Kill()
	return s, fmt.Errorf("the server never answered:\n%s", p.Errs())
}

// ClientArgs are a client's program and flags for a data directory; a command and its own flags follow.
func ClientArgs(bin, data string, args ...string) []string {
	return append([]string{filepath.Join(bin, "client"), "--data", data, "--json"}, args...)
}
