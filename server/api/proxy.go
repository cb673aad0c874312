package api

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// trustProxies makes Fiber trust X-Forwarded-* headers of the configured proxies only. Without proxies, a request's
// address is its connection's address; only X-Forwarded-Proto is then trusted, which can but make the sender's own
// cookie stricter.
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

// resolveForwarded leaves one address in a trusted proxy's X-Forwarded-For: the last one outside the trusted proxies.
// Fiber would take the first address. If the proxy appends, the client wrote the first address, and could choose the
// address by which tries are counted. It returns false if there is no room for a stranger of this address.
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

// keepClientAddress leaves the last address outside the trusted proxies in the header.
func (a *API) keepClientAddress(c *fiber.Ctx) {
	var all []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		all = append(all, strings.Split(string(line), ",")...)
	}
	c.Request().Header.Del(fiber.HeaderXForwardedFor)
	for i, text := range slices.Backward(all) {
		addr, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil { // no trusted proxy wrote the addresses before this one
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
