package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// keyboard is a terminal and the person in front of it.
type keyboard struct {
	t        *testing.T
	terminal *os.File // the program's end
	person   *os.File // the other end
	mu       sync.Mutex
	shown    bytes.Buffer // the program's prompts, and every typed byte that the terminal echoes
}

func (k *keyboard) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shown.Write(b)
}

func (k *keyboard) text() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shown.String()
}

func newKeyboard(t *testing.T) *keyboard {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return &keyboard{t: t, terminal: terminal, person: person}
}

// echoes reports whether the terminal shows typed bytes.
func (k *keyboard) echoes() bool {
	state, err := unix.IoctlGetTermios(int(k.terminal.Fd()), unix.TCGETS)
	if err != nil {
		k.t.Error(err)
		return false
	}
	return state.Lflag&unix.ECHO != 0
}

// waitFor waits for a prompt without echo.
func (k *keyboard) waitFor(prompt string) {
	k.t.Helper()
	for end := time.Now().Add(10 * time.Second); !strings.HasSuffix(k.text(), prompt) || k.echoes(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			k.t.Fatalf("no prompt %q in %q, or the terminal echoes", prompt, k.text())
		}
	}
}

// askPassword reads a password from the keyboard, while lines are typed.
func askPassword(t *testing.T, lines ...string) (string, error) {
	t.Helper()
	k := newKeyboard(t)
	type result struct {
		password string
		err      error
	}
	done := make(chan result, 1)
	p := &Program{In: k.terminal, Err: k}
	go func() {
		password, err := p.ReadPassword(t.Context())
		done <- result{password, err}
	}()
	for i, line := range lines {
		k.waitFor([]string{"口令 · password: ", "再输一次 · the same again: "}[i])
		if _, err := k.person.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	r := <-done
	if !k.echoes() {
		t.Error("the terminal is left without echo")
	}
	fd := int(k.person.Fd()) // each call of Fd makes reads block again
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	echo := make([]byte, 1<<10)
	n, err := unix.Read(fd, echo)
	if err == nil && strings.Contains(string(echo[:n]), lines[0]) {
		t.Errorf("the terminal showed %q", echo[:n])
	}
	return r.password, r.err
}

func TestPasswordAtATerminal(t *testing.T) {
	if got, err := askPassword(t, "very secret", "very secret"); got != "very secret" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := askPassword(t, "very secret", "other secret"); !errors.Is(err, errTwoPasswords) {
		t.Errorf("two passwords: %v", err)
	}
}

// After an interrupted prompt the terminal has its old settings.
func TestPasswordGivenUp(t *testing.T) {
	k := newKeyboard(t)
	ctx, cancel := context.WithCancel(t.Context())
	p := &Program{In: k.terminal, Err: k}
	done := make(chan error, 1)
	go func() {
		_, err := p.ReadPassword(ctx)
		done <- err
	}()
	k.waitFor("口令 · password: ")
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || !k.echoes() {
		t.Errorf("%v, echo %v", err, k.echoes())
	}
}
