package api

// ring is a queue of connections in which each knows its place, so that any of them leaves at once.
type ring struct{ head place }

// place is a connection's in one ring.
type place struct {
	prev, next *place
	c          *conn
}

func (r *ring) clear() { r.head.prev, r.head.next = &r.head, &r.head }

// push puts a place that is in no ring at the end.
func (r *ring) push(p *place) {
	p.prev, p.next = r.head.prev, &r.head
	p.prev.next, p.next.prev = p, p
}

// first is the connection that has been in the ring longest; nil: there is none.
func (r *ring) first() *conn { return r.head.next.c }

func (p *place) in() bool { return p.next != nil }

// cut takes a place out of its ring, if it is in one.
func (p *place) cut() {
	if p.in() {
		p.prev.next, p.next.prev = p.next, p.prev
		p.prev, p.next = nil, nil
	}
}
