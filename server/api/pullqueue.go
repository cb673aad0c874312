package api

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"roadbook/sync/wire"
)

// pullQueue is a budget of bytes that are in memory at once, given out in the order in which devices first asked. A device
// that is turned away keeps its place: when it comes back it stands before all who first asked after it, so that
// whoever goes on asking has his turn, however many there are.
type pullQueue struct {
	limit      int64 // bytes
	maxWaiting int   // who wait at once, at most

	mu         sync.Mutex
	used       int64
	lastTicket uint64
	waiting    []*pullWaiter     // by ticket
	tickets    map[string]uint64 // tickets of devices that were turned away
	shares     map[string]int    // shares that devices have now
	closed     bool
}

// pullWaiter stands in the line. A place is one device's: who asks again takes it over from his own earlier request, whose
// connection is most likely gone.
type pullWaiter struct {
	device string
	ticket uint64
	size   int64
	answer chan bool // true: its turn; false: it is turned away
}

const (
	maxTickets     = 20_000 // a server that turned more devices away than that begins afresh
	maxShares      = 4      // of one device: answers on lines that broke, and the one it is asking for
	pullsPerSecond = 25     // how many devices that were turned away are served in a second, about: two cores make fifty pulls
	maxRetryAfter  = 60     // s, after which a device that was turned away is asked to come back at the latest
)

// pullShare is what a device has of the budget, until it leaves.
type pullShare struct {
	queue  *pullQueue
	device string
	size   int64 // bytes
}

// tryEnter gives n bytes to a device if nobody was before it, and keeps a place for it otherwise.
func (q *pullQueue) tryEnter(device string, n int64) (*pullShare, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ticket := q.ticketOf(device)
	first := len(q.waiting) == 0 || ticket < q.waiting[0].ticket
	if q.closed || !first || !q.fits(n) || q.shares[device] >= maxShares {
		q.keepTicket(device, ticket)
		return nil, false
	}
	return q.grant(device, n), true
}

// waitTurn gives n bytes to a device when it is its turn. It is turned away, with its place kept, when ctx ends before, and
// at once where too many wait.
func (q *pullQueue) waitTurn(ctx context.Context, device string, n int64) (*pullShare, bool) {
	w, s := q.enqueue(device, n)
	if w == nil {
		return s, s != nil
	}
	select {
	case mine := <-w.answer:
		return w.share(q), mine
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.waiting, w); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		q.keepTicket(device, w.ticket)
		q.admitNext() // those behind it may fit
		return nil, false
	}
	return w.share(q), <-w.answer // it was called at this very moment
}

func (w *pullWaiter) share(q *pullQueue) *pullShare { return &pullShare{q, w.device, w.size} }

// enqueue lets a device in at once, or puts it into the line.
func (q *pullQueue) enqueue(device string, n int64) (*pullWaiter, *pullShare) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.replaceWaiting(device)
	ticket := q.ticketOf(device)
	at, _ := slices.BinarySearchFunc(q.waiting, ticket, func(w *pullWaiter, k uint64) int { return cmp.Compare(w.ticket, k) })
	switch {
	case q.closed || q.shares[device] >= maxShares:
		return nil, nil
	case at == 0 && q.fits(n):
		return nil, q.grant(device, n)
	case len(q.waiting) >= q.maxWaiting && at == len(q.waiting):
		q.keepTicket(device, ticket)
		return nil, nil
	case len(q.waiting) >= q.maxWaiting: // the last makes room: it has waited less
		last := q.waiting[len(q.waiting)-1]
		q.waiting = q.waiting[:len(q.waiting)-1]
		q.turnAway(last)
	}
	w := &pullWaiter{device, ticket, n, make(chan bool, 1)}
	q.waiting = slices.Insert(q.waiting, at, w)
	return w, nil
}

// replaceWaiting turns away what waits for a device already, and keeps its place for the device.
func (q *pullQueue) replaceWaiting(device string) {
	if i := slices.IndexFunc(q.waiting, func(w *pullWaiter) bool { return w.device == device }); i >= 0 {
		w := q.waiting[i]
		q.waiting = slices.Delete(q.waiting, i, i+1)
		q.turnAway(w)
	}
}

func (q *pullQueue) turnAway(w *pullWaiter) {
	q.keepTicket(w.device, w.ticket)
	w.answer <- false
}

func (q *pullQueue) ticketOf(device string) uint64 {
	if k, ok := q.tickets[device]; ok {
		return k
	}
	q.lastTicket++
	return q.lastTicket
}

func (q *pullQueue) keepTicket(device string, ticket uint64) {
	if q.tickets == nil || len(q.tickets) >= maxTickets {
		q.tickets = map[string]uint64{}
	}
	q.tickets[device] = ticket
}

// fits: one who asks for more than there is at all comes through when nobody else has anything.
func (q *pullQueue) fits(n int64) bool { return q.used == 0 || q.used+n <= q.limit }

func (q *pullQueue) grant(device string, n int64) *pullShare {
	if q.shares == nil {
		q.shares = map[string]int{}
	}
	q.used += n
	q.shares[device]++
	delete(q.tickets, device)
	return &pullShare{q, device, n}
}

// admitNext lets in whose turn it is.
func (q *pullQueue) admitNext() {
	for len(q.waiting) > 0 && q.fits(q.waiting[0].size) {
		w := q.waiting[0]
		q.waiting = slices.Delete(q.waiting, 0, 1)
		q.grant(w.device, w.size)
		w.answer <- true
	}
}

// resize says what the share takes from here on.
func (s *pullShare) resize(n int64) {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	s.queue.used += n - s.size
	s.size = n
	s.queue.admitNext()
}

// release gives the share back.
func (s *pullShare) release() {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	s.queue.used -= s.size
	if s.queue.shares[s.device]--; s.queue.shares[s.device] == 0 {
		delete(s.queue.shares, s.device)
	}
	s.queue.admitNext()
}

// retryAfter is after how many seconds one who was turned away should ask again, given how many were.
func (q *pullQueue) retryAfter() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return min(retryAfter[wire.CodeBusy]+len(q.tickets)/pullsPerSecond, maxRetryAfter)
}

// close turns everybody away.
func (q *pullQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, w := range q.waiting {
		q.turnAway(w)
	}
	q.waiting = nil
}
