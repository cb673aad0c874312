package kill

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

func TestMain(m *testing.M) { programs.Main(m) }

// plainKills is how many programs die in a plain go test.
const plainKills = 20

// point is a place to die at.
type point struct {
	program string
	step    string
	when    string // "before", "after"
}

// points are all kill points, each with its possible sides.
func points() (all []point) {
	both := func(program string, steps ...string) {
		for _, s := range steps {
			all = append(all, point{program, s, "before"}, point{program, s, "after"})
		}
	}
	both("server", "Stream", "FixBoots", "CommitFrame", "Quarantine", "Release", "Records", "BucketsFor", "ReplaceRecords",
		"Regroup", "Touch", "Recount", "ClearDeparted", "Mark", "Commit")
	both("client", "Save", "Apply")
	return append(all, point{"server", "Begin", "before"}, point{"server", "Answer", "before"}, point{"client", "Answer", "before"})
}

// TestKill kills programs again and again and finally compares the server's data with the saves confirmed on the
// devices.
func TestKill(t *testing.T) { run(t, "--data", t.TempDir()) }

func run(t *testing.T, store ...string) {
	kills, seed := envNumber(t, "ROADBOOK_KILLS", plainKills), envNumber(t, "ROADBOOK_SEED", randomSeed(t))
	t.Logf("ROADBOOK_SEED=%d ROADBOOK_KILLS=%d", seed, kills)
	w := newWorld(t, seed, store...)
	order := points()
	w.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	count := map[point]int{}
	t.Cleanup(func() { printCounts(t, order, count) })
	for i := range kills {
		p := order[i%uint64(len(order))]
		if p.program == "server" {
			w.killServer(p)
		} else {
			w.killClient(p)
		}
		count[p]++
	}
	w.drainAndRelease()
	w.check()
	w.restart("") // all confirmed data are on the disk
	w.check()
	w.must(w.server.Stop())
	for _, p := range order {
		if least := int(kills) / len(order); count[p] < least {
			t.Errorf("%v died %d times, not %d", p, count[p], least)
		}
	}
	t.Logf("%d observations, %d records, %d sets", len(w.truth.statements), len(w.truth.records), w.truth.sets())
}

func envNumber(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func randomSeed(t *testing.T) uint64 {
	t.Helper()
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	return uint64(binary.BigEndian.Uint32(b[:]))
}

// printCounts prints how often each point was died at.
func printCounts(t *testing.T, order []point, count map[point]int) {
	t.Helper()
	var lines []string
	for _, p := range order {
		lines = append(lines, fmt.Sprintf("%s %-14s %-6s %3d", p.program, p.step, p.when, count[p]))
	}
	slices.Sort(lines)
	t.Logf("killed at\n%s", strings.Join(lines, "\n"))
}

// tries is how often the workload is repeated until a point is reached.
const tries = 20

// killServer kills the server at a point, under work that reaches the point, and starts the server again.
func (w *world) killServer(p point) {
	w.t.Helper()
	passing, workload := w.workload(p)
	w.restart(fmt.Sprintf("%s:%d:%s", p.step, passing, p.when))
	for i := 0; !w.server.Ended() && i < tries; i++ {
		workload()
		w.awaitDeath()
	}
	if !w.server.Ended() {
		w.t.Fatalf("no work reached %v", p)
	}
	if !w.server.Killed() {
		w.t.Fatalf("%v: the server ended by %s\n%s", p, w.server.State(), w.server.Errs())
	}
	w.serve("")
	if w.rng.IntN(2) == 0 { // else the lines wait until the next round
		for _, d := range slices.Concat(w.devices, w.sideDevices) {
			w.must(d.drain(w.url()))
		}
	}
}

// awaitDeath waits a moment for the end of a server that broke off an answer.
func (w *world) awaitDeath() {
	select {
	case <-w.server.Dead():
	case <-time.After(programs.Pause / 2):
	}
}

// workload returns work that passes the point's step, and the number of the passing for the kill. workload itself does
// the preparation that needs a living server.
func (w *world) workload(p point) (passing int, do func()) {
	switch p.step {
	case "FixBoots": // once for each boot of each device
		d := w.enroll("office-2", "clerk")
		w.sideDevices = append(w.sideDevices, d)
		return 1, func() { w.work([]*device{d}, (*device).nextStatement) }
	case "Quarantine":
		d := w.newRevokedDevice()
		return 1 + w.rng.IntN(2), func() { w.work([]*device{d}, (*device).nextStatement) }
	case "Release":
		d := w.newRevokedDevice()
		w.work([]*device{d}, (*device).nextStatement)
		return 1, func() { _ = w.releaseAll(d) } // fails at the kill; drainAndRelease repeats the release
	case "ClearDeparted": // a record moves from one place to another
		d := w.devices[w.rng.IntN(len(w.devices))]
		if d.latestNotVoid() == nil {
			w.work([]*device{d}, (*device).newStatement)
		}
		return 1, func() { w.work([]*device{d}, func(d *device) statement { return d.moveOf(d.latestNotVoid()) }) }
	}
	return 1 + w.rng.IntN(4), func() { w.work(w.devices, (*device).nextStatement) }
}

// killClient kills a client at a point and checks the client's data after a restart.
func (w *world) killClient(p point) {
	w.t.Helper()
	d := w.devices[w.rng.IntN(len(w.devices))]
	kill := p.step + ":1:" + p.when
	if p.step != "Save" { // the server may have moved: at a new address a device asks without lines first
		_, err := d.sync(w.url(), "")
		w.must(err)
	}
	if p.step == "Save" {
		died, stands, err := d.save(d.nextStatement(), kill)
		w.must(err)
		if !died || stands != (p.when == "after") {
			w.t.Fatalf("killed %s the commit of a save: died %v, stands %v", p.when, died, stands)
		}
		_, err = d.status()
		w.must(err)
		return
	}
	for range 1 + w.rng.IntN(3) {
		_, _, err := d.save(d.nextStatement(), "")
		w.must(err)
	}
	before, err := d.status()
	w.must(err)
	o, err := d.sync(w.url(), kill)
	w.must(err)
	after, err := d.status()
	w.must(err)
	applied := p.step == "Apply" && p.when == "after"
	if o.Exit >= 0 || (after.Waiting < before.Waiting) != applied {
		w.t.Fatalf("%v: %v, %d waited, %d wait", p, o, before.Waiting, after.Waiting)
	}
	w.must(d.drain(w.url()))
}
