package api

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// connTable knows every connection. A connection is a stranger's until a valid token came on it. There is a bound for all, one
// for strangers, and one for the strangers of an address; whoever comes in beyond a bound is let in, and the connection that
// has waited longest for its other side is closed for it. So what holds connections and says nothing keeps nobody out.
type connTable struct {
	now           func() time.Time
	log           *slog.Logger
	maxConns      int // connections at most
	maxStrangers  int // of strangers, at most
	maxPerAddress int // of strangers from one address, at most
	keepAliveMax  int // beyond so many, a connection is closed after its answer: each keeps its buffers

	mu         sync.Mutex
	open       [2]int // strangers, known
	waiting    [2]ring
	origins    map[netip.Addr]*origin
	evicted    map[string]int64 // by why
	lastLogged map[string]time.Time
}

// origin is an address that strangers come from.
type origin struct {
	count   int
	waiting ring
}

const (
	stranger = 0
	known    = 1
)

// whyClosed names the bounds, for the metrics.
const (
	boundAll       = "all"
	boundStrangers = "strangers"
	boundAddress   = "address"
	boundFiles     = "files"
	boundFull      = "full" // nobody waits: the newcomer itself is turned away
)

// strangerGrace is how long a stranger who says nothing is not yet closed for a known device's sake.
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

// admit notes a connection. It reports false where there is no room and nobody to close.
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

// makeRoom closes what must go so that the bounds hold with c in the book.
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

// evictable is the connection that is missed least: a stranger's that has said nothing for a while, else an idle known one,
// else a stranger's.
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

// evict ends a connection that waits; nil: there is none.
func (t *connTable) evict(c *conn, why string) bool {
	if c == nil {
		return false
	}
	t.countEviction(why)
	c.evicted = true
	t.unlist(c)
	_ = c.Conn.Close() // nobody is answered on it
	return true
}

// countEviction counts a connection that was closed for a bound, and says so once a minute.
func (t *connTable) countEviction(why string) {
	t.evicted[why]++
	if t.now().Sub(t.lastLogged[why]) < time.Minute {
		return
	}
	t.lastLogged[why] = t.now()
	t.log.Warn("too many connections: those that wait longest are closed", "bound", why, "closed so far", t.evicted[why],
		"strangers", t.open[stranger], "known", t.open[known], "at most", t.maxConns)
}

// evictStranger closes the stranger's connection that has waited longest: there are no file descriptors left.
func (t *connTable) evictStranger() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.evict(t.waiting[stranger].oldest(), boundFiles)
}

// remove takes a connection out of the book.
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

// assignOrigin notes that a proxy's connection brings a request of an address, and reports whether there is room for it.
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

// startWaiting notes that a connection waits for its other side: to send, or to take an answer. Only between two requests does
// one that is known count as waiting: a device on a weak network is not idle.
func (t *connTable) startWaiting(c *conn, reading bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	between := reading && !c.serving
	if !c.listed || c.byKind.linked() || c.kind == known && !between { // a new one has waited since it came
		return
	}
	if between && c.proxy && c.origin.IsValid() { // it is nobody's until the next request
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

// crowded reports whether connections are better not kept for another request. Who is told so with the answer loses
// nothing; a connection that is closed while it is idle may be closed under the next request.
func (t *connTable) crowded() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open[stranger]+t.open[known] > t.keepAliveMax
}

// stopWaiting notes that the waiting has ended. It reports false where the connection was closed meanwhile.
func (t *connTable) stopWaiting(c *conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.byKind.unlink()
	c.byOrigin.unlink()
	return !c.evicted
}
