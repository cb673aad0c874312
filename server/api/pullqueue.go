package api

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"roadbook/sync/wire"
)

// pullQueue is a budget of bytes in memory at once, granted in the order of the devices' first requests. A refused
// device keeps its place: when it returns, it precedes all devices with a later first request. So a device that keeps
// asking gets its turn, however many there are.
type pullQueue struct {
	limit      int64 // bytes
	maxWaiting int   // waiting devices, at most

	mu         sync.Mutex
	used       int64
	lastTicket uint64
	waiting    []*pullWaiter     // by ticket
	tickets    map[string]uint64 // tickets of refused devices
	shares     map[string]int    // granted shares, by device
	closed     bool
}

// pullWaiter is a waiting request. A device has one place: its second request takes over the place of the first,
// whose connection has most likely broken.
type pullWaiter struct {
	device string
	ticket uint64
	size   int64
	answer chan bool // true: the turn has come; false: refused
}

const (
	maxTickets     = 20_000 // after more refused devices than this, the places are forgotten
	maxShares      = 4      // per device: answers on broken connections, and the current request
	pullsPerSecond = 25     // refused devices served per second, roughly: two cores make fifty pulls
	maxRetryAfter  = 60     // s, the longest delay that a refused device is asked for
)

// pullShare is a device's part of the budget, until release.
type pullShare struct {
	queue  *pullQueue
	device string
	size   int64 // bytes
}

// tryEnter grants n bytes if no device is ahead, and otherwise keeps a place for the device.
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

// waitTurn grants n bytes when the device's turn comes. The device is refused, and its place kept, if ctx ends first,
// or at once if too many are waiting.
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
		q.admitNext() // the waiters behind it may fit now
		return nil, false
	}
	return w.share(q), <-w.answer // the turn came at this very moment
}

func (w *pullWaiter) share(q *pullQueue) *pullShare { return &pullShare{q, w.device, w.size} }

// enqueue grants a share at once or puts the device into the queue.
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
	case len(q.waiting) >= q.maxWaiting: // the last waiter makes room: its ticket is later
		last := q.waiting[len(q.waiting)-1]
		q.waiting = q.waiting[:len(q.waiting)-1]
		q.turnAway(last)
	}
	w := &pullWaiter{device, ticket, n, make(chan bool, 1)}
	q.waiting = slices.Insert(q.waiting, at, w)
	return w, nil
}

// replaceWaiting refuses an earlier waiting request of the same device, and keeps the place for the device.
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

// fits reports whether n bytes fit. A request larger than the whole budget fits when the budget is unused.
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

// admitNext grants shares to the first waiters while their requests fit.
func (q *pullQueue) admitNext() {
	for len(q.waiting) > 0 && q.fits(q.waiting[0].size) {
		w := q.waiting[0]
		q.waiting = slices.Delete(q.waiting, 0, 1)
		q.grant(w.device, w.size)
		w.answer <- true
	}
}

// resize changes the share's size.
func (s *pullShare) resize(n int64) {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	s.queue.used += n - s.size
	s.size = n
	s.queue.admitNext()
}

// release returns the share to the budget.
func (s *pullShare) release() {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	s.queue.used -= s.size
	if s.queue.shares[s.device]--; s.queue.shares[s.device] == 0 {
		delete(s.queue.shares, s.device)
	}
	s.queue.admitNext()
}

// retryAfter returns the seconds after which a refused device should ask again, given the number of refused devices.
func (q *pullQueue) retryAfter() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return min(retryAfter[wire.CodeBusy]+len(q.tickets)/pullsPerSecond, maxRetryAfter)
}

// close refuses all waiting and future requests.
func (q *pullQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, w := range q.waiting {
		q.turnAway(w)
	}
	q.waiting = nil
}
