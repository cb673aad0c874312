package simtest

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
)

// task is a goroutine that runs only while holding the token.
type task struct {
	name   string
	resume chan struct{}
	done   bool
	asleep int // turns to skip
	server *server
	life   int // of the server at the time of entering
}

// spawn makes a task. The task waits for its first turn.
func (w *world) spawn(name string, fn func()) {
	t := &task{name: name, resume: make(chan struct{})}
	w.tasks = append(w.tasks, t)
	go func() {
		<-t.resume
		defer func() {
			if r := recover(); r != nil {
				w.failf("%s panicked: %v\n%s", name, r, debug.Stack())
			}
			t.done = true
			w.yielded <- struct{}{}
		}()
		fn()
	}()
}

// run gives a task the token until the task yields or ends.
func (w *world) run(t *task) {
	was := w.current
	w.current = t
	t.resume <- struct{}{}
	<-w.yielded
	w.current = was
	if !t.done {
		return
	}
	for i := range w.tasks {
		if w.tasks[i] == t {
			w.tasks = append(w.tasks[:i], w.tasks[i+1:]...)
			return
		}
	}
}

// yield gives the token back and waits for the next turn. Outside of a task yield does nothing.
func (w *world) yield() {
	if t := w.current; t != nil && !w.dying {
		w.yielded <- struct{}{}
		<-t.resume
	}
}

// takeTurn makes one thing happen: a step of a task, or a random event.
func (w *world) takeTurn() {
	w.turns++
	w.now += int64(w.rng.IntN(40))
	if t := w.pick(); t != nil && (len(w.tasks) >= 6 || w.rng.IntN(100) < 93) {
		w.run(t)
		return
	}
	w.randomEvent()
}

// pick chooses an awake task.
func (w *world) pick() *task {
	var awake []*task
	for _, t := range w.tasks {
		if t.asleep > 0 {
			t.asleep--
			continue
		}
		awake = append(awake, t)
	}
	if len(awake) == 0 {
		return nil
	}
	return awake[w.rng.IntN(len(awake))]
}

// enter notes the server that a task works for from here on; leave ends this.
func (w *world) enter(s *server) (leave func()) {
	t := w.current
	if t == nil {
		return func() {}
	}
	in, life := t.server, t.life
	t.server, t.life = s, s.life
	return func() { t.server, t.life = in, life }
}

// Step is asked by the simulated engine before and after every operation on a document.
func (w *world) Step(_ context.Context, op string) error {
	t := w.current
	if t == nil {
		return nil // the checks read
	}
	if err := w.alive(t); err != nil {
		return err
	}
	if strings.HasPrefix(op, "before") {
		if w.sleepBefore != nil {
			t.asleep = w.sleepBefore(t, op)
		} else if w.chance(w.rates.stall) && !w.ending {
			t.asleep = w.rng.IntN(w.rates.sleep)
		}
		w.yield()
	}
	if err := w.alive(t); err != nil {
		return err
	}
	return w.stepFault(t, op)
}

func (w *world) alive(t *task) error {
	if w.dying || t.server != nil && t.life != t.server.life {
		return errDead
	}
	return nil
}

// stepFault lets a step go wrong: the server dies, the database does not answer.
func (w *world) stepFault(t *task, op string) error {
	if t.server != nil && w.crashesAt(op) {
		w.tracef("server %d crashes %s", t.server.number, op)
		t.server.crash()
		return errDead
	}
	if w.ending || !writes(op) {
		return nil
	}
	if w.chance(w.rates.unavailable) {
		w.tracef("unavailable %s", op)
		return store.ErrUnavailable
	}
	if w.chance(w.rates.concern) {
		w.tracef("no write concern %s", op)
		return fmt.Errorf("%w: %s", mongostore.ErrWriteConcern, op)
	}
	return nil
}

// crashesAt reports whether a server dies at a step: by chance, or by a directed test.
func (w *world) crashesAt(op string) bool {
	if w.crashWhen != nil {
		return w.crashWhen(op)
	}
	return !w.ending && w.chance(w.rates.crash)
}

func writes(op string) bool {
	for _, verb := range []string{" insert ", " change ", " raise "} {
		if strings.Contains(op, verb) {
			return true
		}
	}
	return false
}
