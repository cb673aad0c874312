package api

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// listener accepts connections and lists them in a connTable. Accept ends only with the listener itself, and retries
// after every other error, such as no file descriptors, or a client that left before the accept.
type listener struct {
	net.Listener
	table      *connTable
	isProxy    func(netip.Addr) bool // proxies
	now        func() time.Time
	log        *slog.Logger
	failures   int // in a row
	lastLogged time.Time
}

// Waits after errors of accept; each wait doubles the last.
const (
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// Accept waits for the next connection that finds room.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			if acceptIsFatal(err) {
				return nil, err
			}
			l.backOff(err)
			continue
		}
		l.logRecovery()
		if in := l.wrap(c); l.table.admit(in) {
			return in, nil
		}
		_ = c.Close() // no connection can be closed in its place
	}
}

func (l *listener) wrap(c net.Conn) *conn {
	in := &conn{Conn: c, table: l.table, origin: originOf(addrOf(c))}
	in.byKind.conn, in.byOrigin.conn = in, in
	if l.isProxy(in.origin) {
		in.proxy, in.origin = true, netip.Addr{}
	}
	return in
}

// acceptIsFatal reports whether no later accept can succeed.
func acceptIsFatal(err error) bool {
	for _, end := range []error{net.ErrClosed, syscall.EBADF, syscall.EINVAL, syscall.ENOTSOCK} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// backOff makes room, logs the error at most once a minute, and waits.
func (l *listener) backOff(err error) {
	l.table.evictStranger()
	if l.failures++; l.now().Sub(l.lastLogged) >= time.Minute {
		l.lastLogged = l.now()
		l.log.Error("no connection can be accepted; tried again until it works", "err", err, "failed so far", l.failures)
	}
	time.Sleep(min(minBackoff<<min(l.failures, 10), maxBackoff))
}

func (l *listener) logRecovery() {
	if l.failures > 0 {
		l.log.Info("connections are accepted again", "failed before", l.failures)
		l.failures = 0
	}
}

// originOf returns the address by which strangers are counted: for IPv6 the /64 network, because one host owns many
// addresses in it.
func originOf(a netip.Addr) netip.Addr {
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
