package api

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// trustProxies makes Fiber believe X-Forwarded-* of the proxies that were named, and of nobody else. Without any, the address
// of a request is its connection's; only X-Forwarded-Proto is believed then: by it one can but make one's own cookie stricter.
func trustProxies(c *fiber.Config, proxies []netip.Prefix) {
	if len(proxies) == 0 {
		return
	}
	c.EnableTrustedProxyCheck = true
	c.ProxyHeader = fiber.HeaderXForwardedFor
	c.EnableIPValidation = true
	for _, p := range proxies {
		c.TrustedProxies = append(c.TrustedProxies, p.Masked().String())
	}
}

// resolveForwarded leaves one address in a trusted proxy's X-Forwarded-For: the last that is no trusted proxy's. Fiber would
// take the first, which is what the client wrote where the proxy appends: anyone could choose the address whose tries
// are counted. It reports whether there is room for a stranger of that address.
func (a *API) resolveForwarded(c *fiber.Ctx) bool {
	if len(a.cfg.TrustProxies) == 0 || !c.IsProxyTrusted() {
		return true
	}
	a.keepClientAddress(c)
	addr, err := netip.ParseAddr(c.IP())
	if err != nil {
		return true
	}
	return a.conns.assignOrigin(connOf(c.Context()), addr)
}

// keepClientAddress leaves the last address that is no trusted proxy's.
func (a *API) keepClientAddress(c *fiber.Ctx) {
	var all []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		all = append(all, strings.Split(string(line), ",")...)
	}
	c.Request().Header.Del(fiber.HeaderXForwardedFor)
	for i, text := range slices.Backward(all) {
		addr, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil { // what stands before it was not written by a proxy that we trust
			return
		}
		if addr = addr.Unmap(); i == 0 || !a.isTrustedProxy(addr) {
			c.Request().Header.Set(fiber.HeaderXForwardedFor, addr.String())
			return
		}
	}
}

func (a *API) isTrustedProxy(addr netip.Addr) bool {
	for _, p := range a.cfg.TrustProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
