//go:build mongo

package kill

import (
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/enginetest"
)

const (
	clusterKills = 10
	clients      = 12
	sweeps       = 5 * time.Second // how often a server sweeps
)

// cluster is a world with several servers behind a load balancer, on one engine behind a line that may break.
type cluster struct {
	*world
	args    []string // of every server
	without string   // a rule taken out
	engine  *engine
	link    *gate // before the engine
	balance *gate // before the servers
	servers []*process
}

// clusterPoints are the places to die at, by program, each program's in the seed's order. FixBoots, Quarantine and
// Release need work that finds one server among several; TestKillMongo has them.
func clusterPoints(rng *mrand.Rand) []point {
	add := func(program string, steps, whens []string) (all []point) {
		for _, s := range steps {
			for _, w := range whens {
				all = append(all, point{program, s, w})
			}
		}
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		return all
	}
	sides, three := []string{"before", "after"}, []string{"before", "amid", "after"}
	server := add("server", []string{"Stream", "CommitFrame", "Records", "LeavesFor", "ReplaceRecords", "Regroup", "Touch",
		"Recount", "Mark", "Commit"}, sides)
	server = append(server, point{"server", "Begin", "before"}, point{"server", "Answer", "before"})
	lost := add("lost", []string{"CommitFrame", "ReplaceRecords", "Recount"}, []string{"after"})
	balancer := add("balancer", []string{"sync"}, three)
	link := add("link", []string{"insert", "update", "find"}, three)
	engine := add("engine", []string{"insert", "update", "find"}, three)
	var order []point
	for i := range len(server) { // round about, so that ten kills see all programs
		order = append(order, server[i], lost[i%len(lost)], link[i%len(link)], balancer[i%len(balancer)], engine[i%len(engine)])
	}
	return order
}

// TestCluster kills servers, the load balancer, the line to the engine and the engine itself under the load of
// twelve clients, with two servers at first and three from half-way on.
func TestCluster(t *testing.T) {
	kills, seed := number(t, "ROADBOOK_CLUSTER_KILLS", clusterKills), number(t, "ROADBOOK_SEED", random(t))
	c := newCluster(t, seed, os.Getenv("ROADBOOK_CLUSTER_WITHOUT"))
	t.Logf("ROADBOOK_SEED=%d ROADBOOK_CLUSTER_KILLS=%d without %q", seed, kills, c.without)
	order, count := clusterPoints(c.rng), map[point]int{}
	t.Cleanup(func() { report(t, slices.Compact(slices.SortedFunc(slices.Values(order), byName)), count) })
	for i := range kills {
		if i == kills/2 {
			c.grow()
		}
		p := order[i%uint64(len(order))]
		c.kill(p)
		count[p]++
	}
	c.settle()
	c.converge()
	c.judge()
	c.verify()
	t.Logf("%d observations, %d records, %d sets, %d devices lost", len(c.ledger.said), len(c.ledger.things), c.ledger.sets(), len(c.lost))
}

func byName(a, b point) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

func newCluster(t *testing.T, seed uint64, without string) *cluster {
	t.Helper()
	shared, err := url.Parse(enginetest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	database := "roadbook_cluster_" + rand.Text()
	t.Cleanup(func() {
		cfg := mongostore.Config{URI: shared.String(), Database: database, Timeout: time.Minute}
		if err := mongostore.Drop(context.WithoutCancel(t.Context()), cfg); err != nil {
			t.Errorf("dropping %s: %v", database, err)
		}
	})
	c := &cluster{world: emptyWorld(t, seed), without: without, engine: newEngine(t)}
	c.link, c.balance = newGate(t, seed, nameMongo), newGate(t, seed, nameHTTP)
	c.link.lead(c.engine.addr())
	c.link.slow = "update"
	c.args = []string{
		filepath.Join(c.bin, "server"), "--listen", "127.0.0.1:0", "--json", "--mongo", "mongodb://" + c.link.addr() + "/" + database,
	}
	t.Cleanup(func() {
		for _, s := range c.servers {
			if !s.ended() {
				_ = s.cmd.Process.Kill()
				<-s.dead
			}
		}
	})
	c.grow()
	c.hq.user, c.hq.password = c.servers[0].User, c.servers[0].Password
	c.grow()
	c.front = "http://" + c.balance.addr()
	c.must(c.hq.signIn(c.front))
	for i := range clients {
		s := seats[i%len(seats)]
		d := c.enrol(s.unit, s.role)
		d.days = 2 // they speak of the same places
		c.devices = append(c.devices, d)
	}
	return c
}

// launch starts a server. With a kill point it may have died before it was ready.
func (c *cluster) launch(kill string) *process {
	c.t.Helper()
	p, err := launch(append(slices.Clone(c.args), "serve"), kill, "ROADBOOK_WITHOUT="+c.without)
	c.must(err)
	if p.URL == "" && (kill == "" || !killed(p.cmd.ProcessState)) {
		c.t.Fatalf("a server did not start: %s\n%s", p.cmd.ProcessState, p.errs.String())
	}
	return p
}

// grow adds a server.
func (c *cluster) grow() {
	c.t.Helper()
	c.servers = append(c.servers, c.launch(""))
	c.lead()
}

// replace starts a server in the place of another, which has ended.
func (c *cluster) replace(i int, kill string) {
	c.t.Helper()
	c.servers[i] = c.launch(kill)
	c.lead()
}

// lead tells the balancer where the servers are.
func (c *cluster) lead() {
	var at []string
	for _, s := range c.servers {
		if s.URL != "" {
			at = append(at, strings.TrimPrefix(s.URL, "http://"))
		}
	}
	c.balance.lead(at...)
}

func (c *cluster) kill(p point) {
	c.t.Helper()
	began := time.Now()
	switch p.program {
	case "server":
		c.killOne(p, 1+c.rng.IntN(4), func(*process) { c.work(c.devices, (*device).next) })
	case "lost":
		d := c.enrol("office-2", "clerk")
		d.days = 2
		c.lost = append(c.lost, d)
		_, _, err := d.say(d.fresh(), "")
		c.must(err)
		c.killOne(p, 1, func(s *process) {
			_, err := d.sync(s.URL, "") // to this server, and to nobody ever after
			c.must(err)
		})
	case "balancer":
		c.cutOff(p, c.balance, nil, nothing)
	case "link":
		c.cutOff(p, c.link, nil, nothing)
	case "engine":
		c.cutOff(p, c.link, c.engine.kill, c.engine.start)
	}
	c.t.Logf("%v: %.1f s", p, time.Since(began).Seconds())
}

// killOne lets one server die at a point, the others going on, and starts it again when the others have worked alone.
func (c *cluster) killOne(p point, passing int, workload func(*process)) {
	c.t.Helper()
	i := c.rng.IntN(len(c.servers))
	c.must(c.servers[i].stop())
	c.replace(i, fmt.Sprintf("%s:%d:%s", p.step, passing, p.when))
	s := c.servers[i]
	for n := 0; !s.ended() && n < tries; n++ {
		workload(s)
		select {
		case <-s.dead:
		case <-time.After(pause / 2):
		}
	}
	if !s.ended() || !killed(s.cmd.ProcessState) {
		c.t.Fatalf("%v: the server was not killed there: %v\n%s", p, s.cmd.ProcessState, s.errs.String())
	}
	c.replace(i, "")
}

func nothing() {}

// cutOff cuts a gate at a point under load, waits, lets what died with it start again, and mends it.
func (c *cluster) cutOff(p point, g *gate, also, again func()) {
	c.t.Helper()
	sprung := g.arm(p.step, p.when, 1+c.rng.IntN(12), also)
	wait := time.Duration(c.rng.IntN(1000)) * time.Millisecond
	mended, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(mended)
		select {
		case <-sprung:
			time.Sleep(wait)
			again()
			g.mend()
		case <-stop:
		}
	}()
	reached := false
	for n := 0; !reached && n < tries; n++ {
		c.work(c.devices, (*device).next)
		select {
		case <-sprung:
			reached = true
		default:
		}
	}
	if !reached {
		close(stop)
		c.t.Fatalf("no work reached %v", p)
	}
	<-mended
}

// converge waits until what a server left behind has been found: each sweeps at its own time.
func (c *cluster) converge() {
	c.t.Helper()
	for until := time.Now().Add(4 * sweeps); time.Now().Before(until); time.Sleep(pause) {
		rows, err := c.hq.figures(c.url())
		c.must(err)
		if v := rows["P5-1"].Value; v != nil && *v == fmt.Sprint(c.ledger.sets()) {
			return
		}
	}
}

// verify lets the server's own command hold the database against its log, and each server answer alike.
func (c *cluster) verify() {
	c.t.Helper()
	for _, s := range c.servers {
		rows, err := c.hq.figures(s.URL)
		c.must(err)
		c.want("P5-1 of the server at "+s.URL, rows["P5-1"].Value, fmt.Sprint(c.ledger.sets()))
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.args[0], append(slices.Clone(c.args[1:]), "verify")...)
	cmd.Env = surroundings()
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Errorf("server verify: %v\n%s", err, out)
	}
}

// TestGate: the balancer takes the servers in turn, passes over one that is gone, and dies where it should.
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
	g.lead(one.Addr().String(), two.Addr().String())
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
		g.mend()
		if ask("a") == "" {
			t.Errorf("%s: not mended", when)
		}
	}
}
