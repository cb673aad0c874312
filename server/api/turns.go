package api

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"roadbook/sync/wire"
)

// turns is a budget of bytes that are in memory at once, given out in the order in which devices first asked. A device
// that is turned away keeps its place: when it comes back it stands before all who first asked after it, so that
// whoever goes on asking has his turn, however many there are.
type turns struct {
	most int64 // bytes
	long int   // who wait at once, at most

	mu     sync.Mutex
	used   int64
	ticket uint64
	line   []*waiter         // by ticket
	kept   map[string]uint64 // tickets of devices that were turned away
	held   map[string]int    // shares that devices have now
	closed bool
}

// waiter stands in the line. A place is one device's: who asks again takes it over from his own earlier request, whose
// connection is most likely gone.
type waiter struct {
	who    string
	ticket uint64
	size   int64
	called chan bool // true: its turn; false: it is turned away
}

const (
	keptPlaces = 20_000 // a server that turned more devices away than that begins afresh
	mostShares = 4      // of one device: answers on lines that broke, and the one it is asking for
	turnsOfSec = 25     // how many devices that were turned away are served in a second, about: two cores make fifty pulls
	mostAgain  = 60     // s, after which a device that was turned away is asked to come back at the latest
)

// share is what a device has of the budget, until it leaves.
type share struct {
	of   *turns
	who  string
	size int64 // bytes
}

// now gives n bytes to a device if nobody was before it, and keeps a place for it otherwise.
func (t *turns) now(who string, n int64) (*share, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ticket := t.ticketOf(who)
	first := len(t.line) == 0 || ticket < t.line[0].ticket
	if t.closed || !first || !t.fits(n) || t.held[who] >= mostShares {
		t.keep(who, ticket)
		return nil, false
	}
	return t.give(who, n), true
}

// wait gives n bytes to a device when it is its turn. It is turned away, with its place kept, when ctx ends before, and
// at once where too many wait.
func (t *turns) wait(ctx context.Context, who string, n int64) (*share, bool) {
	w, s := t.queue(who, n)
	if w == nil {
		return s, s != nil
	}
	select {
	case mine := <-w.called:
		return w.share(t), mine
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.line, w); i >= 0 {
		t.line = slices.Delete(t.line, i, i+1)
		t.keep(who, w.ticket)
		t.call() // those behind it may fit
		return nil, false
	}
	return w.share(t), <-w.called // it was called at this very moment
}

func (w *waiter) share(t *turns) *share { return &share{t, w.who, w.size} }

// queue lets a device in at once, or puts it into the line.
func (t *turns) queue(who string, n int64) (*waiter, *share) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.replace(who)
	ticket := t.ticketOf(who)
	at, _ := slices.BinarySearchFunc(t.line, ticket, func(w *waiter, k uint64) int { return cmp.Compare(w.ticket, k) })
	switch {
	case t.closed || t.held[who] >= mostShares:
		return nil, nil
	case at == 0 && t.fits(n):
		return nil, t.give(who, n)
	case len(t.line) >= t.long && at == len(t.line):
		t.keep(who, ticket)
		return nil, nil
	case len(t.line) >= t.long: // the last makes room: it has waited less
		last := t.line[len(t.line)-1]
		t.line = t.line[:len(t.line)-1]
		t.away(last)
	}
	w := &waiter{who, ticket, n, make(chan bool, 1)}
	t.line = slices.Insert(t.line, at, w)
	return w, nil
}

// replace turns away what waits for a device already, and keeps its place for the device.
func (t *turns) replace(who string) {
	if i := slices.IndexFunc(t.line, func(w *waiter) bool { return w.who == who }); i >= 0 {
		w := t.line[i]
		t.line = slices.Delete(t.line, i, i+1)
		t.away(w)
	}
}

func (t *turns) away(w *waiter) {
	t.keep(w.who, w.ticket)
	w.called <- false
}

func (t *turns) ticketOf(who string) uint64 {
	if k, ok := t.kept[who]; ok {
		return k
	}
	t.ticket++
	return t.ticket
}

func (t *turns) keep(who string, ticket uint64) {
	if t.kept == nil || len(t.kept) >= keptPlaces {
		t.kept = map[string]uint64{}
	}
	t.kept[who] = ticket
}

// fits: one who asks for more than there is at all comes through when nobody else has anything.
func (t *turns) fits(n int64) bool { return t.used == 0 || t.used+n <= t.most }

func (t *turns) give(who string, n int64) *share {
	if t.held == nil {
		t.held = map[string]int{}
	}
	t.used += n
	t.held[who]++
	delete(t.kept, who)
	return &share{t, who, n}
}

// call lets in whose turn it is.
func (t *turns) call() {
	for len(t.line) > 0 && t.fits(t.line[0].size) {
		w := t.line[0]
		t.line = slices.Delete(t.line, 0, 1)
		t.give(w.who, w.size)
		w.called <- true
	}
}

// holds says what the share takes from here on.
func (s *share) holds(n int64) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.used += n - s.size
	s.size = n
	s.of.call()
}

// leave gives the share back.
func (s *share) leave() {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.used -= s.size
	if s.of.held[s.who]--; s.of.held[s.who] == 0 {
		delete(s.of.held, s.who)
	}
	s.of.call()
}

// again is after how many seconds one who was turned away should ask again, given how many were.
func (t *turns) again() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return min(retryAfter[wire.CodeBusy]+len(t.kept)/turnsOfSec, mostAgain)
}

// shut turns everybody away.
func (t *turns) shut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, w := range t.line {
		t.away(w)
	}
	t.line = nil
}
