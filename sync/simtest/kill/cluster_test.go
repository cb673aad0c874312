//go:build mongo

package kill

import (
	"fmt"
	mrand "math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

const (
	clusterKills = 10
	clients      = 12
	sweeps       = 5 * time.Second // how often a server sweeps
)

// cluster is a world with several servers behind a load balancer, on one engine behind a connection that may break.
type cluster struct {
	*world
	args    []string // of every server
	without string   // a rule taken out
	engine  *engine
	link    *gate // before the engine
	balance *gate // before the servers
	servers []*programs.Server
	day     int // of 2020: all observations fall on this day and the next
}

// clusterPoints are the kill points, by program, shuffled within each program. FixBoots, Quarantine and Release need
// work for a known server; TestKillMongo covers these steps.
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
	server := add("server", []string{"Stream", "CommitFrame", "Records", "BucketsFor", "ReplaceRecords", "Regroup", "Touch",
		"Recount", "Mark", "Commit"}, sides)
	server = append(server, point{"server", "Begin", "before"}, point{"server", "Answer", "before"})
	lost := add("lost", []string{"CommitFrame", "ReplaceRecords", "Recount"}, []string{"after"})
	balancer := add("balancer", []string{"sync"}, three)
	link := add("link", []string{"insert", "update", count, "find"}, three)
	engine := add("engine", []string{"insert", "update", count, "find"}, three)
	var order []point
	for i := range len(server) { // round robin, so that ten kills reach all programs
		order = append(order, server[i], lost[i%len(lost)], link[i%len(link)], balancer[i%len(balancer)], engine[i%len(engine)])
	}
	return order
}

// TestCluster kills servers, the load balancer, the line to the engine and the engine itself under the load of
// twelve clients, with two servers at first and three from half-way on.
func TestCluster(t *testing.T) {
	kills, seed := envNumber(t, "ROADBOOK_CLUSTER_KILLS", clusterKills), envNumber(t, "ROADBOOK_SEED", randomSeed(t))
	c := newCluster(t, seed, os.Getenv("ROADBOOK_CLUSTER_WITHOUT"))
	t.Logf("ROADBOOK_SEED=%d ROADBOOK_CLUSTER_KILLS=%d without %q", seed, kills, c.without)
	order, count := clusterPoints(c.rng), map[point]int{}
	t.Cleanup(func() { printCounts(t, slices.Compact(slices.SortedFunc(slices.Values(order), byName)), count) })
	for i := range kills {
		if i == kills/2 {
			c.addServer()
		}
		p := order[i%uint64(len(order))]
		c.kill(p)
		count[p]++
	}
	c.drainAndRelease()
	c.converge()
	c.check()
	c.verify()
	t.Logf("%d observations, %d records, %d sets, %d devices lost", len(c.truth.statements), len(c.truth.records), c.truth.sets(), len(c.lostDevices))
}

func byName(a, b point) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

func (c *cluster) kill(p point) {
	c.t.Helper()
	began := time.Now()
	switch p.program {
	case "server":
		c.killOneServer(p, 1+c.rng.IntN(4), func(*programs.Server) { c.load() })
	case "lost":
		d := c.enroll("office-2", "clerk")
		d.day = c.day
		c.lostDevices = append(c.lostDevices, d)
		_, _, err := d.save(d.newStatement(), "")
		c.must(err)
		c.killOneServer(p, 1, func(s *programs.Server) {
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

// killOneServer kills a server at a point while the other servers go on, and starts the server again after the other
// servers have worked alone.
func (c *cluster) killOneServer(p point, passing int, workload func(*programs.Server)) {
	c.t.Helper()
	i := c.rng.IntN(len(c.servers))
	c.must(c.servers[i].Stop())
	c.replace(i, fmt.Sprintf("%s:%d:%s", p.step, passing, p.when))
	s := c.servers[i]
	for n := 0; !s.Ended() && n < tries; n++ {
		workload(s)
		select {
		case <-s.Dead():
		case <-time.After(programs.Pause / 2):
		}
	}
	if !s.Ended() || !s.Killed() {
		c.t.Fatalf("%v: the server was not killed there: %v\n%s", p, s.State(), s.Errs())
	}
	c.replace(i, "")
}

// load lets all devices save observations of two days that later loads hardly touch again: several servers count the
// same buckets at the same time, and the last sum stored there stays.
func (c *cluster) load() {
	c.t.Helper()
	c.day = (c.day+1)%364 + 1
	c.maxSpread = 600 * time.Millisecond // frames arriving together are counted together, and none of these late
	for _, d := range c.devices {
		d.day = c.day
	}
	c.work(c.devices, (*device).nextStatement)
}

func nothing() {}

// cutOff cuts a gate at a point under load, waits, starts the dead parts again, and repairs the gate.
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
			g.repair()
		case <-stop:
		}
	}()
	reached := false
	for n := 0; !reached && n < tries; n++ {
		c.load()
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
