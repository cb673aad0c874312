package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the measured program, in a process of its own.
type server struct {
	cmd       *exec.Cmd
	binary    string
	trace     string // strace's summary
	traced    bool
	url       string
	token     string
	catalogue string
	done      chan struct{} // closed at the process's end, with exit set
	exit      error
}

// startServer builds the server and starts it, under strace if wanted and installed. beside is an earlier server with users
// on the same database; nil: none.
func startServer(ctx context.Context, binary, data, mongo string, traced bool, beside *server) (*server, error) {
	s := &server{binary: binary, trace: filepath.Join(filepath.Dir(data), "strace.txt")}
	if binary == "" {
		s.binary = filepath.Join(filepath.Dir(data), "server")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", s.binary, "./server")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build: %w\n%s", err, out)
		}
	}
	args := []string{s.binary, "serve", "--listen", "127.0.0.1:0", "--data", data, "--json"}
	if mongo != "" {
		args = append(args, "--mongo", mongo)
	}
	if strace, err := exec.LookPath("strace"); traced && err == nil {
		s.traced = true
		args = append([]string{strace, "-f", "--seccomp-bpf", "-c", "-o", s.trace, "-e", "trace=fsync,fdatasync"}, args...)
	}
	s.cmd = exec.CommandContext(ctx, args[0], args[1:]...)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	var ready struct{ URL, User, Password string }
	lines := bufio.NewScanner(out)
	for ready.URL == "" && lines.Scan() {
		_ = json.Unmarshal(lines.Bytes(), &ready)
	}
	if ready.URL == "" {
		return nil, errors.New("the server did not say that it is ready")
	}
	s.done = make(chan struct{})
	go func() {
		for lines.Scan() {
		}
		s.exit = s.cmd.Wait()
		close(s.done)
	}()
	s.url = ready.URL
	if beside != nil {
		s.token, s.catalogue = beside.token, beside.catalogue
		return s, nil
	}
	return s, s.signIn(ctx, ready.User, ready.Password)
}

func (s *server) signIn(ctx context.Context, user, password string) error {
	var session struct{ Token string }
	if err := s.call(ctx, http.MethodPost, "/v1/signin", map[string]string{"user": user, "password": password}, &session); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	s.token = session.Token
	var answer struct{ Catalogue string }
	err := s.call(ctx, http.MethodGet, "/v1/indicators?year=2020&at=2020-12-31", nil, &answer)
	s.catalogue = answer.Catalogue
	return err
}

// code asks for a one-time enrollment code for a unit, known or new.
func (s *server) code(ctx context.Context, unit, role string) (string, error) {
	var got struct{ Code string }
	err := s.call(ctx, http.MethodPost, "/v1/codes", map[string]any{"unit": unit, "role": role, "new": true}, &got)
	return got.Code, err
}

func (s *server) call(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: server answered %d", path, resp.StatusCode)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// pid is the server's process: strace's child under strace.
func (s *server) pid() int {
	pid := s.cmd.Process.Pid
	if !s.traced {
		return pid
	}
	bareEngine, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	child, err := strconv.Atoi(strings.Fields(string(bareEngine) + " 0")[0])
	if err != nil || child == 0 {
		return pid
	}
	return child
}

// memory reads a figure of /proc/PID/status, KiB.
func (s *server) memory(name string) int {
	bareEngine, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid()))
	for line := range strings.Lines(string(bareEngine)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// forgetPeak resets VmHWM.
func (s *server) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.pid()), []byte("5"), 0o200)
}

// cpu is a process's processor time, user and system.
func cpu(pid int) time.Duration {
	bareEngine, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The fields after the command's name in brackets; utime and stime are the 14th and 15th, in 1/100 s.
	fields := strings.Fields(string(bareEngine[bytes.LastIndexByte(bareEngine, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// stop ends the server; calling it again does nothing.
func (s *server) stop() {
	if s.done == nil {
		return
	}
	if err := syscall.Kill(s.pid(), syscall.SIGTERM); err != nil {
		fmt.Fprintln(os.Stderr, "loadtest: stop:", err)
	}
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		fmt.Fprintln(os.Stderr, "loadtest: the server did not stop:", s.cmd.Process.Kill())
		<-s.done
	}
	s.done = nil
}

// finish stops the server and counts its flushes to disk.
func (s *server) finish() (fsyncs int, err error) {
	s.stop()
	if !s.traced {
		return 0, nil
	}
	bareEngine, err := os.ReadFile(s.trace)
	for line := range strings.Lines(string(bareEngine)) {
		f := strings.Fields(line)
		if len(f) >= 5 && (f[len(f)-1] == "fsync" || f[len(f)-1] == "fdatasync") {
			n, _ := strconv.Atoi(f[3])
			fsyncs += n
		}
	}
	return fsyncs, err
}
