package api

// ring is a queue of connections with constant-time removal: each connection holds its own node.
type ring struct{ head ringNode }

// ringNode is a connection's node in one ring.
type ringNode struct {
	prev, next *ringNode
	conn       *conn
}

func (r *ring) init() { r.head.prev, r.head.next = &r.head, &r.head }

// push appends a node that is in no ring.
func (r *ring) push(p *ringNode) {
	p.prev, p.next = r.head.prev, &r.head
	p.prev.next, p.next.prev = p, p
}

// oldest returns the connection longest in the ring, or nil.
func (r *ring) oldest() *conn { return r.head.next.conn }

func (p *ringNode) linked() bool { return p.next != nil }

// unlink removes a node from its ring, if linked.
func (p *ringNode) unlink() {
	if p.linked() {
		p.prev.next, p.next.prev = p.next, p.prev
		p.prev, p.next = nil, nil
	}
}
