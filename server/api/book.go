package api

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// book knows every connection. A connection is a stranger's until a valid token came on it. There is a bound for all, one
// for strangers, and one for the strangers of an address; whoever comes in beyond a bound is let in, and the connection that
// has waited longest for its other side is closed for it. So what holds connections and says nothing keeps nobody out.
type book struct {
	now       func() time.Time
	log       *slog.Logger
	all       int // connections at most
	strangers int // of strangers, at most
	address   int // of strangers from one address, at most
	kept      int // beyond so many, a connection is closed after its answer: each keeps its buffers

	mu      sync.Mutex
	open    [2]int // strangers, known
	waiting [2]ring
	from    map[netip.Addr]*origin
	closed  map[string]int64 // by why
	said    map[string]time.Time
}

// origin is an address that strangers come from.
type origin struct {
	n       int
	waiting ring
}

const (
	stranger = 0
	known    = 1
)

// whyClosed names the bounds, for the metrics.
const (
	whyAll      = "all"
	whyStranger = "strangers"
	whyAddress  = "address"
	whyFiles    = "files"
	whyFull     = "full" // nobody waits: the newcomer itself is turned away
)

// fresh is how long a stranger who says nothing is not yet closed for a known device's sake.
const fresh = 10 * time.Second

func newBook(all int, now func() time.Time, log *slog.Logger) *book {
	b := &book{
		now: now, log: log, all: all, strangers: max(all/2, 1), address: max(all/2*3/4, 1), kept: min(all/2, 1024),
		from: map[netip.Addr]*origin{}, closed: map[string]int64{}, said: map[string]time.Time{},
	}
	b.waiting[stranger].clear()
	b.waiting[known].clear()
	return b
}

// enter notes a connection. It reports false where there is no room and nobody to close.
func (b *book) enter(c *conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(c)
	if b.fit(c) {
		b.wait(c)
		return true
	}
	b.drop(c)
	b.count(whyFull)
	return false
}

// fit closes what must go so that the bounds hold with c in the book.
func (b *book) fit(c *conn) bool {
	for o := b.from[c.origin]; o != nil && o.n > b.address; {
		if !b.close(o.waiting.first(), whyAddress) {
			return false
		}
	}
	for b.open[stranger] > b.strangers {
		if !b.close(b.waiting[stranger].first(), whyStranger) {
			return false
		}
	}
	for b.open[stranger]+b.open[known] > b.all {
		if !b.close(b.longest(), whyAll) {
			return false
		}
	}
	return true
}

// longest is the connection that is missed least: a stranger's that has said nothing for a while, else an idle known one,
// else a stranger's.
func (b *book) longest() *conn {
	s := b.waiting[stranger].first()
	if s != nil && b.now().Sub(s.since) > fresh {
		return s
	}
	if k := b.waiting[known].first(); k != nil {
		return k
	}
	return s
}

// close ends a connection that waits; nil: there is none.
func (b *book) close(c *conn, why string) bool {
	if c == nil {
		return false
	}
	b.count(why)
	c.gone = true
	b.drop(c)
	_ = c.Conn.Close() // nobody is answered on it
	return true
}

// count counts a connection that was closed for a bound, and says so once a minute.
func (b *book) count(why string) {
	b.closed[why]++
	if b.now().Sub(b.said[why]) < time.Minute {
		return
	}
	b.said[why] = b.now()
	b.log.Warn("too many connections: those that wait longest are closed", "bound", why, "closed so far", b.closed[why],
		"strangers", b.open[stranger], "known", b.open[known], "at most", b.all)
}

// shed closes the stranger's connection that has waited longest: there are no file descriptors left.
func (b *book) shed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.close(b.waiting[stranger].first(), whyFiles)
}

// leave takes a connection out of the book.
func (b *book) leave(c *conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(c)
}

func (b *book) add(c *conn) {
	c.listed = true
	b.open[c.kind]++
	if c.kind == known || !c.origin.IsValid() {
		return
	}
	o := b.from[c.origin]
	if o == nil {
		o = &origin{}
		o.waiting.clear()
		b.from[c.origin] = o
	}
	o.n++
}

func (b *book) drop(c *conn) {
	if !c.listed {
		return
	}
	c.turn.cut()
	c.home.cut()
	c.listed = false
	b.open[c.kind]--
	o := b.from[c.origin]
	if c.kind == known || o == nil {
		return
	}
	if o.n--; o.n == 0 {
		delete(b.from, c.origin)
	}
}

// knows notes that a valid token came on a connection.
func (b *book) knows(c *conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.kind == stranger && c.listed {
		b.becomes(c, known, c.origin)
	}
}

// speaksFor notes that a proxy's connection brings a request of an address, and reports whether there is room for it.
func (b *book) speaksFor(c *conn, addr netip.Addr) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !c.listed {
		return false
	}
	was := c.kind
	b.becomes(c, stranger, home(addr))
	if b.fit(c) {
		return true
	}
	b.becomes(c, was, netip.Addr{})
	return false
}

func (b *book) becomes(c *conn, kind int, origin netip.Addr) {
	b.drop(c)
	c.kind, c.origin = kind, origin
	b.add(c)
}

// awaits notes that a connection waits for its other side: to send, or to take an answer. Only between two requests does
// one that is known count as waiting: a device on a weak network is not idle.
func (b *book) awaits(c *conn, reading bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	between := reading && !c.serving
	if !c.listed || c.turn.in() || c.kind == known && !between { // a new one has waited since it came
		return
	}
	if between && c.proxy && c.origin.IsValid() { // it is nobody's until the next request
		b.becomes(c, c.kind, netip.Addr{})
	}
	b.wait(c)
}

func (b *book) wait(c *conn) {
	c.since = b.now()
	b.waiting[c.kind].push(&c.turn)
	if o := b.from[c.origin]; o != nil && c.kind == stranger {
		o.waiting.push(&c.home)
	}
}

// crowded reports whether connections are better not kept for another request. Who is told so with the answer loses
// nothing; a connection that is closed while it is idle may be closed under the next request.
func (b *book) crowded() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[stranger]+b.open[known] > b.kept
}

// came notes that the waiting has ended. It reports false where the connection was closed meanwhile.
func (b *book) came(c *conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.turn.cut()
	c.home.cut()
	return !c.gone
}
