//go:build mongo

package kill

import (
	"net"
	"strings"
	"testing"
)

// TestGate: the balancer takes the servers in turn, skips a dead server, and dies at the armed step.
func TestGate(t *testing.T) {
	echo := func() net.Listener {
		ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				go func() {
					buf := make([]byte, 64)
					n, _ := c.Read(buf)
					_, _ = c.Write(append(buf[:n:n], ln.Addr().String()...))
				}()
			}
		}()
		t.Cleanup(func() { _ = ln.Close() })
		return ln
	}
	one, two := echo(), echo()
	g := newGate(t, 1, func(b []byte) string { return string(b) })
	g.setBackends(one.Addr().String(), two.Addr().String())
	ask := func(what string) string {
		c, err := net.Dial("tcp", g.addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = c.Write([]byte(what))
		buf := make([]byte, 64)
		n, _ := c.Read(buf)
		return string(buf[:n])
	}
	first, second := ask("a"), ask("a")
	if first == second || !strings.HasPrefix(first, "a127.") || !strings.HasPrefix(second, "a127.") {
		t.Errorf("not in turn: %q, %q", first, second)
	}
	_ = two.Close()
	for range 2 {
		if got := ask("a"); got != "a"+one.Addr().String() {
			t.Errorf("a server that is gone: %q", got)
		}
	}
	g.crossed = "a"
	crossings := 0
	for range 400 {
		if string(g.crossAnswer("a", []byte("mine"))) != "mine" || string(g.crossAnswer("b", []byte("mine"))) != "mine" {
			crossings++
		}
		g.answer = []byte("another's")
	}
	if crossings < 5 || crossings > 60 {
		t.Errorf("%d of 400 answers are another's, one in twenty should be", crossings)
	}
	g.crossed = ""
	for _, when := range []string{"before", "amid", "after"} {
		died := false
		sprung := g.arm("b", when, 2, func() { died = true })
		if got := ask("b"); got == "" {
			t.Errorf("%s: died one too early", when)
		}
		if got := ask("b"); got != "" && when != "amid" {
			t.Errorf("%s: answered %q", when, got)
		}
		<-sprung
		if !died || ask("a") != "" {
			t.Errorf("%s: %v, and it lives", when, died)
		}
		g.repair()
		if ask("a") == "" {
			t.Errorf("%s: not mended", when)
		}
	}
}
