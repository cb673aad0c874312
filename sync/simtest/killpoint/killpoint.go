// Package killpoint lets a program kill itself at a named step, as a power cut would: with SIGKILL, with nothing closed
// and nothing flushed. It also gives a program a wrong wall clock. Only files with the build tag killpoints import this
// package, so released programs contain no part of it.
package killpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Variable names the kill point: STEP:N, STEP:N:before or STEP:N:after, at the N-th passing of a step, before the step
// (the default) or after the step. Empty: no kill point.
const Variable = "ROADBOOK_KILL"

// Point is a place to die at.
type Point struct {
	step   string
	before bool
	left   atomic.Int64
}

// FromEnvironment reads Variable. FromEnvironment panics on an unreadable text: a test that kills nothing must not pass
// for a test with kills. Nil: no kill point.
func FromEnvironment() *Point {
	text := os.Getenv(Variable)
	if text == "" {
		return nil
	}
	p, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return p
}

// Parse reads the text of a point.
func Parse(text string) (*Point, error) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return nil, fmt.Errorf("%s=%q: STEP:N[:before|:after] expected", Variable, text)
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("%s=%q: the passing is a number from 1 on", Variable, text)
	}
	p := &Point{step: parts[0], before: true}
	if len(parts) == 3 {
		p.before = parts[2] == "before"
		if !p.before && parts[2] != "after" {
			return nil, fmt.Errorf("%s=%q: neither before nor after", Variable, text)
		}
	}
	p.left.Store(n)
	return p, nil
}

// Due counts a passing and reports whether the program must die now.
func (p *Point) Due(step string, before bool) bool {
	return p != nil && p.step == step && p.before == before && p.left.Add(-1) == 0
}

// Pass kills the program if the point is due, and then never returns.
func (p *Point) Pass(step string, before bool) {
	if !p.Due(step, before) {
		return
	}
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {} // until the signal has arrived
}
