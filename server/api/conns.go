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

// conn is a connection in the book.
type conn struct {
	net.Conn
	table *connTable

	// The book's, under its lock.
	kind             int
	origin           netip.Addr // none: a trusted proxy's, between two requests
	byKind, byOrigin ringNode
	waitingSince     time.Time
	listed           bool
	evicted          bool // closed by the book
	serving          bool // a request is being answered

	onSent func() // called once the answer has left

	proxy  bool // a trusted proxy's
	linger bool // see Close
}

// Read waits for the other side.
func (c *conn) Read(p []byte) (int, error) {
	c.answerSent()
	c.table.startWaiting(c, true)
	n, err := c.Conn.Read(p)
	if !c.table.stopWaiting(c) {
		return 0, io.EOF
	}
	return n, err
}

// Write waits for the other side to take what it asked for.
func (c *conn) Write(p []byte) (int, error) {
	c.table.startWaiting(c, false)
	defer c.table.stopWaiting(c)
	return c.Conn.Write(p)
}

// Deadlines of a connection that the book has closed meanwhile: fasthttp would panic over the error; its next read or write
// says the same.

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

// answerSent is called when nothing of the last answer is left to send.
func (c *conn) answerSent() {
	c.table.mu.Lock()
	sent := c.onSent
	c.onSent = nil
	c.table.mu.Unlock()
	if sent != nil {
		sent()
	}
}

// whenSent lets do be called once the answer has left, or never will.
func (c *conn) whenSent(do func()) {
	c.table.mu.Lock()
	defer c.table.mu.Unlock()
	c.onSent = do
}

// Close ends the sending side first where the other side is still sending a body that was refused: a close would reset the
// connection, and the refusal might never be read. So what comes is thrown away for a while, until the sender has read and
// goes.
func (c *conn) Close() error {
	c.answerSent()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.linger && half.CloseWrite() == nil {
		if c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.CopyN(io.Discard, c, 4*int64(wire.DefaultLimits.Hard)) // all errors mean: he is gone
		}
	}
	c.table.remove(c)
	return c.Conn.Close()
}

// markKnown notes that a request came from one whose token is valid.
func (a *API) markKnown(c *fiber.Ctx) { a.conns.markKnown(connOf(c.Context())) }

// setServing notes that a request is being answered, and that it was.
func (c *conn) setServing(now bool) {
	c.table.mu.Lock()
	defer c.table.mu.Unlock()
	c.serving = now
}
