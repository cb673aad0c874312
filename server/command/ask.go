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

// maxLine bounds one line of standard input, in bytes. A cut password is still longer than server/auth allows, so a
// cut one is refused.
const maxLine = 1024

var errTwoPasswords = Usage("两次输入的口令不同，未作更改 · the two passwords differ: nothing was changed")

// Confirm asks the person at the keyboard a question, and reports whether the answer is yes.
func (p *Program) Confirm(question string) bool {
	fmt.Fprint(p.Err, question)
	line, err := p.readLine()
	return err == nil && strings.TrimSpace(line) == "yes"
}

// readLine reads one line of standard input; the end of input ends it as well.
func (p *Program) readLine() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(p.In, maxLine)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

// ReadPassword comes from ROADBOOK_PASSWORD. Else a person at a terminal types it twice, unseen, and from a pipe it is the
// first line.
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

// unseen reads a line from the terminal without showing it. When ctx ends, the terminal is put back as it was.
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

// IsTerminal tells whether a person sits at a stream.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
