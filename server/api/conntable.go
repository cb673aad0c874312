package api

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// connTable lists every connection. A connection is a stranger's until a valid token comes on the connection. There
// is one bound for all connections, one for strangers and one for the strangers of one address. A newcomer beyond a
// bound is admitted, and the connection waiting longest for its other side is closed instead. So idle connections
// keep no device out.
type connTable struct {
	now           func() time.Time
	log           *slog.Logger
	maxConns      int // connections at most
	maxStrangers  int // strangers, at most
	maxPerAddress int // strangers from one address, at most
	keepAliveMax  int // beyond this number, a connection is closed after its answer: each open one keeps its buffers

	mu         sync.Mutex
	open       [2]int // strangers, known
	waiting    [2]ring
	origins    map[netip.Addr]*origin
	evicted    map[string]int64 // by bound
	lastLogged map[string]time.Time
}

// origin is a source address of strangers.
type origin struct {
	count   int
	waiting ring
}

const (
	stranger = 0
	known    = 1
)

// The bounds' names in the metrics.
const (
	boundAll       = "all"
	boundStrangers = "strangers"
	boundAddress   = "address"
	boundFiles     = "files"
	boundFull      = "full" // no connection is waiting: the newcomer itself is refused
)

// strangerGrace is how long an idle stranger is spared when an idle known connection can be closed instead.
const strangerGrace = 10 * time.Second

func newConnTable(all int, now func() time.Time, log *slog.Logger) *connTable {
	t := &connTable{
		now: now, log: log, maxConns: all, maxStrangers: max(all/2, 1), maxPerAddress: max(all/2*3/4, 1), keepAliveMax: min(all/2, 1024),
		origins: map[netip.Addr]*origin{}, evicted: map[string]int64{}, lastLogged: map[string]time.Time{},
	}
	t.waiting[stranger].init()
	t.waiting[known].init()
	return t
}

// admit lists a connection. It returns false if there is no room and no connection to close.
func (t *connTable) admit(c *conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list(c)
	if t.makeRoom(c) {
		t.enqueue(c)
		return true
	}
	t.unlist(c)
	t.countEviction(boundFull)
	return false
}

// makeRoom closes waiting connections until the bounds hold with c listed.
func (t *connTable) makeRoom(c *conn) bool {
	for o := t.origins[c.origin]; o != nil && o.count > t.maxPerAddress; {
		if !t.evict(o.waiting.oldest(), boundAddress) {
			return false
		}
	}
	for t.open[stranger] > t.maxStrangers {
		if !t.evict(t.waiting[stranger].oldest(), boundStrangers) {
			return false
		}
	}
	for t.open[stranger]+t.open[known] > t.maxConns {
		if !t.evict(t.evictable(), boundAll) {
			return false
		}
	}
	return true
}

// evictable returns the connection to close next: a stranger's, if idle for longer than strangerGrace, else an idle
// known one, else a stranger's.
func (t *connTable) evictable() *conn {
	s := t.waiting[stranger].oldest()
	if s != nil && t.now().Sub(s.waitingSince) > strangerGrace {
		return s
	}
	if k := t.waiting[known].oldest(); k != nil {
		return k
	}
	return s
}

// evict closes a waiting connection. nil means there is none.
func (t *connTable) evict(c *conn, why string) bool {
	if c == nil {
		return false
	}
	t.countEviction(why)
	c.evicted = true
	t.unlist(c)
	_ = c.Conn.Close() // no answer is being sent on the connection
	return true
}

// countEviction counts a connection closed for a bound, and logs the count at most once a minute.
func (t *connTable) countEviction(why string) {
	t.evicted[why]++
	if t.now().Sub(t.lastLogged[why]) < time.Minute {
		return
	}
	t.lastLogged[why] = t.now()
	t.log.Warn("too many connections: those that wait longest are closed", "bound", why, "closed so far", t.evicted[why],
		"strangers", t.open[stranger], "known", t.open[known], "at most", t.maxConns)
}

// evictStranger closes the stranger's connection waiting longest, because the process has no file descriptors left.
func (t *connTable) evictStranger() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.evict(t.waiting[stranger].oldest(), boundFiles)
}

// remove unlists a connection.
func (t *connTable) remove(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unlist(c)
}

func (t *connTable) list(c *conn) {
	c.listed = true
	t.open[c.kind]++
	if c.kind == known || !c.origin.IsValid() {
		return
	}
	o := t.origins[c.origin]
	if o == nil {
		o = &origin{}
		o.waiting.init()
		t.origins[c.origin] = o
	}
	o.count++
}

func (t *connTable) unlist(c *conn) {
	if !c.listed {
		return
	}
	c.byKind.unlink()
	c.byOrigin.unlink()
	c.listed = false
	t.open[c.kind]--
	o := t.origins[c.origin]
	if c.kind == known || o == nil {
		return
	}
	if o.count--; o.count == 0 {
		delete(t.origins, c.origin)
	}
}

// markKnown notes that a valid token came on a connection.
func (t *connTable) markKnown(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.kind == stranger && c.listed {
		t.reclassify(c, known, c.origin)
	}
}

// assignOrigin notes the client's address of a request on a proxy's connection, and reports whether there is room for
// a stranger of this address.
func (t *connTable) assignOrigin(c *conn, addr netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !c.listed {
		return false
	}
	was := c.kind
	t.reclassify(c, stranger, originOf(addr))
	if t.makeRoom(c) {
		return true
	}
	t.reclassify(c, was, netip.Addr{})
	return false
}

func (t *connTable) reclassify(c *conn, kind int, origin netip.Addr) {
	t.unlist(c)
	c.kind, c.origin = kind, origin
	t.list(c)
}

// startWaiting notes that a connection waits for its other side to send or to take an answer. A known connection
// counts as waiting only between two requests: a device on a weak network is not idle.
func (t *connTable) startWaiting(c *conn, reading bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	between := reading && !c.serving
	if !c.listed || c.byKind.linked() || c.kind == known && !between { // a new connection has been waiting since admit
		return
	}
	if between && c.proxy && c.origin.IsValid() { // between requests, a proxy's connection has no origin
		t.reclassify(c, c.kind, netip.Addr{})
	}
	t.enqueue(c)
}

func (t *connTable) enqueue(c *conn) {
	c.waitingSince = t.now()
	t.waiting[c.kind].push(&c.byKind)
	if o := t.origins[c.origin]; o != nil && c.kind == stranger {
		o.waiting.push(&c.byOrigin)
	}
}

// crowded reports whether connections should be closed after their answer. Closing with an answer loses nothing;
// closing an idle connection may hit the next request.
func (t *connTable) crowded() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open[stranger]+t.open[known] > t.keepAliveMax
}

// stopWaiting notes the end of the wait. It returns false if the connection has been evicted meanwhile.
func (t *connTable) stopWaiting(c *conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.byKind.unlink()
	c.byOrigin.unlink()
	return !c.evicted
}
