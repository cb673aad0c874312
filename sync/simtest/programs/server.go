package programs

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Ready is the line of a server that is ready to answer.
type Ready struct {
	URL            string
	User, Password string // of the first administrator, the first time only
}

// Server is a running server.
type Server struct {
	*Process
	Ready
}

// ServerArgs are a server's program and the flags common to every command, with JSON lines as output; a command and its
// own flags follow. store names the place of the data: --data DIR, or --mongo URI.
func ServerArgs(bin string, store ...string) []string {
	return append([]string{filepath.Join(bin, "server"), "--json"}, store...)
}

// ServeArgs are ServerArgs with the command serve on a free port; more flags of serve may follow.
func ServeArgs(bin string, store ...string) []string {
	return append(ServerArgs(bin, store...), "serve", "--listen", "127.0.0.1:0")
}

// Serve starts a server and waits until the server is ready or has ended; after an end the URL is empty. After Patience
// Serve returns an error.
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
