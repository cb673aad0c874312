package simtest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// setup is the size and the kind of a world.
type setup struct {
	store   string // "sqlite" or "mongo"
	servers int    // processes on the store
	devices int
	steps   int  // turns before the world comes to rest
	clocks  bool // the servers' clocks go far off: see clocks
	crowd   bool // everybody speaks about the same few records at once, by disagreeing clocks
	broken  brokenRules
}

func (s setup) String() string {
	name := fmt.Sprintf("%s-%d×%d", s.store, s.servers, s.devices)
	if s.crowd {
		name += "-crowd"
	}
	if s.clocks {
		name += "-clocks"
	}
	return name
}

// brokenRules takes rules out, to prove that the checks notice.
type brokenRules struct {
	server      store.Guard
	ackEarly    bool // the client takes lines for delivered before the answer is on its disk
	ignoreForks bool // the client continues in a stream with another disk's lines

	blindEnroll bool // the client misses that the server of a second enrollment has lost everything
	oneStream   bool // the client compares with the server the present stream alone
	anyAnswer   bool // the client believes any answer
	oneDatabase bool // the client misses that another database answers under the same epoch

	noWall bool // the servers miss what wall clocks the devices tell

	// The recount's rules are replaced: see recount.
	latestTimeWins bool
	anySleep       bool
	beforeKnown    bool
}

// topologies are the setups that the seeds rotate through.
func topologies() (all []setup) {
	for _, s := range []setup{{store: "sqlite", servers: 1}, {store: "mongo", servers: 1}, {store: "mongo", servers: 2}, {store: "mongo", servers: 3}} {
		for _, n := range []int{1, 3, 6} {
			s.devices = n
			s.steps = 2000 + 1500*n
			if s.store == "sqlite" {
				s.steps = 300 + 200*n
			}
			all = append(all, s)
		}
	}
	return append(all, crowds("mongo", 3), crowds("sqlite", 1), clocks("mongo", 2), clocks("sqlite", 1))
}

// crowds is a world in which everybody changes the same few records at once.
func crowds(store string, servers int) setup {
	s := setup{store: store, servers: servers, devices: 3, steps: 8000, crowd: true}
	if store == "sqlite" {
		s.steps = 900
	}
	return s
}

// catalogues are the versions in the world: the program's two of 2020.
var catalogues = sync.OnceValue(func() []*catalogue.Catalogue {
	all, err := catalogue.Embedded(schema.Default())
	if err != nil || len(all) != 2 || all[0].Name() != "shunping-2020@1" || all[1].Name() != "shunping-2020@2" {
		panic(fmt.Sprint("the catalogues are not those of 2020: ", err))
	}
	return all
})

// start is the beginning of every world: 30 Dec 2020, 08:00 in Shanghai, Unix ms.
const start = 1609286400000

// world is a simulated county: people, devices, a network, servers, a database. One goroutine runs at a time; the seed
// chooses this goroutine and every other random event.
type world struct {
	setup
	seed uint64
	rng  *rand.Rand
	now  int64 // the true time, Unix ms

	traceSum hash.Hash
	print    func(string) // nil: silent

	backend        backend
	servers        []*server
	devices        []*device
	hqUsers        []*hqUser
	readers        []*reader
	backups        []any // of the database
	blankBackup    any   // a backup without any device
	truth          *truth
	databaseEpoch  int // of the database: counts restores, by the servers and by hand
	announcedEpoch int // of the servers: counts only the restores known to the servers
	retired        map[string]bool

	tasks   []*task
	current *task
	yielded chan struct{}
	turns   int
	serial  int
	ending  bool  // faults are off, all work finishes
	dying   bool  // the world is being closed: no task goes on
	failure error // the first broken promise

	crashWhen   func(op string) bool         // directed tests: whether a server dies at a step
	sleepBefore func(t *task, op string) int // directed tests: for how many turns a task sleeps before a step

	answer *wire.SignedAnswer // the last answer to a request with lines

	busyUntil   int64 // until then servers answer 503
	outageUntil int64 // no request gets through until then
	rates       faultRates
	serverKey   ed25519.PrivateKey
	schema      *schema.Schema
}

// faultRates are the frequencies of faults, in thousandths.
type faultRates struct {
	cut, lost, late, twice int // of a request
	crossed                int // of an answer: the device gets the answer to another request
	crash                  int // of a server, at a step
	unavailable            int // of a database, at a write
	concern                int // write concern errors, at a write
	stall                  int // of a process, at a step
	sleep                  int // for how many turns at most
}

func newWorld(s setup, seed uint64, trace func(string)) (*world, error) {
	w := &world{
		setup: s, seed: seed, rng: rand.New(rand.NewPCG(seed, 0x5eed)), now: start, traceSum: sha256.New(), print: trace,
		yielded: make(chan struct{}), schema: schema.Default(), retired: map[string]bool{},
	}
	w.rates = faultRates{cut: 40, lost: 80, late: 40, twice: 60, crossed: 20, crash: 1 + w.rng.IntN(4), unavailable: 2, concern: 2, stall: 2, sleep: 400}
	if w.store == "sqlite" {
		w.rates.crash, w.rates.unavailable = 10, 10
	}
	if w.crowd {
		w.rates.stall, w.rates.sleep, w.rates.concern, w.rates.crash = 8, 2000, 12, 5
	}
	if w.clocks {
		w.rates.crash, w.rates.stall = w.rng.IntN(2), 0 // a server that lives long hears many devices
	}
	w.serverKey = ed25519.NewKeyFromSeed(w.bytes(32))
	w.truth = newTruth(w)
	w.tracef("world %s seed %d", s, seed)
	if err := w.build(); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *world) build() (err error) {
	if w.backend, err = newBackend(w); err != nil {
		return err
	}
	for i := range w.setup.servers {
		w.servers = append(w.servers, &server{w: w, number: i, skew: int64(w.rng.IntN(2000) - 1000)})
		if err := w.servers[i].start(); err != nil {
			return err
		}
		w.hqUsers = append(w.hqUsers, newHQUser(w, i))
	}
	if w.blankBackup = w.backend.backup(); w.chance(300) {
		w.backups = append(w.backups, w.blankBackup)
	}
	for i := range w.setup.devices {
		if err := w.install(i); err != nil {
			return err
		}
	}
	for i := range 2 {
		w.readers = append(w.readers, newReader(w, i))
	}
	return nil
}

// close frees everything. Tasks still running end with errDead.
func (w *world) close() {
	w.dying = true
	for len(w.tasks) > 0 {
		w.run(w.tasks[0])
	}
	for _, d := range w.devices {
		d.shut()
		d.disk.Close()
		if d.backup != nil {
			d.backup.disk.Close()
		}
	}
	w.backend.close()
}

// quiesceEvery is the number of turns between two calls of checkQuiesced.
const quiesceEvery = 500

// play lets the world live, brings the world to rest, and checks the result.
func (w *world) play() error {
	for i := range w.steps {
		w.takeTurn()
		if i%quiesceEvery == quiesceEvery-1 {
			w.checkQuiesced()
		}
		if w.failure != nil {
			return w.failure
		}
	}
	return w.finishAndCheck()
}

func (w *world) finishAndCheck() error {
	if err := w.comeToRest(); err != nil {
		return err
	}
	w.check()
	return w.failure
}

// chance is true n times out of a thousand.
func (w *world) chance(n int) bool { return w.rng.IntN(1000) < n }

func (w *world) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.rng.UintN(256))
	}
	return b
}

func (w *world) id(n int) string { return wire.IDEncoding.EncodeToString(w.bytes(n))[:n] }

// random is the world's randomness as a reader of its own.
func (w *world) random() io.Reader { return rand.NewChaCha8([32]byte(w.bytes(32))) }

// tracef adds to the trace.
func (w *world) tracef(format string, args ...any) {
	line := fmt.Sprintf("%d %+d ", w.turns, w.now-start) + fmt.Sprintf(format, args...)
	io.WriteString(w.traceSum, line+"\n")
	if w.print != nil {
		w.print(line)
	}
}

func (w *world) traceHash() string { return hex.EncodeToString(w.traceSum.Sum(nil)) }

// failf notes a broken promise. The first failure stands.
func (w *world) failf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	w.tracef("BROKEN %v", err)
	if w.failure == nil {
		w.failure = err
	}
}

// pass lets time go by; some phones sleep through it.
func (w *world) pass(t time.Duration) {
	w.now += t.Milliseconds()
	for _, d := range w.devices {
		if d.phone && w.chance(700) {
			d.asleep += t.Milliseconds()
			w.tracef("%s was asleep", d.name)
		}
	}
}

// counter counts by the catalogue known to every server.
func counter() *tally.Counter { return tally.NewCounter(catalogues()...) }

func short(id string) string {
	parts := strings.Split(id, ".")
	if len(parts) != 4 {
		return id
	}
	return parts[0][:3] + "." + parts[1][:3] + "." + parts[2]
}

var errDead = errors.New("simtest: the process is dead")
