package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxLine bounds one line of standard input, in bytes. A password cut at this length is still too long for server/auth,
// so it is refused.
const maxLine = 1024

var errTwoPasswords = Usage("两次输入的口令不同，未作更改 · the two passwords differ: nothing was changed")

// Confirm asks the person at the keyboard a question and reports whether the answer is yes.
func (p *Program) Confirm(question string) bool {
	fmt.Fprint(p.Err, question)
	line, err := p.readLine()
	return err == nil && strings.TrimSpace(line) == "yes"
}

// readLine reads one line of standard input, without its end.
func (p *Program) readLine() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(p.In, maxLine)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

// ReadPassword takes a password from ROADBOOK_PASSWORD. Otherwise a person types it twice on a terminal, without echo;
// a pipe supplies it as the first line.
func (p *Program) ReadPassword(ctx context.Context) (string, error) {
	if text, ok := os.LookupEnv("ROADBOOK_PASSWORD"); ok {
		return text, nil
	}
	if !IsTerminal(p.In) {
		return p.readLine()
	}
	first, err := p.readHidden(ctx, "口令 · password: ")
	if err != nil {
		return "", err
	}
	again, err := p.readHidden(ctx, "再输一次 · the same again: ")
	if err == nil && again != first {
		err = errTwoPasswords
	}
	return first, err
}

// readHidden reads a line from the terminal without echo. When ctx ends, the terminal's settings are restored.
func (p *Program) readHidden(ctx context.Context, prompt string) (string, error) {
	fd := int(p.In.(*os.File).Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(p.Err, prompt)
	defer fmt.Fprintln(p.Err)
	type typed struct {
		text []byte
		err  error
	}
	done := make(chan typed, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		done <- typed{text, err}
	}()
	select {
	case t := <-done:
		return string(t.text), t.err
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
