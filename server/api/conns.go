package api

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/sync/wire"
)

// conn is a connection in a connTable.
type conn struct {
	net.Conn
	table *connTable

	// Guarded by table.mu.
	kind             int
	origin           netip.Addr // none: a trusted proxy's, between two requests
	byKind, byOrigin ringNode
	waitingSince     time.Time
	listed           bool
	evicted          bool // closed by the table
	serving          bool // a request is being answered

	onSent func() // called once the answer has left

	proxy  bool // a trusted proxy's
	linger bool // see Close
}

// Read waits for the other side to send.
func (c *conn) Read(p []byte) (int, error) {
	c.answerSent()
	c.table.startWaiting(c, true)
	n, err := c.Conn.Read(p)
	if !c.table.stopWaiting(c) {
		return 0, io.EOF
	}
	return n, err
}

// Write waits for the other side to take the answer.
func (c *conn) Write(p []byte) (int, error) {
	c.table.startWaiting(c, false)
	defer c.table.stopWaiting(c)
	return c.Conn.Write(p)
}

// fasthttp panics on an error of a deadline. So the deadlines of an evicted connection return nil; the next read or
// write reports the closed connection.

// SetDeadline is net.Conn's.
func (c *conn) SetDeadline(t time.Time) error { return unlessClosed(c.Conn.SetDeadline(t)) }

// SetReadDeadline is net.Conn's.
func (c *conn) SetReadDeadline(t time.Time) error { return unlessClosed(c.Conn.SetReadDeadline(t)) }

// SetWriteDeadline is net.Conn's.
func (c *conn) SetWriteDeadline(t time.Time) error { return unlessClosed(c.Conn.SetWriteDeadline(t)) }

func unlessClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// answerSent runs when the last answer has been sent.
func (c *conn) answerSent() {
	c.table.mu.Lock()
	sent := c.onSent
	c.onSent = nil
	c.table.mu.Unlock()
	if sent != nil {
		sent()
	}
}

// whenSent calls do when the answer has been sent, or when the connection ends.
func (c *conn) whenSent(do func()) {
	c.table.mu.Lock()
	defer c.table.mu.Unlock()
	c.onSent = do
}

// Close first ends the sending side if the other side is still sending a refused body: closing at once would reset
// the connection, and the refusal might never be read. Incoming bytes are discarded for a while, until the sender has
// read the refusal and closes.
func (c *conn) Close() error {
	c.answerSent()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.linger && half.CloseWrite() == nil {
		if c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.CopyN(io.Discard, c, 4*int64(wire.DefaultLimits.Hard)) // every error means: the sender has gone
		}
	}
	c.table.remove(c)
	return c.Conn.Close()
}

// markKnown notes that the request carried a valid token.
func (a *API) markKnown(c *fiber.Ctx) { a.conns.markKnown(connOf(c.Context())) }

// setServing notes whether a request is being answered.
func (c *conn) setServing(now bool) {
	c.table.mu.Lock()
	defer c.table.mu.Unlock()
	c.serving = now
}
