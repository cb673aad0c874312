package api

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// listener hands out connections that are in the book. An error of accept ends it only where the listener itself is gone:
// a server that is out of files, or whose client left in between, goes on.
type listener struct {
	net.Listener
	book    *book
	trusted func(netip.Addr) bool // proxies
	now     func() time.Time
	log     *slog.Logger
	failed  int // in a row
	said    time.Time
}

// The waits after an error of accept, doubled each time.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// Accept waits for the next connection for which there is room.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			if over(err) {
				return nil, err
			}
			l.pause(err)
			continue
		}
		l.recovered()
		if in := l.note(c); l.book.enter(in) {
			return in, nil
		}
		_ = c.Close() // there is nobody who could make room
	}
}

func (l *listener) note(c net.Conn) *conn {
	in := &conn{Conn: c, book: l.book, origin: home(addrOf(c))}
	in.turn.c, in.home.c = in, in
	if l.trusted(in.origin) {
		in.proxy, in.origin = true, netip.Addr{}
	}
	return in
}

// over: no accept on this listener will ever succeed.
func over(err error) bool {
	for _, end := range []error{net.ErrClosed, syscall.EBADF, syscall.EINVAL, syscall.ENOTSOCK} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// pause makes room, says once a minute what is going on, and waits.
func (l *listener) pause(err error) {
	l.book.shed()
	if l.failed++; l.now().Sub(l.said) >= time.Minute {
		l.said = l.now()
		l.log.Error("no connection can be accepted; tried again until it works", "err", err, "failed so far", l.failed)
	}
	time.Sleep(min(firstPause<<min(l.failed, 10), lastPause))
}

func (l *listener) recovered() {
	if l.failed > 0 {
		l.log.Info("connections are accepted again", "failed before", l.failed)
		l.failed = 0
	}
}

// home is the address that counts as one: of an IPv6 address its network, where a host has as many as it likes.
func home(a netip.Addr) netip.Addr {
	if a = a.Unmap().WithZone(""); a.Is6() {
		p, err := a.Prefix(64)
		if err == nil {
			return p.Addr()
		}
	}
	return a
}

func addrOf(c net.Conn) netip.Addr {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
