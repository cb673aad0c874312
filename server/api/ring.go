package api

// ring is a queue of connections in which each knows its place, so that any of them leaves at once.
type ring struct{ head ringNode }

// ringNode is a connection's in one ring.
type ringNode struct {
	prev, next *ringNode
	conn       *conn
}

func (r *ring) init() { r.head.prev, r.head.next = &r.head, &r.head }

// push puts a place that is in no ring at the end.
func (r *ring) push(p *ringNode) {
	p.prev, p.next = r.head.prev, &r.head
	p.prev.next, p.next.prev = p, p
}

// oldest is the connection that has been in the ring longest; nil: there is none.
func (r *ring) oldest() *conn { return r.head.next.conn }

func (p *ringNode) linked() bool { return p.next != nil }

// unlink takes a place out of its ring, if it is in one.
func (p *ringNode) unlink() {
	if p.linked() {
		p.prev.next, p.next.prev = p.next, p.prev
		p.prev, p.next = nil, nil
	}
}
