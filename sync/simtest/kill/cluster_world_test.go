//go:build mongo

package kill

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/enginetest"
	"roadbook/sync/simtest/programs"
)

func newCluster(t *testing.T, seed uint64, without string) *cluster {
	t.Helper()
	shared, err := url.Parse(enginetest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	database := "roadbook_cluster_" + rand.Text()
	dropAfter(t, shared.String(), database)
	c := &cluster{world: emptyWorld(t, seed), without: without, engine: newEngine(t)}
	c.link, c.balance = newGate(t, seed, nameMongo), newGate(t, seed, nameHTTP)
	c.link.setBackends(c.engine.addr())
	c.link.slow = count
	c.balance.crossed = "sync"
	c.args = programs.ServerArgs(c.bin, "--mongo", "mongodb://"+c.link.addr()+"/"+database)
	t.Cleanup(func() {
		for _, s := range c.servers {
			s.Kill()
		}
	})
	c.addServer()
	c.hq.User, c.hq.Password = c.servers[0].User, c.servers[0].Password
	c.addServer()
	c.frontURL = "http://" + c.balance.addr()
	c.must(c.hq.SignIn(c.frontURL))
	for i := range clients {
		s := seats[max(0, i-clients+len(seats))] // most devices work in the same unit: their observations meet in its sums
		c.devices = append(c.devices, c.enroll(s.unit, s.role))
	}
	return c
}

// launch starts a server. With a kill point the server may die before it is ready.
func (c *cluster) launch(kill string) *programs.Server {
	c.t.Helper()
	p, err := programs.Serve(programs.Command{
		Args: append(slices.Clone(c.args), "serve", "--listen", "127.0.0.1:0"), Kill: kill, Env: []string{"ROADBOOK_WITHOUT=" + c.without},
	})
	c.must(err)
	if p.URL == "" && (kill == "" || !p.Killed()) {
		c.t.Fatalf("a server did not start: %s\n%s", p.State(), p.Errs())
	}
	return p
}

// addServer adds a server.
func (c *cluster) addServer() {
	c.t.Helper()
	c.servers = append(c.servers, c.launch(""))
	c.updateBalancer()
}

// replace starts a server in the place of an ended server.
func (c *cluster) replace(i int, kill string) {
	c.t.Helper()
	c.servers[i] = c.launch(kill)
	c.updateBalancer()
}

// updateBalancer gives the balancer the servers' addresses.
func (c *cluster) updateBalancer() {
	var at []string
	for _, s := range c.servers {
		if s.URL != "" {
			at = append(at, strings.TrimPrefix(s.URL, "http://"))
		}
	}
	c.balance.setBackends(at...)
}

// dropAfter drops a database when the test has ended and its servers too.
func dropAfter(t *testing.T, uri, database string) {
	t.Helper()
	t.Cleanup(func() {
		cfg := mongostore.Config{URI: uri, Database: database, Timeout: time.Minute}
		if err := mongostore.Drop(context.WithoutCancel(t.Context()), cfg); err != nil {
			t.Errorf("dropping %s: %v", database, err)
		}
	})
}
